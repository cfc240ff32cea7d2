"""Positions that move with the events, and fences, on SQLite and PostgreSQL."""

import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import select

from bundlesmith.ingest.consume import MESSAGES_AT_ONCE
from bundlesmith.ingest.events import DeadLetter, ToldEvent
from bundlesmith.ingest.ledger import BatchOutcome, FencedError, Ledger
from bundlesmith.ingest.source import Place
from bundlesmith.store import NewEvent, Store, StoreError, open_store
from bundlesmith.store.tables import dead_letters

VISITS, ORDERS = Place("visits"), Place("orders", "7")


def told(*numbers: int, user: str = "ann", time: int = 5) -> list[ToldEvent]:
    return [ToldEvent(user, NewEvent(f"i{number}", "view", time, event_id=f"e{number}")) for number in numbers]


def items(store: Store, user: str = "ann") -> list[str]:
    return [event.item for event in store.events.of_user(user)]


def letters(store: Store) -> Sequence[tuple[str, str, str]]:
    with store._database.reading() as connection:
        rows = connection.execute(select(dead_letters).order_by(dead_letters.c.position))
        return [(row.topic, row.position, row.reason) for row in rows]


def test_events_dead_letters_and_the_position_come_together(store: Store) -> None:
    ledger = Ledger(store, "shop", "a")
    assert ledger.take([VISITS, ORDERS], "0") == {VISITS: "0", ORDERS: "0"}
    dead = [DeadLetter("2", "{", "It is not JSON.")]
    assert ledger.write(VISITS, "0", "3", told(1, 3), dead) == BatchOutcome(new=2, dead=1)
    assert items(store) == ["i1", "i3"] and letters(store) == [("visits", "2", "It is not JSON.")]
    assert ledger.take([VISITS, ORDERS], "0") == {VISITS: "3", ORDERS: "0"}
    assert ledger.write(VISITS, "3", "4", [], []) == BatchOutcome()
    assert Ledger(store, "other", "a").take([VISITS], "0") == {VISITS: "0"}


def test_readers_at_once_may_each_have_a_batch_of_as_many_customers(store: Store) -> None:
    ledger, places = Ledger(store, "shop", "a"), [Place(f"visits-{at}") for at in range(3)]
    ledger.take(places, "0")

    def batch(at: int) -> BatchOutcome:
        many = [ToldEvent(f"u{at}-{number}", NewEvent("x", "view", 5)) for number in range(MESSAGES_AT_ONCE)]
        return ledger.write(places[at], "0", "1", many, [])

    with ThreadPoolExecutor(3) as pool:
        assert list(pool.map(batch, range(3))) == [BatchOutcome(new=MESSAGES_AT_ONCE)] * 3


def test_what_is_told_again_is_stored_once(store: Store) -> None:
    ledger = Ledger(store, "shop", "a")
    ledger.take([VISITS], "0")
    assert ledger.write(VISITS, "0", "1", told(1, 2, 1), []) == BatchOutcome(new=2, known=1)
    ledger.rewind({VISITS: "0"})
    ledger.take([VISITS], "0")
    dead = [DeadLetter("2", "{", "It is not JSON.")]
    assert ledger.write(VISITS, "0", "1", told(1, 2, 3), dead) == BatchOutcome(new=1, known=2, dead=1)
    assert items(store) == ["i1", "i2", "i3"]


def test_a_position_moves_only_from_where_it_is_expected(store: Store) -> None:
    ledger = Ledger(store, "shop", "a")
    ledger.take([VISITS], "0")
    ledger.write(VISITS, "0", "5", told(1), [])
    with pytest.raises(FencedError):
        ledger.write(VISITS, "0", "5", told(2), [DeadLetter("4", "", "x")])
    assert items(store) == ["i1"] and letters(store) == []


def test_one_that_was_thought_dead_is_fenced(store: Store) -> None:
    slow, quick = Ledger(store, "shop", "a", lease=0.2), Ledger(store, "shop", "b", lease=60)
    assert slow.take([VISITS], "0") == {VISITS: "0"}
    assert quick.take([VISITS], "0") == {}
    time.sleep(0.3)
    assert quick.take([VISITS], "0") == {VISITS: "0"}
    with pytest.raises(FencedError):
        slow.write(VISITS, "0", "3", told(1), [])
    assert slow.take([VISITS], "0") == {} and items(store) == []
    quick.write(VISITS, "0", "3", told(1), [])
    quick.release()
    assert slow.take([VISITS], "0") == {VISITS: "3"}


def test_a_customer_who_was_forgotten_does_not_come_back(store: Store) -> None:
    ledger = Ledger(store, "shop", "a")
    ledger.take([VISITS], "0")
    now = int(time.time())
    ledger.write(VISITS, "0", "1", told(1, time=now - 50) + told(2, user="bob", time=now - 50), [])
    store.users.forget("ann")
    ledger.rewind({VISITS: "0"})
    ledger.take([VISITS], "0")
    again = told(1, time=now - 50) + told(2, user="bob", time=now - 50) + told(9, time=now + 50)
    assert ledger.write(VISITS, "0", "1", again, []) == BatchOutcome(new=1, known=1, forgotten=1)
    assert items(store) == ["i9"] and items(store, "bob") == ["i2"]


def test_many_readers_at_once_store_each_batch_once(url: str) -> None:
    stores = [open_store(url, wait=60) for _ in range(4)]
    ledgers = [Ledger(each, "shop", str(at), lease=60) for at, each in enumerate(stores)]

    def work(ledger: Ledger) -> int:
        done = 0
        for number in range(40):
            for place, position in ledger.take([VISITS, ORDERS], "0").items():
                try:
                    ledger.write(place, position, str(int(position) + 1), told(number, user=f"u{number}"), [])
                    done += 1
                except FencedError:
                    pass
            ledger.release()
        return done

    with ThreadPoolExecutor(4) as pool:
        done = sum(pool.map(work, ledgers))
    positions = Ledger(stores[0], "shop", "0").take([VISITS, ORDERS], "0")
    assert sum(int(position) for position in positions.values()) == done > 0
    for each in stores:
        each.close()


def test_a_store_that_fails_keeps_nothing_of_a_batch(store: Store) -> None:
    ledger = Ledger(store, "shop", "a")
    ledger.take([VISITS], "0")
    broken = ToldEvent("ann", NewEvent("i2", "view", 2**70))
    with pytest.raises((StoreError, OverflowError)):
        ledger.write(VISITS, "0", "3", [*told(1), broken], [])
    assert items(store) == [] and ledger.take([VISITS], "0") == {VISITS: "0"}
