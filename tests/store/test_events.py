"""Events: stored in full, in order, once."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import astuple

import pytest

from bundlesmith.errors import BundlesmithError
from bundlesmith.store import NewEvent, Store, StoreError, open_store


def test_events_come_back_oldest_first(store: Store) -> None:
    full = NewEvent("tent", "buy", 50, "visit", "key", "bundle")
    ids = store.events.add("ann", [NewEvent("lamp", "view", 70), full, NewEvent("mat", "view", 70)])
    ids += store.events.add("ann", [NewEvent("rope", "cart", 10)])
    store.events.add("bob", [NewEvent("sock", "view", 1)])
    found = store.events.of_user("ann")
    assert [event.item for event in found] == ["rope", "tent", "lamp", "mat"]
    assert [event.id for event in found] == [ids[3], ids[1], ids[0], ids[2]]
    assert astuple(found[1])[1:] == astuple(full)
    assert [event.item for event in store.events.of_user("ann", latest=2)] == ["lamp", "mat"]
    assert store.events.of_user("nobody") == []
    assert store.events.add("ann", []) == []


def test_one_key_is_one_event_of_a_user(store: Store) -> None:
    first = NewEvent("tent", "buy", 1, event_id="k")
    later = NewEvent("tent", "buy", 9, event_id="k")  # a repeated call, stamped again
    ids = store.events.add("ann", [first, NewEvent("lamp", "view", 2), later])
    assert ids[0] == ids[2] != ids[1]
    assert store.events.add("ann", [NewEvent("mat", "view", 3), later])[1] == ids[0]
    assert [event.time for event in store.events.of_user("ann")] == [1, 2, 3]
    assert store.events.add("bob", [later]) != [ids[0]]


@pytest.mark.parametrize("other", [NewEvent("lamp", "buy", 1, event_id="k"), NewEvent("tent", "view", 1, event_id="k")])
def test_a_key_is_not_for_two_different_events(store: Store, other: NewEvent) -> None:
    store.events.add("ann", [NewEvent("tent", "buy", 1, event_id="k")])
    with pytest.raises(BundlesmithError, match='"k" was used for another event') as caught:
        store.events.add("ann", [NewEvent("mat", "view", 2), other])
    assert not isinstance(caught.value, StoreError)
    assert len(store.events.of_user("ann")) == 1  # none of the call


def test_a_bad_event_stores_none(store: Store) -> None:
    for bad in (NewEvent("", "view", 1), NewEvent("tent", "view", -1), NewEvent("tent", "view", 10**12)):
        with pytest.raises(BundlesmithError):
            store.events.add("ann", [NewEvent("lamp", "view", 1), bad])
    with pytest.raises(BundlesmithError, match="10,001 events are too many"):
        store.events.add("ann", [NewEvent("lamp", "view", 1)] * 10_001)
    assert store.events.of_user("ann") == []


def test_ten_thousand_at_once(store: Store) -> None:
    many = [NewEvent("lamp", "view", 1, event_id=str(number)) for number in range(10_000)]
    ids = store.events.add("ann", many)
    assert ids == sorted(set(ids))
    assert store.events.add("ann", many) == ids
    assert [(event.id, event.event_id) for event in store.events.of_user("ann")] == [
        (number, event.event_id) for number, event in zip(ids, many, strict=True)
    ]


def test_many_threads_and_stores_tell_the_same_event(url: str) -> None:
    stores = [open_store(url), open_store(url)]
    tell = [NewEvent("tent", "buy", 1, event_id="k"), NewEvent("lamp", "view", 1)]
    with ThreadPoolExecutor(12) as pool:
        told = list(pool.map(lambda number: stores[number % 2].events.add("ann", tell), range(24)))
    assert len({ids[0] for ids in told}) == 1
    assert len({ids[1] for ids in told}) == 24
    assert len(stores[0].events.of_user("ann")) == 25
    for store in stores:
        store.close()
