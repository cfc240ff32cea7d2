"""Scorers by what was seen together: popularity, and user-based and item-based collaborative filtering.

A training session (or bundle) is a user. An item that none holds scores 0.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from bundlesmith.eval.references.scorer import Mix, Query, Scores, Vectors, as_groups, dense, item_weights, unit
from bundlesmith.eval.references.training import Matrix, Training, incidence

MEASURES = ("cosine", "pearson", "jaccard")


@dataclass(frozen=True, slots=True, eq=False)
class Popularity:
    """Scores each item by how many training sessions and bundles hold it, whatever is asked."""

    counts: NDArray[np.float32]
    vectors: Vectors
    mix: Mix

    def scores(self, queries: Sequence[Query]) -> Scores:
        """Scores, [B, N]."""
        return np.tile(self.counts, (len(queries), 1))


def popularity(training: Training) -> Popularity:
    """The most popular items; an item is like itself alone."""
    n = len(training.catalogue)
    return Popularity(training.popularity, sparse.identity(n, np.float32, "csr"), Mix())


def likeness(shared: Matrix, left: NDArray[np.float32], right: NDArray[np.float32], n: int, measure: str) -> Matrix:
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


@dataclass(frozen=True, slots=True, eq=False)
class ItemBased:
    """Scores an item by how alike it is to the query's items: Σ w(i) sim(i, j). (Sarwar et al., WWW 2001)"""

    similar: Matrix
    vectors: Vectors
    mix: Mix

    def scores(self, queries: Sequence[Query]) -> Scores:
        """Scores, [B, N]."""
        return dense(item_weights(queries, self.mix, self.similar.shape[0]) @ self.similar)


def item_based(training: Training, measure: str, seen: str) -> ItemBased:
    """Item-based collaborative filtering; *seen* is "sessions", "bundles" or "both"."""
    together = training.together(seen)
    counts = np.asarray(together.sum(0), np.float32).ravel()
    similar = likeness((together.T @ together).tocsr(), counts, counts, together.shape[0], measure)
    return ItemBased(similar, unit(together.T.tocsr()), Mix())


@dataclass(frozen=True, slots=True, eq=False)
class UserBased:
    """Scores an item by the sessions that hold it and are most like the query's items. (Resnick et al., CSCW 1994)

    Attributes:
        together: [users, N].
        sizes: of the users, [users].
        neighbours: how many of the most alike users count.
        measure: one of `MEASURES`.
        vectors, mix: as of a scorer; the history counts if its weight is above 0.
    """

    together: Matrix
    sizes: NDArray[np.float32]
    neighbours: int
    measure: str
    vectors: Vectors
    mix: Mix

    def scores(self, queries: Sequence[Query]) -> Scores:
        """Scores, [B, N]."""
        asked = incidence(as_groups(queries, self.mix), self.together.shape[1])
        sizes = np.asarray(asked.sum(1), np.float32).ravel()
        alike = likeness((asked @ self.together.T).tocsr(), sizes, self.sizes, self.together.shape[1], self.measure)
        return dense(_strongest(alike, self.neighbours) @ self.together)


def _strongest(alike: Matrix, most: int) -> Any:
    """Each row with its *most* highest values alone; ties go to the first."""
    kept = alike.copy()
    for row in range(alike.shape[0]):
        values = kept.data[kept.indptr[row] : kept.indptr[row + 1]]
        values[np.argsort(-values, kind="stable")[most:]] = 0
    return kept


def user_based(training: Training, measure: str, seen: str, neighbours: int) -> UserBased:
    """User-based collaborative filtering; *seen* is "sessions", "bundles" or "both"."""
    together = training.together(seen)
    sizes = np.asarray(together.sum(1), np.float32).ravel()
    return UserBased(together, sizes, neighbours, measure, unit(together.T.tocsr()), Mix())
