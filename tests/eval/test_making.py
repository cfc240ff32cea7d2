"""A shop of two sessions and a bundle without one; what is expected follows from the definition of the tasks."""

import json
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from bundlesmith.data.tables import BUNDLES
from bundlesmith.errors import BundlesmithError
from bundlesmith.eval.making import make_tasks, write_tasks
from bundlesmith.eval.tasks import Task, read_tasks
from tests.shops import write_prepared


def prepared(folder: Path, bundles: list[dict[str, Any]], events: list[dict[str, Any]]) -> Path:
    items = [{"item_id": str(n), "title": f"Thing {n}"} for n in range(1, 7)]
    write_prepared(folder, items, events, integer_ids=True)
    known = {"user_id": "u", "session_id": None, "timestamp": None, "intent": None, "explanation": None}
    pl.DataFrame([known | bundle for bundle in bundles], schema=BUNDLES).write_parquet(folder / "bundles.parquet")
    return folder


def event(item: int, time: int, session: str | None = "s", split: str = "valid", user: str = "u") -> dict[str, Any]:
    return {
        "user_id": user, "item_id": str(item), "timestamp": time, "kind": "view", "session_id": session, "split": split
    }  # fmt: skip


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    bundles = [
        {"bundle_id": "a", "session_id": "s", "items": ["3", "1"], "intent": "desk", "split": "valid"},
        {"bundle_id": "b", "session_id": "t", "items": ["5", "6"], "split": "test"},
        {"bundle_id": "c", "session_id": "s", "items": ["1", "2", "3", "4"], "split": "valid"},
        {"bundle_id": "d", "items": ["1", "2"], "timestamp": 30, "split": "valid", "user_id": "v"},
    ]
    events = [
        event(1, 10),
        event(2, 11),
        event(3, 12),
        event(4, 13),
        event(5, 10, "t", "test"),
        event(6, 11, "t", "test"),
    ]
    events += [event(item, time, None, user="v") for item, time in ((5, 10), (1, 20), (6, 30))]
    return prepared(tmp_path / "data", bundles, events)


def test_bundles_and_sessions_become_tasks(shop: Path) -> None:
    tasks, gold = make_tasks(shop, "test")
    assert tasks == [
        Task("data-t-0-complete-5", "complete", (), ("6",), ""),
        Task("data-t-0-complete-6", "complete", (), ("5",), ""),
        Task("data-t-0-generate", "generate", (), (), ""),
        Task("data-t-sessions", "sessions", (), ("5", "6"), ""),
    ]
    assert gold == [
        {"id": "data-t-0-complete-5", "kind": "complete", "target": 5},
        {"id": "data-t-0-complete-6", "kind": "complete", "target": 6},
        {"id": "data-t-0-generate", "kind": "generate", "bundle": [5, 6]},
        {"id": "data-t-sessions", "kind": "sessions", "bundles": [[5, 6]], "intents": [None]},
    ]


def test_a_history_is_the_rest_of_the_session_in_its_order(shop: Path) -> None:
    tasks, gold = make_tasks(shop, "valid")
    by_id = {task.id: task for task in tasks}
    assert by_id["data-s-0-complete-1"] == Task("data-s-0-complete-1", "complete", ("2", "4"), ("3",), "desk")
    assert by_id["data-s-0-generate"] == Task("data-s-0-generate", "generate", ("2", "4"), (), "desk")
    assert by_id["data-s-1-complete-2"].items == ("1", "3", "4")
    found = next(row for row in gold if row["id"] == "data-s-sessions")
    assert found["bundles"] == [[3, 1], [1, 2, 3, 4]] and found["intents"] == ["desk", None]


def test_without_a_session_the_history_is_what_the_customer_had_before(shop: Path) -> None:
    by_id = {task.id: task for task in make_tasks(shop, "valid")[0]}
    assert by_id["data-d-0-generate"].history == ("5",)
    assert "data-d-sessions" not in by_id


def test_what_is_written_is_what_is_read(shop: Path, tmp_path: Path) -> None:
    assert write_tasks(shop, "valid", tmp_path / "tasks") == 12
    tasks, gold = make_tasks(shop, "valid")
    assert read_tasks(tmp_path / "tasks" / "tasks.jsonl") == tasks
    assert [json.loads(line) for line in (tmp_path / "tasks" / "gold.jsonl").read_text().splitlines()] == gold
    first = json.loads((tmp_path / "tasks" / "tasks.jsonl").read_text().splitlines()[0])
    assert first == {"id": "data-s-0-complete-3", "kind": "complete", "history": [2, 4], "items": [1], "intent": "desk"}


@pytest.mark.parametrize(("split", "said"), [("dev", 'no split "dev"'), ("train", "holds no bundle")])
def test_a_split_that_is_not_there_is_an_error(shop: Path, split: str, said: str) -> None:
    with pytest.raises(BundlesmithError, match=said):
        make_tasks(shop, split)
