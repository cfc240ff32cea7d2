"""Rules over the rows of a catalogue, for those who score all items at once.

What may come next is decided by the look-ahead that engines use, too.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from bundlesmith.constraints.lookahead import Choice, begin
from bundlesmith.constraints.shelf import make_shelf
from bundlesmith.data.catalogue import Catalogue
from bundlesmith.request import Request


class OpenRows:
    """Which rows of a catalogue a request may still take."""

    def __init__(self, catalogue: Catalogue) -> None:
        self.catalogue = catalogue
        self._rows = np.arange(len(catalogue), dtype=np.int32)
        self._shelf = make_shelf(catalogue, self._rows)

    def begin(self, request: Request) -> Choice:
        """The choice at a request's start.

        Raises:
            BundlesmithError: if it names an unknown item, or no bundle fits its rules.
        """
        return begin(request.rules, self._shelf, self.catalogue.row, request.items)

    def weighted(self, scores: NDArray[np.float32], request: Request, choice: Choice) -> NDArray[np.float32]:
        """Scores [N] with the request's own weights added; -inf for what may not come next."""
        scores = scores.copy()
        for item, weight in request.weights:
            scores[self.catalogue.row(item)] += weight
        return self.open(scores, choice)

    def open(self, scores: NDArray[np.float32], choice: Choice) -> NDArray[Any]:
        """Scores [N]; -inf for what may not come next."""
        return np.where(choice.holds(self._rows, self._rows + 1), scores, -np.inf)
