"""Weights of items (a ranker's scores, boosts, penalties), as they bear on what may come next.

Like a shelf it answers for ranges of positions. Without a weight, an item has 0.
"""

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from bundlesmith.constraints.lookahead import Choice
from bundlesmith.constraints.view import Positions
from bundlesmith.errors import BundlesmithError

_MOST = 1e12
"""The largest weight: beyond it a sum of weights would drown the model's own scores in rounding."""

_FIX = "Use -1e9 to write an item only where no other may come."


class ItemWeights:
    """The weights of one request, and how much the model has to say beside them.

    A range weighs log(sum(exp(weight))) of the items in it that may come next. So a model to which all tokens are alike
    writes an item with a chance in proportion to exp(weight), however the items are spelt.

    Args:
        weights: position -> weight, a log-chance up to what all have in common.
        power: of the model's chances, by which those of the weights are multiplied; 0: the weights alone decide.

    Raises:
        BundlesmithError: if a weight is not a number from -MOST to MOST, or the power is not one from 0 to MOST.
    """

    def __init__(self, weights: Mapping[int, float], power: float = 1.0) -> None:
        for weight in weights.values():
            if not -_MOST <= weight <= _MOST:
                raise BundlesmithError(f"The weight {weight} is not a number from {-_MOST:g} to {_MOST:g}.", _FIX)
        if not 0 <= power <= _MOST:
            raise BundlesmithError(
                f"The power {power} is not a number from 0 to {_MOST:g}.", "1 is the model as it is."
            )
        self.power = power
        self.positions: Positions = np.array(sorted(weights), np.int32)
        self.values = np.array([weights[position] for position in self.positions.tolist()], np.float64)

    def of(self, position: int) -> float:
        """The weight of one item."""
        at = int(self.positions.searchsorted(np.int32(position)))
        return float(self.values[at]) if at < len(self.positions) and self.positions[at] == position else 0.0

    def log_sums(self, choice: Choice, low: NDArray[np.int32], high: NDArray[np.int32]) -> NDArray[np.float64]:
        """The log of the sum of exp(weight) of the items that may come next, in each range `low:high`; -inf of none.

        Args:
            low, high: int32 [C], ascending and apart, as the children of a node are.
        """
        if self not in choice.memo:
            choice.memo[self] = _OpenWeights(self, choice)
        found: _OpenWeights = choice.memo[self]
        return found.log_sums(low, high)


class _OpenWeights:
    """The weights of items that may come next at one choice."""

    def __init__(self, weights: ItemWeights, choice: Choice) -> None:
        self.before = choice.open_before()
        may_come = self.before[weights.positions + 1] > self.before[weights.positions]
        self.positions, self.values = weights.positions[may_come], weights.values[may_come]

    def log_sums(self, low: NDArray[np.int32], high: NDArray[np.int32]) -> NDArray[np.float64]:
        first, last = np.searchsorted(self.positions, low), np.searchsorted(self.positions, high)
        without = self.before[high] - self.before[low] - (last - first)
        with np.errstate(divide="ignore"):
            sums: NDArray[np.float64] = np.log(without)  # each of these weighs 0
        some = np.flatnonzero(last > first)
        if len(some):
            ends = np.stack([first[some], last[some]], 1).ravel()
            ends = ends[:-1] if ends[-1] == len(self.values) else ends
            sums[some] = np.logaddexp(sums[some], np.logaddexp.reduceat(self.values, ends)[::2])
        return sums
