"""The rules of one request, made ready for a shelf: computed once, and read at every item.

Knows nothing about tokens or models.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from bundlesmith.capped import Groups
from bundlesmith.completion import Candidate, Caps, Completer, Pool, merged
from bundlesmith.rules import Rules, to_cents
from bundlesmith.shelf import Section, Shelf
from bundlesmith.view import NOWHERE, Positions, View

Find = Callable[[str], int]
"""The position of an item id; raises `BundlesmithError` if there is none."""


@dataclass(frozen=True, slots=True, eq=False)
class Slots:
    """Which slots (as bits) the items can fill: `bits[i]` for `positions[i]` (ascending), none for all others."""

    positions: Positions
    bits: NDArray[np.int64]

    def of(self, positions: Positions) -> NDArray[np.int64]:
        """The slots of each of *positions*."""
        if not len(self.positions):
            return np.zeros(len(positions), np.int64)
        at = np.minimum(np.searchsorted(self.positions, positions), len(self.positions) - 1)
        return np.where(self.positions[at] == positions, self.bits[at], 0)

    def of_one(self, position: int) -> int:
        """The slots of one position."""
        at = int(self.positions.searchsorted(np.int32(position)))  # of their type: else all are copied
        return int(self.bits[at]) if at < len(self.positions) and self.positions[at] == position else 0


@dataclass(frozen=True, eq=False)
class Limits:
    """Rules over a shelf.

    Attributes:
        sections: the items that may be written at all.
        slots: which slots the items can fill.
        by_slots: for each set of slots that some item can fill, the items that fill these.
        budget: cents, or None.
        completer: finds the cheapest rest of a bundle.
    """

    shelf: Shelf
    sections: tuple[Section, ...]
    slots: Slots
    by_slots: tuple[tuple[int, Section], ...]
    budget: int | None
    completer: Completer

    def candidate(self, position: int) -> Candidate:
        """What the completer needs to know of an item: prices only for a budget, groups only for a cap."""
        shelf, caps = self.shelf, self.completer.caps
        return Candidate(
            position,
            max(int(shelf.cents[position]), 0) if self.budget is not None else 0,
            self.slots.of_one(position),
            int(shelf.category[position]) if caps.category is not None else -1,
            int(shelf.brand[position]) if caps.brand is not None else -1,
        )

    @cached_property
    def everything(self) -> View:
        """All sections as one view of their own."""
        positions = np.sort(np.concatenate([section.open_positions() for section in self.sections]))
        return self.shelf.view(positions, self.budget is not None)

    @cached_property
    def groups(self) -> Groups:
        """The kinds and brands of `everything`."""
        positions, caps = self.everything.positions, self.completer.caps
        none = np.full(len(positions), -1, np.int32)
        return Groups.of(
            none if caps.category is None else self.shelf.category[positions],
            self.slots.of(positions),
            none if caps.brand is None else self.shelf.brand[positions],
        )


def make_limits(rules: Rules, shelf: Shelf, find: Find) -> Limits:
    """Make rules ready.

    Raises:
        BundlesmithError: if they name an item or a category that isn't there.
    """
    removed = [find(item) for item in (*rules.excluded, *rules.owned)]
    sections = tuple(section.less(removed) for section in _sections(rules, shelf, find))
    slots = _slots(rules, shelf)
    by_slots = tuple(_by_slots(slots, sections, shelf, rules.budget is not None))
    budget = None if rules.budget is None else to_cents(rules.budget)
    caps = Caps(rules.per_category, rules.per_brand)
    empty = Completer((), len(rules.slots), rules.min_items, rules.max_items, caps)
    limits = Limits(shelf, sections, slots, by_slots, budget, empty)
    pools = [_pool(section, limits) for section in (*sections, *(section for _, section in by_slots))]
    return replace(limits, completer=replace(empty, pool=merged(pools)))


def _sections(rules: Rules, shelf: Shelf, find: Find) -> tuple[Section, ...]:
    priced = rules.budget is not None
    if rules.allowed is None and rules.min_price is None and rules.max_price is None:
        return shelf.sections(rules.in_stock, priced)
    if rules.allowed is None:
        named = np.arange(len(shelf), dtype=np.int32)
    else:
        named = np.unique(np.array([find(item) for item in rules.allowed], np.int32))
    positions = shelf.usable(named, rules.in_stock, priced)
    cents = shelf.cents[positions]
    within = np.ones(len(positions), np.bool_)
    if rules.min_price is not None:
        within &= cents >= -to_cents(-rules.min_price)
    if rules.max_price is not None:
        within &= (cents >= 0) & (cents <= to_cents(rules.max_price))
    return (Section(shelf.view(positions[within], priced)),)


def _slots(rules: Rules, shelf: Shelf) -> Slots:
    found = [shelf.of_category(name) for name in rules.slots]
    positions = np.unique(np.concatenate([NOWHERE, *found])).astype(np.int32)
    bits = np.zeros(len(positions), np.int64)
    for bit, some in enumerate(found):
        bits[np.searchsorted(positions, some)] |= 1 << bit
    return Slots(positions, bits)


def _by_slots(slots: Slots, sections: Sequence[Section], shelf: Shelf, priced: bool) -> Iterator[tuple[int, Section]]:
    filling = slots.positions
    held = np.zeros(len(filling), np.bool_)
    for section in sections:
        held |= section.view.holds(filling, filling + 1, section.without, None)
    for some in np.unique(slots.bits[held]):
        yield int(some), Section(shelf.view(filling[held & (slots.bits == some)], priced))


def _pool(section: Section, limits: Limits) -> list[Candidate]:
    shelf, pool = limits.shelf, Pool(limits.completer.most, limits.completer.caps)
    for places in section.view.by_price():
        positions = section.view.positions[np.setdiff1d(places, section.without, assume_unique=True)]
        full = np.isin(shelf.category[positions], list(pool.full_categories))
        full |= np.isin(shelf.brand[positions], list(pool.full_brands))
        for position in positions[~full].tolist():
            pool.add(limits.candidate(position))
            if pool.enough:
                return pool.items
    return pool.items
