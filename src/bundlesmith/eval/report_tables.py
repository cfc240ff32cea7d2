"""Tables of a report: methods and their figures, which is the best, and which are as good as it by a test.

Knows nothing about files or how a table is written.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from bundlesmith.eval.report_read import GROUPS, Figures, Result
from bundlesmith.eval.tasks import KINDS

COUNTS = ("tasks", "answered")
"""Figures of which none is the best."""
LOWER = ("calibration", "ECE", "Brier", "repeated")
"""Figures that are better the lower they are begin so."""
LEVEL = 0.05
RESAMPLES = 9999
SEED = 7


@dataclass(frozen=True, slots=True)
class Cell:
    """A figure of a method.

    Attributes:
        value: None if it has none.
        interval: 95 %, None if it is not known.
        best: whether no method is better.
        level: whether it is not significantly different from the best.
        trivial: what a trivial predictor gets, if that is as much or near.
        beaten: whether the trivial predictor gets more.
    """

    value: float | None
    interval: tuple[float, float] | None = None
    best: bool = False
    level: bool = False
    trivial: float | None = None
    beaten: bool = False


@dataclass(frozen=True, slots=True)
class Table:
    """Rows are methods, columns are figures; `rows[method][i]` belongs to `columns[i]`."""

    title: str
    columns: list[str]
    rows: dict[str, list[Cell]]


def main_tables(results: Sequence[Result]) -> dict[str, Table]:
    """A table for each kind of task: all methods, all figures, with intervals, bests and tests."""
    return {kind: _main_table(results, kind) for kind in _kinds([result.scores.kinds for result in results])}


def _main_table(results: Sequence[Result], kind: str) -> Table:
    names = _names([result.scores.kinds for result in results], kind)
    columns = [_column(results, kind, name) for name in names]
    rows = {result.name: [column[at] for column in columns] for at, result in enumerate(results)}
    return Table(kind, names, rows)


def _column(results: Sequence[Result], kind: str, name: str) -> list[Cell]:
    values = [result.scores.kinds.get(kind, {}).get(name) for result in results]
    bests, level = _bests(values, name), _as_good(results, values, kind, name)
    cells = []
    for at, result in enumerate(results):
        trivial = result.scores.trivial.get(kind, {}).get(name)
        value, interval = values[at], result.scores.intervals.get(kind, {}).get(name)
        beaten = trivial is not None and value is not None and _sign(name) * (trivial - value) > 0
        cells.append(Cell(value, interval, at in bests, at in level, trivial, beaten))
    return cells


def group_tables(results: Sequence[Result]) -> dict[str, list[Table]]:
    """For each group of tasks a table for each kind: figures and bests, without tests."""
    found = {}
    for group in GROUPS:
        figures = [result.scores.groups.get(group, {}) for result in results]
        if kinds := _kinds(figures):
            found[group] = [_group_table(results, figures, kind) for kind in kinds]
    return found


def _group_table(results: Sequence[Result], figures: Sequence[Figures], kind: str) -> Table:
    names = _names(figures, kind)
    rows: dict[str, list[Cell]] = {result.name: [] for result in results}
    for name in names:
        values = [each.get(kind, {}).get(name) for each in figures]
        bests = _bests(values, name)
        for at, result in enumerate(results):
            rows[result.name].append(Cell(values[at], best=at in bests))
    return Table(kind, names, rows)


def _kinds(figures: Sequence[Figures]) -> list[str]:
    return [kind for kind in KINDS if any(each.get(kind) for each in figures)]


def _names(figures: Sequence[Figures], kind: str) -> list[str]:
    return list(dict.fromkeys(name for each in figures for name in each.get(kind, {})))


def _sign(name: str) -> int:
    return -1 if name.startswith(LOWER) else 1


def _bests(values: Sequence[float | None], name: str) -> set[int]:
    """The places of the best value; none of a count, none if all are the same or there is one alone."""
    known = {at: _sign(name) * value for at, value in enumerate(values) if value is not None}
    if name in COUNTS or len(set(known.values())) < 2:
        return set()
    return {at for at, value in known.items() if value == max(known.values())}


def _as_good(results: Sequence[Result], values: Sequence[float | None], kind: str, name: str) -> set[int]:
    """The places of those that a paired test doesn't tell from the best; none if there are no values by task."""
    bests = _bests(values, name)
    if not bests:
        return set()
    tasks = [_by_task(result, kind, name) for result in results]
    best = tasks[min(bests)]
    others = [at for at in range(len(results)) if at not in bests and best and tasks[at]]
    adjusted = holm([p_value(*_paired(best, tasks[at])) for at in others])
    return {at for at, p in zip(others, adjusted, strict=True) if p > LEVEL}


def _by_task(result: Result, kind: str, name: str) -> dict[str, float]:
    rows = result.values.filter((pl.col("kind") == kind) & (pl.col("metric") == name)).drop_nulls("value")
    return dict(zip(rows["task"].to_list(), rows["value"].to_list(), strict=True))


def _paired(a: dict[str, float], b: dict[str, float]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    both = [task for task in a if task in b]
    return np.array([a[task] for task in both]), np.array([b[task] for task in both])


def p_value(a: NDArray[np.float64], b: NDArray[np.float64]) -> float:
    """Two-sided paired permutation test of the means: how often random signs make as large a difference. Seeded."""
    from scipy.stats import permutation_test

    if not np.any(a - b):
        return 1.0

    def mean(differences: NDArray[np.float64], axis: int) -> NDArray[np.float64]:
        means: NDArray[np.float64] = np.mean(differences, axis=axis)
        return means

    found = permutation_test(
        (a - b,), mean, permutation_type="samples", n_resamples=RESAMPLES, vectorized=True, rng=SEED
    )
    return float(found.pvalue)


def holm(p_values: Sequence[float]) -> list[float]:
    """Holm's step-down correction: the i-th smallest of m times m - i + 1, never falling, at most 1. (Holm, 1979)"""
    adjusted, highest = [0.0] * len(p_values), 0.0
    for rank, at in enumerate(sorted(range(len(p_values)), key=lambda at: p_values[at])):
        highest = max(highest, min(1.0, (len(p_values) - rank) * p_values[at]))
        adjusted[at] = highest
    return adjusted
