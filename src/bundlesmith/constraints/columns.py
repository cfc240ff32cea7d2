"""Columns of values by position that share most of them with others, from which they differ in few.

Overlay(base, changed, values)[positions]
"""

from collections.abc import Mapping
from typing import Any, Generic, TypeVar, overload

import numpy as np
from numpy.typing import NDArray

S = TypeVar("S", bound=np.generic)
MANY = 8
"""Of one in so many positions the values are read from a whole copy, which lasts no longer than that."""


class Overlay(Generic[S]):
    """A column that is never changed; it is indexed as an array, by a position or by many.

    Args:
        base: [N] the values of another column.
        changed: int32, ascending: positions with other values, N and those after it among them.
        values: theirs.
    """

    __slots__ = ("_base", "_changed", "_values")

    def __init__(self, base: NDArray[S], changed: NDArray[np.int32], values: NDArray[S]) -> None:
        self._base, self._changed, self._values = base, changed, values

    def __len__(self) -> int:
        last = int(self._changed[-1]) + 1 if len(self._changed) else 0
        return max(len(self._base), last)

    @property
    def nbytes(self) -> int:
        """The bytes that it has for itself: without those that it shares with the base, and with other columns."""
        return self._values.nbytes

    def sum(self) -> int:
        """The sum of all values."""
        return int(np.asarray(self).sum())

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> NDArray[Any]:
        whole = np.empty(len(self), self._base.dtype)
        whole[: len(self._base)] = self._base
        whole[self._changed] = self._values
        return whole if dtype is None else whole.astype(dtype, copy=False)

    @overload
    def __getitem__(self, at: int | np.integer[Any]) -> S: ...

    @overload
    def __getitem__(self, at: NDArray[np.integer[Any]]) -> NDArray[S]: ...

    def __getitem__(self, at: int | np.integer[Any] | NDArray[np.integer[Any]]) -> S | NDArray[S]:
        if not isinstance(at, np.ndarray):
            place = int(self._changed.searchsorted(np.int32(at)))
            held = place < len(self._changed) and self._changed[place] == at
            one: S = self._values[place] if held else self._base[at]
            return one
        if MANY * len(at) > len(self):
            many: NDArray[S] = np.asarray(self)[at]
            return many
        found = self._base.take(at, mode="clip")
        places = self._changed.searchsorted(at.astype(np.int32, copy=False))
        inside = places < len(self._changed)
        inside[inside] = self._changed[places[inside]] == at[inside]
        found[inside] = self._values[places[inside]]
        return found


OverlaidColumn = NDArray[S] | Overlay[S]

ColumnFacts = tuple[int, bool, bool]
"""Cents, in stock, listed."""


class Repriced:
    """Positions of a base with other facts. Arrays that were given stay as they are."""

    def __init__(self) -> None:
        self._facts: dict[int, ColumnFacts] = {}
        self._arrays: tuple[NDArray[np.int32], NDArray[np.int64]] | None = None

    def __len__(self) -> int:
        return len(self._facts)

    def get(self, position: int) -> ColumnFacts | None:
        """The facts of a position; None: those of the base."""
        return self._facts.get(position)

    def set(self, position: int, facts: ColumnFacts) -> None:
        """Let a position have other facts."""
        known = position in self._facts
        self._facts[position] = facts
        if self._arrays is None:
            return
        positions, table = self._arrays
        at = int(positions.searchsorted(np.int32(position)))
        if known:
            table = table.copy()
            table[at] = facts
        else:
            positions, table = np.insert(positions, at, position), np.insert(table, at, facts, axis=0)
        self._arrays = positions, table

    def set_all(self, facts: Mapping[int, ColumnFacts]) -> None:
        """Let many positions have other facts."""
        self._facts |= facts
        self._arrays = None

    def arrays(self) -> tuple[NDArray[np.int32], NDArray[np.int64], NDArray[np.bool_], NDArray[np.bool_]]:
        """The positions, ascending, and each fact of them."""
        if self._arrays is None:
            ordered = sorted(self._facts)
            table = np.array([self._facts[position] for position in ordered], np.int64).reshape(-1, 3)
            self._arrays = np.array(ordered, np.int32), table
        positions, table = self._arrays
        return positions, table[:, 0], table[:, 1].astype(np.bool_), table[:, 2].astype(np.bool_)
