import math

import pytest

from bundlesmith.constraints.rules import MOST_SLOTS, Rules, parse_size
from bundlesmith.errors import BundlesmithError
from tests.shops import begin_rows, make_catalogue


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
    """The items that may be written alone."""
    catalogue = make_catalogue()
    choice = begin_rows(rules, catalogue)
    return [item for row, item in enumerate(catalogue.ids) if choice.may_take(row)]


def test_only_items_in_stock_are_open_and_uncounted_stock_is_in_stock():
    assert open_ids(Rules(1)) == ["desk", "lamp", "plant", "pen"]


def test_all_items_are_open_if_stock_does_not_matter():
    assert open_ids(Rules(1, in_stock=False)) == ["desk", "lamp", "chair", "plant", "pen"]


def test_excluded_and_owned_items_are_closed():
    assert open_ids(Rules(1, excluded=("desk",), owned=("pen",))) == ["lamp", "plant"]


def test_allowed_items_alone_are_open_but_for_excluded_ones():
    assert open_ids(Rules(1, allowed=("desk", "lamp"), excluded=("lamp",))) == ["desk"]


def test_a_budget_closes_items_without_a_price():
    assert open_ids(Rules(1, budget=1000)) == ["desk", "lamp", "pen"]


@pytest.mark.parametrize("rule", ["excluded", "owned", "allowed"])
def test_a_rule_that_names_an_unknown_item_is_an_error(rule):
    with pytest.raises(BundlesmithError, match='no item "sofa"'):
        begin_rows(Rules(**{rule: ("sofa",)}), make_catalogue())


@pytest.mark.parametrize(
    ("budget", "cents"), [(29.99, 2999), (0.29, 29), (19.999, 1999), (10.006, 1000), (0.004, 0), (3 * 19.99, 5997)]
)
def test_a_budget_is_whole_cents_and_never_rounded_up(budget, cents):
    catalogue = make_catalogue([{"price": price / 100} for price in (0, cents, cents + 1)])
    choice = begin_rows(Rules(1, 1, budget=budget), catalogue)
    assert [choice.may_take(row) for row in range(3)] == [True, True, False]


def test_so_many_slots_and_no_more():
    assert len(Rules(50, 60, slots=("Tents",) * MOST_SLOTS).slots) == 50
    with pytest.raises(BundlesmithError, match=r"There are 51 slots\. Give 50 at most\."):
        Rules(51, 60, slots=("Tents",) * 51)
