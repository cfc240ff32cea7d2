import math
from dataclasses import replace

import pytest

from bundlesmith.constraints.rules import Rules
from bundlesmith.errors import BundlesmithError
from bundlesmith.eval.references.collaborative import item_based, popularity
from bundlesmith.eval.references.content import tfidf
from bundlesmith.eval.references.reference import Habits, Reference
from bundlesmith.recommender import Recommends
from bundlesmith.request import Request
from tests.eval.references.small import make_training

ANY = Rules(2, 3, in_stock=False)


@pytest.fixture
def words() -> Reference:
    training = make_training()
    return Reference("key", training, tfidf(training, 1, False), Habits(size=2, alike=0.1, parts=2))


def test_it_is_a_recommender(words: Recommends) -> None:
    assert words.key == "key" and len(words.catalogue) == 6


def test_a_ranking_is_best_first_and_leaves_out_what_is_known(words: Reference) -> None:
    request = Request(("stove",), "", ("tent",), replace(ANY, owned=("stove",)))
    (ranked,) = words.rank([request], 9)
    assert [item for item, _ in ranked] == ["mat", "pen", "desk", "lamp"]
    assert ranked[0][1] > ranked[1][1] == 0


def test_ties_go_to_the_more_popular() -> None:
    training = make_training()
    reference = Reference("", training, popularity(training), Habits())
    assert [item for item, _ in reference.rank([Request(rules=ANY)], 3)[0]] == ["tent", "stove", "mat"]


def test_a_ranking_keeps_the_rules(words: Reference) -> None:
    (ranked,) = words.rank([Request(words="green", items=("stove",), rules=Rules(2, 3, budget=150))], 9)
    assert [item for item, _ in ranked] == ["tent", "pen", "desk"]  # the mat is sold out, the lamp has no price


def test_bundles_begin_with_the_best_and_go_on_with_what_is_like_them(words: Reference) -> None:
    (found,) = words.recommend([Request(words="desk", rules=ANY, n=3)])
    assert [bundle.items for bundle in found][:1] in ([("desk", "lamp")], [("lamp", "desk")])
    assert len({frozenset(bundle.items) for bundle in found}) == 3
    assert [bundle.score for bundle in found] == sorted((bundle.score for bundle in found), reverse=True)
    assert found[0].intent == "work at home" and found[0].explanation


def test_without_talk_nothing_is_said(words: Reference) -> None:
    assert words.recommend([Request(words="desk", rules=ANY)], talk=False)[0][0].intent == ""


@pytest.mark.parametrize(
    "rules",
    [
        Rules(2, 2),
        Rules(3, 5),
        Rules(2, 4, budget=65),
        Rules(2, 3, slots=("Office", "Camping")),
        Rules(2, 5, per_category=1),
        Rules(2, 3, excluded=("tent", "desk")),
        Rules(2, 3, allowed=("pen", "tent", "lamp")),
    ],
)
def test_bundles_keep_every_rule(words: Reference, rules: Rules) -> None:
    catalogue = words.catalogue
    (found,) = words.recommend([Request(words="green desk", rules=rules, n=20)])
    assert found
    for bundle in found:
        rows = [catalogue.row(item) for item in bundle.items]
        prices = [catalogue.price(row) for row in rows]
        places = [catalogue.categories[row][0] for row in rows]
        assert rules.min_items <= len(set(rows)) == len(rows) <= rules.max_items
        assert "mat" not in bundle.items and not set(bundle.items) & set(rules.excluded)
        assert rules.budget is None or (None not in prices and sum(filter(None, prices)) <= rules.budget)
        assert set(rules.slots) <= set(places) and (rules.per_category is None or len(set(places)) == len(places))
        assert rules.allowed is None or set(bundle.items) <= set(rules.allowed)


def test_chosen_items_come_first(words: Reference) -> None:
    (found,) = words.recommend([Request(items=("pen", "tent"), rules=ANY, n=2)])
    assert all(bundle.items[:2] == ("pen", "tent") and len(bundle.items) == 3 for bundle in found)


def test_weights_move_items_up(words: Reference) -> None:
    (ranked,) = words.rank([Request(items=("tent",), rules=ANY, weights=(("lamp", 5.0),))], 1)
    assert ranked[0][0] == "lamp"


def test_no_bundle_is_an_error(words: Reference) -> None:
    with pytest.raises(BundlesmithError, match="budget 1"):
        words.recommend([Request(rules=Rules(2, 3, budget=1))])


def test_sessions_are_found_whole_and_in_parts(words: Reference) -> None:
    found = words.find([("tent", "pen", "stove", "desk", "mat"), ("tent",), ("tent", "pen")])
    assert [[bundle.items for bundle in bundles] for bundles in found] == [
        [("tent", "pen", "stove", "desk", "mat"), ("tent", "stove", "mat"), ("pen", "desk")],
        [],
        [("tent", "pen")],
    ]
    assert [bundle.intent for bundle in found[0][1:]] == ["weekend camping", "work at home"]


def test_items_in_no_session_are_found_too() -> None:
    training = make_training()
    reference = Reference("", training, item_based(training, "cosine", "sessions"), Habits(size=3))
    (found,) = reference.recommend([Request(items=("lamp",), rules=ANY)])
    assert found[0].items == ("lamp", "tent", "stove")  # the lamp says nothing: the most popular, then what is like it


def test_named_items_are_scored_in_their_order(words: Reference) -> None:
    request = Request((), "", ("tent",), replace(ANY, owned=("stove",)))
    ranked = dict(words.rank([request], 9)[0])
    assert words.score([request], [["pen", "stove", "mat"]]) == [[ranked["pen"], -math.inf, ranked["mat"]]]
