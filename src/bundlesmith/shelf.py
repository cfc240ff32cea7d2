"""What can be sold now, over positions 0…N-1 in a fixed order, and views of it that answer for a whole range in O(1).

Knows nothing about bundles, tokens or models. A position is a leaf of a trie, so a trie's node is a range.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from bundlesmith.catalogue import Catalogue
from bundlesmith.errors import BundlesmithError, nearest
from bundlesmith.minima import RangeMinima, range_minima

Positions = NDArray[np.int32]
NOWHERE: Positions = np.empty(0, np.int32)
T = TypeVar("T")


class View:
    """Some of the positions, with their prices.

    Attributes:
        positions: int32 [K], ascending.
        cents: int64 [K], the price of each; 0 where prices don't matter.
        size: N, of the shelf that it was made of.
    """

    def __init__(self, positions: Positions, cents: NDArray[np.int64], size: int) -> None:
        self.positions, self.cents, self.size = positions, cents, size

    def __len__(self) -> int:
        return len(self.positions)

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
        known: dict[str, NDArray[Any]] = {
            "positions": self.positions,
            "first": np.array(self._first_by_price, np.int32),
        }
        if self._before is not None:
            known["before"] = self._before
        if self.cents.strides != (0,):
            prices, ranks = self._ranks
            known |= {"cents": self.cents, "prices": prices, "ranks": ranks.values}
            known |= {"until": ranks.until, "since": ranks.since, "blocks": ranks.blocks}
        return known

    def places(self, bounds: NDArray[np.int32]) -> Positions:
        """How many of the positions come before each of *bounds*."""
        if self._before is not None:
            return self._before.take(bounds, mode="clip")
        return self.positions.searchsorted(bounds).astype(np.int32)

    def find(self, positions: Sequence[int] | Positions) -> Positions:
        """The places of those *positions* that the view holds, ascending."""
        wanted = np.unique(np.asarray(positions, np.int32))
        at = self.places(wanted)
        held = at < len(self)
        held[held] = self.positions[at[held]] == wanted[held]
        return at[held]

    @cached_property
    def _ranks(self) -> tuple[NDArray[np.int64], RangeMinima]:
        """The distinct prices, ascending; and the rank of each price among them."""
        prices, ranks = np.unique(self.cents, return_inverse=True)
        return prices, range_minima(ranks.astype(np.int32))

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
        some = np.flatnonzero(held)
        if limit is None or not len(some):
            return held
        prices, ranks = self._ranks
        most = int(prices.searchsorted(limit, side="right")) - 1
        held[some] = ranks.of(first[some], last[some]) <= most
        if len(without) and len(some := np.flatnonzero(held & (inside > 0))):  # the cheapest may be one left out
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
        least = np.full(len(nth), np.iinfo(np.int32).max, np.int32)
        some = starts < stops
        least[some] = self._ranks[1].of(starts[some], stops[some])
        return np.minimum.reduceat(least, offsets)

    def by_price(self) -> Iterator[int]:
        """All places, the cheapest first, ties by place; sorted only as far as they are asked for."""
        yield from self._first_by_price
        if len(self._first_by_price) < len(self):
            rest = np.argsort(self.cents, kind="stable")
            yield from rest[len(self._first_by_price) :].tolist()

    @cached_property
    def _first_by_price(self) -> list[int]:
        if len(self) <= _AT_ONCE:
            return [int(place) for place in np.argsort(self.cents, kind="stable")]
        bound = np.partition(self.cents, _AT_ONCE)[_AT_ONCE]
        found = np.flatnonzero(self.cents <= bound)
        ordered = found[np.argsort(self.cents[found], kind="stable")]
        return [int(place) for place in ordered[:_AT_ONCE]]


_AT_ONCE = 1024


def view_of(known: Mapping[str, NDArray[Any]], size: int) -> View:
    """A view from what `View.arrays` gave; nothing is computed."""
    positions = known["positions"]
    view = View(positions, known["cents"] if "cents" in known else _no_prices(len(positions)), size)
    ready: dict[str, Any] = {"_before": known.get("before"), "_first_by_price": known["first"].tolist()}
    if "cents" in known:
        minima = RangeMinima(known["ranks"], known["until"], known["since"], known["blocks"])
        ready["_ranks"] = (known["prices"], minima)
    vars(view).update(ready)  # where cached properties keep what they have found
    return view


def _no_prices(size: int) -> NDArray[np.int64]:
    return np.broadcast_to(np.int64(0), size)


@dataclass(frozen=True, slots=True, eq=False)
class Section:
    """A view that others use too, without some of its places (ascending)."""

    view: View
    without: Positions

    def less(self, positions: Sequence[int] | Positions) -> "Section":
        """The section without these positions, too."""
        return Section(self.view, np.union1d(self.without, self.view.find(positions)).astype(np.int32))

    def open_positions(self) -> Positions:
        """What it holds, ascending."""
        return np.delete(self.view.positions, self.without)


VIEWS = ((False, False), (False, True), (True, False), (True, True))
"""The keys of a shelf's shared views: in stock, priced."""


@dataclass(frozen=True, eq=False)
class Shelf:
    """The facts about items that rules are about, as arrays in the order of positions.

    Attributes:
        cents: int64 [N]; -1 where the price is not known.
        in_stock: bool [N].
        listed: bool [N]; False for items that were taken out of the catalogue.
        category, brand: int32 [N]; numbers of `paths` and of brands; -1 where there is none.
        paths, brands: the distinct category paths and brands.
        base: the shelf from which this one differs only in the positions *changed*, so that its views serve here too.
        changed: positions that were repriced, restocked, removed or added, ascending.
    """

    cents: NDArray[np.int64]
    in_stock: NDArray[np.bool_]
    listed: NDArray[np.bool_]
    category: NDArray[np.int32]
    brand: NDArray[np.int32]
    paths: tuple[tuple[str, ...], ...]
    brands: tuple[str, ...]
    base: "Shelf | None" = None
    changed: Positions = field(default_factory=lambda: NOWHERE)
    _sections: dict[tuple[bool, bool], tuple[Section, ...]] = field(default_factory=dict, repr=False)
    _categories: dict[tuple[str, ...], Positions] = field(default_factory=dict, repr=False)
    _numbers: dict[tuple[str, ...], list[int]] = field(default_factory=dict, repr=False)

    def __len__(self) -> int:
        return len(self.cents)

    def use(self, in_stock: bool, priced: bool, view: View) -> None:
        """Let *view* be what `sections` gives for this key."""
        self._sections[in_stock, priced] = (Section(view, NOWHERE),)

    def prepare(self) -> None:
        """Make all shared views ready, so that no request has to."""
        for in_stock, priced in VIEWS:
            for section in self.sections(in_stock, priced):
                section.view.arrays()

    def sections(self, in_stock: bool, priced: bool) -> tuple[Section, ...]:
        """All items, or those in stock; with a budget (*priced*) those with a price. Made once and shared."""
        key = (in_stock, priced)
        if key not in self._sections:
            self._sections[key] = tuple(self._make_sections(in_stock, priced))
        return self._sections[key]

    def _make_sections(self, in_stock: bool, priced: bool) -> Iterator[Section]:
        if self.base is None:
            everything = np.arange(len(self), dtype=np.int32)
            yield Section(self.view(self.usable(everything, in_stock, priced), priced), NOWHERE)
            return
        for section in self.base.sections(in_stock, priced):
            yield section.less(self.changed)
        yield Section(self.view(self.usable(self.changed, in_stock, priced), priced), NOWHERE)

    def usable(self, positions: Positions, in_stock: bool, priced: bool) -> Positions:
        """Those of the *positions* that are listed and, as asked for, in stock and with a price."""
        usable = self.listed[positions]
        if in_stock:
            usable &= self.in_stock[positions]
        if priced:
            usable &= self.cents[positions] >= 0
        return positions[usable]

    def view(self, positions: Positions, priced: bool) -> View:
        """A view of these positions (ascending), with prices if they matter."""
        cents = self.cents[positions] if priced else _no_prices(len(positions))
        return View(positions, cents, len(self))

    def of_category(self, name: str) -> Positions:
        """The positions of a category: a step of the path ("Tents") or several ("Camping > Tents"), in any case.

        Raises:
            BundlesmithError: if no item has such a category.
        """
        wanted = tuple(step.strip().lower() for step in name.split(">"))
        if not self._numbers_of(wanted):
            steps = sorted({step for path in self.paths for step in path})
            raise BundlesmithError(f'There is no category "{name}".', nearest(name, steps))
        return self._of_path(wanted)

    def _of_path(self, wanted: tuple[str, ...]) -> Positions:
        """The positions whose path holds these steps, ascending; of those that didn't change the base knows."""
        if wanted not in self._categories:
            numbers = self._numbers_of(wanted)
            if self.base is None:
                found = np.flatnonzero(np.isin(self.category, numbers))
            else:
                changed = self.changed[np.isin(self.category[self.changed], numbers)]
                found = np.union1d(np.setdiff1d(self.base._of_path(wanted), self.changed, True), changed)
            self._categories[wanted] = found.astype(np.int32)
        return self._categories[wanted]

    def _numbers_of(self, wanted: tuple[str, ...]) -> list[int]:
        """Which paths hold these steps."""
        if wanted in self._numbers:
            return self._numbers[wanted]
        known = len(self.base.paths) if self.base is not None else 0
        found = self.base._numbers_of(wanted) if self.base is not None else []
        found = found + [number for number in range(known, len(self.paths)) if _holds(self.paths[number], wanted)]
        if found:  # names that nobody has are not kept: there is no end of them
            self._numbers[wanted] = found
        return found


def _holds(path: Sequence[str], wanted: tuple[str, ...]) -> bool:
    lower = [step.lower() for step in path]
    return any(tuple(lower[at : at + len(wanted)]) == wanted for at in range(len(path) - len(wanted) + 1))


def make_shelf(catalogue: Catalogue, rows: NDArray[np.int32]) -> Shelf:
    """The shelf of a catalogue, with position i holding the item of `rows[i]`."""
    paths, category = _numbered(catalogue.categories)
    brands, brand = _numbered([str(facts.get("brand") or "") for facts in catalogue.attributes])
    listed = np.ones(len(rows), np.bool_)
    in_stock = (catalogue.stock != 0)[rows]
    return Shelf(catalogue.cents[rows], in_stock, listed, category[rows], brand[rows], tuple(paths), tuple(brands))


def _numbered(values: Sequence[T]) -> tuple[list[T], NDArray[np.int32]]:
    """The distinct values, and each value's number; -1 for an empty one."""
    numbers: dict[T, int] = {}
    of = np.fromiter((numbers.setdefault(v, len(numbers)) if v else -1 for v in values), np.int32, len(values))
    return list(numbers), of
