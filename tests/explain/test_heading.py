import pytest

from bundlesmith.explain.heading import (
    borne_by,
    is_whole,
    own_words,
    plain_heading,
    says_what,
    tidy_words,
    with_capitals,
)

from .shop import ROLES, facts


@pytest.mark.parametrize(
    ("words", "name"),
    [
        ("  coffee for   two. ", "Coffee for two"),
        ("I'm looking for something for a picnic", "Something for a picnic"),
        ("can you recommend me a tent?", "A tent"),
        ("Need a tent", "Need a tent"),
        ("帮我推荐一套做手冲咖啡的", "做手冲咖啡"),
        ("a long train ride to Lisbon, hand luggage only", "A long train ride to Lisbon"),
        ("things for the goldfish: food, plants", "Things for the goldfish"),
        ("a tent, two sleeping bags and a stove", "A tent, two sleeping bags and a stove"),
        ("toys for a 3 year old", "Toys for a 3-year-old"),
        ("我想在家里做面包，新手", "在家里做面包"),
        ("第一次露营需要什么？", ""),
        ("which tent is light?", ""),
        ("free shipping for two", ""),
        ("we moved in on friday and there is not one single thing in the kitchen yet", ""),
        ("", ""),
    ],
)
def test_a_short_request_is_the_name(words: str, name: str) -> None:
    assert own_words(words) == name


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
    ],
)
def test_a_given_name_is_whole_of_its_language_and_of_nobody_else(name, language, asked, whole):
    share = borne_by(facts("tent", words=asked), ROLES)
    assert is_whole(name, language, share) == whole


@pytest.mark.parametrize("words", ["nice", "I need my tent back", "some new stuff", "something for me"])
def test_what_says_nothing_or_is_about_me_is_no_name(words):
    assert own_words(words) == ""


def test_whose_it_is_and_names_have_their_marks_and_capitals():
    assert tidy_words("womens tents") == "Women's tents" and tidy_words("men and women") == "Men and women"
    assert with_capitals("Fjell sleeping Bags of wurzel", facts("tent", "bag")) == "Fjell Sleeping Bags of wurzel"


def test_shouted_names_are_lowered_and_abbreviations_are_not():
    assert tidy_words("TENTS") == "Tents" and tidy_words("UPS") == "UPS"


def test_a_word_is_borne_by_the_items_that_have_it_or_by_the_request():
    share = borne_by(facts("tent", "bag", words="two kids"), ROLES)
    assert share("sleeping") == 0.5 and share("fjell") == 1 and share("kids") == 1 and share("paris") == 0
    assert share("for") == 1  # says nothing


def test_a_name_says_what_a_third_of_the_items_are():
    bundle = facts("tent", "tent2", "bag", "lamp")
    assert says_what("tents", bundle, ROLES) and not says_what("a lantern", bundle, ROLES)
    assert not says_what("camping", bundle, ROLES)  # the department


def test_else_a_set_is_called_by_its_category_or_by_its_pieces():
    assert plain_heading(facts("tent", "tent2"), ROLES, "en") == "Tents"
    assert plain_heading(facts("tent", "lamp"), ROLES, "en") == "Camping"
    assert plain_heading(facts("tent", "tent2"), ROLES, "zh") == "帐篷"
    assert plain_heading(facts("tent", "bag", "lamp", "stove"), ROLES, "zh") == "帐篷、睡袋等"
