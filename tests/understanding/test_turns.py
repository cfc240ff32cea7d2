"""Messages after a bundle was shown: what they change of it."""

from typing import Any

import numpy as np
import pytest

from bundlesmith.constraints.lookahead import begin
from bundlesmith.constraints.rules import Rules, parse_size
from bundlesmith.constraints.shelf import make_shelf
from bundlesmith.pipeline.ask import Ask
from bundlesmith.understanding import LastBundle, LastItem, understand
from tests.understanding.conftest import LAMP, STOVE, TENT, TOTAL
from tests.understanding.expected import by, called, check, of

ALL = [TENT, STOVE, LAMP]
BEFORE = Ask(words="camping for two", budget=200)
LIGHTS = "Camping & Outdoor > Lighting"
STOVES = "Camping & Outdoor > Camp Kitchen > Stoves"
TENTS = "Camping & Outdoor > Tents & Shelters > Tents"
SAID: list[tuple[str, dict[str, Any]]] = [
    ("cheaper, and without the lamp", {"budget": 100.29, "exclude": [LAMP]}),
    ("cheaper", {"budget": 100.29}),
    ("can you make it a bit cheaper?", {"budget": 105.86}),
    ("that's too expensive", {"budget": 100.29}),
    ("half the price please", {"budget": 55.72}),
    ("add one", {"items": ALL, "size": "4:4"}),
    ("one more please", {"items": ALL, "size": "4:4"}),
    ("add two more items", {"items": ALL, "size": "5:5"}),
    ("another one", {"exclude": ALL}),
    ("show me something else", {"exclude": ALL}),
    ("I don't like these", {"exclude": ALL}),
    ("keep the tent", {"items": [TENT]}),
    ("keep the tent and the stove", {"items": [TENT, STOVE]}),
    ("keep the tent, swap the rest", {"items": [TENT], "exclude": [STOVE, LAMP]}),
    ("swap the stove", {"items": [TENT, LAMP], "exclude": [STOVE], "size": "3:3", "slots": [STOVES]}),
    (
        "replace the stove with a sleeping bag",
        {
            "items": [TENT, LAMP],
            "exclude": [STOVE],
            "size": "3:3",
            "slots": ["Camping & Outdoor > Sleeping > Sleeping Bags"],
        },
    ),
    ("swap the first one", {"items": [STOVE, LAMP], "exclude": [TENT], "size": "3:3", "slots": [TENTS]}),
    (
        "find a cheaper lamp",
        {"items": [TENT, STOVE], "exclude": [LAMP], "size": "3:3", "slots": [LIGHTS], "budget": 111.43},
    ),
    ("keep everything but the lamp", {"items": [TENT, STOVE], "exclude": [LAMP], "size": "3:3"}),
    ("bigger", {"size": "4:5"}),
    ("smaller please", {"size": "2:2"}),
    ("drop the most expensive one", {"exclude": [TENT]}),
    ("take the stove out", {"exclude": [STOVE]}),
    ("no stoves", {"exclude": of("Stoves")}),
    ("without the Tarnbrook", {"exclude": [TENT]}),
    ("nothing from Tarnbrook", {"exclude": by("Tarnbrook")}),
    ("no lanterns and no stove", {"exclude": lambda s: called("Lantern")(s) | of("Stoves")(s)}),
    ("make it 45", {"budget": 45}),
    ("can we do 70", {"budget": 70}),
    ("haha ok. 120?", {"budget": 120}),
    ("no wait, 80 not 60", {"budget": 80}),
    ("show me something completely different", {"exclude": ALL}),
    ("add a sleeping bag", {"items": ALL, "size": "4:4", "slots": ["Camping & Outdoor > Sleeping > Sleeping Bags"]}),
    ("add another tent", {"items": ALL, "size": "4:4", "slots": ["Tents", "Tents"]}),
    ("raise the budget to 300", {"budget": 300}),
    ("no budget limit", {"budget": None}),
    ("under 80 instead", {"budget": 80}),
    ("cheaper and add one", {"budget": 100.29, "refused": ["size"]}),
    ("add one, but stay under 180", {"items": ALL, "size": "4:4", "budget": 180}),
    ("keep it under 90", {"budget": 90}),
    ("I can stretch to 120", {"budget": 120}),
    ("no I meant forty-five", {"budget": 45}),
    ("the stove is ugly", {"items": [TENT, LAMP], "exclude": [STOVE], "size": "3:3", "slots": [STOVES]}),
    ("the cheapest one out", {"exclude": [LAMP]}),
    ("forget the stove, I have one already", {"exclude": [STOVE]}),
    ("show me another", {"exclude": ALL}),
    ("that's the same as before", {"exclude": ALL}),
    ("swap that for something else", {"exclude": ALL}),
    ("cheaper than that", {"budget": 100.29}),
    ("that's over what I wanted to spend", {"budget": 100.29}),
    ("three different ones", {"n": 3}),
    ("one is enough", {"size": "1:1"}),
]


@pytest.mark.parametrize("text", ["something nicer", "can it be fancier?", "of better quality", "要更好的", "高档一点"])
def test_nicer_is_something_dearer_of_the_same_kinds(text, words, last, catalogue):
    ask = understand(text, words, BEFORE, last).ask
    left_out = set(ask.exclude)
    for item in last.items:
        rows = words.of_paths([item.category])
        dearer = [row for row in rows if (catalogue.price(row) or 0) > (item.price or 0)]
        if dearer:
            assert {catalogue.ids[row] for row in rows} - left_out == {catalogue.ids[row] for row in dearer}
        else:
            assert item.item_id in ask.items
    assert left_out and ask.size == "3:3"


@pytest.mark.parametrize(("text", "expected"), SAID, ids=[text for text, _ in SAID])
def test_a_message_changes_the_last_bundle(text, expected, words, catalogue, last):
    understood = understand(text, words, BEFORE, last)
    check(understood, BEFORE, expected, catalogue)
    assert understood.wish == BEFORE.words


@pytest.mark.parametrize("text", [text for text, _ in SAID])
def test_the_shop_has_a_bundle_for_the_changed_rules(text, words, catalogue, last):
    ask = understand(text, words, BEFORE, last).ask
    least, most = parse_size(ask.size)
    rules = Rules(least, most, ask.budget, excluded=tuple(ask.exclude), slots=tuple(ask.slots))
    shelf = make_shelf(catalogue, np.arange(len(catalogue), dtype=np.int32))
    assert begin(rules, shelf, catalogue.row, ask.items).may_go_on


@pytest.mark.parametrize(
    "text", ["don't drop the tent", "please don't swap the stove", "not bigger", "do not make it cheaper"]
)
def test_what_is_not_to_be_done_is_not_done(text, words, last):
    assert understand(text, words, BEFORE, last).phrases == ()


def test_a_conversation_keeps_its_rules_and_its_wish(words, last):
    ask = Ask()
    for text in (
        "camping set for two under 250, no Fjellvind",
        "cheaper, and without the lamp",
        "keep the tent",
        "three items",
    ):
        ask = understand(text, words, ask, last if ask.words else None).ask
    assert (ask.words, ask.budget, ask.items, ask.size) == ("camping set for two", 100.29, [TENT], "3:3")
    assert LAMP in ask.exclude and len(ask.exclude) == 21


def test_a_new_wish_replaces_the_old_one_and_a_refinement_adds_to_it(words, last):
    assert understand("cheaper, in blue", words, BEFORE, last).wish == "camping for two, in blue"
    assert understand("now a birthday party under 90", words, BEFORE, last).wish == "a birthday party"


@pytest.mark.parametrize(
    "text",
    ["he's a complete beginner", "she has bad knees", "something waterproof", "the kids are 3 and 5", "他们是新手"],
)
def test_a_remark_adds_to_the_wish(text, words, last):
    assert understand(text, words, BEFORE, last).wish == f"camping for two, {text}"


def test_what_things_are_made_of_is_not_known(words, last):
    phrases = understand("she is allergic to nuts", words, BEFORE, last).phrases
    assert [(one.understood, "made of" in one.said) for one in phrases] == [(False, True)]


def test_of_two_departments_that_have_such_a_category_the_last_bundle_s_is_meant(words, last):
    assert understand("add a sleeping bag", words, BEFORE).ask.slots == ["Sleeping Bags"]
    assert understand("add a sleeping bag", words, BEFORE, last).ask.slots[0].startswith("Camping & Outdoor > ")


@pytest.mark.parametrize("text", ["table and chair too", "a table and a chair as well", "桌子椅子也要"])
def test_a_word_of_several_departments_is_meant_as_the_talk_s_has_it(text, words, last, catalogue):
    ask = understand(text, words, BEFORE, last, lambda: frozenset({"Camping & Outdoor"})).ask
    added = [catalogue.row(item) for item in ask.items if item not in ALL]
    assert len(added) == 2 and ask.slots == []
    assert {catalogue.categories[row] for row in added} == {("Camping & Outdoor", "Furniture")}
    assert {catalogue.titles[row].partition(",")[0].split()[-1] for row in added} == {"Table", "Chair"}


def test_a_slot_goes_with_the_only_thing_that_fills_it(words, last):
    before = BEFORE.model_copy(update={"slots": ["Stoves", "Tents"]})
    assert understand("drop the stove", words, before, last).ask.slots == ["Tents"]


def test_what_is_wanted_again_is_no_longer_left_out(words, last):
    ask = Ask(exclude=[TENT, LAMP], slots=["Tents"])
    assert understand("keep the tent", words, ask, last).ask.exclude == [LAMP]
    ask = Ask(items=[TENT], slots=["Tents", "Stoves"])
    without = understand("no tents", words, ask, last).ask
    assert (without.items, without.slots) == ([], ["Stoves"])
    assert understand("with a tent", words, without, last).ask.slots == ["Stoves", "Tents"]


def test_what_was_excluded_as_a_category_may_come_again_if_it_is_asked_for(words, last):
    without = understand("no tents", words, Ask(), last).ask
    assert without.exclude
    assert understand("with a tent", words, without, last).ask.exclude == []


def test_cheaper_lets_go_of_items_that_cost_more(words, last):
    understood = understand("cheaper", words, Ask(items=[*ALL], size="4:4"), last)
    assert understood.ask.budget is not None and understood.ask.budget < TOTAL and understood.ask.items == []


def test_a_bundle_without_known_prices_can_not_be_undercut(words):
    bundle = LastBundle((LastItem(TENT, "Tent", (), None),))
    understood = understand("cheaper", words, Ask(), bundle)
    assert understood.ask == Ask() and not understood.phrases[0].understood


def test_a_new_price_replaces_one_that_contradicts_it(words):
    understood = understand("no more than 30 each", words, Ask(min_price=50))
    assert (understood.ask.min_price, understood.ask.max_price) == (None, 30)


def test_kept_items_that_leave_no_room_are_refused(words, last):
    understood = understand("two items, and keep the tent and the stove", words, Ask(), last)
    assert understood.ask.size == "2:2" and understood.ask.items == []
    assert [phrase.understood for phrase in understood.phrases] == [True, False]
