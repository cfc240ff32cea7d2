import pytest

from bundlesmith.explanation import sentences, short_name

from .shops import make_catalogue

DESK, LAMP, CHAIR, PLANT, PEN = range(5)


@pytest.mark.parametrize(
    ("title", "name"),
    [
        ("Oak desk, 120 cm, brown", "Oak desk"),
        ("Desk lamp (LED)", "Desk lamp"),
        ("Desk lamp [2 pieces]", "Desk lamp"),
        ("Acme – the best pen", "Acme"),
        ("USB-C cable | black", "USB-C cable"),
        ("Acme Coated Acoustic Guitar Strings for Beginners", "Acme Coated Acoustic Guitar Strings for Beginners"),
        ("one two three four five six seven eight", "one two three four five six seven eight"),
        ("one two three four five six seven eight nine", "one two three four five six"),
        ("one two three four five for six seven eight nine", "one two three four five"),
        ("two   blanks", "two blanks"),
        ("(2 pieces) pen", "(2 pieces) pen"),
    ],
)
def test_a_short_name_is_how_a_title_begins(title, name):
    assert short_name(title) == name


def test_two_items_that_share_nothing_go_together_and_cost_something():
    assert sentences([DESK, PEN], make_catalogue()) == [
        "Oak desk and Blue pen go together.",
        "Oak desk and Blue pen go together. Together they cost 121.00.",
        "A set of 2: Oak desk and Blue pen.",
        "A set of 2: Oak desk and Blue pen. Together they cost 121.00.",
    ]


@pytest.mark.parametrize(("fits", "together"), [(("28 inch", "27 inch"), False), (("28 inch", "28 inch"), True)])
def test_what_fits_different_things_is_not_said_to_go_together(fits, together):
    items = [
        {"id": name, "title": name, "category": ("Tyres",), "attributes": {"compatible_with": size}}
        for name, size in zip(("Tyre", "Tube"), fits, strict=True)
    ]
    for language, words in (("en", "go together"), ("zh", "可以搭配使用")):
        said = sentences((0, 1), make_catalogue(items), language=language)
        assert said and any(words in each for each in said) == together


def test_more_than_two_items_are_listed_with_commas():
    assert "Oak desk, Desk lamp and Blue pen go together." in sentences([DESK, LAMP, PEN], make_catalogue())


def test_a_category_that_all_share_is_named():
    assert "Oak desk and Desk lamp are all Office." in sentences([DESK, LAMP], make_catalogue())


def test_the_deepest_shared_category_is_named_even_if_the_leaves_differ():
    catalogue = make_catalogue([{"category": ("Home", "A")}, {"category": ("Home", "B")}])
    said = " ".join(sentences([0, 1], catalogue))
    assert "are all Home." in said and "are all A" not in said


def test_categories_that_meet_again_further_down_are_not_shared():
    catalogue = make_catalogue([{"category": ("Men", "Shoes")}, {"category": ("Women", "Shoes")}])
    assert "are all" not in " ".join(sentences([0, 1], catalogue))


def test_a_total_is_said_only_if_all_prices_are_known():
    assert "cost" not in " ".join(sentences([DESK, PLANT], make_catalogue()))


def test_a_total_is_exact():
    catalogue = make_catalogue([{"price": 0.1}, {"price": 0.2}])
    assert any(text.endswith("Together they cost 0.30.") for text in sentences([0, 1], catalogue))


def test_a_budget_is_said_with_the_total():
    said = sentences([DESK, LAMP], make_catalogue(), budget=150)
    assert any(text.endswith(" Together they cost 149.99, within the budget of 150.00.") for text in said)
    assert not any(text.endswith("cost 149.99.") for text in said)


@pytest.mark.parametrize(
    ("brands", "is_said"), [(["Lux", "Lux"], True), (["Lux", "Rex"], False), (["Lux", None], False)]
)
def test_a_brand_is_said_only_if_all_share_it(brands, is_said):
    catalogue = make_catalogue([{"attributes": {"brand": brand} if brand else {}} for brand in brands])
    assert any("All are from Lux." in text for text in sentences([0, 1], catalogue)) == is_said


@pytest.mark.parametrize("brand", [None, "", " "])
def test_a_brand_that_is_not_known_is_not_said(brand):
    catalogue = make_catalogue([{"attributes": {"brand": brand}}] * 2)
    assert "All are from" not in " ".join(sentences([0, 1], catalogue))


def test_a_brand_with_a_line_break_stays_in_one_sentence():
    catalogue = make_catalogue([{"attributes": {"brand": "Lux\nand Co"}}] * 2)
    assert any(text.endswith("All are from Lux and Co.") for text in sentences([0, 1], catalogue))


def test_the_latest_related_item_of_the_history_is_named():
    said = sentences([DESK, PEN], make_catalogue(), history=[LAMP, CHAIR, PLANT])
    assert any(text.endswith("They go with Office chair from the history.") for text in said)
    assert not any("Desk lamp" in text or "fern" in text for text in said)


def test_an_item_of_the_bundle_is_not_named_as_history():
    assert "history" not in " ".join(sentences([DESK, PEN], make_catalogue(), history=[DESK, PEN]))


def test_items_without_a_category_are_not_related():
    catalogue = make_catalogue([{"title": "A"}, {"title": "B"}, {"title": "C"}])
    assert "history" not in " ".join(sentences([0, 1], catalogue, history=[2]))


def test_no_sentence_repeats():
    said = sentences([DESK, LAMP, CHAIR], make_catalogue(), history=[PLANT], budget=500)
    assert len(said) == len(set(said))


def test_every_sentence_is_one_line():
    said = sentences([0, 1], make_catalogue([{"title": "A\nB"}, {"title": "C\u2028D"}]))
    assert said == ["A B and C D go together.", "A set of 2: A B and C D."]


def test_one_item_alone_is_not_called_a_set():
    said = sentences([0], make_catalogue())
    assert "Just Oak desk." in said and not any("set of" in text or "all " in text for text in said)
