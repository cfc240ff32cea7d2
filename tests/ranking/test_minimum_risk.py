"""Which sets are chosen, worked out by hand."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as some

from bundlesmith.ranking.minimum_risk import choose_sets, pairwise_f1

KINDS = np.arange(10)
SETS = some.lists(some.sets(some.integers(0, 9), min_size=1, max_size=4).map(tuple), min_size=1, unique=True)


def test_f1_of_sets() -> None:
    assert pairwise_f1([(1, 2), (3,)], [(1, 2), (2, 3, 4)]).tolist() == [[1, 2 * 1 / 5], [0, 2 * 1 / 4]]


def test_the_first_shares_most_with_what_is_wanted_and_the_next_with_the_rest() -> None:
    wanted = [(0, 1)] * 3 + [(2, 3)] * 2
    assert choose_sets([(0, 2), (2, 3), (0, 1), (0, 3)], wanted, KINDS, 2) == [2, 1]


def test_categories_count_as_well_as_items() -> None:
    kinds = np.array([0, 0, 1, 2])
    # (1, 2) shares one item of two with what is wanted, and both categories; (0, 3) one item and one category
    assert choose_sets([(0, 3), (1, 2)], [(0, 2)], kinds, 1) == [1]


def test_a_further_answer_differs_in_more_than_one_item() -> None:
    wanted = [(0, 1, 2)] * 5 + [(0, 1, 3)] * 4 + [(5, 6)]
    assert choose_sets([(0, 1, 2), (0, 1, 3), (5, 6)], wanted, KINDS, 2) == [0, 2]


@given(SETS, SETS, some.integers(1, 5))
def test_what_is_chosen_is_distinct_and_as_much_as_there_is(candidates: list, wanted: list, n: int) -> None:
    chosen = [candidates[at] for at in choose_sets(candidates, wanted, KINDS, n)]
    assert len(set(chosen)) == len(chosen) == min(n, len(candidates))
    values = pairwise_f1(candidates, wanted).mean(1)
    assert values[candidates.index(chosen[0])] == pytest.approx(values.max())  # categories are the items here


def test_where_no_other_is_left_a_further_answer_differs_in_one_item() -> None:
    assert choose_sets([(0, 1), (0, 2), (0, 3)], [(0, 1), (0, 2)], KINDS, 3) == [0, 1, 2]
