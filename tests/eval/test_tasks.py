import json

import pytest

from bundlesmith.errors import BundlesmithError
from bundlesmith.eval.tasks import Task, read_tasks


@pytest.fixture
def write(tmp_path):
    def lines(*rows):
        path = tmp_path / "tasks.jsonl"
        texts = [row if isinstance(row, str) else json.dumps(row, ensure_ascii=False) for row in rows]
        path.write_text("".join(text + "\n" for text in texts), encoding="utf-8")
        return path

    return lines


def test_tasks_of_each_kind_are_read_in_order(write):
    path = write(
        {"id": "c", "kind": "complete", "history": [7, 12], "items": [3], "intent": "work at home"},
        {"id": "g", "kind": "generate", "history": ["a"], "request": "a desk"},
        {"id": "s", "kind": "sessions", "items": [7, 12, 3]},
    )
    assert read_tasks(path) == [
        Task("c", "complete", ("7", "12"), ("3",), "work at home"),
        Task("g", "generate", ("a",), (), "a desk"),
        Task("s", "sessions", (), ("7", "12", "3"), ""),
    ]


def test_an_intent_that_is_not_known_is_no_words(write):
    assert read_tasks(write({"id": "c", "kind": "complete", "intent": None}))[0].words == ""


def test_blank_lines_are_passed_over(write):
    assert [
        task.id for task in read_tasks(write({"id": "a", "kind": "sessions"}, "", {"id": "b", "kind": "sessions"}))
    ] == [
        "a",
        "b",
    ]


def test_a_line_separator_within_a_text_does_not_end_the_line(write):
    assert read_tasks(write({"id": "g", "kind": "generate", "request": "a\u2028b"}))[0].words == "a\u2028b"


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ('{"id": "a"', "tasks.jsonl:2 is not a task: JSONDecodeError"),
        ('{"id": "a"}', r"tasks.jsonl:2 is not a task: KeyError\('kind'\)"),
        ('{"kind": "complete"}', r"tasks.jsonl:2 is not a task: KeyError\('id'\)"),
        ("[1]", "tasks.jsonl:2 is not a task: TypeError"),
        ('"text"', "tasks.jsonl:2 is not a task: TypeError"),
        ("null", "tasks.jsonl:2 is not a task: TypeError"),
        ('{"id": "a", "kind": "complete", "history": 3}', "tasks.jsonl:2 is not a task: TypeError"),
        ('{"id": "a", "kind": "rank"}', 'tasks.jsonl:2 has the kind "rank". Known: complete, generate, sessions.'),
    ],
)
def test_a_line_that_is_no_task_is_an_error_that_names_it(write, line, message):
    with pytest.raises(BundlesmithError, match=message):
        read_tasks(write({"id": "z", "kind": "sessions"}, line))


def test_an_id_that_repeats_is_an_error(write):
    with pytest.raises(BundlesmithError, match="repeats a task id"):
        read_tasks(write({"id": "a", "kind": "sessions"}, {"id": "a", "kind": "complete"}))


def test_a_file_without_tasks_is_an_error(write):
    with pytest.raises(BundlesmithError, match="holds no task"):
        read_tasks(write("", " "))


def test_a_missing_file_is_an_error(tmp_path):
    with pytest.raises(BundlesmithError, match="could not be read"):
        read_tasks(tmp_path / "none.jsonl")
