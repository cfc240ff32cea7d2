"""Items that may come next, as answers about ranges of positions: at one price limit, or each at that of its groups."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from operator import itemgetter

import numpy as np
from numpy.typing import NDArray

from bundlesmith.constraints.capped import Rest
from bundlesmith.constraints.limits import RuleLimits, Sections
from bundlesmith.constraints.shelf import Section
from bundlesmith.constraints.view import Flags, Positions

_PROBED = 8
"""So many items of a range are looked at first, then twice as many: mostly one of them may come."""
_WIDE = 4
"""Ranges of more items than these, on average, may be better off with a list."""
LOOKS = 1 << 16
"""So many items are looked at that way; where that doesn't do, all that may come are listed."""
LISTED = 1 << 14
"""If no more are left to look at for a list, it is made first."""


@dataclass(frozen=True, slots=True, eq=False)
class OpenItems:
    """The items of a section that cost no more than *limit* cents; None: any."""

    section: Section
    limit: int | None

    @property
    def any(self) -> bool:
        """Whether there is one."""
        return self.section.least_fits(self.limit)

    def fits(self, position: int) -> bool:
        """Whether the item at *position* is one."""
        return self.section.fits(position, self.limit)

    def hold(self, low: Positions, high: Positions, nodes: slice | None) -> Flags:
        """Which ranges of positions hold one; *nodes*: where they stand among the shelf's nodes, if they do."""
        view = self.section.view
        if nodes is not None and self.limit is not None and (least := self.section.least(nodes)) is not None:
            known: Flags = least <= view.rank(self.limit)
            return known
        return view.holds(low, high, self.section.without, self.limit)

    def positions(self) -> Positions:
        """All of them."""
        view, limit = self.section.view, self.limit
        is_open = np.ones(len(view), np.bool_) if limit is None else view.cents <= limit
        is_open[self.section.without] = False
        return view.positions[is_open]


@dataclass(frozen=True, eq=False)
class GroupOffer:
    """The items of some sections after which a rest is left, by their slots, categories and brands.

    Attributes:
        sections: they hold nothing that is taken.
        left: cents that the items and the rest may cost.
        before: places of each section, ascending, that hold all of them, where they were listed at a step before: what
            may come after one more item may come without it, too.
    """

    limits: RuleLimits
    sections: Sections
    rest: Rest
    left: int
    before: Mapping[int, Positions] = field(default_factory=dict)

    @property
    def any(self) -> bool:
        """Whether there is one: what is in the cheapest rest may be taken, or else the cheapest is looked for."""
        if bool((self.rest.used & ~self.rest.taken).any()):
            return True
        if int(self.rest.taken.sum()) >= self.limits.completion.most:
            return False
        return any(
            bool(self._open(section, places).any())
            for section in self.sections
            if section.least_fits(self._most if section.view.priced else None)
            for places in section.view.by_price()
        )

    def fits(self, position: int) -> bool:
        """Whether the item at *position* is one."""
        shelf = self.limits.shelf
        limit = int(self._room[self._row[shelf.category[position]], self._column[shelf.brand[position]]])
        return any(section.fits(position, limit) for section in self.sections)

    def hold(self, low: Positions, high: Positions, nodes: slice | None) -> Flags:
        """Which ranges of positions hold one."""
        held = np.zeros(len(low), np.bool_)
        for number, section in enumerate(self.sections):
            rest = np.flatnonzero(~held)
            held[rest] = self._hold(number, section, low[rest], high[rest])
        return held

    def positions(self) -> Positions:
        """All of them."""
        return np.concatenate(
            [section.view.positions[self._all_open(number)] for number, section in enumerate(self.sections)]
        )

    @property
    def listed(self) -> Mapping[int, Positions]:
        """Places of the sections that hold all of them, as far as they were listed by now."""
        return {**self.before, **self._listed}

    def _hold(self, number: int, section: Section, low: Positions, high: Positions) -> Flags:
        view = section.view
        held = view.holds(low, high, section.without, self._most if view.priced else None)
        some = np.flatnonzero(held)
        held[some] = self._found(number, view.places(low[some]), view.places(high[some]))
        return held

    def _found(self, number: int, first: Positions, last: Positions) -> Flags:
        """Which ranges of places of a section hold one, none of them empty."""
        found, some = np.zeros(len(first), np.bool_), np.arange(len(first))
        width, looks = _PROBED, 0
        while number not in self._listed and len(some):
            until = np.minimum(first[some] + width, last[some])
            looks += int((until - first[some]).sum())
            wide = width == _PROBED and looks > _WIDE * len(some)
            if looks > LOOKS or (wide and looks > self._candidates(number)[0] <= LISTED):
                break
            found[some] = self._any_open(number, first[some], until)
            first[some], width = until, 2 * width
            some = some[~found[some] & (until < last[some])]
        if len(some):
            places = self._all_open(number)
            found[some] = places.searchsorted(last[some]) > places.searchsorted(first[some])
        return found

    def _any_open(self, number: int, first: Positions, last: Positions) -> Flags:
        """Which ranges of places hold one, by looking at all of them; none may be empty."""
        lengths = last - first
        starts = np.cumsum(lengths) - lengths
        places = np.arange(lengths.sum(), dtype=np.int32) + np.repeat(first - starts, lengths).astype(np.int32)
        found: Flags = np.logical_or.reduceat(self._open(self.sections[number], places), starts)
        return found

    def _all_open(self, number: int) -> Positions:
        """The places of a section that hold one, ascending; found once for all."""
        if number not in self._listed:
            section, (size, candidates) = self.sections[number], self._candidates(number)
            if size < len(section.view):
                places = candidates()
                self._listed[number] = places[self._open(section, places)]
            else:
                self._listed[number] = self._open_of_all(section)
        return self._listed[number]

    def _candidates(self, number: int) -> tuple[int, Callable[[], Positions]]:
        """Places among which are all of a section's, ascending, and how many they are: the fewest that are at hand."""
        section, groups = self.sections[number], self.limits.shelf.groups
        view, cheapest = section.view, section.view.cheapest(self._most)
        found: list[tuple[int, Callable[[], Positions]]] = [(len(view), lambda: np.arange(len(view), dtype=np.int32))]
        if (before := self.before.get(number)) is not None:
            found.append((len(before), lambda: before))
        if cheapest is not None:
            found.append((len(cheapest), lambda: np.sort(cheapest)))
        numbers = self._open_categories
        found.append((groups.size_of(numbers), lambda: view.find_ascending(groups.of_categories(numbers.tolist()))))
        return min(found, key=itemgetter(0))

    def _open_of_all(self, section: Section) -> Positions:
        """The places of a section that hold one, by what each pair of a category and a brand may cost."""
        view, pairs = section.view, self.limits.shelf.groups.pairs
        room = self._room[self._row[pairs.category], self._column[pairs.brand]]
        is_open = view.cents <= room[pairs.of[view.positions]]
        is_open[section.without] = False
        return np.flatnonzero(is_open).astype(np.int32)

    def _open(self, section: Section, places: Positions) -> Flags:
        """Which of some places may come."""
        shelf, positions = self.limits.shelf, section.view.positions[places]
        room = self._room[self._row[shelf.category[positions]], self._column[shelf.brand[positions]]]
        is_open: Flags = (section.view.cents[places] <= room) & ~section.lacks(places)
        return is_open

    @cached_property
    def _listed(self) -> dict[int, Positions]:
        return {}

    @cached_property
    def _room(self) -> NDArray[np.int64]:
        """[rows, columns]: what an item may cost; -1: none may come."""
        more = self.rest.ways.costs
        some = np.isfinite(more)
        return np.where(some, self.left - self.rest.cents - np.where(some, more, 0).astype(np.int64), -1)

    @cached_property
    def _most(self) -> int:
        return int(self._room.max())

    @cached_property
    def _open_categories(self) -> NDArray[np.int64]:
        """Those of which any item may come, whatever its brand; -1 for none."""
        opens: Flags = np.logical_or.reduce(self._room >= 0, axis=1)
        some = np.flatnonzero(opens[self._row])
        return np.where(some < len(self._row) - 1, some, -1)

    @cached_property
    def _row(self) -> NDArray[np.int64]:
        """[categories + 1]: the row of each category; at last that of none."""
        ways, category = self.rest.ways, self.rest.network.category
        rows: NDArray[np.int64] = ways.row[self.limits.plain_rows]
        counted = np.flatnonzero(category >= 0)
        rows[category[counted]] = ways.row[counted]
        return rows

    @cached_property
    def _column(self) -> NDArray[np.int64]:
        """[brands + 1]: likewise."""
        column, brand = self.rest.ways.column, self.rest.network.numbers_of_brands()
        columns = np.full(len(self.limits.shelf.brands) + 1, column[0])
        counted = np.flatnonzero(brand >= 0)
        columns[brand[counted]] = column[counted]
        return columns
