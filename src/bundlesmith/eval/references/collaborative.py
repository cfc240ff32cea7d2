"""Scorers by what was seen together: popularity, and user-based and item-based collaborative filtering.

A training session (or bundle) is a user. An item that none holds scores 0.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from bundlesmith.eval.references.scorer import (
    FunctionScorer,
    PartWeights,
    Query,
    ScoreTable,
    as_groups,
    dense,
    item_weights,
    unit,
)
from bundlesmith.eval.references.training import Matrix, TrainingSplit, incidence

MEASURES = ("cosine", "pearson", "jaccard")


def popularity(training: TrainingSplit) -> FunctionScorer:
    """Scores each item by how many training sessions and bundles hold it; an item is like itself alone."""
    vectors = sparse.identity(len(training.catalogue), np.float32, "csr")
    return FunctionScorer(lambda queries, _: np.tile(training.popularity, (len(queries), 1)), vectors)


def set_likeness(shared: Matrix, left: NDArray[np.float32], right: NDArray[np.float32], n: int, measure: str) -> Matrix:
    """How alike sets are that share something; those that share nothing stay at 0.

    With s the shared members, a and b the sizes, n the number of all members:
    cosine s / √(ab); Jaccard s / (a + b - s); Pearson (s - ab/n) / √((a - a²/n) (b - b²/n)), below 0 taken as 0.

    Args:
        shared: CSR [L, R], how many members each two sets share.
        left, right: the sizes, [L] and [R].
        n: how many members there are.
        measure: one of `MEASURES`.
    """
    pairs = shared.tocoo()
    s, a, b = pairs.data.astype(np.float64), left[pairs.row].astype(np.float64), right[pairs.col].astype(np.float64)
    if measure == "cosine":
        values = s / np.sqrt(a * b)
    elif measure == "jaccard":
        values = s / (a + b - s)
    else:
        spread = np.sqrt((a - a * a / n) * (b - b * b / n))
        values = np.maximum(s - a * b / n, 0) / np.where(spread > 0, spread, 1)
    return sparse.csr_matrix((values.astype(np.float32), (pairs.row, pairs.col)), shape=shared.shape)


def item_based(training: TrainingSplit, measure: str, seen: str) -> FunctionScorer:
    """Scores an item by how alike it is to the query's items: Σ w(i) sim(i, j). (Sarwar et al., WWW 2001)

    Args:
        training: what is learnt from.
        measure: one of `MEASURES`.
        seen: "sessions", "bundles" or "both".
    """
    together = training.together(seen)
    counts = np.asarray(together.sum(0), np.float32).ravel()
    similar = set_likeness((together.T @ together).tocsr(), counts, counts, together.shape[0], measure)
    return FunctionScorer(
        lambda queries, mix: dense(item_weights(queries, mix, len(counts)) @ similar), unit(together.T.tocsr())
    )


def user_based(training: TrainingSplit, measure: str, seen: str, neighbours: int) -> FunctionScorer:
    """Scores an item by the sessions that hold it and are most like the query's items. (Resnick et al., CSCW 1994)

    The history counts if its weight is above 0.

    Args:
        training, measure, seen: as of `item_based`.
        neighbours: how many of the most alike sessions count.
    """
    together = training.together(seen)
    sizes, n = np.asarray(together.sum(1), np.float32).ravel(), together.shape[1]

    def score(queries: Sequence[Query], mix: PartWeights) -> ScoreTable:
        asked = incidence(as_groups(queries, mix), n)
        own = np.asarray(asked.sum(1), np.float32).ravel()
        alike = set_likeness((asked @ together.T).tocsr(), own, sizes, n, measure)
        return dense(_strongest(alike, neighbours) @ together)

    return FunctionScorer(score, unit(together.T.tocsr()))


def _strongest(alike: Matrix, most: int) -> Any:
    """Each row with its *most* highest values alone; ties go to the first."""
    kept = alike.copy()
    for row in range(alike.shape[0]):
        values = kept.data[kept.indptr[row] : kept.indptr[row + 1]]
        values[np.argsort(-values, kind="stable")[most:]] = 0
    return kept
