import pytest
from hypothesis import given
from hypothesis import strategies as st

from bundlesmith.explain.facts import facts_of
from bundlesmith.explain.grounds import NO_GROUNDS, Grounds, SharedSets, Support
from bundlesmith.explain.kinds import ProductRole, RoleType
from bundlesmith.explain.reasons import reasons
from bundlesmith.explain.roles import Roles, shipped_roles
from bundlesmith.request import PastEvent, Request
from tests.shops import make_catalogue

from .shop import BOUGHT, MAY_2025, ROLES, ROW, TYPES, facts


def said(*items: str, language: str = "en", grounds: Grounds = NO_GROUNDS, **asked: object) -> dict[str, str]:
    found = reasons(facts(*items, **asked), language, ROLES, grounds)  # type: ignore[arg-type]
    return {reason.item: reason.text for reason in found}


@pytest.mark.parametrize(
    ("asked", "item", "text"),
    [
        ({}, "lamp", "To see by."),
        ({}, "stove", "Fits EN 417, like the gas cartridge."),
        ({"words": "a lantern and a tent"}, "lamp", 'Matches "lantern" in your request.'),
        ({"items": ("lamp",)}, "lamp", "You chose it."),
    ],
)
def test_what_is_said(asked: dict[str, object], item: str, text: str) -> None:
    assert said("lamp", "stove", "gas", **asked)[item] == text


def test_what_fits_something_that_the_customer_has_comes_first_and_says_when() -> None:
    bought = PastEvent("gas", MAY_2025, "purchase")
    text = said("stove", "lamp", history=("gas",), events=(bought,), words="a stove")["stove"]
    assert text == "Fits EN 417, like the Brenn Gas Cartridge 230 g you bought in May 2025."


def test_a_maker_that_the_customer_knows_is_said_where_nothing_else_speaks() -> None:
    text = said("bag", "lamp", history=("tent2",), events=(BOUGHT,))["bag"]
    assert text == "From Fjell, like the Fjell Tunnel Tent you bought in May 2025."
    assert said("bag", "lamp", history=("tent2",))["bag"] == "From Fjell, like the Fjell Tunnel Tent from your history."
    grounds = Grounds({ROW["bag"]: Support(TYPES["bag"], 21, 30)}, {ROW["bag"]: {"sets": 2.0}})
    text = said("bag", "lamp", history=("tent2",), events=(BOUGHT,), grounds=grounds)["bag"]
    assert text == "21 of 30 similar sets have a sleeping bag."


def test_a_second_tent_is_no_addition_to_the_first_of_its_maker() -> None:
    assert said("tent", "lamp", history=("tent2",), events=(BOUGHT,))["tent"] == "To sleep in."


def test_a_type_that_two_pieces_have_is_called_by_its_title() -> None:
    text = said("bag", "tent", "tent2", words="all by Fjell")["bag"]
    assert text == "From Fjell, like the Fjell Dome Tent."


@pytest.mark.parametrize("words", ["", "camping", "a lantern"])
def test_a_maker_or_a_colour_is_no_reason_unless_it_was_asked_for(words: str) -> None:
    assert said("bag", "tent", "tent2", words=words)["bag"] == "To keep warm in."
    assert said("tent", "tent2", words=words)["tent"] == "To sleep in."
    assert "From Fjell, like" in said("tent", "tent2", words="of Fjell")["tent"]


def test_what_an_item_is_made_of_is_told_rather_than_what_it_is_for() -> None:
    assert said("stove2", "lamp")["stove2"] == "Material: steel."
    assert said("stove2", "lamp", language="zh")["stove2"] == "材质：钢。"


def test_words_that_only_a_name_has_match_by_accident() -> None:
    assert said("tent", "lamp", words="under a dome")["tent"] == "To sleep in."  # the "Fjell Dome Tent"
    assert said("tent", "lamp", words="a tent")["tent"] == 'Matches "tent" in your request.'


def test_a_second_thing_of_a_kind_is_said_to_be_one() -> None:
    found = said("stove", "lamp", "stove2")
    assert found["stove2"] == "Material: steel."  # a fact says more
    assert said("ball", "tent", "ball2")["ball2"] == "More of the kind: balls."
    assert said("ball", "tent", "ball2", language="zh")["ball2"] == "同类的又一款：球。"


def test_what_a_title_says_that_it_is_made_for_is_a_reason() -> None:
    shop = make_catalogue(
        [
            {"id": "cap", "title": "Lys Lens Cap for Canon EOS", "category": ("Cameras", "Caps")},
            {"id": "pick", "title": "Lys Shovel", "category": ("Garden", "Hand Tools")},
            {"id": "grip", "title": "Lys Garden Fork", "category": ("Garden", "Hand Tools")},
        ]
    )
    found = reasons(facts_of(Request(words="two left hands"), ("cap", "pick", "grip"), shop), "en", shipped_roles())
    assert found[0].text == "Made for Canon EOS." and found[0].claims[0].attribute == "title"
    assert not any("hands" in each.text for each in found)  # they are no tools
    chinese = reasons(facts_of(Request(words="一套"), ("cap", "pick"), shop), "zh", shipped_roles())
    assert chinese[0].text == "适用于Canon EOS。"


def test_an_item_without_a_role_is_of_a_category() -> None:
    assert said("thing", "lamp")["thing"] == "From the category Cooking."


def test_an_item_of_which_nothing_is_known_was_chosen_with_another() -> None:
    assert said("tent2", "lamp")["tent2"] == "To sleep in."


def test_what_weighs_most_is_said() -> None:
    support = {ROW["lamp"]: Support(TYPES["lamp"], 21, 30)}
    for weights, text in (
        ({"sets": 2.0, "words": 1.0}, "21 of 30 similar sets have a lantern."),
        ({"sets": 1.0, "words": 2.0}, 'Matches "lantern" in your request.'),
        ({"sets": -1.0, "words": -2.0}, "To see by."),
        ({"sets": -1.0, "words": -2.0, "situations": 0.5}, "To see by."),
        ({"sets": -1.0, "words": -2.0, "beside": 1.5}, "To see by."),
    ):
        grounds = Grounds(support, {ROW["lamp"]: weights})
        assert said("lamp", "tent", words="lantern", grounds=grounds)["lamp"] == text
        (reason, _) = reasons(facts("lamp", "tent", words="lantern"), "en", ROLES, grounds)
        assert reason.weights == weights


def test_every_claim_is_in_its_text_in_both_languages() -> None:
    grounds = Grounds({ROW["tent"]: Support(TYPES["tent"], 21, 30)})
    for language in ("en", "zh"):
        asked = facts("tent", "lamp", "stove", "gas", "thing", words="camping lantern")
        for reason in reasons(asked, language, ROLES, grounds):
            assert reason.text and "\n" not in reason.text
            assert all(claim.text in reason.text for claim in reason.claims)


def test_chinese() -> None:
    text = said("bag", "lamp", history=("tent2",), events=(BOUGHT,), language="zh")["bag"]
    assert text == "品牌是Fjell，与您2025年5月购买的 Fjell Tunnel Tent 相同。"
    assert said("tent", "lamp", words="想要一顶帐篷", language="zh")["tent"] == "符合您说的“帐篷”。"


def test_a_colour_is_said_in_chinese_in_chinese() -> None:
    text = said("tent", "bag", words="要绿色的 Green", language="zh")["tent"]
    assert text == "与睡袋的颜色相同：绿色。"


@given(st.data())
def test_a_reason_has_at_most_fifteen_words(data: st.DataObject) -> None:
    word = st.sampled_from(["Acme", "tent", "to", "sleep", "in", "Ridge", "EN 417", "for", "dry", "A-1"])
    text = st.lists(word, min_size=1, max_size=30).map(" ".join)
    attributes = st.dictionaries(st.sampled_from(["brand", "compatible_with", "colour", "material", "theme"]), text)
    rows = [
        {"id": str(at), "title": data.draw(text), "category": (data.draw(text), data.draw(text)), "price": 1.0}
        | {"attributes": data.draw(attributes)}
        for at in range(4)
    ]
    kind = RoleType(ProductRole(data.draw(text), data.draw(text)), ProductRole(data.draw(text), data.draw(text)))
    past = PastEvent("3", MAY_2025, data.draw(st.sampled_from(["purchase", "view", "cart"])))
    request = Request(history=("3",), events=(past,), words=data.draw(text))
    asked = facts_of(request, ["0", "1", "2"], make_catalogue(rows))
    for language, most in (("en", 15), ("zh", 60)):
        for reason in reasons(asked, language, Roles([*TYPES.values(), kind])):
            length = len(reason.text.split()) if language == "en" else len(reason.text)
            assert 0 < length <= most
            assert all(claim.text in reason.text for claim in reason.claims)


def test_sets_that_hold_both_are_said_once_for_two_pieces() -> None:
    both = {
        ROW["tent"]: (SharedSets(ROW["lamp"], TYPES["tent"], TYPES["lamp"], 12),),
        ROW["lamp"]: (SharedSets(ROW["tent"], TYPES["lamp"], TYPES["tent"], 12),),
    }
    weights = {ROW["tent"]: {"sets": 1.0}, ROW["lamp"]: {"sets": 1.0}}
    found = said("tent", "lamp", grounds=Grounds({}, weights, pairs=both))
    assert found == {"tent": "12 other sets have both a tent and a lantern.", "lamp": "To see by."}
    found = said("tent", "lamp", language="zh", grounds=Grounds({}, weights, pairs=both))
    assert found == {"tent": "另有12套搭配同时有帐篷和营灯。", "lamp": "用途：夜里照明。"}


def test_the_same_words_are_matched_once() -> None:
    found = said("tent", "tent2", "lamp", words="tent")
    assert [text for text in found.values() if "Matches" in text] == ['Matches "tent" in your request.']


def test_a_maker_that_was_only_looked_at_says_nothing() -> None:
    seen = PastEvent("tent2", MAY_2025, "view")
    assert said("bag", "lamp", history=("tent2",), events=(seen,))["bag"] == "To keep warm in."


def test_evidence_is_said_only_where_no_fact_is() -> None:
    beside = Grounds(weights={row: {"beside": 1.0} for row in ROW.values()})
    assert said("stove", "lamp", grounds=beside)["stove"] == "To cook on."
    weights = {row: {"situations": 1.0} for row in ROW.values()}
    assert said("ball", "ball2", grounds=Grounds(weights=weights))["ball"] == "To throw."


def test_what_a_reason_of_this_set_or_of_one_beside_it_says_is_not_said_again() -> None:
    grounds = Grounds({ROW[each]: Support(TYPES["tent"], 21, 30) for each in ("tent", "tent2")})
    found = said("tent", "tent2", grounds=grounds)
    assert found == {"tent": "21 of 30 similar sets have a tent.", "tent2": "To sleep in."}
    asked = facts("tent", "lamp")
    again = reasons(asked, "en", ROLES, grounds, {"21 of 30 similar sets have a tent."})
    assert again[0].text == "To sleep in."


def test_a_word_of_the_department_tells_no_piece_from_the_others() -> None:
    assert said("lamp", "stove2", words="camping")["lamp"] == "To see by."
    assert said("lamp", "ball", words="camping lantern")["lamp"] == 'Matches "camping lantern" in your request.'
