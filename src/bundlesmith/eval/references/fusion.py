"""Scorers that fuse other scorers: reciprocal ranks, and weights that are learnt.

Knows nothing about how the fused scorers work.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from bundlesmith.eval.references.scorer import ItemScorer, Mix, Query, Scores, Vectors

if TYPE_CHECKING:
    from bundlesmith.eval.references.trial import Trial

SEED = 0
CONSTANT = 60
NEGATIVES = 50


def reciprocal_ranks(scores: Scores) -> Scores:
    """(CONSTANT + 1) / (CONSTANT + rank) along the last axis: 1 for the best; equals have the mean of their ranks."""
    from scipy.stats import rankdata

    ranks = rankdata(-scores, "average", axis=-1)
    return np.asarray((CONSTANT + 1) / (CONSTANT + ranks), np.float32)


def standardised(scores: Scores) -> Scores:
    """Scores with mean 0 and deviation 1 along the last axis; 0 where all are equal."""
    spread = scores.std(-1, keepdims=True)
    return np.asarray((scores - scores.mean(-1, keepdims=True)) / np.where(spread > 0, spread, 1), np.float32)


@dataclass(frozen=True, slots=True, eq=False)
class ReciprocalRanks:
    """Reciprocal rank fusion: Σ 1 / (60 + rank), up to a factor. (Cormack, Clarke and Büttcher, SIGIR 2009)"""

    fused: tuple[ItemScorer, ...]
    mix: Mix

    @property
    def vectors(self) -> Vectors:
        """The first scorer's."""
        return self.fused[0].vectors

    def scores(self, queries: Sequence[Query]) -> Scores:
        """Scores, [B, N]."""
        return np.asarray(sum(reciprocal_ranks(scorer.scores(queries)) for scorer in self.fused), np.float32)


@dataclass(frozen=True, slots=True, eq=False)
class Weighted:
    """A weighted sum of the fused scorers' standardised scores and reciprocal ranks.

    Attributes:
        fused: the scorers.
        going_on, starting: the weights, two a scorer, of queries with and without items.
        mix: not used.
    """

    fused: tuple[ItemScorer, ...]
    going_on: tuple[float, ...]
    starting: tuple[float, ...]
    mix: Mix

    @property
    def vectors(self) -> Vectors:
        """The first scorer's."""
        return self.fused[0].vectors

    def scores(self, queries: Sequence[Query]) -> Scores:
        """Scores, [B, N]."""
        weights = np.array([self.going_on if query.items else self.starting for query in queries], np.float32)
        parts = _features(self.fused, queries)
        return np.asarray(sum(weights[:, [at]] * part for at, part in enumerate(parts)), np.float32)


def _features(fused: Sequence[ItemScorer], queries: Sequence[Query]) -> Iterator[Scores]:
    """Two features a scorer, each [B, N]; reciprocal ranks are scaled up to spread as standardised scores do."""
    for scorer in fused:
        scores = scorer.scores(queries)
        yield standardised(scores)
        yield standardised(reciprocal_ranks(scores))


def learnt_weights(fused: Sequence[ItemScorer], trial: "Trial", strength: float) -> dict[str, Any]:
    """Weights of `Weighted` by pairwise logistic regression on the valid tasks: P(wanted above other) = σ(w (f - g)).

    Each wanted item is set against the scorers' best other items, up to 50 in all.

    Args:
        fused: the scorers.
        trial: the valid tasks.
        strength: the inverse of the L2 penalty.
    """
    going_on = [(query, [row]) for query, row in trial.completing]
    return {
        "going_on": _regression(fused, going_on, strength),
        "starting": _regression(fused, trial.opening, strength),
    }


def _regression(
    fused: Sequence[ItemScorer], asked: Sequence[tuple[Query, Sequence[int]]], strength: float
) -> tuple[float, ...]:
    from sklearn.linear_model import LogisticRegression  # type: ignore[import-untyped]

    pairs = np.concatenate([_differences(fused, query, wanted) for query, wanted in asked])
    sides = np.tile([1, -1], len(pairs) // 2 + 1)[: len(pairs)]
    model = LogisticRegression(C=strength, fit_intercept=False, max_iter=1000, random_state=SEED)
    model.fit(pairs * sides[:, None], sides > 0)
    return tuple(float(weight) for weight in model.coef_[0])


def _differences(fused: Sequence[ItemScorer], query: Query, wanted: Sequence[int]) -> NDArray[np.float32]:
    """Features of each wanted item minus those of each other item: [pairs, features]."""
    table = np.stack([part[0] for part in _features(fused, [query])], axis=1)
    known = {*query.history, *query.items, *wanted}
    each = NEGATIVES // len(fused)
    best = [np.argsort(-table[:, 2 * at], kind="stable")[: each + len(known)].tolist() for at in range(len(fused))]
    others = [row for some in best for row in [row for row in some if row not in known][:each]]
    others = list(dict.fromkeys(others))
    found = table[list(wanted)][:, None] - table[others][None]
    return np.asarray(found.reshape(-1, table.shape[1]), np.float32)
