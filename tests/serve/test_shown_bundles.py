"""What was shown is stored, at once or when the store can be used again."""

import asyncio
import time
from collections.abc import Sequence
from pathlib import Path

import pytest

from bundlesmith.errors import BundlesmithError
from bundlesmith.serve import shown_bundles
from bundlesmith.serve.shown_bundles import PATIENCE, Remembering
from bundlesmith.store import Shown, StoreError, open_store


@pytest.fixture(autouse=True)
def often(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shown_bundles, "EVERY", 0.05)


def shown(name: str) -> Shown:
    return Shown(name, "demo", "r", None, None, ("COFF-0001",), 7)


def test_a_store_that_is_locked_holds_no_answer_up_and_loses_nothing(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'store.db'}"
    store, other = open_store(url, wait=0.2), open_store(url)

    async def run() -> None:
        notes = Remembering(store.shown.add)
        with other._database.writing("anything"):
            began = time.perf_counter()
            await asyncio.gather(*(notes.add([shown(f"b{number}")]) for number in range(20)))
            assert (
                time.perf_counter() - began < PATIENCE + 20 * 0.2
            )  # not one after the other, each as long as the store waits
            assert store.shown.find("b7") is None
        await notes.close(5)
        assert notes.lost == 0

    asyncio.run(run())
    assert all(store.shown.find(f"b{number}") for number in range(20))
    store.close()
    other.close()


def test_what_can_be_stored_is_when_it_returns(tmp_path: Path) -> None:
    store = open_store(f"sqlite:///{tmp_path / 'store.db'}")

    async def run() -> None:
        notes = Remembering(store.shown.add)
        for number in range(3):
            await notes.add([shown(f"b{number}"), shown(f"c{number}")])
            assert store.shown.find(f"c{number}")

    asyncio.run(run())
    store.close()


@pytest.mark.parametrize("kind", ["gone for good", "not to be stored"])
def test_what_is_given_up_is_counted_and_said(
    kind: str, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shown_bundles, "MOST", 5)

    def fails(some: Sequence[Shown]) -> None:
        raise (StoreError if kind == "gone for good" else BundlesmithError)("It can't be.", "Mend it.")

    async def run() -> int:
        notes = Remembering(fails)
        await asyncio.gather(*(notes.add([shown(f"b{number}")]) for number in range(9)))
        await notes.close(0.01)
        return notes.lost

    assert asyncio.run(run()) == 9
    assert "not in the store" in caplog.text
