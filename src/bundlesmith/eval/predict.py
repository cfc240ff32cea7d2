"""Answers to a file of tasks by one recommender, batch by batch, resumable.

    bundlesmith predict --run RUN --tasks TASKS.jsonl --out PRED.jsonl

Reads nothing but the tasks and what the recommender knows. Answers are collected in `.NAME.part` beside the output, which appears when
all are there.
"""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from bundlesmith.catalogue import Catalogue
from bundlesmith.errors import BundlesmithError
from bundlesmith.eval.tasks import KINDS, Task, read_tasks
from bundlesmith.files import hash_files, read_lines
from bundlesmith.request import Recommendation, Request
from bundlesmith.rules import Rules
from bundlesmith.serve.recommender import Recommends

BATCH = 16
RANKED = 20
BUNDLES = 10
LARGEST = 10
"""The most items that a bundle of a `generate` task may have."""


def predict(recommender: Recommends, tasks_file: Path, out: Path) -> int:
    """Answer all tasks of a file, and write the answers in the tasks' order.

    Returns:
        how many ids in histories and sessions the catalogue doesn't have; they are left out.

    Raises:
        BundlesmithError: if the tasks can't be read or the answers can't be written.
    """
    tasks = read_tasks(tasks_file)
    part = out.with_name(f".{out.name}.part")
    key = recommender.key + hash_files(tasks_file)
    answers = _answered(part, key)
    try:
        part.parent.mkdir(parents=True, exist_ok=True)
        _answer_rest(recommender, tasks, answers, part, key)
        with part.open("w", encoding="utf-8") as lines:
            lines.writelines(json.dumps(answers[task.id], ensure_ascii=False) + "\n" for task in tasks)
        part.replace(out)
    except OSError as error:
        raise BundlesmithError(f'"{out}" could not be written: {error.strerror}.', "Free some space.") from error
    rows = recommender.catalogue.rows
    return sum(item not in rows for task in tasks for item in (*task.history, *task.items))


def _answered(part: Path, key: str) -> dict[str, dict[str, Any]]:
    """The answers of an earlier attempt with the same recommender and tasks; a line that a kill cut short is left out."""
    if not part.exists():
        return {}
    found = []
    for line in read_lines(part):
        try:
            found.append(json.loads(line))
        except json.JSONDecodeError:
            break
    return {row["id"]: row for row in found[1:]} if found and found[0] == {"key": key} else {}


def _answer_rest(
    recommender: Recommends, tasks: Sequence[Task], answers: dict[str, dict[str, Any]], part: Path, key: str
) -> None:
    columns = (TextColumn("[bold]{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with part.open("w", encoding="utf-8") as lines, Progress(*columns) as progress:
        _write(lines, [{"key": key}, *answers.values()])
        for kind in KINDS:
            left = [task for task in tasks if task.kind == kind and task.id not in answers]
            left.sort(key=lambda task: len(task.history) + len(task.items))
            bar = progress.add_task(kind, total=len(left))
            for start in range(0, len(left), BATCH):
                batch = left[start : start + BATCH]
                found = _ANSWER[kind](recommender, batch)
                answers.update({row["id"]: row for row in found})
                _write(lines, found)
                progress.advance(bar, len(batch))


def _write(lines: Any, rows: Sequence[dict[str, Any]]) -> None:
    lines.writelines(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
    lines.flush()


def _request(task: Task, catalogue: Catalogue) -> Request:
    """What a `complete` or a `generate` task asks; a ranking is of one more item, whatever the size here."""
    history = _known(task.history, catalogue)
    rules = Rules(2, LARGEST, in_stock=False, owned=history)
    return Request(history, task.words, _known(task.items, catalogue), rules, BUNDLES)


def _complete(recommender: Recommends, tasks: Sequence[Task]) -> list[dict[str, Any]]:
    catalogue = recommender.catalogue
    ranked = recommender.rank([_request(task, catalogue) for task in tasks], RANKED)
    return [
        {"id": task.id, "ranking": [_outside(item, catalogue) for item, _ in found]}
        for task, found in zip(tasks, ranked, strict=True)
    ]


def _generate(recommender: Recommends, tasks: Sequence[Task]) -> list[dict[str, Any]]:
    catalogue = recommender.catalogue
    found = recommender.recommend([_request(task, catalogue) for task in tasks], talk=False)
    return [_bundles(task, bundles, catalogue) for task, bundles in zip(tasks, found, strict=True)]


def _sessions(recommender: Recommends, tasks: Sequence[Task]) -> list[dict[str, Any]]:
    catalogue = recommender.catalogue
    found = recommender.find([_known(task.items, catalogue) for task in tasks])
    return [
        _bundles(task, bundles, catalogue) | {"intents": [bundle.intent for bundle in bundles]}
        for task, bundles in zip(tasks, found, strict=True)
    ]


def _bundles(task: Task, bundles: Sequence[Recommendation], catalogue: Catalogue) -> dict[str, Any]:
    return {"id": task.id, "bundles": [[_outside(item, catalogue) for item in b.items] for b in bundles]}


def _known(items: Sequence[str], catalogue: Catalogue) -> tuple[str, ...]:
    return tuple(item for item in items if item in catalogue.rows)


def _outside(item: str, catalogue: Catalogue) -> str | int:
    return catalogue.outside_id(catalogue.rows[item])


_ANSWER = {"complete": _complete, "generate": _generate, "sessions": _sessions}
