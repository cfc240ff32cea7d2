"""What rows come to that are taken one after the other: of a list that goes on, only what is new is worked out."""

from collections.abc import Callable, Sequence
from itertools import accumulate
from typing import Any, Generic, TypeVar

from bundlesmith.ranking.evidence import ENTRIES

_T = TypeVar("_T")


class Kept(Generic[_T]):
    """What single rows are worth, worked out once for each; as far as there is room, else anew.

    Args:
        of: what each of some rows is worth; of many at once, faster than one by one.
        numbers: how many numbers that is for one, and on the way to it.
    """

    def __init__(self, of: Callable[[list[int]], Sequence[_T]], numbers: int) -> None:
        self._of, self._most = of, max(1, ENTRIES // max(numbers, 1))
        self._known: dict[int, _T] = {}

    def __call__(self, row: int) -> _T:
        """What a row is worth."""
        if row not in self._known:
            self.work_out([row])
        return self._known[row]

    def work_out(self, rows: Sequence[int]) -> None:
        """Work out at once what some rows are worth, of as many as there is room for."""
        new = [row for row in dict.fromkeys(rows) if row not in self._known][: self._most]
        if len(self._known) + len(new) > self._most:
            self._known.clear()
        if new:
            self._known.update(zip(new, self._of(new), strict=True))


class Fold:
    """Joins what each of some rows is worth: called with rows, it gives what they come to.

    What it gave is not changed later; a list that goes on from the last one costs no more than its new rows.

    Args:
        of: what one row is worth, an array.
        join: of what came before and one more.
    """

    def __init__(self, of: Callable[[int], Any], join: Callable[[Any, Any], Any]) -> None:
        self._of, self._join = of, join
        self._rows: list[int] = []
        self._value: Any = None

    def __call__(self, rows: Sequence[int]) -> Any:
        """What at least one row comes to."""
        rows, known = list(rows), len(self._rows)
        if not known or rows[:known] != self._rows:
            self._rows, self._value, known = rows[:1], self._of(rows[0]), 1
        for row in rows[known:]:
            self._value = self._join(self._value, self._of(row))
        self._rows = rows
        return self._value

    def of_others(self, rows: Sequence[int]) -> list[Any]:
        """For each of at least two rows what the others come to, in time in proportion to them."""
        values = [self._of(row) for row in rows]
        before, after = (list(accumulate(each, self._join)) for each in (values, values[::-1]))
        between = map(self._join, before, after[-3::-1])
        return [after[-2], *between, before[-2]]

    def begin(self, rows: Sequence[int], value: Any) -> None:
        """Go on from what some rows come to."""
        self._rows, self._value = list(rows), value
