"""The words of a shop that changes, against words that are made anew."""

from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bundlesmith.live.live_catalogue import RowLog
from bundlesmith.run import Run, load_run
from bundlesmith.shop.live_shop import LiveShop, ShopView
from bundlesmith.understanding.shop_words import shop_words
from bundlesmith.understanding.words import CatalogueWords

WAYS = ["title", "category", "brand", "price", "remove", "back", "new", "restore"]


@pytest.fixture(scope="module")
def run(tiny_run: Path) -> Run:
    return load_run(tiny_run)


def anew(view: ShopView) -> CatalogueWords:
    rows = range(len(view.catalogue))
    return CatalogueWords.of(view.catalogue, [row for row in rows if view.snapshot.holds(view.catalogue.ids[row])])


def said(words: CatalogueWords) -> list[Any]:
    kinds = {name: words.kinds[name] for name in words.kinds}
    rows = {name: category.rows for name, category in words.categories.items() if category.rows}
    return [dict(words.titles), kinds, rows, dict(words.brands), dict(words.ids)]


def change(shop: LiveShop, way: str, item: str, number: int) -> None:
    view = shop.view()
    row = view.catalogue.find(item)
    if way == "new" or row is None:
        shop.put(f"new-{number % 3}", f"Quillfire lantern {number}", ("Camping", "Lights"), price=5)
        return
    if way == "remove":
        if view.snapshot.holds(item):
            shop.remove(item)
        return
    known = view.catalogue.item(row)
    values: dict[str, Any] = {"title": known.title, "category": known.category, "attributes": dict(known.attributes)}
    values |= {"price": float(number), "stock": None, "spelling": None}
    if way in ("title", "restore"):
        values["title"] = f"Moth {known.title.split()[0]} lamp {number}"
    if way == "category":
        values["category"] = ("Camping", f"Moth Lamps {number % 2}")
    if way == "brand":
        values["attributes"]["brand"] = f"Moth {number % 2}"
    if way == "restore":
        shop.restore([(item, values | {"spelling": (known.text, known.tokens)}, number % 2 == 0)])
    else:
        shop.put(item, **values)


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(st.sampled_from(WAYS), st.integers(0, 3), st.booleans()), min_size=1, max_size=8))
def test_words_follow_the_shop(run: Run, deeds: list[tuple[str, int, bool]]) -> None:
    shop = LiveShop(run)
    for number, (way, which, asked) in enumerate(deeds):
        change(shop, way, [*run.catalogue.ids[:3], "new-0"][which], number)
        if asked:
            shop_words(shop.view())
    view = shop.view()
    assert said(shop_words(view)) == said(anew(view))
    assert shop_words(view).catalogue is view.catalogue


def test_they_are_made_once_and_then_changed(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """Ten thousand changes of prices and one title: the words of no more than one item are read."""
    shop = LiveShop(run)
    first = shop_words(shop.view())
    monkeypatch.setattr(CatalogueWords, "of", None)
    for number in range(300):
        shop.reprice(run.catalogue.ids[number % 5], float(number))
        assert shop_words(shop.view()).kinds is first.kinds
    before = shop.view()
    change(shop, "title", run.catalogue.ids[0], 7)
    renamed = shop_words(shop.view())
    assert "moth" in renamed.starts and shop_words(before) is renamed


def test_a_log_that_is_too_old_is_said(run: Run) -> None:
    log = RowLog(3)
    log.add([1, 2, 3, 4])
    assert log.between(1, 4) == [2, 3, 4] and log.between(3, 4) == [4] and log.between(4, 4) == []
    assert log.between(0, 2) is None and log.between(1, 2) == [2]
