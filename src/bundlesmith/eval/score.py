"""Reads tasks, their true answers and the answers given; and scores them with the figures of BundleRec's scorer.

A task without an answer is a miss. An item that the catalogue doesn't have, or that repeats, is no hit and lowers
"valid"; a bundle of fewer than 2 items is dropped and lowers "valid" too. What a task adds to each figure is worked out
in `bundlesmith.eval.values`.
"""

from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

from bundlesmith.data.catalogue import Catalogue
from bundlesmith.errors import BundlesmithError
from bundlesmith.eval.tasks import TASK_KINDS, Task, read_answers, read_tasks
from bundlesmith.eval.values import (
    SHOWN,
    CategoryPaths,
    Points,
    Row,
    complete_points,
    generate_points,
    mean_figures,
    ranking_of,
    sessions_points,
)

NamedFigures = dict[str, float]

SCORED = {
    "complete": ("R@1", "R@10", "R@20", "NDCG@10", "MRR@20", "valid"),
    "generate": ("F1@1", "bestF1@10", "item-R@20", "category-F1@1", "distinct", "valid"),
    "sessions": ("soft-P", "soft-R", "soft-F1", "intent-F1", "valid"),
}
"""The figures of BundleRec's scorer that are means over points; it counts tasks, answers and coverage besides."""


@dataclass(frozen=True)
class Sheet:
    """Tasks, their true answers, and the answers given.

    Attributes:
        tasks: by id.
        gold: kind -> the true answers; only kinds that have some.
        answers: by id.
        catalogue: the items that count.
    """

    tasks: dict[str, Task]
    gold: dict[str, list[Row]]
    answers: dict[str, Row]
    catalogue: Catalogue

    @cached_property
    def categories(self) -> CategoryPaths:
        """The categories of the items that count."""
        return dict(zip(self.catalogue.ids, self.catalogue.categories, strict=True))

    def points(self) -> dict[str, list[Points]]:
        """kind -> the points of its tasks, in the order of the gold."""
        return {kind: [self._points(kind, row) for row in rows] for kind, rows in self.gold.items()}

    def _points(self, kind: str, row: Row) -> Points:
        answer = self.answers.get(row["id"], {})
        if kind == "complete":
            return complete_points(row, answer, self.categories)
        if kind == "generate":
            return generate_points(row, answer, self.categories)
        return sessions_points(row, answer, self.tasks[row["id"]].items)


def answered(sheet: Sheet, answers_file: Path) -> Sheet:
    """The same tasks with the answers of a file, one JSON object a line; it may be broken as the others."""
    return replace(sheet, answers={row["id"]: row for row in read_answers(answers_file, "id", "id")})


def read_gold(catalogue: Catalogue, tasks_file: Path, gold_file: Path) -> Sheet:
    """Read tasks and their true answers, one JSON object a line; nothing is answered.

    Raises:
        BundlesmithError: if one can't be read, a line is broken, or a true answer is of no task.
    """
    tasks = {task.id: task for task in read_tasks(tasks_file)}
    gold = read_answers(gold_file, "id and kind", "id", "kind")
    if not gold:
        raise BundlesmithError(f'"{gold_file}" holds no true answer.', "Give a file with one JSON object a line.")
    by_kind = {kind: [row for row in gold if row["kind"] == kind] for kind in TASK_KINDS}
    sheet = Sheet(tasks, {kind: rows for kind, rows in by_kind.items() if rows}, {}, catalogue)
    for row in gold:
        _check_task(row, tasks, tasks_file)
        _check_gold(row, sheet.categories, f'The true answer of "{row["id"]}"')
    return sheet


def _check_task(row: Row, tasks: dict[str, Task], tasks_file: Path) -> None:
    if row["id"] not in tasks or tasks[row["id"]].kind != row["kind"]:
        what = f'"{tasks_file}" has no {row["kind"]} task "{row["id"]}".'
        raise BundlesmithError(what, "Give the tasks of this gold file.")


def _check_gold(row: Row, categories: CategoryPaths, what: str) -> None:
    if missing := [key for key in _NEEDED[row["kind"]] if row.get(key) in (None, [])]:
        raise BundlesmithError(f"{what} has no {missing[0]}.", "Mend the gold file.")
    if row["kind"] == "generate" and (lost := [item for item in row["bundle"] if str(item) not in categories]):
        raise BundlesmithError(f'{what} holds "{lost[0]}", which the catalogue doesn\'t have.', "Name its own data.")
    if row["kind"] == "sessions" and (len(row["bundles"]) != len(row["intents"]) or not all(row["bundles"])):
        raise BundlesmithError(f"{what} has an empty bundle or one without an intent.", "Mend the gold file.")


_NEEDED = {"complete": ("target",), "generate": ("bundle",), "sessions": ("bundles", "intents")}


def scores(sheet: Sheet, points: dict[str, list[Points]] | None = None) -> dict[str, NamedFigures]:
    """The figures of BundleRec's scorer, by kind of task; *points* are those of the sheet, if they are known."""
    found = sheet.points() if points is None else points
    return {kind: _scores(sheet, kind, mean_figures(found[kind])) for kind in sheet.gold}


def _scores(sheet: Sheet, kind: str, found: NamedFigures) -> NamedFigures:
    gold = sheet.gold[kind]
    counts = {"tasks": len(gold), "answered": sum(row["id"] in sheet.answers for row in gold)}
    named = {name: found[name] for name in SCORED[kind]}
    return counts | named | ({"coverage@10": coverage(sheet)} if kind == "complete" else {})


def coverage(sheet: Sheet) -> float:
    """The share of the catalogue that is in the first ten of any `complete` ranking."""
    shown = {item for row in sheet.gold["complete"] for item in _shown(sheet, row)}
    return len(shown) / len(sheet.catalogue)


def _shown(sheet: Sheet, row: Row) -> list[str]:
    return ranking_of(sheet.answers.get(row["id"], {}), sheet.categories)[:SHOWN]
