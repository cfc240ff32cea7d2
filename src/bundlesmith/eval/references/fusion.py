"""Scorers that fuse other scorers: reciprocal ranks, and weights that are learnt."""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from bundlesmith.eval.references.scorer import FunctionScorer, ItemScorer, PartWeights, Query, ScoreTable
from bundlesmith.finetune.ranker import conditional_logit

if TYPE_CHECKING:
    from bundlesmith.eval.references.trial import ValidTasks

_SEED = 0
CONSTANT = 60
_OTHERS = 1000
PENALTY = 1e-3
_BATCH = 64


def reciprocal_ranks(scores: ScoreTable) -> ScoreTable:
    """(CONSTANT + 1) / (CONSTANT + rank) along the last axis: 1 for the best; equals have the mean of their ranks."""
    from scipy.stats import rankdata

    ranks = rankdata(-scores, "average", axis=-1)
    return np.asarray((CONSTANT + 1) / (CONSTANT + ranks), np.float32)


def standardised(scores: ScoreTable) -> ScoreTable:
    """Scores with mean 0 and deviation 1 along the last axis; 0 where all are equal."""
    spread = scores.std(-1, keepdims=True)
    return np.asarray((scores - scores.mean(-1, keepdims=True)) / np.where(spread > 0, spread, 1), np.float32)


def rank_fusion(fused: Sequence[ItemScorer]) -> FunctionScorer:
    """Reciprocal rank fusion: Σ 1 / (60 + rank), up to a factor. (Cormack, Clarke and Büttcher, SIGIR 2009)"""

    def score(queries: Sequence[Query], _: PartWeights) -> ScoreTable:
        return np.asarray(sum(reciprocal_ranks(scorer.scores(queries)) for scorer in fused), np.float32)

    return FunctionScorer(score, fused[0].vectors)


def weighted(fused: Sequence[ItemScorer], going_on: Sequence[float], starting: Sequence[float]) -> FunctionScorer:
    """A weighted sum of the fused scorers' standardised scores and reciprocal ranks.

    Args:
        fused: the scorers; the first one's vectors say how alike items are.
        going_on, starting: the weights, two a scorer, of queries with and without items.
    """

    def score(queries: Sequence[Query], _: PartWeights) -> ScoreTable:
        weights = np.array([going_on if query.items else starting for query in queries], np.float32)
        parts = _features(fused, queries)
        return np.asarray(sum(weights[:, [at]] * part for at, part in enumerate(parts)), np.float32)

    return FunctionScorer(score, fused[0].vectors)


def _features(fused: Sequence[ItemScorer], queries: Sequence[Query]) -> Iterator[ScoreTable]:
    """Two features a scorer, each [B, N]; reciprocal ranks are scaled up to spread as standardised scores do."""
    for scorer in fused:
        scores = scorer.scores(queries)
        yield standardised(scores)
        yield standardised(reciprocal_ranks(scores))


def fusion_weights(fused: Sequence[ItemScorer], trial: "ValidTasks") -> dict[str, Any]:
    """Weights of `weighted`, none below 0, by conditional logistic regression on the valid tasks.

    The likelihood is that of the wanted item among itself and items drawn from all others: Σ log softmax(w f).
    Drawn and not the best others: against those alone, whatever ranks well would be held against an item.
    """
    going_on = [(query, row) for query, row in trial.completing]
    starting = [(query, row) for query, rows in trial.opening for row in rows]
    return {"going_on": _regression(fused, going_on), "starting": _regression(fused, starting)}


def _regression(fused: Sequence[ItemScorer], asked: Sequence[tuple[Query, int]]) -> tuple[float, ...]:
    drawn = np.random.default_rng(_SEED)
    parts = [_tables(fused, asked[start : start + _BATCH], drawn) for start in range(0, len(asked), _BATCH)]
    tables = np.concatenate(parts)  # [asked, 1 + others, features], the wanted item first
    return tuple(conditional_logit(tables, PENALTY / 2, start=0.1, least=0.0).tolist())


def _tables(
    fused: Sequence[ItemScorer], asked: Sequence[tuple[Query, int]], drawn: np.random.Generator
) -> NDArray[np.float32]:
    """Features of each query's wanted item, then of the items drawn: [B, 1 + others, features]."""
    columns: list[ScoreTable] = []
    rows: NDArray[np.int64] | None = None
    for part in _features(fused, [query for query, _ in asked]):
        if rows is None:
            rows = np.stack([_drawn(query, wanted, part.shape[1], drawn) for query, wanted in asked])
        columns.append(np.take_along_axis(part, rows, axis=1))
    return np.stack(columns, axis=2)


def _drawn(query: Query, wanted: int, n: int, drawn: np.random.Generator) -> NDArray[np.int64]:
    """The wanted row and OTHERS rows that are neither known nor wanted, with repeats."""
    free = np.setdiff1d(np.arange(n), [*query.history, *query.items, wanted])
    return np.concatenate([[wanted], drawn.choice(free, _OTHERS)])
