"""The log of catalogue changes: numbered without a gap, whoever writes."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from bundlesmith.errors import BundlesmithError
from bundlesmith.serve.store import Change, Store, StoreError, open_store


def test_a_change_is_seen_when_the_block_is_left(store: Store) -> None:
    with store.changing("m") as log:
        assert (log.append("tent", {"price": 9.5, "title": "Zelt 帐篷"}), log.append("lamp", None)) == (1, 2)
        assert [change.seq for change in log.after(1)] == [2]
        assert store.changes.last("m") == 0
    assert store.changes.last("m") == 2
    assert store.changes.after("m", 0) == [
        Change(1, "tent", {"price": 9.5, "title": "Zelt 帐篷"}),
        Change(2, "lamp", None),
    ]
    assert store.changes.after("m", 2) == store.changes.after("other", 0) == []


def test_a_block_that_raises_changes_nothing(store: Store) -> None:
    with pytest.raises(BundlesmithError, match="can't be written as JSON"), store.changing("m") as log:
        log.append("lamp", None)
        log.append("tent", {"price": float("nan")})
    assert store.changes.last("m") == 0
    with store.changing("m") as log:
        assert log.append("tent", {}) == 1


def test_models_have_logs_of_their_own(store: Store) -> None:
    for model in ("a", "b", "a"):
        with store.changing(model) as log:
            log.append("tent", None)
    assert (store.changes.last("a"), store.changes.last("b"), store.changes.last("c")) == (2, 1, 0)


def test_many_writers_leave_no_gap_and_overwrite_nothing(url: str) -> None:
    """Each sets the count that it finds up by one, which is lost if two do so at once."""
    stores = [open_store(url) for _ in range(3)]

    def count_up(number: int) -> None:
        with stores[number % 3].changing("m") as log:
            found = log.after(0)
            log.append("tent", {"count": len(found) + 1})

    with ThreadPoolExecutor(6) as pool:
        list(pool.map(count_up, range(30)))
    found = stores[0].changes.after("m", 0)
    assert [change.seq for change in found] == list(range(1, 31))
    assert [change.values for change in found] == [{"count": number} for number in range(1, 31)]
    for store in stores:
        store.close()


def test_a_log_that_is_held_is_an_error_after_a_while(url: str) -> None:
    store, other = open_store(url), open_store(url, wait=0.2)
    with store.changing("m") as log:
        log.append("tent", None)
        with pytest.raises(StoreError, match="Another process holds it: try again"), other.changing("m"):
            pass
    with other.changing("m") as log:
        assert log.append("lamp", None) == 2
    store.close()
    other.close()
