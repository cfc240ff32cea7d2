"""What the cheapest rest costs after each item, beside an enumeration; and sizes at which that would take hours."""

from dataclasses import replace
from itertools import combinations

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as some

from bundlesmith.constraints.capped import Rest, cheapest_rest
from bundlesmith.constraints.completion import BundlePart, Candidate, Caps, Completion, most_filled
from bundlesmith.constraints.network import network_of

SLOTS = {-1: 0, 0: 0b01, 1: 0b11, 2: 0b10}
"""The slots that a category's items can fill."""
Drawn = tuple[int, int, int]


def rest_of(completion: Completion, part: BundlePart) -> Rest | None:
    return cheapest_rest(network_of(completion, sorted({item.slots for item in completion.pool})), part)


def cost_with(rest: Rest | None, item: Candidate) -> float:
    """What an item costs with its cheapest rest: no less than the cheapest rest before it."""
    if rest is None:
        return np.inf
    ways = rest.ways
    more = float(ways.costs[ways.row_of((item.category, item.slots)), ways.column_of(item.brand)])
    return max(item.cents + rest.cents + more, rest.cents)


def made(drawn: list[Drawn], slots: int) -> list[Candidate]:
    bits = {category: fits & ((1 << slots) - 1) for category, fits in SLOTS.items()}
    return [
        Candidate(at, *(cents, bits[group]), group, brand) for at, (cents, group, brand) in enumerate(sorted(drawn))
    ]


def enumerated(completion: Completion, part: BundlePart, item: Candidate) -> float:
    """The same by trying all sets."""
    after = part.plus(item)
    taken = {each.position for each in after.items}
    pool = [each for each in completion.pool if each.position not in taken]
    costs = []
    for size in range(max(completion.least - after.size, 0), completion.most - after.size + 1):
        for chosen in combinations(pool, size):
            whole = after
            for each in chosen:
                whole = whole.plus(each)
            if whole.within(completion.caps) and most_filled(whole.fills) == completion.slots:
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
    pool = made(drawn, slots)
    completion = Completion(tuple(pool), slots, least, max(least, most), Caps(category, brand))
    part = BundlePart()
    for item in data.draw(some.lists(some.sampled_from(pool), max_size=2, unique=True)):
        part = part.plus(item)
    assume(part.within(completion.caps))
    counted = [counted_by(completion.caps, item) for item in pool]
    completion, part = (
        replace(completion, pool=tuple(counted)),
        BundlePart(tuple(counted[item.position] for item in part.items), part.cents, part.fills),
    )
    rest = rest_of(completion, part)
    while part.size < completion.most:
        wanted = {item: enumerated(completion, part, item) for item in counted if item not in part.items}
        assert {item: cost_with(rest, item) for item in wanted} == wanted
        fitting = [item for item, cost in wanted.items() if cost < np.inf]
        if not fitting or rest is None:
            break
        item = data.draw(some.sampled_from(fitting))
        part, rest = part.plus(item), rest.plus(item)
        assert rest.cents + item.cents == wanted[item]


def counted_by(caps: Caps, item: Candidate) -> Candidate:
    """An item as it is to the network: without groups that no cap counts."""
    category = item.category if caps.category is not None else -1
    return replace(item, category=category, brand=item.brand if caps.brand is not None else -1)


def test_a_category_and_a_brand_that_the_pool_lacks_are_near_to_no_cap() -> None:
    pool = Candidate(0, 7, 0, 1, 1), Candidate(1, 8, 0, 2, 2)
    rest = rest_of(Completion(pool, 0, 2, 3, Caps(1, 1)), BundlePart())
    assert cost_with(rest, Candidate(9, 30, 0, 5, 5)) == 37
    assert cost_with(rest, Candidate(9, 30, 0, 1, 5)) == 38  # the second is the rest then
    assert cost_with(rest, Candidate(9, 30, 0, 1, 2)) == float("inf")


@pytest.mark.parametrize("size", [60, 100])
def test_both_caps_and_twenty_slots_at_the_largest_size(size: int) -> None:
    slots = {group: 1 << group for group in range(20)}
    pool = [Candidate(at, 10 + at % 97, slots.get(at % 150, 0), at % 150, at % 40) for at in range(3000)]
    pool.sort(key=lambda item: item.cents)
    completion = Completion(tuple(pool), 20, size, size, Caps(2, 3))
    part = BundlePart()
    rest = rest_of(completion, part)
    assert rest is not None and np.isfinite(rest.ways.costs[:, rest.ways.column]).all()
    for item in pool[::-1][:: len(pool) // 12][:12]:  # what is dear, so that the rest changes each time
        wanted = cost_with(rest, item)
        part, rest = part.plus(item), rest.plus(item)
        anew = rest_of(completion, part)
        assert anew is not None and rest.cents == anew.cents == wanted - item.cents
