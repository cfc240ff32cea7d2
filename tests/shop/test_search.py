"""The search of a shop that changes, against reading all texts."""

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bundlesmith.run import Run, load_run
from bundlesmith.shop.live_shop import LiveShop, ShopView
from bundlesmith.shop.search import SearchIndex, search_items
from tests.understanding.test_shop_words import WAYS, change

WORDS = ["", "tent", "TENT", "camp ten", "a", "e o", "(2", '"', "%", "_", "CAMP-00", "moth", "灯", "%' OR 1", "x" * 50]


@pytest.fixture(scope="module")
def run(tiny_run: Path) -> Run:
    return load_run(tiny_run)


def found(view: ShopView, search: str) -> list[str]:
    """By plain reading."""
    catalogue, held = view.catalogue, []
    for row in range(len(catalogue)):
        text = " ".join((catalogue.ids[row], catalogue.titles[row], *catalogue.categories[row])).lower()
        if view.snapshot.holds(catalogue.ids[row]) and all(word in text for word in search.lower().split()):
            held.append(catalogue.ids[row])
    return held


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(st.tuples(st.sampled_from(WAYS), st.integers(0, 3), st.booleans()), max_size=6),
    st.one_of(st.sampled_from(WORDS), st.text(max_size=6)),
    st.integers(0, 5),
    st.integers(1, 7),
)
def test_what_is_found_is_what_reading_finds(
    run: Run, deeds: list[tuple[str, int, bool]], search: str, offset: int, limit: int
) -> None:
    shop = LiveShop(run)
    for number, (way, which, asked) in enumerate(deeds):
        change(shop, way, [*run.catalogue.ids[:3], "new-0"][which], number)
        if asked:
            search_items(shop.view(), "moth", 5)
    view = shop.view()
    for words in {search.replace("\0", " "), *WORDS}:
        expected = found(view, words)
        assert search_items(view, words, limit, offset) == (expected[offset : offset + limit], len(expected))


def test_the_index_is_made_once(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    shop = LiveShop(run)
    search_items(shop.view(), "tent", 5)
    monkeypatch.setattr(SearchIndex, "__init__", None)
    change(shop, "title", run.catalogue.ids[0], 3)
    assert search_items(shop.view(), "moth", 5) == ([run.catalogue.ids[0]], 1)
    before = shop.view()
    shop.remove(run.catalogue.ids[0])
    assert search_items(shop.view(), "moth", 5) == ([], 0)
    assert search_items(before, "moth", 5) == ([], 0)  # the latest state that was asked for
