"""What is too old goes, and nothing else."""

import asyncio
from contextlib import suppress
from pathlib import Path

import pytest

from bundlesmith.serve import retention
from bundlesmith.serve.retention import DAY, Retention, drop, tidy
from bundlesmith.store import NewEvent, Shown, Store, StoreError, open_store

NOW = 1_760_000_000
AGES = [0, 1, 29, 30, 31, 400]
NONE = {"unpublished messages": 0}


def filled(folder: Path) -> Store:
    store = open_store(f"sqlite:///{folder / 'store.db'}")
    store.shown.add([Shown(f"b{days}", "demo", "r", None, "ann", ("x",), NOW - days * DAY) for days in AGES])
    store.events.add("ann", [NewEvent(f"i{days}", "view", NOW - days * DAY) for days in AGES])
    return store


def left(store: Store) -> tuple[list[int], list[int]]:
    """The ages of what is shown, and of events, in days."""
    events = {event.item for event in store.events.of_user("ann")}
    return [days for days in AGES if store.shown.find(f"b{days}")], [days for days in AGES if f"i{days}" in events]


@pytest.mark.parametrize("at_once", [1, 2, 1000])
def test_only_what_is_too_old_goes(tmp_path: Path, at_once: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retention, "AT_ONCE", at_once)
    store = filled(tmp_path)
    assert asyncio.run(drop(store, Retention(shown=0, events=0), NOW)) == {"shown": 0, "events": 0} | NONE
    assert left(store) == (AGES, AGES)
    assert asyncio.run(drop(store, Retention(shown=30), NOW)) == {"shown": 2, "events": 0} | NONE
    assert left(store) == ([0, 1, 29, 30], AGES)
    assert asyncio.run(drop(store, Retention(shown=1, events=31), NOW)) == {"shown": 2, "events": 1} | NONE
    assert left(store) == ([0, 1], [0, 1, 29, 30, 31])
    store.close()


def test_it_goes_on_when_the_store_is_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store, calls = filled(tmp_path), list[int]()
    monkeypatch.setattr("bundlesmith.serve.retention.time.time", lambda: float(NOW))
    real = store.shown.drop

    def at_first_not(before: int, most: int) -> int:
        calls.append(before)
        if len(calls) == 1:
            raise StoreError("It is locked.", "Try again.")
        return real(before, most)

    monkeypatch.setattr(store.shown, "drop", at_first_not)

    async def run() -> None:
        task = asyncio.create_task(tidy(store, Retention(shown=30), 0.01))
        while len(calls) < 3:
            await asyncio.sleep(0.01)
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task

    asyncio.run(run())
    assert left(store)[0] == [0, 1, 29, 30]
    store.close()
