"""Answers to a file of tasks by one recommender, batch by batch, resumable.

    bundlesmith predict --run RUN --tasks TASKS.jsonl --out PRED.jsonl

Reads nothing but the tasks and what the recommender knows. Answers, and what they took, are collected in `.NAME.part`
beside the output, which appears when all are there.
"""

import json
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TextIO

from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from bundlesmith.constraints.rules import Rules
from bundlesmith.data.catalogue import Catalogue
from bundlesmith.errors import BundlesmithError
from bundlesmith.eval.tasks import TASK_KINDS, Task, read_tasks
from bundlesmith.eval.values import BUNDLES, RANKED, Row
from bundlesmith.files import put, read_lines, real
from bundlesmith.hashes import hash_files
from bundlesmith.recommendation import Recommendation
from bundlesmith.recommender import Recommends
from bundlesmith.request import Request

TASKS_AT_ONCE = 16
_LARGEST = 10
"""The most items that a bundle of a `generate` task may have."""


@dataclass(slots=True)
class Cost:
    """What answers took, those of an earlier attempt that was interrupted included.

    Attributes:
        seconds: by kind of task; loading the recommender is not in it.
        tokens: how many a language model wrote; None if the recommender doesn't count them.
    """

    seconds: dict[str, float] = field(default_factory=dict)
    tokens: int | None = None

    def add(self, kind: str, seconds: float, tokens: int | None) -> None:
        """Count one batch."""
        self.seconds[kind] = self.seconds.get(kind, 0.0) + seconds
        if tokens is not None:
            self.tokens = (self.tokens or 0) + tokens


def predict(recommender: Recommends, tasks_file: Path, out: Path, cost: Cost | None = None) -> int:
    """Answer all tasks of a file, and write the answers in the tasks' order.

    Args:
        recommender: what answers; if it has an attribute `written_tokens` (int), its growth is what it wrote.
        tasks_file: one JSON object a line.
        out: the answers to write.
        cost: takes what the answers took.

    Returns:
        how many ids in histories and sessions the catalogue doesn't have; they are left out.

    Raises:
        BundlesmithError: if the tasks can't be read or the answers can't be written.
    """
    tasks = read_tasks(tasks_file)
    part = real(out).with_name(f".{real(out).name}.part")
    key = recommender.key + hash_files(tasks_file)
    cost = Cost() if cost is None else cost
    answers, spent = _answered(part, key)
    for row in spent:
        cost.add(*row["spent"])
    try:
        part.parent.mkdir(parents=True, exist_ok=True)
        with part.open("w", encoding="utf-8") as lines:
            _write(lines, [{"key": key}, *spent, *answers.values()])
            _answer_rest(recommender, tasks, answers, lines, cost)
        with part.open("w", encoding="utf-8") as lines:
            lines.writelines(json.dumps(answers[task.id], ensure_ascii=False) + "\n" for task in tasks)
        put(part, out)
    except OSError as error:
        raise BundlesmithError(f'"{out}" could not be written: {error.strerror}.', "Free some space.") from error
    rows = recommender.catalogue.rows
    return sum(item not in rows for task in tasks for item in (*task.history, *task.items))


def _answered(part: Path, key: str) -> tuple[dict[str, Row], list[Row]]:
    """What an earlier attempt with the same recommender and tasks answered, and spent; a line cut short is left out."""
    found: list[Row] = []
    for line in read_lines(part) if part.exists() else []:
        try:
            found.append(json.loads(line))
        except json.JSONDecodeError:
            break
    rows = found[1:] if found and found[0] == {"key": key} else []
    return {row["id"]: row for row in rows if "id" in row}, [row for row in rows if "spent" in row]


def _answer_rest(
    recommender: Recommends, tasks: Sequence[Task], answers: dict[str, Row], lines: TextIO, cost: Cost
) -> None:
    columns = (TextColumn("[bold]{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns) as progress:
        for kind in TASK_KINDS:
            left = [task for task in tasks if task.kind == kind and task.id not in answers]
            left.sort(key=lambda task: len(task.history) + len(task.items))
            bar = progress.add_task(kind, total=len(left))
            for start in range(0, len(left), TASKS_AT_ONCE):
                batch = left[start : start + TASKS_AT_ONCE]
                found, spent = _timed(recommender, kind, batch)
                cost.add(*spent)
                answers.update({row["id"]: row for row in found})
                _write(lines, [*found, {"spent": spent}])
                progress.advance(bar, len(batch))


def _timed(
    recommender: Recommends, kind: str, batch: Sequence[Task]
) -> tuple[list[Row], tuple[str, float, int | None]]:
    """The answers to a batch; and its kind, seconds and tokens."""
    before, start = getattr(recommender, "written_tokens", None), time.perf_counter()
    found = _ANSWER[kind](recommender, batch)
    seconds, after = time.perf_counter() - start, getattr(recommender, "written_tokens", None)
    return found, (kind, seconds, None if before is None or after is None else after - before)


def _write(lines: TextIO, rows: Sequence[Row]) -> None:
    lines.writelines(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
    lines.flush()


def request_of(task: Task, catalogue: Catalogue) -> Request:
    """What a `complete` or a `generate` task asks; a ranking is of one more item, whatever the size here."""
    history = _known(task.history, catalogue)
    rules = Rules(2, _LARGEST, in_stock=False, owned=history)
    return Request(history, task.words, _known(task.items, catalogue), rules, BUNDLES)


def _complete(recommender: Recommends, tasks: Sequence[Task]) -> list[Row]:
    catalogue = recommender.catalogue
    ranked = recommender.rank([request_of(task, catalogue) for task in tasks], RANKED)
    return [
        {"id": task.id, "ranking": [_outside(item, catalogue) for item, _ in found]}
        for task, found in zip(tasks, ranked, strict=True)
    ]


def _generate(recommender: Recommends, tasks: Sequence[Task]) -> list[Row]:
    catalogue = recommender.catalogue
    found = recommender.recommend([request_of(task, catalogue) for task in tasks], talk=False)
    return [_bundles(task, bundles, catalogue) for task, bundles in zip(tasks, found, strict=True)]


def _sessions(recommender: Recommends, tasks: Sequence[Task]) -> list[Row]:
    catalogue = recommender.catalogue
    found = recommender.find([_known(task.items, catalogue) for task in tasks])
    return [
        _bundles(task, bundles, catalogue)
        | {"intents": [bundle.intent for bundle in bundles], "explanations": [bundle.explanation for bundle in bundles]}
        for task, bundles in zip(tasks, found, strict=True)
    ]


def _bundles(task: Task, bundles: Sequence[Recommendation], catalogue: Catalogue) -> Row:
    return {"id": task.id, "bundles": [[_outside(item, catalogue) for item in b.items] for b in bundles]}


def _known(items: Sequence[str], catalogue: Catalogue) -> tuple[str, ...]:
    return tuple(item for item in items if item in catalogue.rows)


def _outside(item: str, catalogue: Catalogue) -> str | int:
    return catalogue.outside_id(catalogue.rows[item])


_ANSWER = {"complete": _complete, "generate": _generate, "sessions": _sessions}
