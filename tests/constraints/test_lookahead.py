from dataclasses import replace

import pytest
from hypothesis import assume, given, settings

from bundlesmith.constraints.limits import make_limits
from bundlesmith.constraints.rules import Rules
from bundlesmith.errors import BundlesmithError
from tests.oracle import EXAMPLES, Case, cases
from tests.shops import begin_rows, make_catalogue


def choice_of(cents, taken=(), *, least=1, most=9, budget=None, closed=()):
    """The choice after *taken*, over items of these prices, all in stock but for *closed* ones."""
    items = [{"price": price / 100, "stock": int(row not in closed)} for row, price in enumerate(cents)]
    rules = Rules(least, most, budget=None if budget is None else budget / 100)
    return begin_rows(rules, make_catalogue(items), [f"i{row}" for row in taken])


def takeable(choice, n):
    return [row for row in range(n) if choice.may_take(row)]


def no_bundle():
    return pytest.raises(BundlesmithError, match="No bundle fits")


def test_every_open_item_may_be_taken_once():
    choice = choice_of([1, 1, 1, 1], taken=(2,), closed=(0,))
    assert takeable(choice, 4) == [1, 3] and choice.taken == (2,)


def test_a_bundle_may_stop_from_its_smallest_size_on():
    assert not choice_of([1, 1, 1], taken=(0,), least=2).may_stop
    assert choice_of([1, 1, 1], taken=(0, 1), least=2).may_stop


def test_a_bundle_may_not_go_on_at_its_largest_size():
    choice = choice_of([1, 1, 1], taken=(0,), most=2).after(1)
    assert choice.may_stop and not choice.may_go_on


def test_an_item_is_allowed_only_if_the_rest_can_be_completed():
    # Two more are owed. 50 + 10 fits into 60, 51 + 10 doesn't; and 10 + 50 fits, so 10 may be taken.
    assert takeable(choice_of([10, 50, 51, 90], least=2, budget=60), 4) == [0, 1]


def test_the_cheapest_item_counts_its_neighbours_and_not_itself():
    # Three are owed: 10 needs 20 + 30, so a budget of 59 is too small although 3 * 10 would fit.
    assert takeable(choice_of([10, 20, 30], least=3, budget=60), 3) == [0, 1, 2]
    with no_bundle():
        choice_of([10, 20, 30], least=3, budget=59)


def test_equal_prices_are_all_allowed_if_one_is():
    assert takeable(choice_of([10, 10, 10, 11], least=2, budget=20), 4) == [0, 1, 2]


def test_what_is_taken_has_been_paid():
    assert takeable(choice_of([70, 20, 31], taken=(0,), budget=100), 3) == [1]


def test_closed_items_do_not_help_to_complete():
    with no_bundle():
        choice_of([1, 50, 60], least=2, budget=60, closed=(0,))


def test_too_few_open_items_leave_no_choice():
    with no_bundle():
        choice_of([1, 1, 1], least=3, closed=(1,))


def test_a_budget_beyond_all_numbers_is_no_limit():
    assert begin_rows(Rules(2, 2, budget=1e300), make_catalogue()).may_go_on


def test_an_item_moves_on_and_leaves_the_choice_before_as_it_was():
    before = choice_of([1, 1])
    assert takeable(before.after(1), 2) == [0] and takeable(before, 2) == [0, 1]


def test_nothing_comes_after_what_may_not_follow():
    assert choice_of([1, 4, 9], taken=(0,), budget=5).after(2) is None


def test_begin_puts_chosen_items_first_in_their_order():
    assert begin_rows(Rules(), make_catalogue(), ("pen", "desk")).taken == (4, 0)


def test_chosen_items_need_not_obey_the_rules_of_written_ones():
    rules = Rules(2, 2, excluded=("chair",), allowed=("desk",))
    assert takeable(begin_rows(rules, make_catalogue(), ("chair",)), 5) == [0]


def test_an_item_chosen_twice_is_an_error():
    with pytest.raises(BundlesmithError, match="repeat one"):
        begin_rows(Rules(), make_catalogue(), ("pen", "pen"))


def test_an_unknown_chosen_item_is_an_error():
    with pytest.raises(BundlesmithError, match='no item "sofa"'):
        begin_rows(Rules(), make_catalogue(), ("sofa",))


def conflict(rules, items=(), catalogue=None):
    """The rules that the error names."""
    with pytest.raises(BundlesmithError) as caught:
        begin_rows(rules, catalogue or make_catalogue(), items)
    what = caught.value.what
    assert what.startswith("No bundle fits these rules together: ")
    assert caught.value.fix == "Loosen one of these rules."
    return what.removeprefix("No bundle fits these rules together: ").rpartition(" (of ")[0].split("; ")


def test_a_budget_that_buys_no_two_items_is_named_with_the_size():
    assert conflict(Rules(2, 5, budget=30.5)) == ["size of at least 2", "budget 30.5"]


def test_a_budget_that_buys_nothing_at_all_is_named_alone():
    assert conflict(Rules(2, 5, budget=0.5)) == ["budget 0.5"]


def test_why_nothing_fits_takes_a_look_a_rule(monkeypatch: pytest.MonkeyPatch) -> None:
    looks = []

    def counted(*given):
        looks.append(given)
        return make_limits(*given)

    monkeypatch.setattr("bundlesmith.constraints.lookahead.make_limits", counted)
    lists = ("pen",), ("desk",), ("chair", "lamp", "pen", "desk"), ("Home",)
    with no_bundle():
        begin_rows(Rules(3, 5, 0.5, 0.1, 90, True, *lists, 1, 1), make_catalogue())
    assert len(looks) <= 1 + 11 + 1


def test_a_large_budget_is_shown_in_full():
    dear = make_catalogue([{"price": 9e6}, {"price": 9e6}])
    assert conflict(Rules(budget=1234567.89), catalogue=dear) == ["budget 1234567.89"]


def test_everything_excluded_is_named_alone():
    everything = make_catalogue().ids
    assert conflict(Rules(budget=9999, excluded=everything)) == ["5 excluded items"]


def test_everything_owned_is_named_as_owned():
    everything = make_catalogue().ids
    assert conflict(Rules(owned=everything)) == ["5 owned items"]


def test_nothing_in_stock_is_named_alone():
    sold_out = make_catalogue([{"stock": 0}, {"stock": 0}])
    assert conflict(Rules(excluded=("i0",)), catalogue=sold_out) == ["in stock"]


def test_too_few_allowed_items_are_named_with_the_size():
    assert conflict(Rules(3, 5, allowed=("desk", "pen"))) == ["size of at least 3", "only 2 allowed items"]


def test_a_size_beyond_the_catalogue_is_named_alone():
    assert conflict(Rules(6, 9, in_stock=False)) == ["size of at least 6"]


def test_chosen_items_over_the_budget_are_named_with_it():
    assert conflict(Rules(budget=100, excluded=("lamp",)), ("desk",)) == ["1 item already chosen", "budget 100"]


def test_chosen_items_that_fill_the_bundle_are_named_with_the_size():
    assert conflict(Rules(1, 2), ("desk", "lamp")) == ["2 items already chosen", "size of at most 2"]


def test_chosen_items_that_are_the_whole_catalogue_are_named_alone():
    assert conflict(Rules(1, 9), make_catalogue().ids) == ["5 items already chosen"]


def test_chosen_items_that_have_no_part_in_the_conflict_are_not_named():
    assert conflict(Rules(allowed=()), ("desk",)) == ["only 0 allowed items"]


def test_the_error_says_how_large_the_catalogue_is():
    with pytest.raises(BundlesmithError, match=r"\(of 5 items\)"):
        begin_rows(Rules(allowed=()), make_catalogue())


LOOSE = {
    "size of at least": {"min_items": 1},
    "size of at most": {"max_items": 99},
    "budget": {"budget": None},
    "in stock": {"in_stock": False},
    " excluded item": {"excluded": ()},
    " owned item": {"owned": ()},
    " allowed item": {"allowed": None},
    "price of an item": {"min_price": None, "max_price": None},
    "one each of": {"slots": ()},
    "of a category": {"per_category": None},
    "of a brand": {"per_brand": None},
}


def has_bundle(case: Case) -> bool:
    return next(case.bundles(), None) is not None


@settings(max_examples=EXAMPLES, deadline=None)
@given(cases())
def test_begin_refuses_exactly_the_requests_that_have_no_bundle(case):
    if has_bundle(case):
        assert begin_rows(case.rules, case.catalogue, case.items).may_go_on
    else:
        conflict(case.rules, case.items, case.catalogue)


@settings(max_examples=EXAMPLES, deadline=None)
@given(cases())
def test_rules_that_are_named_conflict_by_themselves_and_without_any_one_of_them_a_bundle_fits(case):
    assume(not has_bundle(case))
    names = conflict(case.rules, case.items, case.catalogue)
    named = {rule for rule in LOOSE if any(rule in name for name in names)}
    bare = case.rules
    for rule in LOOSE.keys() - named:
        bare = replace(bare, **LOOSE[rule])
    assert not has_bundle(replace(case, rules=bare))
    for rule in named:
        assert has_bundle(replace(case, rules=replace(bare, **LOOSE[rule])))
    is_chosen_named = any("already chosen" in name for name in names)
    assert has_bundle(replace(case, rules=bare, items=())) == is_chosen_named
