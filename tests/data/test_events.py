import pytest

from bundlesmith.data.catalogue import open_catalogue
from bundlesmith.data.events import Event, distinct, load_histories
from bundlesmith.errors import BundlesmithError
from tests.shops import write_prepared

ITEMS = [{"item_id": name, "title": f"Item {name}"} for name in "abc"]
EVENTS = [
    {"user_id": "u", "item_id": "c", "timestamp": 30, "session_id": "s2", "split": "test"},
    {"user_id": "u", "item_id": "a", "timestamp": 10, "kind": "buy", "session_id": "s1"},
    {"user_id": "v", "item_id": "a", "timestamp": 20},
    {"user_id": "u", "item_id": "b", "timestamp": 10, "session_id": "s1"},
]


@pytest.fixture
def load(tmp_path):
    folder = write_prepared(tmp_path / "data", ITEMS, EVENTS)
    return lambda split=None: load_histories(folder / "events.parquet", open_catalogue(folder), split)


def test_a_history_is_oldest_first_and_ties_keep_the_order_of_the_file(load):
    assert [event.row for event in load().of_user("u")] == [0, 1, 2]


def test_an_event_holds_what_the_table_says(load):
    event = load().of_user("u")[0]
    assert (event.row, event.time, event.kind, event.session) == (0, 10, "buy", "s1")


def test_sessions_are_those_that_the_source_knows(load):
    assert {name: [event.row for event in events] for name, events in load().sessions.items()} == {
        "s1": [0, 1],
        "s2": [2],
    }


def test_one_split_holds_only_its_events(load):
    assert {user: [event.row for event in events] for user, events in load("train").users.items()} == {
        "u": [0, 1],
        "v": [0],
    }


def test_an_unknown_user_is_an_error(load):
    with pytest.raises(BundlesmithError, match='no user "w"'):
        load().of_user("w")


def test_a_name_without_events_has_none_and_is_no_key(load):
    sessions = load().sessions
    assert [len(array) for name in (None, "s0", "s3", "s11") for array in sessions.arrays(name)] == [0] * 8
    assert "s3" not in sessions and sessions.get("s0") is None and len(sessions) == 2


def test_arrays_are_rows_and_times_of_a_name(load):
    rows, times = load().users.arrays("u")
    assert rows.tolist() == [0, 1, 2] and times.tolist() == [10, 10, 30]


def test_distinct_keeps_each_item_at_its_latest_place():
    assert distinct([Event(row, time, "view", None) for time, row in enumerate([5, 3, 5, 4, 3])]) == [5, 4, 3]


def test_distinct_of_nothing_is_nothing():
    assert distinct([]) == []
