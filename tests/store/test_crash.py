"""What was acknowledged is there, whoever dies."""

import random
from collections import Counter
from threading import Event, Thread

import pytest

from bundlesmith.store import NewEvent, Store, StoreError, open_store
from tests.store.crash_job import events_of, killed, start
from tests.store.postgres import PostgresServer

pytestmark = pytest.mark.slow


def keys(store: Store, user: str) -> Counter[str | None]:
    return Counter(event.event_id for event in store.events.of_user(user))


def items_changed(store: Store) -> set[str]:
    """The items of all changes, whose numbers must have no gap."""
    found = store.changes.after("m", 0)
    assert [change.seq for change in found] == list(range(1, len(found) + 1))
    return {change.item for change in found}


def repeat(store: Store, user: str, said: list[int]) -> None:
    """Do again what was not acknowledged, as a client does."""
    number = max(said, default=-1) + 1
    store.events.add(user, events_of(number))
    assert len(keys(store, user)) == 2 * number + 2
    with store.changing("m") as log:
        if f"{user}-{number}" not in {change.item for change in log.after(0)}:
            log.append(f"{user}-{number}", None)
    said.append(number)


def test_a_writer_that_is_killed_ten_times_loses_nothing(url: str, store: Store) -> None:
    rng, users = random.Random(3), ("ann", "bob")
    said: dict[str, list[int]] = {user: [] for user in users}
    for _ in range(5):
        jobs = {user: start(url, user, max(said[user], default=-1) + 1) for user in users}
        for user, job in jobs.items():
            said[user] += killed(job, rng.uniform(0, 0.3))
        for user in users:
            found = keys(store, user)
            assert set(found.values()) <= {1}
            assert {event.event_id for number in said[user] for event in events_of(number)} <= found.keys()
            assert len(found) - 2 * len(said[user]) in (0, 2)  # all or none of what was under way
            assert {f"{user}-{number}" for number in said[user]} <= items_changed(store)
            repeat(store, user, said[user])
    assert sum(len(numbers) for numbers in said.values()) > 40


def test_writers_at_once_lose_and_double_nothing(url: str, store: Store) -> None:
    jobs = [start(url, user, 0, 40) for user in ("ann", "ann", "bob")]
    seen = []
    while len(seen) < 120:
        found = store.changes.after("m", len(seen))
        seen += found
        assert [change.seq for change in seen] == list(range(1, len(seen) + 1))
        assert all(job.poll() in (None, 0) for job in jobs)
    for job in jobs:
        job.communicate(timeout=60)
        assert job.returncode == 0
    items = Counter(change.item for change in seen)
    assert items == {f"{user}-{number}": times for user, times in (("ann", 2), ("bob", 1)) for number in range(40)}
    assert store.changes.last("m") == 120
    expected = Counter(event.event_id for number in range(40) for event in events_of(number))
    assert keys(store, "ann") == keys(store, "bob") == expected


def test_a_server_that_crashes_has_what_it_acknowledged(postgres: PostgresServer) -> None:
    store, said, ended = open_store(postgres.new_database(), wait=2), [], Event()

    def write() -> None:
        number = 0
        while not ended.is_set():
            try:
                store.events.add("ann", [NewEvent("i", "view", number, event_id=str(number))])
            except StoreError:
                ended.wait(0.02)
            else:
                said.append(str(number))
                number += 1

    writer = Thread(target=write)
    writer.start()
    for _ in range(2):
        before = len(said)
        while len(said) < before + 30:
            ended.wait(0.01)
        postgres.crash()
        postgres.start()
    ended.set()
    writer.join()
    assert keys(store, "ann") == Counter(said)
    store.close()
