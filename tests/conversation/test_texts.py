"""What the assistant says: the same texts in both languages, and what it offers to say is understood."""

from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest

from bundlesmith.constraints.rules import Rules
from bundlesmith.conversation.replay import ITEM, OPTION
from bundlesmith.conversation.replies import Foreigners, replies, shop_texts
from bundlesmith.data.catalogue import Catalogue
from bundlesmith.errors import BundlesmithError
from bundlesmith.pipeline.ask import Ask
from bundlesmith.pipeline.relaxing import rule_of
from bundlesmith.understanding import CatalogueWords, understand
from bundlesmith.understanding.decide import _DECIDERS
from bundlesmith.understanding.language import load_language

BEFORE = Ask(
    words="camping",
    items=["CAMP-0027"],
    budget=20,
    size="4:4",
    exclude=["CAMP-0001"],
    only=["CAMP-0033"],
    slots=["Tents", "Stoves"],
    per_category=1,
    per_brand=1,
    min_price=5,
    max_price=9,
)
SAID: list[tuple[str, Any, dict[str, Any]]] = [
    ("budget", "83.50", {"budget": 83.5}),
    ("min_items", 2, {"size": "2:2"}),
    ("max_items", 6, {"size": "6:6"}),
    ("items", None, {"items": []}),
    ("slots", "Tents", {"slots": ["Stoves"]}),
    ("prices", None, {"min_price": None, "max_price": None}),
    ("per_category", 3, {"per_category": 3}),
    ("per_brand", 4, {"per_brand": 4}),
    ("excluded", None, {"exclude": []}),
    ("in_stock", None, {"in_stock": False}),
    ("allowed", None, {"only": []}),
]


@pytest.fixture(scope="session")
def words(shop: Path) -> CatalogueWords:
    from bundlesmith.data.catalogue import open_catalogue

    catalogue: Catalogue = open_catalogue(shop)
    return CatalogueWords.of(catalogue)


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize(("kind", "value", "changes"), SAID, ids=[kind for kind, _, _ in SAID])
def test_what_loosens_a_rule_is_understood(
    language: str, kind: str, value: Any, changes: dict[str, Any], words: CatalogueWords
) -> None:
    text = replies(language).say(f"rules.{kind}.loosen", value=value)
    after = understand(text, words, BEFORE).ask
    assert after == BEFORE.model_copy(update=changes), text


@pytest.mark.parametrize("language", ["en", "zh"])
def test_all_rules_can_be_loosened_together(language: str, words: CatalogueWords) -> None:
    after = understand(replies(language).say("rules.all.loosen", value=None), words, BEFORE).ask
    assert after == Ask(words="camping")


@pytest.mark.parametrize("language", ["en", "zh"])
def test_every_rule_is_named(language: str) -> None:
    rules = {rule_of(rule.name) for rule in fields(Rules)}
    assert rules <= {rule for rule, texts in load_language(language).rules.items() if "named" in texts}


@pytest.mark.parametrize("language", ["en", "zh"])
def test_whatever_a_message_says_is_decided_on(language: str) -> None:
    kinds = {pattern.kind for pattern in load_language(language).patterns}
    kinds -= {"also", "activity"}  # which are found as "add" and as "exclude_known"
    assert kinds <= _DECIDERS.keys()


def test_both_languages_have_the_same_texts() -> None:
    assert replies("en").texts.keys() == replies("zh").texts.keys()


def test_sets_and_offers_are_read_from_texts_and_titles_are_no_offers() -> None:
    text = "(Budget: at most 9)\n- A [set], of 2 [X-1], 3.00\n- B [Y]\nTotal: 3.00\n"
    text += "1. “budget 12” — For 3 more\n2. “add B”\n"
    assert ITEM.findall(text) == ["X-1", "Y"] and OPTION.findall(text) == ["budget 12", "add B"]
    assert ITEM.findall("I saw [X-1] and - C [X-2], 3") == []


def test_a_shop_gives_texts_and_languages(tmp_path: Path) -> None:
    path = tmp_path / "texts.yaml"
    path.write_text("topics: {returns: {en: 30 days}}\nlanguages: {fi: {words: minä etsin lahja äidille, say: Ei}}")
    texts = shop_texts(path)
    assert (
        texts.topic("returns", "en") == texts.topic("returns", "zh") == "30 days" and texts.topic("orders", "en") == ""
    )
    assert Foreigners(texts.languages).told("minä etsin lahja äidille") == "fi"
    path.write_text("topic: {}")
    with pytest.raises(BundlesmithError, match="topic"):
        shop_texts(path)
