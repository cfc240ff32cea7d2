"""Rules in the words of a request, for doors that hold no conversation."""

import pytest

from bundlesmith.pipeline.ask import Ask
from bundlesmith.understanding import CatalogueWords
from bundlesmith.understanding.personal import without_personal
from bundlesmith.understanding.request import with_rules
from bundlesmith.understanding.spelling import mended

SAID = [
    ("a tent, but not from Fjellvind", {"slots": ["Tents"], "exclude": 20}),
    ("each piece at least 20", {"min_price": 20}),
    ("no item under 20", {"min_price": 20}),
    ("none of them above 30", {"max_price": 30}),
    ("my budget's tight, 50 max", {"budget": 50}),
    ("half a grand", {"budget": 500}),
    ("not a penny over 60", {"budget": 60}),
    ("the whole thing should be around 85", {"budget": 85}),
    ("fewer than 4 items", {"size": "2:3"}),
    ("more than 3 things", {"size": "4:5"}),
    ("a pair of items", {"size": "2:2"}),
    ("I need 8 lamps", {"size": "8:8", "only": 9}),
    ("20 different lamps, two of each brand at most", {"size": "20:20", "only": 9, "per_brand": 2}),
    ("only from Tarnbrook", {"only": 12}),
    ("20 different things, two of each brand at most", {"size": "20:20", "per_brand": 2}),
    ("show me three sets", {"n": 3}),
    ("五百以内", {"budget": 500}),
    ("最多花80", {"budget": 80}),
    ("没有一件超过30的", {"max_price": 30}),
    ("同一个牌子不超过两件", {"per_brand": 2}),
    ("不要帐篷", {"exclude": 8}),
    ("我要8个灯", {"size": "8:8", "only": 9}),
    ("8个不同的灯", {"size": "8:8", "only": 9}),
    ("来两套", {"n": 2}),
    ("smth for the beach, 45 bucks", {"budget": 45}),
    ("yoga for beginners, 90", {"budget": 90}),
    ("80ish for a picnic", {"budget": 80}),
    ("three sets for a picnic, 80 max each", {"budget": 80, "n": 3}),
    ("camping <120 no stove since i own one", {"budget": 120, "exclude": 4}),
    ("dont wanna go over 90, camping", {"budget": 90}),
    ("爬山用的，不要超过二百五", {"budget": 250}),
    ("野餐用的，10样不一样的", {"size": "10:10"}),
]


@pytest.mark.parametrize(("text", "expected"), SAID, ids=[text for text, _ in SAID])
def test_words_become_rules(text: str, expected: dict[str, object], words: CatalogueWords) -> None:
    ask, phrases = with_rules(Ask(words=text), {"words"}, words)
    got = {name: value for name, value in ask.model_dump(exclude_defaults=True).items() if name != "words"}
    long = {name: len(value) if name in ("exclude", "only") else value for name, value in got.items()}
    assert long == expected and all(phrase.said for phrase in phrases)


def test_a_field_wins_over_the_words(words: CatalogueWords) -> None:
    given = Ask(words="camping, under 80, three items", budget=200)
    ask, phrases = with_rules(given, {"words", "budget"}, words)
    assert (ask.budget, ask.size, ask.words) == (200, "3:3", "camping")
    assert [phrase.field for phrase in phrases] == ["size"]


def test_typing_errors_are_mended_and_words_stay(words: CatalogueWords) -> None:
    assert mended("cheper, without the tnet or bakpacks", words) == "cheaper, without the tent or backpacks"
    for text in ("a birthday party for my grandson", "blah blah", "two weeks in Lapland", "不要帐篷"):
        assert mended(text, words) == text


def test_what_is_personal_is_taken_out() -> None:
    text = "a tent, my name is Ann Lee, ann@lee.org, +44 20 7946 0958, card 4111 1111 1111 1111, under 1,200"
    left = without_personal(text)
    assert "under 1,200" in left and "a tent" in left
    assert not any(one in left for one in ("Ann", "lee.org", "7946", "4111"))
    assert without_personal("帐篷，我叫李雷，电话是13912345678，五百以内") == "帐篷， ， ，五百以内"
