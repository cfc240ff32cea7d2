"""Small sheets of tasks, true answers and answers, made in code."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from bundlesmith.data.catalogue import Catalogue, open_catalogue
from bundlesmith.eval.score import NamedFigures, Sheet, answered, read_gold, scores
from bundlesmith.eval.tasks import TASK_KINDS, Task
from tests.shops import make_catalogue

LETTERS = make_catalogue(
    [
        {"id": "a", "title": "Oak desk", "category": ("Home", "Desks")},
        {"id": "b", "title": "Pine desk", "category": ("Home", "Desks")},
        {"id": "c", "title": "Lamp", "category": ("Home", "Lamps")},
        {"id": "d", "title": "Rake", "category": ("Garden",)},
        {"id": "e", "title": "Spade", "category": ("Garden",)},
        {"id": "f", "title": "Pen", "category": ()},
    ]
)
"""Items a to f: two desks, a lamp, two garden tools, and a pen without a category."""


def complete(name: str, target: str, answer: str | None, items: str = "", history: str = "") -> tuple[Task, Any, Any]:
    """A task whose items are letters; *answer* is the ranking."""
    task = Task(name, "complete", tuple(history), tuple(items), "")
    return task, {"target": target}, None if answer is None else {"ranking": list(answer)}


def generate(name: str, bundle: str, answers: Sequence[str] | None, history: str = "") -> tuple[Task, Any, Any]:
    """A task whose items are letters; *answers* are bundles."""
    task = Task(name, "generate", tuple(history), (), "")
    return task, {"bundle": list(bundle)}, None if answers is None else {"bundles": [list(b) for b in answers]}


def sessions(
    name: str, items: str, bundles: dict[str, str], answers: Sequence[str], intents: Sequence[str] = ()
) -> tuple[Task, Any, Any]:
    """A task whose items are letters; *bundles* are the true ones with their intents."""
    gold = {"bundles": [list(b) for b in bundles], "intents": list(bundles.values())}
    return (
        Task(name, "sessions", (), tuple(items), ""),
        gold,
        {
            "bundles": [list(b) for b in answers],
            "intents": list(intents),
        },
    )


def sheet(*given: tuple[Task, Any, Any], catalogue: Catalogue = LETTERS) -> Sheet:
    """A sheet of tasks, each with its true answer and its answer or None."""
    named = {kind: [{"id": t.id, "kind": kind} | gold for t, gold, _ in given if t.kind == kind] for kind in TASK_KINDS}
    return Sheet(
        tasks={task.id: task for task, _, _ in given},
        gold={kind: rows for kind, rows in named.items() if rows},
        answers={task.id: {"id": task.id} | answer for task, _, answer in given if answer is not None},
        catalogue=catalogue,
    )


def score_files(folder: Path, tasks: Path, gold: Path, answers: Path) -> dict[str, NamedFigures]:
    """The figures of a file of answers, by kind of task."""
    return scores(answered(read_gold(open_catalogue(folder), tasks, gold), answers))
