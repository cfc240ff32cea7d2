"""A shop that follows a log of changes, against a plain replay of it; and spellings that come with an item."""

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from bundlesmith.errors import BundlesmithError
from bundlesmith.run import Run, load_run
from bundlesmith.shop.followed_shop import KEPT, FollowedShop, apply_values, values_of
from bundlesmith.shop.live_shop import LiveShop, ShopView
from bundlesmith.store import open_store
from bundlesmith.store.changes import StoredSince

LANTERN: dict[str, Any] = {"title": "Quillfire trail lantern", "category": ["Camping", "Lights"], "price": 24.9}


@dataclass
class Log:
    """A log in memory."""

    changes: list["Entry"] = field(default_factory=list)

    def after(self, model: str, seq: int) -> list["Entry"]:
        assert model == "demo"
        return self.changes[seq:]

    def since(self, model: str, seq: int) -> StoredSince:
        raise AssertionError("Nothing is folded.")

    def append(self, item: str, values: dict[str, Any] | None) -> None:
        self.changes.append(Entry(len(self.changes) + 1, item, values))


@dataclass(frozen=True)
class Entry:
    seq: int
    item: str
    values: dict[str, Any] | None


@pytest.fixture(scope="module")
def run(tiny_run: Path) -> Run:
    return load_run(tiny_run)


def sold(view: ShopView) -> dict[str, Any]:
    """All that a view says of what is on sale, but for items that never change here."""
    rows = (*range(4), *range(len(view.run.catalogue), len(view.catalogue)))
    ids = [view.catalogue.ids[row] for row in rows]
    return {item: values_of(view, item) for item in ids if view.snapshot.holds(item)}


ITEMS = st.integers(0, 6)
CHANGE = st.tuples(ITEMS, st.one_of(st.none(), st.integers(0, 90)), st.integers(1, 4))


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(CHANGE, max_size=30), st.lists(st.integers(0, 30), min_size=1, max_size=8))
def test_a_view_is_the_shop_exactly_as_of_its_change(run: Run, wanted: list[Any], asked: list[int]) -> None:
    """Items 0 to 3 are the run's, the others are new; each change removes one or gives it a price and a stock."""
    names = [*run.catalogue.ids[:4], "new-4", "new-5", "new-6"]
    log, replay = Log(), LiveShop(run)
    states = [sold(replay.view())]
    for which, price, stock in wanted:
        name = names[which]
        if price is None:
            log.append(name, None)
            if replay.view().snapshot.holds(name):
                replay.remove(name)
        else:
            values = LANTERN | {"title": f"Lantern {which}", "price": float(price), "stock": stock}
            text, tokens = replay.spell(name, values["title"], tuple(values["category"]))
            log.append(name, values | {"spelling": {"text": text, "tokens": list(tokens)}})
            apply_values(replay, name, log.changes[-1].values or {})
        states.append(sold(replay.view()))
    followed = FollowedShop(LiveShop(run), log, "demo")
    for version in [*(min(each, len(wanted)) for each in asked), None, 0]:
        assert sold(followed.view(version)) == states[len(wanted) if version is None else version]
    assert followed.version == len(wanted)


def test_all_processes_spell_a_new_item_alike(run: Run) -> None:
    """The log's spelling counts, even where the item alone would be spelt otherwise."""
    first = LiveShop(run)
    first.put("other", LANTERN["title"], LANTERN["category"])
    text, tokens = first.spell("new", LANTERN["title"], LANTERN["category"])
    log = Log()
    log.append("new", LANTERN | {"spelling": {"text": text, "tokens": list(tokens)}})
    shop = LiveShop(run)
    assert shop.spell("new", LANTERN["title"], LANTERN["category"]) != (text, tokens)
    view = FollowedShop(shop, log, "demo").view()
    assert values_of(view, "new")["spelling"] == {"text": text, "tokens": list(tokens)}
    assert view.snapshot.shelf.listed[view.snapshot.find("new")]


def test_an_item_that_is_spelt_anew_is_written_so_from_then_on(run: Run) -> None:
    shop = LiveShop(run)
    shop.put("new", LANTERN["title"], LANTERN["category"])
    old = values_of(shop.view(), "new")["spelling"]
    spelling = shop.spell("another", "Moth lamp", ("Camping",))
    shop.put("new", LANTERN["title"], LANTERN["category"], spelling=spelling)
    assert values_of(shop.view(), "new")["spelling"] == {"text": spelling[0], "tokens": list(spelling[1])}
    with pytest.raises(BundlesmithError, match='is that of "new"'):
        shop.put("third", "Moth lamp", ("Camping",), spelling=spelling)
    shop.put("third", "Moth lamp", ("Camping",), spelling=(old["text"], tuple(old["tokens"])))  # free again
    assert values_of(shop.view(), "third")["spelling"] == old


def test_a_spelling_that_is_taken_or_not_of_this_run_is_refused_and_changes_nothing(run: Run) -> None:
    shop, taken = LiveShop(run), run.catalogue.ids[0]
    row = run.catalogue.rows[taken]
    before, end = shop.view(), run.lexicon.marks.end
    for spelling, said in (
        ((run.lexicon.texts[row], tuple(run.lexicon.tokens[row])), f'is that of "{taken}"'),
        (("Moth lamp", (777, end)), "mark of the grammar"),
        (("Moth lamp", (777, 778)), "isn't spelt"),
        (("Moth lamp", ()), "empty"),
    ):
        with pytest.raises(BundlesmithError, match=said):
            shop.put("new", "Moth lamp", ("Camping",), spelling=spelling)
    assert shop.view() is before


def test_old_states_go_and_ones_to_come_are_not_there_yet(run: Run) -> None:
    log, first = Log(), run.catalogue.ids[0]
    shop = FollowedShop(LiveShop(run), log, "demo")
    values = values_of(shop.view(), first)
    for price in range(1, KEPT + 4):
        log.append(first, values | {"price": float(price)})
    last = KEPT + 3
    assert values_of(shop.view(2), first)["price"] == 2.0
    assert values_of(shop.view(), first)["price"] == float(last)
    assert values_of(shop.view(last - KEPT + 1), first)["price"] == float(last - KEPT + 1)
    with pytest.raises(BundlesmithError, match="as of change 3 isn't kept any more"):
        shop.view(3)
    with pytest.raises(BundlesmithError, match=f"no change {last + 1} yet"):
        shop.view(last + 1)


def test_a_change_that_cannot_be_followed_says_which(run: Run) -> None:
    log = Log()
    log.append("new", {"price": 3.0})
    shop = FollowedShop(LiveShop(run), log, "demo")
    for _ in range(2):
        with pytest.raises(BundlesmithError, match='Change 1 of "demo" \\("new"\\) can\'t be followed'):
            shop.view()
    assert not shop.view(0).snapshot.holds("new")


def test_two_shops_follow_one_store(run: Run, tmp_path: Path) -> None:
    stores = [open_store(f"sqlite:///{tmp_path / 'log.db'}") for _ in range(2)]
    shops = [FollowedShop(LiveShop(run), store.changes, "demo") for store in stores]
    first = run.catalogue.ids[0]
    with stores[0].changing("demo") as log:
        assert log.append(first, values_of(shops[0].view(), first) | {"price": 7.5}) == 1
        assert log.append("new", LANTERN | {"spelling": None}) == 2
        assert log.append(run.catalogue.ids[1], None) == 3
    views = [shop.view() for shop in shops]
    assert shops[1].version == 3 and sold(views[0]) == sold(views[1])
    assert values_of(views[1], first)["price"] == 7.5 and not views[1].snapshot.holds(run.catalogue.ids[1])
    assert not shops[1].view(1).snapshot.holds("new")
    for store in stores:
        store.close()


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(CHANGE, max_size=40), st.integers(0, 20), st.integers(1, 4))
@example([(4, None, 1), (5, 1, 1), (4, 2, 1), (0, 1, 1), (1, 1, 1), (0, None, 1), (0, 3, 2), (1, 2, 1)], 20, 2)
def test_what_is_folded_comes_to_the_same(
    run: Run, tmp_path_factory: pytest.TempPathFactory, wanted: list[Any], seen: int, tail: int
) -> None:
    """One who begins late, or was behind, has the shop of one who followed each change; and new items get the same
    rows. Spellings go from one item to another, and one of the run's loses its own.
    """
    store = open_store(f"sqlite:///{tmp_path_factory.mktemp('folded') / 'log.db'}")
    names = [*run.catalogue.ids[:4], "new-4", "new-5", "new-6"]
    replay, behind = LiveShop(run), FollowedShop(LiveShop(run), store.changes, "demo")
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr("bundlesmith.store.changes.TAIL", tail)
        for number, (which, price, stock) in enumerate(wanted):
            name = names[which]
            if number == seen:
                behind.view()
            with store.changing("demo") as log:
                if price is None:
                    log.append(name, None)
                    if replay.view().snapshot.holds(name):
                        replay.remove(name)
                    continue
                values = LANTERN | {"title": f"Lantern {stock}", "price": float(price), "stock": stock}
                text, tokens = replay.spell(f"another {number}" if price % 3 == 0 else name, values["title"])
                values |= {"spelling": {"text": text, "tokens": list(tokens)}}
                log.append(name, values)
            apply_values(replay, name, values)
    late = FollowedShop(LiveShop(run), store.changes, "demo")
    for followed in (behind, late):
        view, expected = followed.view(), replay.view()
        assert followed.version == len(wanted)
        assert sold(view) == sold(expected)
        assert [view.removed(name) for name in names] == [expected.removed(name) for name in names]
        known = [expected.catalogue.find(name) for name in names]
        assert [view.catalogue.find(name) for name in names] == known
        for row in known:
            assert row is None or view.catalogue.item(row) == expected.catalogue.item(row)
    store.close()


def test_an_item_that_is_repriced_shares_its_texts_with_the_run(run: Run) -> None:
    """However often: what a change brings along from the store isn't kept where it is the same."""
    log, first, row = Log(), run.catalogue.ids[0], 0
    shop = FollowedShop(LiveShop(run), log, "demo")
    for price in range(3):
        log.append(first, json.loads(json.dumps(values_of(shop.view(), first) | {"price": float(price)})))
        item = shop.view().catalogue.item(row)
        assert item.cents == 100 * price and item.title is run.catalogue.titles[row]
        assert item.attributes is run.catalogue.attributes[row] and item.tokens is run.lexicon.tokens[row]
