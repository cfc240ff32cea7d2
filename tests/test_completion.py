"""The cheapest rest of a bundle without caps, also where an enumeration would take hours."""

from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as some

from bundlesmith.completion import INFINITE, Candidate, Caps, Completer, Part, most_filled

LAMPS = [Candidate(at, 10 + at, 0b11111111, -1, -1) for at in range(40)]
"""Each can fill any of eight equal slots."""


def rest(pool: list[Candidate], slots: int, least: int = 0) -> tuple[int, list[int]] | None:
    found = Completer(tuple(pool), slots, least, 20, Caps()).rest(Part(), frozenset(), INFINITE)
    return None if found is None else (found[0], [item.position for item in found[1]])


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


items = some.lists(some.tuples(some.integers(0, 30), some.integers(0, 7)), max_size=9)


@given(items, some.integers(0, 3), some.integers(0, 5))
def test_it_is_the_cheapest_of_all_sets(drawn: list[tuple[int, int]], slots: int, least: int) -> None:
    pool = [Candidate(at, cents, bits & ((1 << slots) - 1), -1, -1) for at, (cents, bits) in enumerate(sorted(drawn))]
    sets = (chosen for size in range(least, len(pool) + 1) for chosen in combinations(pool, size))
    filling = (chosen for chosen in sets if most_filled(tuple(item.slots for item in chosen)) == slots)
    wanted = min((sum(item.cents for item in chosen) for chosen in filling), default=None)
    found = rest(pool, slots, least)
    assert (None if found is None else found[0]) == wanted
