"""Weights of features, learnt by conditional logistic regression: which item was taken, among all that could be.

Knows nothing about what the features mean.
"""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Table = NDArray[np.float32]

PENALTY = 5.0
OTHERS = 5000
"""Of a larger catalogue, as many items are drawn for a query to choose from."""
SEED = 0


@dataclass(frozen=True, slots=True, eq=False)
class Choices:
    """One query: features of all items, the rows that were taken, and the rows that could not be."""

    features: Table
    taken: tuple[int, ...]
    closed: tuple[int, ...]


def learnt_weights(choices: Iterable[Choices]) -> Table:
    """One weight a feature: those that maximise Σ mean over taken rows of log softmax(features @ w) - PENALTY |σ w|².

    σ is a feature's standard deviation, so that its scale makes no difference. A query's softmax is over its taken
    rows and all others that are open, or OTHERS of them, drawn evenly. (McFadden, Frontiers in Econometrics, 1974)
    """
    from scipy.optimize import minimize

    drawn = np.random.default_rng(SEED)
    tables, goals = zip(*(_table(choice, drawn) for choice in choices), strict=True)
    spread = np.concatenate(tables).std(0)
    scale = np.where(spread > 0, 1 / np.where(spread > 0, spread, 1), 0).astype(np.float32)

    def loss(weights: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        scaled = (weights * scale).astype(np.float32)
        value, slope = PENALTY * float(weights @ weights), 2 * PENALTY * weights
        for table, goal in zip(tables, goals, strict=True):
            logits = (table @ scaled).astype(np.float64)
            logits -= logits.max()
            chances = np.exp(logits)
            value -= float(goal @ (logits - np.log(chances.sum())))
            slope = slope - ((goal - chances / chances.sum()).astype(np.float32) @ table) * scale
        return value, slope

    found: NDArray[np.float64] = minimize(loss, np.zeros(len(scale)), jac=True, method="L-BFGS-B").x
    return np.asarray(found * scale, np.float32)


def _table(choice: Choices, drawn: np.random.Generator) -> tuple[Table, NDArray[np.float64]]:
    """The features of the rows to choose from, the taken first; and what share each should have."""
    taken = list(choice.taken)
    others = np.setdiff1d(np.arange(len(choice.features)), [*taken, *choice.closed])
    if len(others) > OTHERS:
        others = drawn.choice(others, OTHERS, replace=False)
    goal = np.zeros(len(taken) + len(others))
    goal[: len(taken)] = 1 / len(taken)
    return choice.features[[*taken, *others.tolist()]], goal
