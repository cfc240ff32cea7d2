"""Weights of items (boosts, penalties, a retriever's scores), as they bear on what may come next.

Knows nothing about tokens or models: like a shelf it answers for ranges of positions. Without a weight, an item has 0.
"""

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from bundlesmith.errors import BundlesmithError
from bundlesmith.lookahead import Choice
from bundlesmith.minima import range_minima
from bundlesmith.view import Positions

MOST = 1e12
"""The largest weight: beyond it a sum of weights would drown the model's own scores in rounding."""

FIX = "Use -1e9 to write an item only where no other may come."


class Weights:
    """The weights of one request.

    A range weighs as much as the heaviest item in it that may come next. Were items counted that may not, a prefix
    would promise what nothing under it can keep: a penalised item could hide behind a taken neighbour that weighs
    more, and be written at no cost. A range is still answered in O(1), from what is found once for each choice, in
    O(K log K) for K weights.

    Args:
        weights: position -> weight; as large as the difference of log-probabilities that it is meant to make.

    Raises:
        BundlesmithError: if a weight is not a number from -MOST to MOST.
    """

    def __init__(self, weights: Mapping[int, float]) -> None:
        for weight in weights.values():
            if not -MOST <= weight <= MOST:
                raise BundlesmithError(f"The weight {weight} is not a number from {-MOST:g} to {MOST:g}.", FIX)
        self.positions: Positions = np.array(sorted(weights), np.int32)
        self.values = np.array([weights[position] for position in self.positions.tolist()], np.float64)

    def of(self, position: int) -> float:
        """The weight of one item."""
        at = int(self.positions.searchsorted(np.int32(position)))
        return float(self.values[at]) if at < len(self.positions) and self.positions[at] == position else 0.0

    def heaviest(self, choice: Choice, low: NDArray[np.int32], high: NDArray[np.int32]) -> NDArray[np.float64]:
        """The largest weight of an item that may come next, in each range `low:high` that holds such an item.

        Args:
            low, high: int32 [C].
        """
        if self not in choice.memo:
            choice.memo[self] = _OpenWeights(self, choice)
        found: _OpenWeights = choice.memo[self]
        return found.heaviest(low, high)


class _OpenWeights:
    """The weights of items that may come next at one choice."""

    def __init__(self, weights: Weights, choice: Choice) -> None:
        may_come = choice.holds(weights.positions, weights.positions + 1)
        self.positions, values = weights.positions[may_come], weights.values[may_come]
        self.lightness = range_minima(-values)
        self.others = choice.besides(self.positions[values < 0])

    def heaviest(self, low: NDArray[np.int32], high: NDArray[np.int32]) -> NDArray[np.float64]:
        first, last = np.searchsorted(self.positions, low), np.searchsorted(self.positions, high)
        heaviest = np.zeros(len(low))
        some = np.flatnonzero(last > first)
        first, last = first[some], last[some]
        heaviest[some] = -self.lightness.of(first, last)
        light = np.flatnonzero(heaviest < 0)
        if len(light):  # unless an item that weighs more, 0 at least, may come too
            heaviest[light[self.others.holds(low[light], high[light])]] = 0
        return heaviest
