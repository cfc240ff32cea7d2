import numpy as np
import pytest

from bundlesmith.guide.sets import Chances, Outlook, chances, choose, drawn, orders

CATEGORIES = np.array([0, 0, 1, 1, 2])


def test_chances_are_in_proportion_to_exp_of_scores() -> None:
    found = chances(np.log(np.array([1, 3, 6], np.float32)), 2)
    assert found.rows.tolist() == [2, 1] and found.chances == pytest.approx([6 / 9, 3 / 9])
    closed = chances(np.array([-np.inf, 1.0], np.float32), 5)
    assert closed.rows.tolist() == [1] and closed.chances.tolist() == [1]
    assert len(chances(np.array([-np.inf], np.float32), 5).rows) == 0


def test_what_is_drawn_begins_with_what_is_chosen_and_goes_on_with_what_follows() -> None:
    first = Chances(np.array([1, 2]), np.array([1.0, 0.0]))
    after = Chances(np.array([1, 3, 4]), np.array([0.5, 0.5, 0.0]))
    found = drawn(Outlook((0,), first, {1: after}, np.array([3])), 20)
    assert set(found) == {(0, 1, 3)}  # 1 itself doesn't come again, 4 has no chance
    alone = Chances(np.array([1]), np.array([1.0]))
    assert set(drawn(Outlook((0,), first, {1: alone}, np.array([5])), 5)) == {(0, 1)}
    assert set(drawn(Outlook((0, 4), first, {1: after}, np.array([2])), 5)) == {(0, 4, 1)}  # one more at least


def test_candidates_go_on_with_what_follows_and_with_other_categories() -> None:
    first = Chances(np.array([0, 4, 2]), np.array([0.5, 0.3, 0.2]))
    after = Chances(np.array([1, 2, 3, 4]), np.array([0.4, 0.3, 0.2, 0.1]))
    found = orders(Outlook((), first, {0: after}, np.array([2])), CATEGORIES)
    followed = {(0, 1), (0, 1, 2), (0, 1, 2, 3), (0, 1, 2, 3, 4), (0, 2), (0, 3), (0, 4)}
    assert set(found) == followed | {(0, 2), (0, 2, 4)} | {(0, 4), (0, 2), (4, 2)} | {(0, 4, 2)}


def test_the_first_bundle_overlaps_most_and_the_next_where_it_does_not() -> None:
    wanted = [(0, 1), (0, 1), (2, 3)]
    candidates = [(0, 1), (1, 0, 4), (2, 3)]
    # items: (1 + 1 + 0) / 3, (.8 + .8 + 0) / 3, (0 + 0 + 1) / 3
    found = choose(candidates, wanted, CATEGORIES, 3)
    assert [at for at, _ in found] == [0, 2, 1]
    assert [value for _, value in found] == pytest.approx([2 / 3, 1 / 3, 1.6 / 3])
    assert len(choose(candidates, wanted, CATEGORIES, 9)) == 3


def test_categories_decide_where_items_are_unknown() -> None:
    # No candidate holds a wanted item; of the two wanted categories (0, 3) has one, (0, 1) none.
    assert choose([(0, 1), (0, 3)], [(2, 4)], np.array([0, 5, 1, 1, 2]), 1) == [(1, 0.0)]
