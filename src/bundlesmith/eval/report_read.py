"""Reads the folders that `bundlesmith eval` wrote, and refuses those that can't stand in one report."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl
from pydantic import BaseModel, ConfigDict, ValidationError

from bundlesmith.errors import BundlesmithError
from bundlesmith.eval.groups import GROUPS
from bundlesmith.eval.leaks import Leak
from bundlesmith.eval.tasks import read_answers
from bundlesmith.files import read_json
from bundlesmith.hashes import hash_files

KindFigures = dict[str, dict[str, float | None]]
"""Kind of task -> name of a figure -> value."""
RowsById = dict[str, dict[str, Any]]
"""The id of a task -> its row."""

_VALUES = {"kind": pl.String, "task": pl.String, "metric": pl.String, "value": pl.Float64}
MAKE = "`bundlesmith eval … --out RESULT` makes such a folder."


class Spent(BaseModel):
    """What the answers took, in all, for a task, and the seconds of each kind; None or absent where it is not known."""

    seconds: float | None = None
    seconds_per_task: float | None = None
    tokens_per_task: float | None = None
    kinds: dict[str, float] = {}


class LossCurve(BaseModel):
    """How long a training took, and its valid losses by step."""

    seconds: float | None = None
    curve: list[tuple[int, float]] = []


class ScoresFile(BaseModel):
    """`scores.json`; what else stands in it is not read here."""

    model_config = ConfigDict(strict=False, extra="ignore")

    method: str
    key: str
    tasks: str
    data: str
    kinds: KindFigures
    intervals: dict[str, dict[str, tuple[float, float] | None]] = {}
    groups: dict[str, KindFigures] = {}
    trivial: KindFigures = {}
    trivial_methods: dict[str, dict[str, str]] = {}
    cost: Spent = Spent()
    training: LossCurve = LossCurve()
    leaks: list[Leak] = []


@dataclass(frozen=True, slots=True)
class EvalResult:
    """One evaluation.

    Attributes:
        name: what the report calls it; no two have the same.
        scores: its figures.
        values: `values.parquet`, one row a task and metric.
        answers: what was answered, by task.
    """

    name: str
    scores: ScoresFile
    values: pl.DataFrame
    answers: RowsById


def read_results(folders: Sequence[Path], tasks: Path, data: Path) -> list[EvalResult]:
    """Read the results of *folders*, in the order given.

    Raises:
        BundlesmithError: if there is none, a file is missing or broken, or they are of other tasks or data.
    """
    if not folders:
        raise BundlesmithError("No result is given.", MAKE)
    scores = [_scores(folder / "scores.json") for folder in folders]
    _check_same(folders, scores, "tasks", hash_files(_there(tasks)), tasks)
    _check_same(folders, scores, "data", hash_files(_there(data / "items.parquet")), data)
    return [
        EvalResult(name, one, _values(folder / "values.parquet"), rows_by_id(_there(folder / "answers.jsonl")))
        for name, one, folder in zip(_names(folders, scores), scores, folders, strict=True)
    ]


def _there(path: Path) -> Path:
    if not path.is_file():
        raise BundlesmithError(f'There is no file "{path}".', "Check the path.")
    return path


def _scores(path: Path) -> ScoresFile:
    if not path.is_file():
        raise BundlesmithError(f'"{path.parent}" is not a result: it has no {path.name}.', MAKE)
    try:
        return ScoresFile.model_validate(read_json(path))
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(map(str, first["loc"]))
        raise BundlesmithError(f'"{path}" is not what eval writes: {where}: {first["msg"]}.', MAKE) from error


def _check_same(folders: Sequence[Path], scores: Sequence[ScoresFile], what: str, wanted: str, given: Path) -> None:
    """Every result must be of the file that is given."""
    for folder, one in zip(folders, scores, strict=True):
        if (found := getattr(one, what)) != wanted:
            raise BundlesmithError(
                f'The result "{folder}" is of other {what} ({found}) than "{given}" ({wanted}).',
                f"A report compares results of the same tasks and data; give the {what} that it was made with, "
                "or leave it out.",
            )


def _names(folders: Sequence[Path], scores: Sequence[ScoresFile]) -> list[str]:
    """Display names; those that several results have are told apart by their folders."""
    methods = [one.method for one in scores]
    names = [
        f"{method} ({folder.resolve().name})" if methods.count(method) > 1 else method
        for method, folder in zip(methods, folders, strict=True)
    ]
    for name in names:
        if names.count(name) > 1:
            raise BundlesmithError(f'Two results are named "{name}".', "Give each once, in folders of different names.")
    return names


def _values(path: Path) -> pl.DataFrame:
    """The values of each task; broken files and missing columns are errors."""
    try:
        table = pl.read_parquet(_there(path))
        return table.select(*(pl.col(name).cast(kind) for name, kind in _VALUES.items()), *GROUPS)
    except (pl.exceptions.PolarsError, OSError) as error:
        raise BundlesmithError(f'"{path}" is not what eval writes: {str(error).splitlines()[0]}.', MAKE) from error


def rows_by_id(path: Path) -> RowsById:
    """True answers or answers, by id.

    Raises:
        BundlesmithError: if the file can't be read or a line is not a JSON object with an id.
    """
    return {row["id"]: row for row in read_answers(path, '"id"', "id")}
