import pytest

from bundlesmith.claims.reasons import reasons

from .desks import BOUGHT, facts


def said(*items: str, language: str = "en", **asked: object) -> dict[str, str]:
    return {reason.item: reason.text for reason in reasons(facts(*items, **asked), language)}


def test_what_the_customer_bought_comes_first_and_says_when() -> None:
    assert said("chair", "desk")["chair"] == (
        "Goes with the Rex Bar Stool that you bought in May 2025: both are in Chairs."
    )


def test_the_claims_of_a_reason_say_what_they_rest_on() -> None:
    category, stool = reasons(facts("chair", "desk"), "en")[0].claims
    assert (category.kind, category.item, category.value) == ("category", "chair", "Chairs")
    assert (stool.kind, stool.item, stool.event) == ("history", "stool", BOUGHT)


def test_an_item_of_which_no_event_is_known_is_from_the_history() -> None:
    text = said("chair", "desk", events=())["chair"]
    assert text == "Goes with the Rex Bar Stool from your history: both are in Chairs."


@pytest.mark.parametrize(
    ("asked", "item", "text"),
    [
        ({"history": (), "words": "a reading lamp, black"}, "lamp", 'Matches "reading lamp black" in your request.'),
        ({"history": (), "items": ("lamp",)}, "lamp", "You chose it."),
        ({"history": ()}, "lamp", "Has the same colour as the Rex Swivel Chair: Black."),
        ({"history": ()}, "chair", "Adds something from Chairs."),  # its colour has been said already
    ],
)
def test_what_is_said(asked: dict[str, object], item: str, text: str) -> None:
    assert said("lamp", "chair", **asked)[item] == text


def test_every_claim_is_in_its_text_in_both_languages() -> None:
    for language in ("en", "zh"):
        for reason in reasons(facts("desk", "lamp", "chair", words="a black chair"), language):
            assert reason.text and "\n" not in reason.text
            assert all(claim.text in reason.text for claim in reason.claims)


def test_chinese() -> None:
    assert said("chair", "desk", language="zh")["chair"] == "与您2025年5月购买的 Rex Bar Stool 搭配：同属 Chairs 类。"
