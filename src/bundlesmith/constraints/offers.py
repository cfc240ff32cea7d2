"""Items that may come next, as answers about ranges of positions: at one price limit, or each at that of its groups."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from bundlesmith.constraints.capped import Rest
from bundlesmith.constraints.limits import RuleLimits, Sections
from bundlesmith.constraints.shelf import Section
from bundlesmith.constraints.view import Flags, Positions

_PROBED = 8
"""So many items of a range are looked at first: mostly one of them may come."""
LISTED = 1 << 14
"""Up to so many items are looked at by themselves; if there are more, those of the whole catalogue are counted."""


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
    """

    limits: RuleLimits
    sections: Sections
    rest: Rest
    left: int

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
        return np.concatenate([self._positions(number) for number in range(len(self.sections))])

    def _hold(self, number: int, section: Section, low: Positions, high: Positions) -> Flags:
        view = section.view
        held = view.holds(low, high, section.without, self._most if view.priced else None)
        some = np.flatnonzero(held)
        first, last = view.places(low[some]), view.places(high[some])
        if len(some) <= LISTED and number not in self._before:
            held[some] = self._probed(section, first, last)
            some = some[left := ~held[some] & (last - first > _PROBED)]
            first, last = first[left] + _PROBED, last[left]
        if len(some):
            held[some] = self._counted(number, first, last)
        return held

    def _probed(self, section: Section, first: Positions, last: Positions) -> Flags:
        """Whether one of the first few places of each range may come."""
        width = min(_PROBED, int((last - first).max(initial=0)))
        places = np.minimum(first[:, None] + np.arange(width, dtype=np.int32), last[:, None] - 1)
        is_open = self._open(section, places.reshape(-1)).reshape(places.shape)
        found: Flags = np.logical_or.reduce(is_open, axis=1)
        return found

    def _counted(self, number: int, first: Positions, last: Positions) -> Flags:
        """Which ranges of places of a section hold one, none of them empty."""
        section, lengths = self.sections[number], last - first
        if number not in self._before and lengths.sum() <= LISTED:
            starts = np.cumsum(lengths) - lengths
            places = np.arange(lengths.sum(), dtype=np.int32) + np.repeat(first - starts, lengths).astype(np.int32)
            return np.logical_or.reduceat(self._open(section, places), starts)
        before = self._all_before(number)
        counted: Flags = before[last] > before[first]
        return counted

    def _all_before(self, number: int) -> Positions:
        """int32 [K + 1]: how many of the places before each of a section's view hold one; found once for all."""
        if number not in self._before:
            section, pairs = self.sections[number], self.limits.shelf.groups.pairs
            room = self._room[self._row[pairs.category], self._column[pairs.brand]]
            is_open = section.view.cents <= room[pairs.of[section.view.positions]]
            is_open[section.without] = False
            self._before[number] = np.concatenate([[0], np.cumsum(is_open, dtype=np.int32)]).astype(np.int32)
        return self._before[number]

    def _positions(self, number: int) -> Positions:
        return self.sections[number].view.positions[np.diff(self._all_before(number)) > 0]

    def _open(self, section: Section, places: Positions) -> Flags:
        """Which of some places may come."""
        shelf, positions = self.limits.shelf, section.view.positions[places]
        room = self._room[self._row[shelf.category[positions]], self._column[shelf.brand[positions]]]
        is_open: Flags = (section.view.cents[places] <= room) & ~section.lacks(places)
        return is_open

    @cached_property
    def _before(self) -> dict[int, Positions]:
        return {}

    @cached_property
    def _room(self) -> NDArray[np.int64]:
        """[kinds, columns]: what an item may cost; -1: none may come."""
        more = self.rest.ways.costs
        some = np.isfinite(more)
        return np.where(some, self.left - self.rest.cents - np.where(some, more, 0).astype(np.int64), -1)

    @cached_property
    def _most(self) -> int:
        return int(self._room.max())

    @cached_property
    def _row(self) -> NDArray[np.int64]:
        """[categories + 1]: the row of each category; at last that of none."""
        rows = self.limits.plain_rows.copy()
        for (category, _), row in self.rest.network.kinds.items():
            if category >= 0:
                rows[category] = row
        return rows

    @cached_property
    def _column(self) -> NDArray[np.int64]:
        """[brands + 1]: likewise."""
        column = self.rest.ways.column
        columns = np.full(len(self.limits.shelf.brands) + 1, column[0])
        for brand, number in self.rest.network.brands.items():
            if brand >= 0:
                columns[brand] = column[number]
        return columns
