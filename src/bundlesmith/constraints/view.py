"""Some of a shelf's positions with their prices, which answer for whole ranges of positions in O(1).

A position is a leaf of a trie, so a trie's node is a range.
"""

from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bundlesmith.constraints.minima import RangeMinima, range_minima

Positions = NDArray[np.int32]
Flags = NDArray[np.bool_]
NOWHERE: Positions = np.empty(0, np.int32)
Ranges = tuple[NDArray[np.int32], NDArray[np.int32]]
"""Ranges `low[i]:high[i]` of positions."""
_NOTHING = np.iinfo(np.int32).max
"""The rank of the least price of an empty range."""


class View:
    """Some of the positions, with their prices.

    Attributes:
        positions: int32 [K], ascending.
        cents: int64 [K], the price of each; 0 where prices don't matter.
        size: N, of the shelf that it was made of.
        nodes: [M] ranges that will be asked for again and again, if they are known.
    """

    def __init__(self, positions: Positions, cents: NDArray[np.int64], size: int, nodes: Ranges | None = None) -> None:
        self.positions, self.cents, self.size, self.nodes = positions, cents, size, nodes
        self._of: tuple[View, Positions] | None = None

    def __len__(self) -> int:
        return len(self.positions)

    @property
    def priced(self) -> bool:
        """Whether prices matter."""
        return self.cents.strides != (0,)

    def part(self, places: Positions, priced: bool = True) -> "View":
        """The view of these places alone (ascending), without prices if these don't matter."""
        cents = self.cents[places] if priced and self.priced else no_prices(len(places))
        part = View(self.positions[places], cents, self.size)
        part._of = self, places
        return part

    @cached_property
    def _before(self) -> Positions | None:
        """int32 [N + 1]: how many of the positions come before each; None if they are so few that a search does."""
        if 4 * len(self) < self.size:
            return None
        held = np.zeros(self.size + 1, np.int32)
        held[self.positions + 1] = 1
        return np.cumsum(held, out=held)

    def arrays(self) -> dict[str, NDArray[Any]]:
        """All that it knows, made ready: see `view_of`."""
        known: dict[str, NDArray[Any]] = {"positions": self.positions}
        if self._before is not None:
            known["before"] = self._before
        if self.priced:
            (prices, ranks), minima = self._priced_at, self._minima
            known |= {"cents": self.cents, "prices": prices, "ranks": ranks, "order": self._order}
            known |= {"until": minima.until, "since": minima.since, "blocks": minima.blocks}
            if self._least is not None:
                known["least"] = self._least
        return known

    def places(self, bounds: NDArray[np.int32]) -> Positions:
        """How many of the positions come before each of *bounds*."""
        if self._before is not None:
            return self._before.take(bounds, mode="clip")
        return self.positions.searchsorted(bounds).astype(np.int32)

    def place(self, position: int) -> int:
        """The place of one position, or -1 if the view doesn't hold it."""
        if self._before is None or position >= self.size:
            at = int(self.positions.searchsorted(np.int32(position)))  # of their type: else all are copied
        else:
            at = int(self._before[position])
        return at if at < len(self.positions) and self.positions[at] == position else -1

    def find(self, positions: Sequence[int] | Positions) -> Positions:
        """The places of those *positions* that the view holds, ascending."""
        if len(positions) <= ONE_BY_ONE:
            places = {self.place(int(position)) for position in positions}
            return np.array(sorted(places - {-1}), np.int32)
        return self.find_ascending(np.unique(np.asarray(positions, np.int32)))

    def find_ascending(self, positions: Positions) -> Positions:
        """The same for distinct *positions* in ascending order."""
        at = self.places(positions)
        held = at < len(self)
        held[held] = self.positions[at[held]] == positions[held]
        return at[held]

    @cached_property
    def _priced_at(self) -> tuple[NDArray[np.int64], NDArray[np.int32]]:
        """Distinct prices, ascending; and the rank of each price among them."""
        if self._of is not None and self._of[0].priced:
            prices, ranks = self._of[0]._priced_at
            return prices, ranks[self._of[1]]
        prices, found = np.unique(self.cents, return_inverse=True)
        return prices, found.astype(np.int32)

    @cached_property
    def _minima(self) -> RangeMinima:
        """Of the ranks."""
        return range_minima(self._priced_at[1])

    @cached_property
    def _least(self) -> NDArray[np.int32] | None:
        """int32 [M]: the rank of the least price in each of the ranges `nodes`; None without these."""
        if self.nodes is None:
            return None
        first, last = self.places(self.nodes[0]), self.places(self.nodes[1])
        least = np.full(len(first), _NOTHING, np.int32)
        some = (first < last).nonzero()[0]
        least[some] = self._minima.of(first[some], last[some])
        return least

    def least(self, nodes: slice) -> NDArray[np.int32] | None:
        """The rank of the least price in some of `nodes`; None if these, or prices, are not known."""
        if self.nodes is None or not self.priced or self._least is None:
            return None
        return self._least[nodes]

    def least_without(
        self, nodes: slice, least: NDArray[np.int32], more: Positions, without: Positions
    ) -> NDArray[np.int32]:
        """The rank of the least price in some of `nodes` when *more* places are left out.

        Args:
            nodes: ascending and apart, as the children of a node are.
            least: what it was before that.
            more: places, ascending.
            without: all places that are left out, with *more*; ascending.
        """
        assert self.nodes is not None
        low, high = self.nodes[0][nodes], self.nodes[1][nodes]
        begin, end = more.searchsorted(self.places(np.array([low[0], high[-1]])))
        if begin == end:
            return least
        out = more[begin:end]
        at = high.searchsorted(self.positions[out], side="right")
        some = np.unique(at[self._priced_at[1][out] <= least[at]])  # those that may lose their cheapest
        if len(some):
            least = least.copy()
            least[some] = self._cheapest_between(self.places(low[some]), self.places(high[some]), without)
        return least

    def rank(self, limit: int) -> int:
        """The rank of the highest price that is no more than *limit* cents."""
        return int(self._priced_at[0].searchsorted(limit, side="right")) - 1

    def holds(
        self, low: NDArray[np.int32], high: NDArray[np.int32], without: Positions, limit: int | None
    ) -> NDArray[np.bool_]:
        """Which ranges `low:high` of positions hold one that isn't in *without* and costs no more than *limit*.

        Args:
            low, high: int32 [C].
            without: places in this view, ascending (see `find`).
            limit: cents, or None.
        """
        first, last = self.places(low), self.places(high)
        inside: Any = without.searchsorted(last) - without.searchsorted(first) if len(without) else 0
        held: NDArray[np.bool_] = last - first > inside
        some = held.nonzero()[0]
        if limit is None or not len(some):
            return held
        most = self.rank(limit)
        held[some] = self._minima.of(first[some], last[some]) <= most
        if len(without) and len(some := (held & (inside > 0)).nonzero()[0]):  # the cheapest may be one left out
            held[some] = self._cheapest_between(first[some], last[some], without) <= most
        return held

    def _cheapest_between(
        self, first: NDArray[np.int32], last: NDArray[np.int32], without: Positions
    ) -> NDArray[np.int32]:
        """The least price rank of each range of places, but for those *without*, of which each range holds some."""
        begin, end = np.searchsorted(without, first), np.searchsorted(without, last)
        gaps = end - begin + 1
        offsets = np.cumsum(gaps) - gaps
        nth = np.arange(offsets[-1] + gaps[-1]) + np.repeat(begin - offsets, gaps)  # in *without*: what ends each gap
        starts = without[nth - 1] + 1
        starts[offsets] = first
        stops = without[np.minimum(nth, len(without) - 1)]
        stops[offsets + gaps - 1] = last
        least = np.full(len(nth), _NOTHING, np.int32)
        some = starts < stops
        least[some] = self._minima.of(starts[some], stops[some])
        return np.minimum.reduceat(least, offsets)

    def by_price(self) -> Iterator[NDArray[np.int32]]:
        """All places in blocks, the cheapest first, ties by place; sorted only as far as they are asked for."""
        for start in range(0, len(self), _AT_ONCE):
            if not self.priced:
                yield np.arange(start, min(start + _AT_ONCE, len(self)), dtype=np.int32)
            elif start == 0 and "_order" not in vars(self):
                yield self._first_by_price
            else:
                yield self._order[start : start + _AT_ONCE]

    def cheapest(self, limit: int) -> NDArray[np.int32] | None:
        """The places that cost no more than *limit* cents, in no order; None unless all are sorted already."""
        if not self.priced or "_order" not in vars(self):
            return None
        return self._order[: int(self.cents.searchsorted(limit, side="right", sorter=self._order))]

    @cached_property
    def _first_by_price(self) -> NDArray[np.int32]:
        if len(self) <= _AT_ONCE:
            return np.argsort(self.cents, kind="stable").astype(np.int32)
        bound = np.partition(self.cents, _AT_ONCE)[_AT_ONCE]
        found = np.flatnonzero(self.cents <= bound)
        ordered = found[np.argsort(self.cents[found], kind="stable")]
        return ordered[:_AT_ONCE].astype(np.int32)

    @cached_property
    def _order(self) -> NDArray[np.int32]:
        """int32 [K]: all places, the cheapest first, ties by place."""
        prices, ranks = self._priced_at
        by_digits = ranks if len(prices) > 1 << 16 else ranks.astype(np.uint16)
        return np.argsort(by_digits, kind="stable").astype(np.int32)


_AT_ONCE = 1024
ONE_BY_ONE = 16
"""Up to here, one by one is faster than arrays."""


def view_of(known: Mapping[str, NDArray[Any]], size: int, nodes: Ranges) -> View:
    """A view from what `View.arrays` gave; nothing is computed."""
    positions = known["positions"]
    view = View(positions, known["cents"] if "cents" in known else no_prices(len(positions)), size, nodes)
    ready: dict[str, Any] = {"_before": known.get("before")}
    if "cents" in known:
        ready["_minima"] = RangeMinima(known["ranks"], known["until"], known["since"], known["blocks"])
        ready |= {
            "_priced_at": (known["prices"], known["ranks"]),
            "_order": known["order"],
            "_least": known.get("least"),
        }
    vars(view).update(ready)  # where cached properties keep what they have found
    return view


def no_prices(size: int) -> NDArray[np.int64]:
    """Cents where prices don't matter: 0, in no memory."""
    return np.broadcast_to(np.int64(0), size)
