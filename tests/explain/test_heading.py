import pytest

from bundlesmith.explain.facts import facts_of
from bundlesmith.explain.heading import (
    answers,
    borne_by,
    distinct_names,
    is_whole,
    plain_heading,
    says_what,
    with_capitals,
)
from bundlesmith.explain.roles import shipped_roles
from bundlesmith.request import Request
from tests.shops import make_catalogue

from .shop import ROLES, facts


@pytest.mark.parametrize(
    ("name", "language", "asked", "whole"),
    [
        ("camping weekend", "en", "", True),
        ("camping for two", "en", "", False),
        ("camping for two", "en", "for the two of us", True),
        ("my girl and me to sleep in the", "en", "", False),
        ("a tent for my daughter", "en", "", False),
        ("a tent for my daughter", "en", "my daughter camps", True),
        ("camping for two", "zh", "", False),
        ("两人露营", "zh", "", True),
        ("", "en", "", False),
        ("women's camping gear", "en", "", False),
        ("camping gear for Iceland", "en", "", False),
        ("alternatives for camping", "en", "", False),
        ("tent related", "en", "", False),
        ("for tent", "en", "", False),
        ("camping gear for Iceland", "en", "to Iceland", True),
        ("women's camping gear", "en", "for women", True),
        ("camping outfit women", "en", "for women", False),
        ("camping outfit for women", "en", "for women", True),
    ],
)
def test_a_given_name_is_whole_of_its_language_and_of_nobody_else(name, language, asked, whole):
    share = borne_by(facts("tent", words=asked), ROLES)
    assert is_whole(name, language, share) == whole


@pytest.mark.parametrize(
    ("written", "name"),
    [
        ("fjell sleeping Bags of wurzel", "Fjell sleeping bags of wurzel"),
        ("Usb cables for monday", "USB cables for Monday"),
        ("sup set", "SUP set"),
        ("a christmas in scotland", "a Christmas in Scotland"),
        ("Weekend in an old Ford", "Weekend in an old Ford"),
        ("What fits us", "What fits us"),
    ],
)
def test_words_have_the_capitals_that_they_have_elsewhere(written: str, name: str) -> None:
    assert with_capitals(written, facts("tent", "bag"), shipped_roles()) == name


def test_a_word_is_borne_by_the_items_that_have_it_or_by_the_request():
    share = borne_by(facts("tent", "bag", words="two kids"), ROLES)
    assert share("sleeping") == 0.5 and share("fjell") == 1 and share("kids") == 1 and share("paris") == 0
    assert share("for") == 1  # says nothing


def test_a_name_says_what_was_asked_for_or_a_third_of_the_items_are():
    assert says_what("camping", facts("tent", words="a camping trip"), ROLES)
    bundle = facts("tent", "tent2", "bag", "lamp")
    assert says_what("tents", bundle, ROLES) and not says_what("a lantern", bundle, ROLES)
    assert not says_what("camping", bundle, ROLES)  # the department


def test_else_a_set_is_called_by_its_category_or_by_its_pieces():
    assert plain_heading(facts("tent", "tent2"), ROLES, "en") == "Tents"
    assert plain_heading(facts("tent", "lamp"), ROLES, "en") == "Tent and lantern"  # "Camping" is a department
    assert plain_heading(facts("ball", "ball2"), ROLES, "en") == "Play"  # which has none above
    assert plain_heading(facts("tent", "tent2"), ROLES, "zh") == "帐篷"
    assert plain_heading(facts("tent", "bag", "lamp", "stove"), ROLES, "zh") == "帐篷、睡袋、炉子和营灯"


def test_a_heading_names_what_was_chosen_first_then_what_costs_most():
    assert plain_heading(facts("lamp", "bag", "stove"), ROLES, "en") == "Sleeping bag, gas stove and lantern"
    assert plain_heading(facts("lamp", "bag", items=("lamp",)), ROLES, "en") == "Lantern and sleeping bag"


def test_a_name_that_others_gave_speaks_of_nothing_that_nobody_asked_for():
    held = borne_by(facts("tent", "bag", words="sleeping under the stars"), ROLES)
    assert answers("Sleeping in a tent", "sleeping under the stars", held)
    assert not answers("Camping set for beginners", "sleeping under the stars", held)
    assert answers("Camping set for beginners", "", held)
    assert not answers("Camping equipment", "sleeping under the stars", held)  # a shelf
    assert answers("Camping equipment", "equipment for camping", held)
    assert not is_whole("Camping items", "en", held) and not is_whole("Products for a tent", "en", held)


def test_of_a_category_of_several_names_an_item_has_those_that_it_is_called_by():
    department = "Cycling & Running"
    titles = {"Fjell Rain Jacket": "Clothing & Helmets", "Fjell Helmet": "Clothing & Helmets", "Lys Lock": "Locks"}
    items = [{"id": name, "title": name, "category": (department, kind)} for name, kind in titles.items()]
    words = "cycling to work in the rain"
    bundle = facts_of(Request(words=words), tuple(titles), make_catalogue(items))
    held = borne_by(bundle, shipped_roles())
    assert held("helmets") == pytest.approx(2 / 3)  # a jacket's category says no less
    assert held("clothing") == pytest.approx(1 / 3)  # but a helmet is none
    assert held("running") == 0  # cycling was asked for
    assert answers("Helmets for cycling", words, held)
    assert not answers("Cycling clothing set", words, held)  # one of three


def test_a_category_that_says_what_only_below_its_department_is_no_heading():
    assert plain_heading(facts("stove", "gas"), ROLES, "en") == "Gas stove and gas cartridge"  # not "Cooking"
    assert plain_heading(facts("stove2", "lamp"), ROLES, "en") == "Gas stove and lantern"


def test_several_of_a_kind_are_a_plural_in_a_heading():
    assert plain_heading(facts("stove2", "ball", "ball2"), ROLES, "en") == "Gas stove and balls"


def test_sets_side_by_side_are_distinct_names_by_a_piece():
    sets = [facts("tent", "bag"), facts("tent", "lamp"), facts("tent", "bag")]
    names = distinct_names(["A weekend"] * 3, sets, ROLES, "en")
    assert names == ["A weekend", "A weekend, with a lantern", "A weekend"]
    same = [facts("ball"), facts("ball2"), facts("stove2", "ball"), facts("stove2", "ball")]
    assert distinct_names(["Play"] * 2, same[:2], ROLES, "en") == ["Play", "Play, with Brenn"]
    assert distinct_names(["Play"] * 2, same[2:], ROLES, "en") == ["Play"] * 2  # nothing tells one from itself
    assert distinct_names(["周末"] * 2, sets[:2], ROLES, "zh") == ["周末", "周末：含营灯"]
