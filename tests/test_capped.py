"""What the cheapest rest costs after each item, beside an enumeration; and sizes at which that would take hours."""

from itertools import combinations

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as some

from bundlesmith.capped import Groups, rests
from bundlesmith.completion import Candidate, Caps, Completer, Part, most_filled

SLOTS = {-1: 0, 0: 0b01, 1: 0b11, 2: 0b10}
"""The slots that a category's items can fill."""
Drawn = tuple[int, int, int]


def cost_with(completer: Completer, part: Part, item: Candidate) -> float:
    found = rests(completer, part, [1, 2, 3] if completer.slots else [])
    category = item.category if completer.caps.category is not None else -1
    brand = item.brand if completer.caps.brand is not None else -1
    groups = Groups.of(np.array([category], np.int32), np.array([item.slots]), np.array([brand], np.int32))
    return float(found.whole(np.array([item.cents]), groups)[0])


def made(drawn: list[Drawn], slots: int) -> list[Candidate]:
    bits = {category: fits & ((1 << slots) - 1) for category, fits in SLOTS.items()}
    return [
        Candidate(at, *(cents, bits[group]), group, brand) for at, (cents, group, brand) in enumerate(sorted(drawn))
    ]


def enumerated(completer: Completer, part: Part, item: Candidate) -> float:
    """The same by trying all sets."""
    after = part.plus(item)
    taken = {each.position for each in after.items}
    pool = [each for each in completer.pool if each.position not in taken]
    costs = []
    for size in range(max(completer.least - after.size, 0), completer.most - after.size + 1):
        for chosen in combinations(pool, size):
            whole = after
            for each in chosen:
                whole = whole.plus(each)
            if whole.within(completer.caps) and most_filled(whole.fills) == completer.slots:
                costs.append(whole.cents - part.cents)
    return min(costs, default=np.inf)


items = some.lists(
    some.tuples(some.integers(0, 30), some.integers(-1, 2), some.integers(-1, 2)), min_size=1, max_size=9
)
cap = some.none() | some.integers(1, 3)


@given(items, some.integers(0, 2), some.integers(0, 4), some.integers(1, 6), cap, cap, some.data())
def test_it_is_what_the_cheapest_of_all_sets_costs(
    drawn: list[Drawn],
    slots: int,
    least: int,
    most: int,
    category: int | None,
    brand: int | None,
    data: some.DataObject,
) -> None:
    assume(category or brand)
    pool = made(drawn, slots)
    completer = Completer(tuple(pool), slots, least, max(least, most), Caps(category, brand))
    part = Part()
    for item in data.draw(some.lists(some.sampled_from(pool), max_size=2, unique=True)):
        part = part.plus(item)
    assume(part.within(completer.caps))
    for item in pool:
        if item not in part.items and part.size < completer.most:
            assert cost_with(completer, part, item) == enumerated(completer, part, item), item


def test_a_category_and_a_brand_that_the_pool_lacks_are_near_to_no_cap() -> None:
    pool = Candidate(0, 7, 0, 1, 1), Candidate(1, 8, 0, 2, 2)
    completer = Completer(pool, 0, 2, 3, Caps(1, 1))
    assert cost_with(completer, Part(), Candidate(9, 30, 0, 5, 5)) == 37
    assert cost_with(completer, Part(), Candidate(9, 30, 0, 1, 5)) == 38  # the second is the rest then
    assert cost_with(completer, Part(), Candidate(9, 30, 0, 1, 2)) == float("inf")


@pytest.mark.parametrize("size", [60, 100])
def test_both_caps_and_twenty_slots_at_the_largest_size(size: int) -> None:
    slots = {group: 1 << group for group in range(20)}
    pool = [Candidate(at, 10 + at % 97, slots.get(at % 150, 0), at % 150, at % 40) for at in range(3000)]
    pool.sort(key=lambda item: item.cents)
    found = rests(Completer(tuple(pool), 20, size, size, Caps(2, 3)), Part(), list(slots.values()))
    assert np.isfinite(found.costs).all() and len(found.kinds) == 150 + 21 and len(found.brands) == 41
    # without a cap near, the rest is one item less than the cheapest whole
    assert (found.costs <= found.costs.max()).all() and found.costs.max() <= sum(
        item.cents for item in pool[: size * 3]
    )


def test_fifty_slots_beside_many_categories_are_told_apart() -> None:
    slots = np.array([1 << 49, 3 << 48, 0], np.int64)
    groups = Groups.of(np.array([30_000, 5, -1], np.int32), slots, np.array([-1, 2, 2], np.int32))
    assert [groups.kinds[at] for at in groups.kind] == [(30_000, 1 << 49), (5, 3 << 48), (-1, 0)]
    assert [groups.brands[at] for at in groups.brand] == [-1, 2, 2]
