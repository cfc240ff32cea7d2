"""Items from a stream: into the shop that is open, through the door of `PUT /v1/items`."""

import json
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bundlesmith.ingest.config import Ingest, ItemFields, open_source
from bundlesmith.ingest.consume import ConsumedCounts, consume
from bundlesmith.ingest.item_sink import ItemSink
from bundlesmith.ingest.items import read_items
from bundlesmith.ingest.ledger import BatchOutcome, FencedError, Ledger
from bundlesmith.ingest.source import Place, StreamMessage
from bundlesmith.run import Run, load_run
from bundlesmith.serve.changing import ItemChanges
from bundlesmith.shop.followed_shop import FollowedShop
from bundlesmith.shop.live_shop import LiveShop
from bundlesmith.store import Store
from tests.ingest.brokers import RedisServer
from tests.ingest.test_brokers import letters

ITEMS = Place("items")


@pytest.fixture(scope="module")
def run(tiny_run: Path) -> Run:
    return load_run(tiny_run)


@pytest.fixture
def live(run: Run, store: Store) -> FollowedShop:
    return FollowedShop(LiveShop(run), store.changes, "demo")


@pytest.fixture
def sink(live: FollowedShop, store: Store) -> Iterator[ItemSink]:
    ledger = Ledger(store, "shop", "a")
    ledger.take([ITEMS], "0")
    yield ItemSink(ledger, store, lambda: live, "demo", ItemFields())


def batch(*contents: Any, first: int = 1) -> list[StreamMessage]:
    made = [one if isinstance(one, bytes) else json.dumps(one).encode() for one in contents]
    return [StreamMessage(str(at), content, 9) for at, content in enumerate(made, first)]


def test_prices_stocks_new_items_and_those_that_are_gone(sink: ItemSink, live: FollowedShop, store: Store) -> None:
    known, other, third = (live.view().catalogue.ids[row] for row in range(3))
    came = [
        {"item": known, "price": 12.5},
        {"item": known, "stock": 3},
        {"item": other, "gone": True},
        {"item": "NEW-1", "title": "Quillfire lantern", "category": ["Camping"], "price": 5},
        {"item": "NEW-2", "title": "Quillfire lantern", "category": ["Camping"], "price": 6},
        {"item": third, "title": live.view().catalogue.titles[2]},
        {"item": "NEW-3", "price": 1},
        {"item": known, "price": -1},
        {"item": known, "gone": "maybe"},
        {"item": known, "attributes": {"note": "\ud800"}},
        b"broken",
    ]
    assert sink(ITEMS, "0", batch(*came)) == BatchOutcome(items=4, dead=5)
    view = live.view()
    row = view.catalogue.row(known)
    assert (view.catalogue.price(row), view.catalogue.stock[row]) == (12.5, 3)
    assert not view.snapshot.holds(other) and view.snapshot.holds("NEW-1") and view.snapshot.holds("NEW-2")
    assert len({view.catalogue.texts[view.catalogue.row(item)] for item in ("NEW-1", "NEW-2")}) == 2
    assert live.version == 4 and len(letters(store)) == 5
    assert sink.ledger.take([ITEMS], "0") == {ITEMS: "11"}


def test_what_is_said_again_changes_nothing_and_what_comes_back_is_as_it_was(
    sink: ItemSink, live: FollowedShop
) -> None:
    known = live.view().catalogue.ids[0]
    assert sink(ITEMS, "0", batch({"item": known, "price": 3}, {"item": known, "gone": True})) == BatchOutcome(items=1)
    assert sink(ITEMS, "2", batch({"item": known, "stock": 4}, first=3)) == BatchOutcome(items=1)
    view = live.view()
    assert view.snapshot.holds(known) and view.catalogue.price(view.catalogue.row(known)) == 3
    assert sink(ITEMS, "3", batch({"item": known, "price": 3.0, "stock": 4}, first=4)) == BatchOutcome()
    assert live.version == 3


def test_a_batch_of_one_that_was_thought_dead_changes_nothing(sink: ItemSink, live: FollowedShop) -> None:
    with pytest.raises(FencedError):
        sink(ITEMS, "7", batch({"item": live.view().catalogue.ids[0], "price": 3}))
    live.view()
    assert live.version == 0


def test_another_process_follows_and_its_changes_are_seen(
    sink: ItemSink, live: FollowedShop, run: Run, store: Store
) -> None:
    other, known = FollowedShop(LiveShop(run), store.changes, "demo"), live.view().catalogue.ids[0]
    late = ItemChanges(other)
    assert sink(ITEMS, "0", batch({"item": "NEW-1", "title": "Quillfire lantern", "price": 5})) == BatchOutcome(items=1)
    assert other.view().snapshot.holds("NEW-1")
    with store.changing("demo") as log:
        assert log.last != late.version
        changes = ItemChanges(other)
        changes.put(known, {"price": 8.0})
        changes.write(log)
    assert sink(ITEMS, "1", batch({"item": known, "stock": 1}, first=2)) == BatchOutcome(items=1)
    view = other.view()
    assert (view.catalogue.price(view.catalogue.row(known)), view.catalogue.stock[view.catalogue.row(known)]) == (8, 1)


@given(
    st.lists(
        st.dictionaries(
            st.sampled_from(["item", "title", "category", "price", "stock", "attributes", "gone", "x"]),
            st.none()
            | st.booleans()
            | st.integers()
            | st.floats()
            | st.text(max_size=5)
            | st.lists(st.text(), max_size=2),
        ).map(lambda value: json.dumps(value).encode())
        | st.binary(max_size=20)
    )
)
def test_any_message_is_an_item_or_a_dead_letter(contents: list[bytes]) -> None:
    items, dead = read_items(batch(*contents), ItemFields())
    assert len(items) + len(dead) == len(contents) and all(letter.reason for letter in dead)


def test_other_names() -> None:
    fields = ItemFields(item="sku", price="offer.amount")
    (item,), dead = read_items(batch({"sku": 7, "offer": {"amount": None}, "title": "Tent"}), fields)
    assert (item.item, item.values, dead) == ("7", {"title": "Tent", "price": None}, [])


def test_a_price_is_there_within_two_seconds_of_being_sent(
    redis: RedisServer, sink: ItemSink, live: FollowedShop
) -> None:
    known, stop = live.view().catalogue.ids[0], threading.Event()
    source = open_source(redis.url, Ingest(topics=["items"]))
    tallies: list[ConsumedCounts] = []
    work = threading.Thread(target=lambda: tallies.append(consume(source, sink.ledger, sink, stop)))
    work.start()
    sink.ledger.rewind({ITEMS: "0-0"})
    time.sleep(1.2)
    sent = time.monotonic()
    redis.send("items", [json.dumps({"item": known, "price": 77}).encode()])
    while live.view().catalogue.price(live.view().catalogue.row(known)) != 77 and time.monotonic() < sent + 20:
        time.sleep(0.02)
    took = time.monotonic() - sent
    stop.set()
    work.join()
    source.close()
    assert took < 2 and tallies[0].items == 1
