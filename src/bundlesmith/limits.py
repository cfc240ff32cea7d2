"""The rules of one request, made ready for a shelf: computed once, and read at every item.

Knows nothing about tokens or models.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bundlesmith.completion import Candidate, Caps, Completer, make_pool, merged
from bundlesmith.rules import Rules, to_cents
from bundlesmith.shelf import Positions, Shelf, View

Find = Callable[[str], int]
"""The position of an item id; raises `BundlesmithError` if there is none."""


@dataclass(frozen=True, slots=True, eq=False)
class Limits:
    """Rules over a shelf.

    Attributes:
        base: the items that may be written at all, but for *removed*.
        removed: positions of excluded and owned items.
        slots: int64 [N] or None; the slots (as bits) that each item can fill, if there are any.
        by_slots: for each set of slots that some item can fill, the items that fill these.
        budget: cents, or None.
        completer: finds the cheapest rest of a bundle.
    """

    shelf: Shelf
    base: View
    removed: Positions
    slots: NDArray[np.int64] | None
    by_slots: tuple[tuple[int, View], ...]
    budget: int | None
    completer: Completer

    def candidate(self, position: int) -> Candidate:
        """What the completer needs to know of an item; a price that isn't known counts as 0."""
        shelf = self.shelf
        return Candidate(
            position,
            max(int(shelf.cents[position]), 0) if self.budget is not None else 0,
            0 if self.slots is None else int(self.slots[position]),
            int(shelf.category[position]),
            int(shelf.brand[position]),
        )


def make_limits(rules: Rules, shelf: Shelf, find: Find) -> Limits:
    """Make rules ready.

    Raises:
        BundlesmithError: if they name an item or a category that isn't there.
    """
    base = _base(rules, shelf, find)
    removed = np.array(sorted({find(item) for item in (*rules.excluded, *rules.owned)}), np.int32)
    slots = _slots(rules, shelf)
    by_slots = () if slots is None else tuple(_by_slots(slots, base, shelf))
    budget = None if rules.budget is None else to_cents(rules.budget)
    caps = Caps(rules.per_category, rules.per_brand)
    empty = Completer((), (1 << len(rules.slots)) - 1, rules.min_items, rules.max_items, caps)
    limits = Limits(shelf, base, removed, slots, by_slots, budget, empty)
    pools = [_pool(view, limits) for view in (base, *(view for _, view in by_slots))]
    full = Completer(merged(pools), empty.all_slots, empty.least, empty.most, caps)
    return Limits(shelf, base, removed, slots, by_slots, budget, full)


def _base(rules: Rules, shelf: Shelf, find: Find) -> View:
    priced = rules.budget is not None
    if rules.allowed is None and rules.min_price is None and rules.max_price is None:
        return shelf.view(rules.in_stock, priced)
    usable = shelf.usable(rules.in_stock, priced)
    if rules.allowed is not None:
        named = np.zeros(len(shelf), np.bool_)
        named[[find(item) for item in rules.allowed]] = True
        usable &= named
    if rules.min_price is not None:
        usable &= shelf.cents >= -to_cents(-rules.min_price)
    if rules.max_price is not None:
        usable &= (shelf.cents >= 0) & (shelf.cents <= to_cents(rules.max_price))
    return shelf.part(usable, priced)


def _slots(rules: Rules, shelf: Shelf) -> NDArray[np.int64] | None:
    if not rules.slots:
        return None
    slots = np.zeros(len(shelf), np.int64)
    for bit, name in enumerate(rules.slots):
        slots[shelf.of_category(name)] |= 1 << bit
    return slots


def _by_slots(slots: NDArray[np.int64], base: View, shelf: Shelf) -> Iterator[tuple[int, View]]:
    fills = slots[base.positions]
    for some in np.unique(fills[fills > 0]):
        held = fills == some
        yield int(some), View(base.positions[held], base.cents[held], len(shelf))


def _pool(view: View, limits: Limits) -> list[Candidate]:
    removed = frozenset(limits.removed.tolist())
    positions = (int(view.positions[place]) for place in view.by_price())
    ordered = (limits.candidate(position) for position in positions if position not in removed)
    return make_pool(ordered, limits.completer.most, limits.completer.caps)
