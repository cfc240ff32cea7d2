"""The log of catalogue changes: numbered without a gap, whoever writes."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from bundlesmith.errors import BundlesmithError
from bundlesmith.store import Store, StoredChange, StoreError, open_store
from bundlesmith.store.changes import TAIL, StoredFold


def test_a_change_is_seen_when_the_block_is_left(store: Store) -> None:
    with store.changing("m") as log:
        assert (log.append("tent", {"price": 9.5, "title": "Zelt 帐篷"}), log.append("lamp", None)) == (1, 2)
        assert [change.seq for change in log.after(1)] == [2]
        assert store.changes.last("m") == 0
    assert store.changes.last("m") == 2
    assert store.changes.after("m", 0) == [
        StoredChange(1, "tent", {"price": 9.5, "title": "Zelt 帐篷"}),
        StoredChange(2, "lamp", None),
    ]
    assert store.changes.after("m", 2) == store.changes.after("other", 0) == []


def folded(store: Store, count: int, items: int) -> None:
    """Write changes: each item is put again and again, and removed in between."""
    with store.changing("m") as log:
        for number in range(log.last, log.last + count):
            log.append(f"i{number % items}", None if number % 7 == 3 else {"count": number})


@pytest.mark.parametrize(("count", "items"), [(2 * TAIL, 10), (2 * TAIL + 1, 10), (5 * TAIL + 7, 90)])
def test_old_changes_are_folded_into_what_they_came_to(store: Store, count: int, items: int) -> None:
    folded(store, count, items)
    left = store.changes.after("m", 0)
    assert store.changes.last("m") == left[-1].seq == count and TAIL <= len(left) <= 2 * TAIL
    for seq in (0, 17, count - len(left) - 1, count - len(left), count - 3, count):
        since = store.changes.since("m", max(seq, 0))
        assert [change.seq for change in since.changes] == list(range(max(seq, count - len(left)) + 1, count + 1))
        expected: dict[str, StoredFold] = {}
        for number in range(count - len(left)):
            item, gone = f"i{number % items}", number % 7 == 3
            before = expected[item].values if item in expected else None
            if before is None:
                expected.pop(item, None)  # the order is that in which they were first put
            expected[item] = StoredFold(item, before if gone else {"count": number}, gone)
        last = {f"i{number % items}": number + 1 for number in range(count - len(left))}
        assert since.folded == [one for item, one in expected.items() if last[item] > seq]


def test_one_who_begins_reads_as_much_as_items_changed_not_as_there_were_changes(store: Store) -> None:
    sizes = []
    for _ in range(4):
        folded(store, 3 * TAIL, 40)
        since = store.changes.since("m", 0)
        sizes.append(len(since.folded) + len(since.changes))
    assert max(sizes) <= 2 * TAIL + 40


@pytest.mark.slow
def test_after_100_000_changes_few_rows_are_read(tmp_path: Path) -> None:
    store = open_store(f"sqlite:///{tmp_path}/log.db")
    folded(store, 100_000, 1000)
    since = store.changes.since("m", 0)
    assert len(since.folded) == 1000 and len(since.changes) <= 2 * TAIL
    with store._database.reading() as connection:
        kept = connection.exec_driver_sql("SELECT count(*) FROM bundlesmith_changes").scalar_one()
    assert kept == len(since.changes)
    store.close()


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
