"""The tasks of one split of prepared data, and their gold: recommenders are tuned on "valid" and compared on "test".

Each bundle gives a `complete` task for each of its items and a `generate` task; each session with bundles, a `sessions`
task. Ids and order are those of the data.
"""

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import polars as pl

from bundlesmith.data.catalogue import Catalogue, open_catalogue
from bundlesmith.data.events import Histories, load_histories
from bundlesmith.data.tables import SPLITS
from bundlesmith.errors import BundlesmithError
from bundlesmith.eval.tasks import Task
from bundlesmith.eval.values import Row
from bundlesmith.files import check_folder, read_json, written_whole

GoldTask = tuple[Task, Row]


def make_tasks(data: Path, split: str) -> tuple[list[Task], list[Row]]:
    """The tasks of a split, and for each a gold row, in the same order.

    A history is what else the bundle's session holds, in its order; of a bundle without a session, what the customer
    had before. Gold rows name items as the source did.

    Raises:
        BundlesmithError: if there is no such split, or it holds no bundle.
    """
    if split not in SPLITS:
        raise BundlesmithError(f'There is no split "{split}".', f"Known: {', '.join(SPLITS)}.")
    bundles = pl.read_parquet(data / "bundles.parquet").filter(pl.col("split") == split)
    if bundles.is_empty():
        raise BundlesmithError(f'The split "{split}" of "{data}" holds no bundle.', "Prepare data that has some.")
    catalogue = open_catalogue(data)
    histories = load_histories(data / "events.parquet", catalogue, split)
    source = read_json(data / "data.json").get("source", {})
    name = source.get("domain") or source.get("kind", "data")
    pairs = list(_pairs(bundles, name, catalogue, histories))
    return [task for task, _ in pairs], [gold for _, gold in pairs]


def _pairs(bundles: pl.DataFrame, name: str, catalogue: Catalogue, histories: Histories) -> Iterator[GoldTask]:
    by_session: dict[tuple[str | None, str], list[Row]] = {}
    for row in bundles.iter_rows(named=True):
        by_session.setdefault((row["session_id"], row["session_id"] or row["bundle_id"]), []).append(row)
    for (session, key), found in by_session.items():
        held = tuple(catalogue.ids[row] for row in histories.sessions.arrays(session)[0])
        for number, bundle in enumerate(found):
            past = held if session else _before(bundle, catalogue, histories)
            history = tuple(item for item in past if item not in bundle["items"])
            yield from _of_bundle(f"{name}-{key}-{number}", bundle, history, catalogue)
        if session:
            yield _of_session(f"{name}-{key}-sessions", found, held, catalogue)


def _before(bundle: Row, catalogue: Catalogue, histories: Histories) -> tuple[str, ...]:
    rows, times = histories.users.arrays(bundle["user_id"])
    known = len(rows) if bundle["timestamp"] is None else int(times.searchsorted(bundle["timestamp"]))
    return tuple(catalogue.ids[row] for row in rows[:known])


def _of_bundle(key: str, bundle: Row, history: tuple[str, ...], catalogue: Catalogue) -> Iterator[GoldTask]:
    words, items = bundle["intent"] or "", tuple(bundle["items"])
    for target in items:
        rest = tuple(item for item in items if item != target)
        task = Task(f"{key}-complete-{target}", "complete", history, rest, words)
        yield task, _gold(task, target=_outside([target], catalogue)[0])
    task = Task(f"{key}-generate", "generate", history, (), words)
    yield task, _gold(task, bundle=_outside(items, catalogue))


def _of_session(key: str, bundles: Sequence[Row], held: tuple[str, ...], catalogue: Catalogue) -> GoldTask:
    task = Task(key, "sessions", (), held, "")
    wanted = [_outside(bundle["items"], catalogue) for bundle in bundles]
    return task, _gold(task, bundles=wanted, intents=[bundle["intent"] for bundle in bundles])


def _gold(task: Task, **values: Any) -> Row:
    return {"id": task.id, "kind": task.kind, **values}


def _outside(items: Sequence[str], catalogue: Catalogue) -> list[str | int]:
    return [catalogue.outside_id(catalogue.rows[item]) for item in items]


def write_tasks(data: Path, split: str, folder: Path) -> int:
    """Write the tasks of a split as `tasks.jsonl` and their gold as `gold.jsonl` into a new folder.

    Returns:
        how many tasks there are.

    Raises:
        BundlesmithError: as `make_tasks`, or if the folder can't be written.
    """
    check_folder(folder, "tasks", data)
    tasks, gold = make_tasks(data, split)
    catalogue = open_catalogue(data)
    with written_whole(folder, "tasks", data) as fresh:
        _write(fresh / "tasks.jsonl", [_row(task, catalogue) for task in tasks])
        _write(fresh / "gold.jsonl", gold)
    return len(tasks)


def _row(task: Task, catalogue: Catalogue) -> Row:
    row: Row = {"id": task.id, "kind": task.kind}
    history, items = (_outside(some, catalogue) for some in (task.history, task.items))
    if task.kind == "complete":
        return row | {"history": history, "items": items, "intent": task.words or None}
    if task.kind == "generate":
        return row | {"history": history, "request": task.words or None}
    return row | {"items": items}


def _write(path: Path, rows: Sequence[Row]) -> None:
    path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), encoding="utf-8")
