"""Examples of a report: tasks drawn by seed, what each method answered, and the truth beside it."""

import random
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from bundlesmith.data.catalogue import Catalogue
from bundlesmith.eval.report_read import EvalResult, RowsById
from bundlesmith.eval.tasks import TASK_KINDS, Task

EACH = 3
"""Examples of each kind."""
_SHOWN = {"complete": 5, "generate": 2, "sessions": 3}
"""How many items of a ranking, or bundles, an example shows."""
_HISTORY = 8
_SEED = 7


@dataclass(frozen=True, slots=True)
class ShownItem:
    """A title, and whether the truth has it."""

    title: str
    true: bool


@dataclass(frozen=True, slots=True)
class ShownBundle:
    """Items, and what they are for, if it is said."""

    items: list[ShownItem]
    intent: str = ""


@dataclass(frozen=True, slots=True)
class ShownTask:
    """A task, its truth, and the answer of each method."""

    kind: str
    words: str
    history: list[str]
    items: list[str]
    truth: list[ShownBundle]
    answers: dict[str, list[ShownBundle]]


def shown_tasks(
    tasks: Sequence[Task], gold: RowsById, results: Sequence[EvalResult], catalogue: Catalogue
) -> list[ShownTask]:
    """Up to `EACH` tasks of each kind, drawn by seed and not by how well they were answered."""
    chosen = []
    for kind in TASK_KINDS:
        known = [task for task in tasks if task.kind == kind and task.id in gold]
        chosen += random.Random(_SEED).sample(known, min(EACH, len(known)))
    return [_example(task, gold[task.id], results, catalogue) for task in chosen]


def _example(task: Task, truth: dict[str, Any], results: Sequence[EvalResult], catalogue: Catalogue) -> ShownTask:
    wanted = _truth(truth)
    true = {item for bundle, _ in wanted for item in bundle}
    answers = {
        result.name: [
            _bundle(items, intent, true, catalogue)
            for items, intent in _answer(result.answers.get(task.id, {}), task.kind)
        ]
        for result in results
    }
    shown = [_bundle(items, intent, set(), catalogue) for items, intent in wanted]
    history = [_title(item, catalogue) for item in task.history[-_HISTORY:]]
    return ShownTask(task.kind, task.words, history, [_title(item, catalogue) for item in task.items], shown, answers)


def _truth(row: dict[str, Any]) -> list[tuple[list[str], str]]:
    if "target" in row:
        return [([str(row["target"])], "")]
    if "bundle" in row:
        return [(list(map(str, row["bundle"])), "")]
    return _with_intents(row.get("bundles", []), row.get("intents", []))


def _answer(row: dict[str, Any], kind: str) -> list[tuple[list[str], str]]:
    """The head of a ranking as one bundle, or the first bundles."""
    if kind == "complete":
        ranking = row.get("ranking", [])[: _SHOWN[kind]]
        return [(list(map(str, ranking)), "")] if ranking else []
    return _with_intents(row.get("bundles", [])[: _SHOWN[kind]], row.get("intents", []))


def _with_intents(bundles: Sequence[Sequence[Any]], intents: Sequence[str | None]) -> list[tuple[list[str], str]]:
    names = [*intents, *[""] * len(bundles)]
    return [(list(map(str, bundle)), names[at] or "") for at, bundle in enumerate(bundles)]


def _bundle(items: Sequence[str], intent: str, true: set[str], catalogue: Catalogue) -> ShownBundle:
    return ShownBundle([ShownItem(_title(item, catalogue), item in true) for item in items], intent)


def _title(item: str, catalogue: Catalogue) -> str:
    """The title, or the id of an item that the catalogue doesn't have."""
    row = catalogue.rows.get(item)
    return catalogue.titles[row] if row is not None else f"{item} (not in the catalogue)"
