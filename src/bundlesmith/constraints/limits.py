"""The rules of one request, made ready for a shelf: computed once, and read at every item."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from bundlesmith.constraints.completion import Candidate, Caps, Completion, Pool, merged_pools
from bundlesmith.constraints.network import Network, network_of
from bundlesmith.constraints.rules import Rules, to_cents
from bundlesmith.constraints.shelf import Section, Shelf
from bundlesmith.constraints.view import Positions

Find = Callable[[str], int]
"""The position of an item id; raises `BundlesmithError` if there is none."""
Sections = tuple[Section, ...]
_AT_ONCE = 64
SMALL = 2048
"""Of so many items all are candidates: to tell which are needed would take longer."""


@dataclass(frozen=True, eq=False)
class RuleLimits:
    """Rules over a shelf.

    Attributes:
        sections: the items that may be written at all.
        slots: int64 [categories + 1]; which slots (as bits) the items of each category can fill; at last those of none.
        budget: cents, or None.
        completion: what completes a bundle.
    """

    shelf: Shelf
    sections: Sections
    slots: NDArray[np.int64]
    budget: int | None
    completion: Completion

    def candidate(self, position: int) -> Candidate:
        """What the completion needs to know of an item: prices only for a budget, groups only for a cap."""
        return self.candidates(np.array([position], np.int32))[0]

    def candidates(self, positions: Positions) -> list[Candidate]:
        """The same of several, in their order: faster than one by one."""
        shelf, caps, none = self.shelf, self.completion.caps, np.broadcast_to(-1, len(positions))
        category = shelf.category[positions]
        columns = (
            positions,
            np.maximum(shelf.cents[positions], 0) if self.budget is not None else np.zeros(len(positions), np.int64),
            self.slots[category],
            category if caps.category is not None else none,
            shelf.brand[positions] if caps.brand is not None else none,
        )
        return list(map(Candidate, *(column.tolist() for column in columns)))

    @cached_property
    def network(self) -> Network:
        """The flows that are bundles; for slots and caps."""
        return network_of(self.completion, np.unique(self.slots).tolist())

    @cached_property
    def plain_rows(self) -> NDArray[np.int64]:
        """[categories + 1]: the number of the network's kind for items of each category that no cap counts."""
        return np.array([self.network.kinds[-1, bits] for bits in self.slots.tolist()], np.int64)


def make_limits(rules: Rules, shelf: Shelf, find: Find) -> RuleLimits:
    """Make rules ready.

    Raises:
        BundlesmithError: if they name an item or a category that isn't there.
    """
    removed = [find(item) for item in (*rules.excluded, *rules.owned)]
    sections = tuple(section.less(removed) for section in _sections(rules, shelf, find))
    slots = _slots(rules, shelf)
    budget = None if rules.budget is None else to_cents(rules.budget)
    caps = Caps(rules.per_category, rules.per_brand)
    empty = Completion((), len(rules.slots), rules.min_items, rules.max_items, caps)
    limits = RuleLimits(shelf, sections, slots, budget, empty)
    return replace(limits, completion=replace(empty, pool=merged_pools(_pools(limits))))


def _sections(rules: Rules, shelf: Shelf, find: Find) -> Sections:
    """What the rules that hold for each item alone leave."""
    with_budget = rules.budget is not None
    priced = with_budget or rules.min_price is not None or rules.max_price is not None
    if rules.allowed is None:
        sections = shelf.sections(rules.in_stock, priced)
    else:
        named = np.unique(np.array([find(item) for item in rules.allowed], np.int32))
        sections = (Section(shelf.view(shelf.usable(named, rules.in_stock, priced), priced)),)
    if not (found := rules.of_items()):
        return sections
    left = [np.logical_and.reduce([leaves(value, shelf, each.view) for value, leaves in found]) for each in sections]
    return tuple(
        section.part(np.flatnonzero(some).astype(np.int32), with_budget)
        for section, some in zip(sections, left, strict=True)
    )


def _slots(rules: Rules, shelf: Shelf) -> NDArray[np.int64]:
    bits = np.zeros(len(shelf.paths) + 1, np.int64)
    for bit, name in enumerate(rules.slots):
        bits[shelf.numbers_of(name)] |= 1 << bit
    return bits


def _filling(limits: RuleLimits) -> Iterator[Section]:
    """The items of each section that can fill the same slots."""
    for some in np.unique(limits.slots[limits.slots > 0]).tolist():
        positions = limits.shelf.groups.of_categories(np.flatnonzero(limits.slots == some).tolist())
        for section in limits.sections:
            yield section.part(section.view.find_ascending(positions))


def _pools(limits: RuleLimits) -> list[Sequence[Candidate]]:
    """Candidates enough: those that are needed of each section, or all if they are few."""
    if not limits.completion.plain and sum(len(section.view) for section in limits.sections) <= SMALL:
        return [limits.candidates(section.positions()) for section in limits.sections]
    return [_pool(section, limits) for section in (*limits.sections, *_filling(limits))]


def _pool(section: Section, limits: RuleLimits) -> Sequence[Candidate]:
    pool = Pool(limits.completion.most, limits.completion.caps)
    needed = _Needed(pool, limits.shelf)
    for places in section.view.by_price():
        positions = needed.of(section.view.positions[section.kept(places)])
        for start in range(0, len(positions), _AT_ONCE):  # those of what has become full meanwhile are passed over
            for item in limits.candidates(needed.of(positions[start : start + _AT_ONCE])):
                needed.add(item)
                if pool.enough:
                    return pool.items
    return pool.items


class _Needed:
    """Which positions a pool may still need, for many at once: those that are of no full category, brand or pair."""

    def __init__(self, pool: Pool, shelf: Shelf) -> None:
        self.pool, self.shelf = pool, shelf
        self.full_category = np.zeros(len(shelf.paths) + 1, np.bool_)
        self.full_brand = np.zeros(len(shelf.brands) + 1, np.bool_)
        self.full_pair = np.zeros(len(shelf.groups.pairs) if pool.caps.both else 0, np.bool_)

    def of(self, positions: Positions) -> Positions:
        """Those of the positions, in their order."""
        if not self.pool.caps.any:
            return positions
        full = self.full_category[self.shelf.category[positions]] | self.full_brand[self.shelf.brand[positions]]
        if len(self.full_pair):
            full |= self.full_pair[self.shelf.groups.pairs.of[positions]]
        needed: Positions = positions[~full]
        return needed

    def add(self, item: Candidate) -> None:
        """Add an item to the pool."""
        pool = self.pool
        pool.add(item)
        category, brand = pool.groups(item)
        if category >= 0 and category in pool.full_categories:
            self.full_category[category] = True
        if brand >= 0 and brand in pool.full_brands:
            self.full_brand[brand] = True
        if category >= 0 and brand >= 0 and (category, brand) in pool.full_pairs:
            self.full_pair[self.shelf.groups.pairs.of[item.position]] = True
