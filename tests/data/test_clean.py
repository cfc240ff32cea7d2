import pytest

from bundlesmith.data.clean import clean
from bundlesmith.data.tables import BUNDLES, EVENTS, ITEMS
from bundlesmith.errors import BundlesmithError
from tests.data.shops import raw


def item(name, **more):
    return {"item_id": name, "title": f"Item {name}", **more}


def event(name, **more):
    return {"user_id": "u", "item_id": name, "timestamp": "5", **more}


def bundle(number, *items, **more):
    return {"bundle_id": str(number), "items": list(items), **more}


def change(tidy, table, reason):
    found = [change for change in tidy.changes if change.table == table and reason in change.reason]
    assert len(found) == 1, tidy.changes
    return found[0].action, found[0].count, found[0].examples


def test_clean_data_is_left_alone_with_final_schemas():
    tidy = clean(raw(bundles=[bundle(1, "a", "b")]))
    assert tidy.changes == []
    tables = ((tidy.items, ITEMS), (tidy.events, EVENTS), (tidy.bundles, BUNDLES))
    assert all(dict(table.cast(schema).schema) == schema for table, schema in tables)
    assert tidy.items.row(0, named=True)["category"] == [] and tidy.items["attributes"][0] == "{}"


def test_items_without_a_title_go_and_so_do_their_events_and_places():
    items = [item("a"), item("b"), item("c", title=None), item("d", title=" \t ")]
    events = [event("a"), event("c"), event("d")]
    tidy = clean(raw(items, events, [bundle(1, "a", "c", "b"), bundle(2, "a", "d")]))
    assert tidy.items["item_id"].to_list() == ["a", "b"]
    assert change(tidy, "items", "no title") == ("dropped", 2, ("c", "d"))
    assert change(tidy, "events", "has no title") == ("dropped", 2, ("c", "d"))
    assert change(tidy, "bundle items", "has no title")[1:] == (2, ("c in bundle 1", "d in bundle 2"))
    assert change(tidy, "bundles", "fewer than 2") == ("dropped", 1, ("2",))
    assert tidy.bundles["items"].to_list() == [["a", "b"]]


def test_a_title_of_tags_alone_is_no_title():
    tidy = clean(raw([item("a"), item("b", title="<br>")]))
    assert tidy.items["item_id"].to_list() == ["a"]


def test_html_is_mended_in_titles_categories_and_intents():
    items = [item("a", title="Tom &amp; <b>Co</b>", category=["A &gt; B", "C"]), item("b")]
    tidy = clean(raw(items, None, [bundle(1, "a", "b", intent="R&amp;B", explanation=None)]))
    assert tidy.items["title"][0] == "Tom & Co" and tidy.items["category"].to_list()[0] == ["A > B", "C"]
    assert tidy.bundles["intent"].to_list() == ["R&B"]
    assert change(tidy, "items", "HTML") == ("mended", 1, ("Tom &amp; <b>Co</b>",))
    assert change(tidy, "bundles", "HTML")[1] == 1


def test_white_space_is_mended_and_blank_texts_are_null():
    items = [item("a", title=" a\t\x00b ", category=["A ", " "]), item("b")]
    tidy = clean(raw(items, None, [bundle(1, "a", "b", intent=" ")]))
    assert tidy.items["title"][0] == "a b" and tidy.items["category"].to_list()[0] == ["A"]
    assert tidy.bundles["intent"].to_list() == [None]


def test_first_of_two_items_with_one_id_is_kept():
    tidy = clean(raw([item("a"), item("a", title="Again")]))
    assert tidy.items["title"].to_list() == ["Item a"]
    assert change(tidy, "items", "seen before") == ("dropped", 1, ("a",))


def test_items_without_an_id_go():
    tidy = clean(raw([item("a"), item(None, title="Nameless"), item(" ")], [event("a")]))
    assert tidy.items["item_id"].to_list() == ["a"]
    assert change(tidy, "items", "no item id")[1] == 2


def test_unknown_ids_go():
    events = [event("a"), event("x"), event(None)]
    tidy = clean(raw(None, events, [bundle(1, "a", "x", "b"), bundle(2, "x", "y")]))
    assert tidy.events["item_id"].to_list() == ["a"]
    assert change(tidy, "events", "not in the catalogue") == ("dropped", 2, ("x", "(none)"))
    assert change(tidy, "bundle items", "not in the catalogue")[1] == 3
    assert tidy.bundles["items"].to_list() == [["a", "b"]]


@pytest.mark.parametrize("price", ["-1", "inf", "ask"])
def test_broken_prices_are_null_and_reported(price):
    tidy = clean(raw([item("a", price=price), item("b", price="2"), item("c", price="")]))
    assert tidy.items["price"].to_list() == [None, 2.0, None]
    assert change(tidy, "items", "not one number") == ("mended", 1, (price,))


def test_stock():
    stocks = ["-4", "7", "3.0", "many", None]
    tidy = clean(raw([item(str(n), stock=stock) for n, stock in enumerate(stocks)], [event("0")]))
    assert tidy.items["stock"].to_list() == [0, 7, 3, 0, None]
    assert change(tidy, "items", "negative stock") == ("mended", 1, ("-4 of item 0",))
    assert change(tidy, "items", "can't be read; now 0") == ("mended", 1, ("many",))
    assert change(tidy, "items", "blank stock") == ("mended", 1, ("4",))


def test_broken_timestamps():
    events = [event("a"), event("b", timestamp="soon"), event("c", timestamp=None)]
    bundles = [bundle(1, "a", "b", timestamp="soon"), bundle(2, "a", "c", timestamp="9"), bundle(3, "b", "c")]
    tidy = clean(raw(None, events, bundles))
    assert tidy.events["item_id"].to_list() == ["a"]
    assert change(tidy, "events", "broken timestamp") == ("dropped", 2, ("soon", "(none)"))
    assert tidy.bundles["timestamp"].to_list() == [None, 9, None]
    assert change(tidy, "bundles", "broken timestamp") == ("mended", 1, ("soon",))


def test_repeated_items_of_a_bundle_stay_once_in_order():
    tidy = clean(raw(None, None, [bundle(1, "b", "a", "b"), bundle(2, "a", "a"), bundle(3, "a", "b")]))
    assert tidy.bundles["items"].to_list() == [["b", "a"], ["a", "b"]]
    assert change(tidy, "bundle items", "has the item already")[1] == 2
    assert change(tidy, "bundles", "fewer than 2")[1:] == (1, ("2",))


def test_duplicate_bundle_ids_and_events_without_users():
    events = [event("a"), event("b", user_id=None)]
    tidy = clean(raw(None, events, [bundle(1, "a", "b"), bundle(1, "b", "c")]))
    assert tidy.bundles["items"].to_list() == [["a", "b"]]
    assert change(tidy, "bundles", "seen before")[:2] == ("dropped", 1)
    assert change(tidy, "events", "no user id")[:2] == ("dropped", 1)


def test_empty_catalogue():
    with pytest.raises(BundlesmithError, match="catalogue is empty: 1 items read"):
        clean(raw([item("a", title="")]))


def test_nothing_to_learn_from():
    with pytest.raises(BundlesmithError, match=r'left of 1 events and 1 bundles.*such as "a"'):
        clean(raw(None, [event("x")], [bundle(1, "a")]))
