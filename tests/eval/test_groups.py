import pytest

from bundlesmith.errors import BundlesmithError
from bundlesmith.eval.groups import groups_of_tasks, read_past
from tests.eval.pasts import past
from tests.eval.sheets import complete, generate, sessions, sheet
from tests.shops import write_prepared

EVENTS = [
    ("1", "ann", "aab", "train"),
    ("2", "bob", "ac", "train"),
    ("3", "ann", "bcd", "test"),
    ("4", "eve", "bc", "test"),
    ("5", "session-5", "bc", "test"),
]


def test_popularity_counts_training_events_the_most_popular_first():
    found = past(EVENTS)
    assert list(found.counts.items()) == [("a", 3), ("b", 1), ("c", 1)]
    assert found.popular == {"a"} and found.known == set("abc") and found.users == {"ann", "bob"}


def test_the_most_popular_fifth_is_rounded_up():
    assert past([("1", "u", "aaabbcdef", "train")]).popular == {"a", "b"}  # of six items


def test_without_training_events_bundles_count():
    found = past([("3", "u", "d", "test")], [("ab", "train"), ("ac", "train"), ("ad", "test")])
    assert found.counts == {"a": 2, "b": 1, "c": 1} and found.known == set("abc")


def test_items_of_training_bundles_are_known():
    assert past(EVENTS, [("ae", "train"), ("af", "valid")]).known == set("abce")


def test_nothing_for_training_is_an_error():
    with pytest.raises(BundlesmithError, match='"data" has no training events'):
        past([("3", "u", "d", "test")])


@pytest.mark.parametrize(
    ("task", "items", "session"),
    [
        ("shop-3-0-generate", "bc", "3"),
        ("3-0-generate", "bc", "3"),
        ("my-shop-3-sessions", "bcd", "3"),
        ("shop-3-0-generate", "bcf", None),  # session 3 has no f
        ("shop-9-0-generate", "bc", None),
        ("3", "", "3"),
    ],
)
def test_the_session_of_a_task_is_one_that_holds_its_items(task, items, session):
    assert past(EVENTS).session(task, tuple(items)) == session


def groups(given, bundles=()):
    (found,) = groups_of_tasks(sheet(given), past(EVENTS, bundles)).values()
    return found


def test_a_customer_with_training_events_is_not_new():
    assert groups(generate("x-3-0-generate", "bc", []))["new_user"] is False
    assert groups(generate("x-4-0-generate", "bc", []))["new_user"] is True


def test_a_customer_or_a_session_that_is_not_known_is_in_no_group():
    assert groups(generate("x-5-0-generate", "bc", []))["new_user"] is None
    assert groups(generate("x-9-0-generate", "bc", []))["new_user"] is None


def test_a_true_item_that_training_has_not_is_unseen():
    assert groups(complete("x-3-0-complete-d", "d", "a"))["unseen"] is True
    assert groups(complete("x-3-0-complete-d", "d", "a"), [("de", "train")])["unseen"] is False
    assert groups(complete("x-3-0-complete-c", "c", "a", items="d"))["unseen"] is False


def test_any_true_item_outside_the_popular_ones_is_long_tail():
    assert groups(sessions("x-1-sessions", "ab", {"ab": ""}, []))["long_tail"] is True
    assert groups(complete("x-1-0-complete-a", "a", "b", items="b"))["long_tail"] is False


def test_a_folder_is_read_with_or_without_bundles(shop, tiny_run, tmp_path):
    data, run = read_past(shop), read_past(tiny_run)
    assert data.counts == run.counts and data.bundles and run.bundles is None
    assert sum(data.counts.values()) > 1000 and data.training_bundles
    folder = write_prepared(tmp_path / "data", [{"item_id": "a", "title": "A"}])
    (folder / "events.parquet").unlink()
    with pytest.raises(BundlesmithError, match=r"has no events\.parquet"):
        read_past(folder)
