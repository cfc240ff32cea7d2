from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bundlesmith.constraints.rules import Rules
from bundlesmith.explain.facts import facts_of
from bundlesmith.explain.grounds import NO_GROUNDS, Grounds, Missing, Support
from bundlesmith.explain.kinds import ProductRole, RoleType
from bundlesmith.explain.reasons import reasons
from bundlesmith.explain.sentences import LINKS, WORDINGS, explanations
from bundlesmith.explain.tell import tell
from bundlesmith.request import Request
from tests.shops import make_catalogue

from .shop import CATALOGUE, ROLES, ROW, TYPES, facts


def said(*items: str, language: str = "en", grounds: Grounds = NO_GROUNDS, **asked: object) -> list[str]:
    return [each.text for each in explanations(facts(*items, **asked), language, ROLES, grounds)]  # type: ignore[arg-type]


def test_each_piece_is_said_with_what_it_is_for_and_what_all_costs():
    assert said("tent", "bag", "lamp") == [
        f"{begun} a tent to sleep in, a sleeping bag to keep warm in and a lantern to see by. "
        "Together they cost 190.50."
        for begun in ("You get", "This set has", "This set brings you")
    ]


def test_chinese():
    assert said("tent", "bag", budget=200, language="zh")[0] == (
        "这一套里有帐篷（在户外睡觉）、睡袋（夜里保暖）。一共178.50，预算200.00还剩21.50。"
    )


def test_what_is_left_of_the_budget_is_said():
    assert said("tent", "lamp", budget=150)[0].endswith(
        "Together they cost 141.00, which leaves 9.00 of your budget of 150.00."
    )
    assert said("tent", budget=150)[0].endswith("It costs 129.00, which leaves 21.00 of your budget of 150.00.")


def test_a_budget_that_is_passed_and_a_price_that_is_not_known_are_not_spoken_of():
    assert said("tent", "lamp", budget=100)[0].endswith("Together they cost 141.00.")
    assert "cost" not in said("tent2", "lamp")[0]


def test_an_item_without_a_role_is_named():
    assert said("tent", "thing")[0].startswith("You get a tent to sleep in and the Brenn Wurzel.")


def test_two_of_a_type_are_counted():
    assert said("tent", "lamp", "tent2")[0] == "You get two tents to sleep in and a lantern to see by."


def test_a_price_has_its_currency():
    asked = facts("lamp", budget=20)
    asked = replace(asked, catalogue=replace(CATALOGUE, sign="€"))
    text = explanations(asked, "en", ROLES)[0].text
    assert text.endswith("It costs €12.00, which leaves €8.00 of your budget of €20.00.")


def test_two_pieces_that_fit_the_same_thing_are_said_to():
    assert " Both the gas stove and the gas cartridge fit EN 417. " in said("stove", "gas", "tent")[0]


def test_a_brand_that_all_have_is_said_if_it_was_asked_for():
    texts = said("stove", "gas", words="something by Brenn")
    assert " Both the gas stove" in texts[0] and " All are from Brenn. " in texts[1]
    assert len(texts) == WORDINGS * LINKS
    assert not any("Brenn" in text for text in said("stove", "gas", words="something to cook on"))


def test_what_the_reasons_say_is_not_said_again():
    asked = facts("stove", "gas", "tent")
    heard = [claim for each in reasons(asked, "en", ROLES) for claim in each.claims]
    assert not any("EN 417" in each.text for each in explanations(asked, "en", ROLES, said=heard))
    row = ROW["lamp"]
    grounds = Grounds({row: Support(TYPES["lamp"], 21, 30)}, {row: {"sets": 2.0}})
    told = tell(facts("tent", "lamp"), "en", ROLES, grounds)
    assert told.reasons[1].text == "21 of 30 similar sets have a lantern."
    assert not any("21 of 30" in each.text for each in told.explanations)


@pytest.mark.parametrize(
    ("count", "usual", "text"),
    [
        (21, 0.1, "21 of 30 similar sets have a lantern."),
        (30, 0.1, "All 30 similar sets have a lantern."),
        (21, 0.6, ""),  # hardly more often than elsewhere
        (14, 0.0, ""),  # most have none
    ],
)
def test_how_many_like_sets_have_one_is_said_if_it_tells(count: int, usual: float, text: str):
    row = ROW["lamp"]
    grounds = Grounds({row: Support(TYPES["lamp"], count, 30, usual)})
    (first, *_) = explanations(facts("tent", "lamp"), "en", ROLES, grounds)
    assert text in first.text and ("30" in first.text) == bool(text)


def test_the_most_telling_count_comes_first():
    support = {ROW["tent"]: Support(TYPES["tent"], 20, 30, 0.4), ROW["lamp"]: Support(TYPES["lamp"], 18, 30, 0.01)}
    grounds = Grounds(support)
    first, second, *_ = said("tent", "lamp", grounds=grounds)
    assert "have a lantern" in first and "have a tent" in second


def test_what_most_like_sets_have_besides_is_said():
    grounds = Grounds(missing=Missing(ROW["lamp"], Support(TYPES["lamp"], 17, 30)))
    assert " Not included: a lantern, found in 17 of 30 similar sets. " in said("tent", "bag", grounds=grounds)[0]


ITEM_IDS = st.lists(st.sampled_from(list(ROW)), min_size=1, max_size=7, unique=True)
SUPPORTS = st.dictionaries(
    st.sampled_from(list(ROW.values())), st.integers(0, 30).map(lambda n: Support(TYPES["tent"], n, 30, 0.1))
)


WORDS = st.lists(st.sampled_from(["Acme", "tent", "stove", "for", "and", "Ridge"]), min_size=1, max_size=12)


@given(st.lists(WORDS.map(" ".join), min_size=1, max_size=60), st.none() | st.floats(1e5, 1e6), st.booleans())
def test_no_explanation_has_more_than_sixty_words(titles, budget, gap):
    rows = [
        {"id": str(at), "title": title, "category": ("Camping", title), "price": 5} for at, title in enumerate(titles)
    ]
    catalogue = replace(make_catalogue(rows), sign="CHF ")
    asked = facts_of(Request(rules=Rules(budget=budget)), catalogue.ids, catalogue)
    like = Support(TYPES["lamp"], 16, 30)
    grounds = Grounds({0: Support(TYPES["tent"], 29, 30)}, missing=Missing(0, like) if gap else None)
    for language, most in (("en", 60), ("zh", 140)):
        for each in explanations(asked, language, ROLES, grounds):
            assert 0 < (len(each.text.split()) if language == "en" else len(each.text)) <= most
            assert all(claim.text in each.text for claim in each.claims)


def test_of_many_pieces_the_last_are_named_alone_or_counted():
    titles = ["Brenn Gas Stove"] + [f"Fjell Wurzel {letter * 3} of Old Norse Make" for letter in "ABCDEFGHIJKLMNOP"]
    rows = [{"id": title, "title": title, "category": ("Camping",), "price": None} for title in titles]
    asked = facts_of(Request(), titles, make_catalogue(rows))
    text = explanations(asked, "en", ROLES)[0].text
    assert text.startswith("You get a gas stove, the Fjell Wurzel AAA of Old Norse Make, ")
    assert text.endswith(" and 10 more items.")


@given(ITEM_IDS, SUPPORTS, st.sampled_from(["en", "zh"]), st.none() | st.floats(1, 500), st.booleans())
def test_every_claim_stands_in_its_text_in_order_and_holds_by_the_tables(items, supports, language, budget, gap):
    supports = {row: each for row, each in supports.items() if ROLES.of(*_item(row), language)}
    missing = Missing(ROW["lamp"], Support(TYPES["lamp"], 16, 30)) if gap else None
    unsold = (RoleType(ProductRole("kayak", "to paddle"), ProductRole("皮划艇", "划水")),) if gap else ()
    asked = facts(*items, budget=budget, history=("tent2",))
    for each in explanations(asked, language, ROLES, Grounds(supports, missing=missing, unsold=unsold)):
        at = 0
        for claim in each.claims:
            at = each.text.index(claim.text, at) + len(claim.text)
            _check(claim, asked, supports, language)
        assert {claim.item for claim in each.claims if claim.kind in ("purpose", "item")} <= set(items)


def _item(row: int) -> tuple[str, tuple[str, ...]]:
    return CATALOGUE.titles[row], CATALOGUE.categories[row]


def _check(claim, asked, supports, language) -> None:
    """That a claim holds, by the tables alone."""
    row = ROW.get(claim.item)
    prices = [CATALOGUE.price(each) for each in asked.rows]
    match claim.kind:
        case "purpose":
            assert row in asked.rows and claim.value == ROLES.of(*_item(row), language).purpose
        case "item":
            named = ROLES.of(*_item(row), language)
            assert CATALOGUE.titles[row].startswith(claim.text) or (named and claim.text.endswith(named.noun))
        case "sets":
            count = supports[row].count
            assert claim.text.lower() in (
                f"{count} of 30",
                f"30套相似的搭配里，{count}套",
                "all 30",
                "全部30套相似的搭配都",
            )
            assert claim.value == supports[row].type.role(language).noun
        case "total":
            assert claim.value == pytest.approx(sum(prices))
        case "budget":
            assert sum(prices) <= asked.request.rules.budget == claim.value
        case "brand":
            assert {CATALOGUE.attributes[each]["brand"] for each in asked.rows} == {claim.value}
        case "attribute":
            assert [CATALOGUE.attributes[each].get("compatible_with") for each in asked.rows].count(claim.value) > 1
        case "missing":
            assert row == ROW["lamp"]
        case "unsold":
            assert not any(claim.value.rstrip("s") in title.casefold() for title in CATALOGUE.titles)
        case "history":
            assert claim.item in asked.request.history
        case "category":
            assert CATALOGUE.categories[row][-1] == claim.value
        case _:
            raise AssertionError(claim)
