import json

import pytest

from bundlesmith.errors import BundlesmithError
from bundlesmith.eval.leaks import find_leaks, other_data, refuse, unchecked
from tests.eval.pasts import past
from tests.eval.sheets import complete, generate, sessions, sheet

EVENTS = [("1", "ann", "ab", "train"), ("2", "bob", "cd", "test")]
TASKS = (
    complete("x-2-0-complete-c", "c", None, items="d"),
    generate("x-2-0-generate", "cd", None),
    sessions("x-2-sessions", "cd", {"cd": ""}, []),
)


def test_clean_tasks_leak_nothing():
    events, bundles = EVENTS, [("ab", "train"), ("cd", "test"), ("cd", "test")]
    assert find_leaks(sheet(*TASKS), past(events, bundles)) == [] and unchecked(sheet(*TASKS), past(events)) == []
    refuse([])


def test_a_session_in_two_splits_leaks():
    (leak,) = find_leaks(sheet(*TASKS), past([*EVENTS, ("7", "ann", "a", "train"), ("7", "ann", "b", "valid")]))
    assert leak.count == 1 and '1 sessions are in two splits ("7").' in leak.what


def test_tasks_of_a_training_session_leak():
    (leak,) = find_leaks(sheet(*TASKS), past([("2", "bob", "cd", "train")]))
    assert leak.count == 3 and '"x-2-0-complete-c"' in leak.what and "test split" in leak.fix


@pytest.mark.parametrize("other", ["train", "valid"])
def test_tasks_whose_bundle_another_split_has_leak(other):
    (leak,) = find_leaks(sheet(*TASKS), past(EVENTS, [("dc", other), ("cd", "test")]))
    assert leak.count == 3 and "item by item" in leak.what


def test_a_training_bundle_that_the_data_has_in_no_other_split_leaks():
    (leak,) = find_leaks(sheet(TASKS[1]), past(EVENTS, [("dc", "train")]))
    assert leak.count == 1


def test_identical_bundles_that_no_task_uses_are_no_leak():
    assert find_leaks(sheet(*TASKS), past(EVENTS, [("ab", "train"), ("ab", "test")])) == []


def test_a_bundle_of_which_training_has_a_part_is_no_leak():
    assert find_leaks(sheet(generate("x-2-0-generate", "cd", None)), past(EVENTS, [("cde", "train")])) == []


def test_leaks_are_refused_all_at_once():
    leaks = find_leaks(sheet(*TASKS), past([("2", "bob", "cd", "train"), ("2", "bob", "a", "test")], [("cd", "train")]))
    with pytest.raises(BundlesmithError, match=r"two splits.*training events.*item by item.*--allow-leaks"):
        refuse(leaks)
    assert len(leaks) == 3


def test_what_could_not_be_checked_is_said():
    said = unchecked(sheet(generate("other", "cd", None), *TASKS), past(EVENTS, None))
    assert len(said) == 2 and said[0].startswith('1 tasks are of no session of the data ("other")')
    assert "--data" in said[1]


def test_a_run_of_other_data_leaks(tmp_path):
    run, data = tmp_path / "run", tmp_path / "data"
    for folder, name, values in ((run, "run.json", {"data": "1"}), (data, "data.json", {"hash": "2"})):
        folder.mkdir()
        (folder / name).write_text(json.dumps(values))
    (leak,) = other_data(run, data)
    assert "learnt from other data (1)" in leak.what
    (data / "data.json").write_text('{"hash": "1"}')
    assert other_data(run, data) == other_data(run, None) == other_data(None, data) == []
