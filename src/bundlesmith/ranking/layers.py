"""A matrix whose rows are replaced and added to: what was made before doesn't change, and shares what stayed."""

from collections.abc import Sequence
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from bundlesmith.ranking.rows8 import Rows8

MOST_NEW_ROWS = 2000
"""Of more replaced and added rows than these, all is copied."""


class LayeredRows:
    """N rows: dense, sparse (CSR) or of 8 bits (`bundlesmith.ranking.rows8.Rows8`).

    A change costs what the recent rows cost, whatever N is, but for an index of 4 N bytes.

    Args:
        base: all rows at first.
    """

    def __init__(self, base: Any) -> None:
        self._base, self._recent = base, base[:0]
        self._columns: list[Any] = []  # the base by columns, once it was asked for
        self._place: NDArray[np.int32] = np.full(base.shape[0], -1, np.int32)  # in recent; -1: in base

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns."""
        return len(self._place), self._base.shape[1]

    def put(self, rows: Sequence[int], values: Any) -> Self:
        """The matrix with *values* as these rows; a row that there wasn't has to be the next one."""
        twin = object.__new__(type(self))
        twin._base, twin._columns, twin._recent = self._base, self._columns, _stacked([self._recent, values])
        more = max([len(self._place), *(row + 1 for row in rows)]) - len(self._place)
        twin._place = np.concatenate([self._place, np.full(more, -1, np.int32)])
        twin._place[list(rows)] = np.arange(self._recent.shape[0], twin._recent.shape[0])
        return type(self)(twin._joined()) if twin._recent.shape[0] > MOST_NEW_ROWS else twin

    def _joined(self) -> Any:
        if not isinstance(self._base, Rows8):
            return self.whole()
        changed = np.flatnonzero(self._place >= 0)
        return self._base.replaced(changed, self._recent[self._place[changed]], len(self._place))

    def whole(self) -> Any:
        """All rows as one matrix."""
        return self._base if not self._recent.shape[0] else self[np.arange(len(self._place))]

    def __getitem__(self, rows: Any) -> Any:
        rows = np.asarray(rows, np.int64)
        place = self._place[rows]
        recent = place >= 0
        if not recent.any():
            return self._base[rows]
        order = np.empty(len(rows), np.int64)
        order[np.concatenate([np.flatnonzero(~recent), np.flatnonzero(recent)])] = np.arange(len(rows))
        return _stacked([self._base[rows[~recent]], self._recent[place[recent]]])[order]

    def of_columns(self, values: NDArray[np.float32], some: NDArray[Any] | None = None) -> NDArray[np.float32]:
        """The product with a vector that is mostly 0, of a sparse matrix: no more is read than the columns where it
        isn't, which are *some*."""
        if not self._columns:
            self._columns.append(self._base.tocsc())
        some = np.flatnonzero(values) if some is None else some
        found: NDArray[np.float32] = self._with_recent(np.asarray(self._columns[0][:, some] @ values[some]), values)
        return found

    def __matmul__(self, other: Any) -> Any:
        return self._with_recent(self._base @ other, other)

    def _with_recent(self, found: Any, other: Any) -> Any:
        """A product of the base, with that of the rows that changed."""
        if not self._recent.shape[0]:
            return found
        whole = np.zeros((len(self._place), *found.shape[1:]), found.dtype)
        whole[: len(found)] = found
        changed = np.flatnonzero(self._place >= 0)
        whole[changed] = (self._recent @ other)[self._place[changed]]
        return whole


def _stacked(parts: Sequence[Any]) -> Any:
    if sparse.issparse(parts[0]):
        return sparse.vstack(parts, format="csr")
    return np.concatenate(parts)
