"""Scorers by matrix factorisation (the package `implicit`): ALS and BPR, with training sessions as users.

A query becomes a user of its own: ALS solves for its factors, BPR takes the mean of its items' factors. An item that no
session or bundle holds scores below all others. One thread each, so that the same seed gives the same factors.
"""

from collections.abc import Callable, Sequence

import numpy as np
from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

from bundlesmith.eval.references.scorer import (
    FunctionScorer,
    PartWeights,
    Query,
    ScoreTable,
    as_groups,
    item_weights,
    unit,
)
from bundlesmith.eval.references.training import Matrix, TrainingSplit, incidence

_SEED = 0


def als(training: TrainingSplit, factors: int, regularization: float, alpha: float) -> FunctionScorer:
    """Implicit-feedback alternating least squares. (Hu, Koren and Volinsky, ICDM 2008)"""
    together = training.together("both")
    with threadpool_limits(1, "blas"):
        from implicit.als import AlternatingLeastSquares  # type: ignore[import-untyped]

        model = AlternatingLeastSquares(
            factors, regularization, alpha, iterations=15, num_threads=1, random_state=_SEED, use_gpu=False
        )
        model.fit(together, show_progress=False)
    n = len(training.catalogue)

    def fold(queries: Sequence[Query], mix: PartWeights) -> ScoreTable:
        with threadpool_limits(1, "blas"):
            groups = incidence(as_groups(queries, mix), n)
            return np.asarray(model.recalculate_user(np.arange(len(queries)), groups), np.float32)

    return _factors(together, model.item_factors, np.zeros(n, np.float32), fold)


def bpr(training: TrainingSplit, factors: int, regularization: float, learning_rate: float) -> FunctionScorer:
    """Bayesian personalised ranking. (Rendle et al., UAI 2009)"""
    together = training.together("both")
    with threadpool_limits(1, "blas"):
        from implicit.bpr import BayesianPersonalizedRanking  # type: ignore[import-untyped]

        model = BayesianPersonalizedRanking(
            factors, learning_rate, regularization, iterations=400, num_threads=1, random_state=_SEED, use_gpu=False
        )
        model.fit(together, show_progress=False)
    items, bias = model.item_factors[:, :-1], model.item_factors[:, -1]  # implicit keeps the bias as the last factor

    def fold(queries: Sequence[Query], mix: PartWeights) -> ScoreTable:
        return np.asarray(item_weights(queries, mix, len(items)) @ items, np.float32)

    return _factors(together, items, bias, fold)


def _factors(
    together: Matrix, items: ScoreTable, bias: ScoreTable, fold: Callable[[Sequence[Query], PartWeights], ScoreTable]
) -> FunctionScorer:
    """Scores by the product of a query's factors and each item's, plus the item's bias.

    Args:
        together: [sessions, N]; what training holds.
        items: item factors, [N, F].
        bias: [N].
        fold: queries -> their factors, [B, F].
    """
    seen = np.asarray(together.sum(0)).ravel() > 0
    known = np.where(seen[:, None], items, 0)

    def score(queries: Sequence[Query], mix: PartWeights) -> ScoreTable:
        found = fold(queries, mix) @ known.T + bias
        found[:, ~seen] = found.min() - 1
        return np.asarray(found, np.float32)

    return FunctionScorer(score, unit(known))
