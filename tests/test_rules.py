import math

import numpy as np
import pytest

from bundlesmith.errors import BundlesmithError
from bundlesmith.rules import Rules, limits, parse_size

from .shops import make_catalogue


@pytest.mark.parametrize(("least", "most"), [(5, 2), (0, 3), (-1, 3), (0, 0)])
def test_a_size_that_is_no_range_is_an_error_that_shows_it(least, most):
    with pytest.raises(BundlesmithError, match=f"The size {least}:{most} is not a range"):
        Rules(least, most)


@pytest.mark.parametrize(("budget", "shown"), [(0, "0"), (-2.5, "-2.5"), (math.nan, "nan"), (math.inf, "inf")])
def test_a_budget_that_is_no_amount_is_an_error_that_shows_it(budget, shown):
    with pytest.raises(BundlesmithError, match=f"The budget is {shown}."):
        Rules(budget=budget)


def test_a_large_wrong_budget_is_shown_in_full():
    with pytest.raises(BundlesmithError, match=r"The budget is -1234567\.89\."):
        Rules(budget=-1234567.89)


def test_a_size_of_exactly_one_is_a_range():
    assert Rules(1, 1).min_items == 1


@pytest.mark.parametrize(("text", "size"), [("2:5", (2, 5)), ("3", (3, 3)), (" 1:1 ", (1, 1)), ("5:2", (5, 2))])
def test_parse_size_reads_ranges_and_single_sizes(text, size):
    assert parse_size(text) == size


@pytest.mark.parametrize("text", ["", "a", "2-5", "2:", ":5", "-1", "2:5:7", "2.5", "2 5", "99999"])
def test_parse_size_shows_a_bad_text(text):
    with pytest.raises(BundlesmithError, match=f'The size "{text}" is not a range'):
        parse_size(text)


def open_ids(rules):
    catalogue = make_catalogue()
    return [catalogue.ids[row] for row in np.flatnonzero(limits(rules, catalogue).open)]


def test_only_items_in_stock_are_open_and_uncounted_stock_is_in_stock():
    assert open_ids(Rules()) == ["desk", "lamp", "plant", "pen"]


def test_all_items_are_open_if_stock_does_not_matter():
    assert open_ids(Rules(in_stock=False)) == ["desk", "lamp", "chair", "plant", "pen"]


def test_excluded_and_owned_items_are_closed():
    assert open_ids(Rules(excluded=("desk",), owned=("pen",))) == ["lamp", "plant"]


def test_allowed_items_alone_are_open_but_for_excluded_ones():
    assert open_ids(Rules(allowed=("desk", "lamp"), excluded=("lamp",))) == ["desk"]


def test_nothing_is_open_if_nothing_is_allowed():
    assert open_ids(Rules(allowed=())) == []


def test_a_budget_closes_items_without_a_price():
    assert open_ids(Rules(budget=1000)) == ["desk", "lamp", "pen"]


@pytest.mark.parametrize("rule", ["excluded", "owned", "allowed"])
def test_a_rule_that_names_an_unknown_item_is_an_error(rule):
    with pytest.raises(BundlesmithError, match='no item "sofa"'):
        limits(Rules(**{rule: ("sofa",)}), make_catalogue())


@pytest.mark.parametrize(
    ("budget", "cents"), [(29.99, 2999), (0.29, 29), (19.999, 1999), (10.006, 1000), (0.004, 0), (3 * 19.99, 5997)]
)
def test_a_budget_is_whole_cents_and_never_rounded_up(budget, cents):
    assert limits(Rules(budget=budget), make_catalogue()).budget == cents


def test_limits_in_another_order_hold_the_same_items():
    found = limits(Rules(), make_catalogue()).in_order(np.array([4, 0, 2, 1, 3], np.int32))
    assert found.open.tolist() == [True, True, False, True, True]
    assert found.cents.tolist() == [100, 12000, 8050, 2999, 0]
