import dataclasses

import pytest

from bundlesmith.constraints.rules import Rules
from bundlesmith.recommendation import Recommendation, request_for
from bundlesmith.request import Request


def test_a_request_that_says_nothing_asks_for_one_bundle_of_two_to_five_items_in_stock():
    assert Request() == Request(history=(), words="", items=(), rules=Rules(2, 5, in_stock=True), n=1)


def test_requests_are_values():
    assert Request(words="desk") == Request(words="desk") != Request(words="lamp")
    assert len({Request(n=2), Request(n=2)}) == 1
    with pytest.raises(dataclasses.FrozenInstanceError):
        Request().n = 2  # type: ignore[misc]


def test_a_recommendation_may_come_without_words():
    assert Recommendation(("a", "b"), -1.5) == Recommendation(("a", "b"), -1.5, intent="", explanation="")


def test_exactly_one_bundle_leaves_its_last_item_to_be_written():
    request, bundle = Request(("h",), "desk", (), Rules(budget=9.0), 3), Recommendation(("a", "b", "c"), 0.0, "desk")
    rules = Rules(3, 3, 9.0, in_stock=False, allowed=("c",))
    assert request_for(request, bundle) == Request(("h",), "desk", ("a", "b"), rules, 1, intent="desk")
