"""What can be sold now, over positions 0…N-1 in a fixed order, and the parts of it that a request may be about."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from bundlesmith.constraints.columns import OverlaidColumn
from bundlesmith.constraints.groups import Groups, groups_of, with_added
from bundlesmith.constraints.view import NOWHERE, ONE_BY_ONE, Positions, Ranges, View, no_prices
from bundlesmith.data.catalogue import Catalogue
from bundlesmith.data.category import holds, steps
from bundlesmith.errors import BundlesmithError, nearest

_T = TypeVar("_T")


@dataclass(frozen=True, slots=True, eq=False)
class Section:
    """A view that others use too, without some of its places.

    Attributes:
        without: places, ascending.
        base: the section that this one was made of by leaving out *more* places.
    """

    view: View
    without: Positions = field(default_factory=lambda: NOWHERE)
    base: "Section | None" = None
    more: Positions = field(default_factory=lambda: NOWHERE)
    _least: dict[int, NDArray[np.int32]] = field(default_factory=dict, repr=False)

    def less(self, positions: Sequence[int] | Positions) -> "Section":
        """The section without these positions, too."""
        more = self.view.find(positions)
        few = len(more) <= ONE_BY_ONE
        more = more[[not self._lacks(place) for place in more]] if few else np.setdiff1d(more, self.without)
        return Section(self.view, np.sort(np.concatenate([self.without, more])), self, more) if len(more) else self

    def least(self, nodes: slice) -> NDArray[np.int32] | None:
        """The rank of the least price in some of the view's `nodes`; None if these, or prices, are not known."""
        if self.base is None or (least := self.base.least(nodes)) is None:
            return self.view.least(nodes)
        known = self._least.get(nodes.start)
        if known is None:
            known = self.view.least_without(nodes, least, self.more, self.without)
            if known is not least:  # kept only where something was left out: that is few nodes
                self._least[nodes.start] = known
        return known

    def fits(self, position: int, limit: int | None) -> bool:
        """Whether it holds this position, at no more than *limit* cents."""
        place = self.view.place(position)
        return place >= 0 and not self._lacks(place) and (limit is None or bool(self.view.cents[place] <= limit))

    def least_fits(self, limit: int | None) -> bool:
        """Whether it holds anything that costs no more than *limit* cents."""
        if limit is None:
            return len(self.view) > len(self.without)
        kept = (some for places in self.view.by_price() if len(some := self.kept(places)))
        cheapest = next(kept, NOWHERE)
        return len(cheapest) > 0 and bool(self.view.cents[cheapest[0]] <= limit)

    def kept(self, places: Positions) -> Positions:
        """Those of some places of the view that it holds, in their order."""
        return places[~self.lacks(places)] if len(self.without) else places

    def positions(self) -> Positions:
        """All positions that it holds, ascending."""
        return np.delete(self.view.positions, self.without) if len(self.without) else self.view.positions

    def lacks(self, places: Positions) -> NDArray[np.bool_]:
        """Which of some places of the view are left out."""
        if not len(self.without):
            return np.zeros(len(places), np.bool_)
        at = np.minimum(self.without.searchsorted(places), len(self.without) - 1)
        left_out: NDArray[np.bool_] = self.without[at] == places
        return left_out

    def part(self, places: Positions, priced: bool = True) -> "Section":
        """Those of some places (ascending) that it holds, as a section of their own."""
        return Section(self.view.part(self.kept(places), priced))

    def _lacks(self, place: int) -> bool:
        at = int(self.without.searchsorted(np.int32(place)))
        return at < len(self.without) and bool(self.without[at] == place)


VIEWS = ((False, False), (False, True), (True, False), (True, True))
"""The keys of a shelf's shared views: in stock, priced."""


@dataclass(frozen=True, eq=False)
class Shelf:
    """The facts about items that rules are about, as columns in the order of positions: arrays, or few differences from
    those of *base*.

    Attributes:
        cents: int64 [N]; -1 where the price is not known.
        in_stock: bool [N].
        listed: bool [N]; False for items that were taken out of the catalogue.
        category, brand: int32 [N]; numbers of `paths` and of brands; -1 where there is none.
        paths, brands: the distinct category paths and brands.
        base: the shelf from which this one differs only in the positions *changed*, so that its views serve here too.
        changed: positions that were repriced, restocked, removed or added, ascending.
        nodes: the ranges that will be asked for, those of the nodes of a trie; None: all are the same.
    """

    cents: OverlaidColumn[np.int64]
    in_stock: OverlaidColumn[np.bool_]
    listed: OverlaidColumn[np.bool_]
    category: OverlaidColumn[np.int32]
    brand: OverlaidColumn[np.int32]
    paths: tuple[tuple[str, ...], ...]
    brands: tuple[str, ...]
    base: "Shelf | None" = None
    changed: Positions = field(default_factory=lambda: NOWHERE)
    nodes: Ranges | None = None
    _sections: dict[tuple[bool, bool], tuple[Section, ...]] = field(default_factory=dict, repr=False)
    _groups: list[Groups] = field(default_factory=list, repr=False)
    _numbers: dict[tuple[str, ...], list[int]] = field(default_factory=dict, repr=False)
    _with_step: dict[str, list[int]] = field(default_factory=dict, repr=False)

    def __len__(self) -> int:
        return len(self.cents)

    def use(self, in_stock: bool, priced: bool, view: View) -> None:
        """Let *view* be what `sections` gives for this key."""
        self._sections[in_stock, priced] = (Section(view, NOWHERE),)

    @property
    def groups(self) -> Groups:
        """The positions by category, and the pairs of categories and brands. Found once and shared."""
        if not self._groups:
            if self.base is not None:
                added = np.arange(len(self.base), len(self), dtype=np.int32)
                self.use_groups(with_added(self.base.groups, self.category[added], self.brand[added]))
            else:
                self.use_groups(groups_of(np.asarray(self.category), np.asarray(self.brand)))
        return self._groups[0]

    def use_groups(self, groups: Groups) -> None:
        """Let these be the `groups`."""
        self._groups.append(groups)

    def prepare(self) -> None:
        """Make all shared views ready, so that no request has to."""
        assert self.groups
        self._numbers_with("")
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
            positions = self.usable(np.arange(len(self), dtype=np.int32), in_stock, priced)
            yield Section(View(positions, self._prices(positions, priced), len(self), self.nodes))
            return
        for section in self.base.sections(in_stock, priced):
            yield section.less(self.changed)
        yield Section(self.view(self.usable(self.changed, in_stock, priced), priced))

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
        return View(positions, self._prices(positions, priced), len(self))

    def _prices(self, positions: Positions, priced: bool) -> NDArray[np.int64]:
        return self.cents[positions] if priced else no_prices(len(positions))

    def numbers_of(self, name: str) -> list[int]:
        """Which of `paths` are of a category: a step of the path ("Tents") or several ("Camping > Tents"), in any case.

        Raises:
            BundlesmithError: if no item has such a category.
        """
        if not (numbers := self._numbers_of(steps(name))):
            known = sorted({step for path in self.paths for step in path})
            raise BundlesmithError(f'There is no category "{name}".', nearest(name, known))
        return numbers

    def _numbers_of(self, wanted: tuple[str, ...]) -> list[int]:
        """Which paths hold these steps."""
        if wanted in self._numbers:
            return self._numbers[wanted]
        found = [n for n in self._numbers_with(wanted[0]) if len(wanted) == 1 or holds(self.paths[n], wanted)]
        if self.base is not None:
            found = self.base._numbers_of(wanted) + found
        if found:  # names that nobody has are not kept: there is no end of them
            self._numbers[wanted] = found
        return found

    def _numbers_with(self, step: str) -> list[int]:
        """Which paths have a step, but for those of the base. Found for all steps at once."""
        if not self._with_step:
            for number in range(len(self.base.paths) if self.base is not None else 0, len(self.paths)):
                for each in {*steps(*self.paths[number])}:
                    self._with_step.setdefault(each, []).append(number)
        return self._with_step.get(step, [])


def make_shelf(catalogue: Catalogue, rows: NDArray[np.int32], nodes: Ranges | None = None) -> Shelf:
    """The shelf of a catalogue, with position i holding the item of `rows[i]`; for *nodes* see `Shelf`."""
    paths, category = _numbered(catalogue.categories)
    brands, brand = _numbered([str(facts.get("brand") or "") for facts in catalogue.attributes])
    listed = np.ones(len(rows), np.bool_)
    in_stock = (catalogue.stock != 0)[rows]
    columns = catalogue.cents[rows], in_stock, listed, category[rows], brand[rows]
    return Shelf(*columns, tuple(paths), tuple(brands), nodes=nodes)


def _numbered(values: Sequence[_T]) -> tuple[list[_T], NDArray[np.int32]]:
    """The distinct values, and each value's number; -1 for an empty one."""
    numbers: dict[_T, int] = {}
    of = np.fromiter((numbers.setdefault(v, len(numbers)) if v else -1 for v in values), np.int32, len(values))
    return list(numbers), of
