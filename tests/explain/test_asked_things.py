"""What words ask for by name."""

import pytest

from bundlesmith.explain.asked_things import asked_things
from bundlesmith.explain.roles import shipped_roles


@pytest.mark.parametrize(
    ("words", "nouns"),
    [
        ("a hot bath with candles and a book", ["candle", "book"]),
        ("my wife and I want a hot bath with a candle", ["candle"]),
        ("tent and stove for a weekend", ["tent", "stove"]),
        ("headphones for running", ["headphones"]),
        ("I'm looking for a torch, please, and a sleeping bag", ["torch"]),
        ("a birthday for my six year old, with balloons, a pinata and a hat", ["balloons", "pinata", "hat"]),
        ("show me a yoga mat; my sister needs a drill", ["yoga mat", "drill"]),
        ("we have a tent and need a stove", ["stove"]),
        ("我要蜡烛和书", ["candle", "book"]),
        ("a gaming set with a headset", ["headset"]),
        ("a bag for a laptop and a camera", ["bag"]),
        ("帐篷和睡袋", ["tent", "sleeping bag"]),
        ("想买一个帐篷、两把椅子", ["tent", "chair"]),
    ],
)
def test_things_in_a_list_are_asked_for_after_a_wish_or_at_the_beginning(words: str, nouns: list[str]) -> None:
    assert [each.en.noun for each in asked_things(words, shipped_roles())] == nouns


@pytest.mark.parametrize(
    "words",
    [
        "my bike and helmet were stolen",
        "our dog chewed the couch and shoes",
        "we rent a car and a boat in Italy",
        "I want to write a book",
        "I want to get it onto the laptop",
        "I need no tent and no stove",
        "looking for a gift",
        "coffee corner for the office",
        "camping for two",
        "a gift for my uncle with an old bike and a boat",
        "我有帐篷",
        "周末露营，两个人",
        "",
        ", and , with",
    ],
)
def test_what_a_story_tells_of_or_somebody_has_is_not_asked_for(words: str) -> None:
    assert asked_things(words, shipped_roles()) == []
