"""Slots of items and items of slots; and that a pool holds all that a cheapest rest may need."""

from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as some

from bundlesmith.constraints.capped import cheapest_rest
from bundlesmith.constraints.completion import BundlePart, Candidate, Caps, Completion, Pool, most_filled
from bundlesmith.constraints.network import network_of

LAMPS = [Candidate(at, 10 + at, 0b11111111, -1, -1) for at in range(40)]
"""Each can fill any of eight equal slots."""


def rest(pool: list[Candidate], slots: int, least: int = 0) -> tuple[int, list[int]] | None:
    """What the cheapest rest of nothing costs, and its items; at most 20."""
    network = network_of(Completion(tuple(pool), slots, least, 20, Caps()), sorted({item.slots for item in pool}))
    found = cheapest_rest(network, BundlePart())
    at = {number: position for position, number in network.at.items()}
    return None if found is None else (found.cents, [at[number] for number in found.used.nonzero()[0].tolist()])


def test_eight_equal_slots_take_the_eight_cheapest() -> None:
    assert rest(LAMPS, 8) == (sum(range(10, 18)), list(range(8)))


def test_an_item_that_fills_no_slot_comes_only_where_more_are_wanted() -> None:
    pool = [Candidate(0, 1, 0, -1, -1), Candidate(1, 5, 1, -1, -1), Candidate(2, 7, 1, -1, -1)]
    assert rest(pool, 1) == (5, [1])
    assert rest(pool, 1, least=2) == (6, [0, 1])
    assert rest(pool, 2, least=2) is None  # both could fill the first, and none the second


def test_an_item_moves_to_another_slot_so_that_a_cheaper_one_may_come() -> None:
    either, first = Candidate(0, 1, 0b11, -1, -1), Candidate(1, 2, 0b01, -1, -1)
    assert rest([either, first], 2) == (3, [0, 1])


@pytest.mark.parametrize(
    ("fills", "filled"),
    [((), 0), ((0b1,), 1), ((0b1, 0b1), 1), ((0b1, 0b11), 2), ((0b11, 0b11, 0b11), 2), ((0b110, 0b11, 0b1), 3)],
)
def test_a_slot_has_one_item_and_an_item_one_slot(fills: tuple[int, ...], filled: int) -> None:
    assert most_filled(fills) == filled


caps = some.none() | some.integers(1, 3)
kinds = some.tuples(some.integers(0, 30), some.integers(-1, 3), some.integers(-1, 3))


def within(items: tuple[Candidate, ...], caps: Caps) -> bool:
    part = BundlePart()
    for item in items:
        part = part.plus(item)
    return part.within(caps)


@given(some.lists(kinds, min_size=1, max_size=9), caps, caps, some.integers(1, 5), some.data())
def test_a_pool_holds_a_cheapest_rest_whatever_else_is_in_the_bundle(
    drawn: list[tuple[int, int, int]], category: int | None, brand: int | None, most: int, data: some.DataObject
) -> None:
    limit = Caps(category, brand)
    items = [Candidate(at, cents, 0, *groups) for at, (cents, *groups) in enumerate(sorted(drawn))]
    pool = Pool(most, limit)
    for item in items:
        if not pool.enough:
            pool.add(item)
    taken = tuple(data.draw(some.lists(some.sampled_from(items), max_size=most, unique=True)))
    for size in range(most - len(taken) + 1):
        rests = [
            rest for rest in combinations(items, size) if within((*taken, *rest), limit) and not {*rest} & {*taken}
        ]
        costs = {rest: sum(item.cents for item in rest) for rest in rests}
        of_pool = [cost for rest, cost in costs.items() if set(rest) <= set(pool.items)]
        assert min(of_pool, default=None) == min(costs.values(), default=None)
