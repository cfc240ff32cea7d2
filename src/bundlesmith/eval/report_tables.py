"""Tables of a report: methods and their figures, which is the best, and which are as good as it by a test."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import polars as pl

from bundlesmith.eval.groups import GROUPS
from bundlesmith.eval.report_read import EvalResult, KindFigures
from bundlesmith.eval.statistics import COMPARED, compare_results
from bundlesmith.eval.tasks import TASK_KINDS
from bundlesmith.eval.trivial import COUNT_FIGURES, LESS

LEVEL = 0.05


@dataclass(frozen=True, slots=True)
class Cell:
    """A figure of a method.

    Attributes:
        value: None if it has none.
        interval: 95 %, None if it is not known.
        best: whether no method is better.
        level: whether it is not significantly different from the best.
        beaten: whether a trivial predictor is better.
    """

    value: float | None
    interval: tuple[float, float] | None = None
    best: bool = False
    level: bool = False
    beaten: bool = False


@dataclass(frozen=True, slots=True)
class FiguresTable:
    """Rows are methods, columns are figures; `rows[method][i]` belongs to `columns[i]`.

    Attributes:
        trivial: for each column the value and the name of the trivial predictor that wins it from a method or comes
            near; None if none does. Empty if that is not known.
    """

    title: str
    columns: list[str]
    rows: dict[str, list[Cell]]
    trivial: list[tuple[float, str] | None] = field(default_factory=list)


def main_tables(results: Sequence[EvalResult]) -> dict[str, FiguresTable]:
    """A table for each kind of task: all methods, all figures, with intervals, bests and tests."""
    return {kind: _main_table(results, kind) for kind in _kinds([result.scores.kinds for result in results])}


def _main_table(results: Sequence[EvalResult], kind: str) -> FiguresTable:
    names = _names([result.scores.kinds for result in results], kind)
    columns = [_column(results, kind, name) for name in names]
    rows = {result.name: [column[at] for column in columns] for at, result in enumerate(results)}
    return FiguresTable(kind, names, rows, [_trivial(results, kind, name) for name in names])


def _trivial(results: Sequence[EvalResult], kind: str, name: str) -> tuple[float, str] | None:
    """The strongest of those that the results name; of the same data they all name the same."""
    found = [
        (value, result.scores.trivial_methods.get(kind, {}).get(name, ""))
        for result in results
        if (value := result.scores.trivial.get(kind, {}).get(name)) is not None
    ]
    return max(found, key=lambda each: _sign(name) * each[0], default=None)


def _column(results: Sequence[EvalResult], kind: str, name: str) -> list[Cell]:
    values = [result.scores.kinds.get(kind, {}).get(name) for result in results]
    bests, level = _bests(values, name), _as_good(results, values, kind, name)
    trivial, cells = _trivial(results, kind, name), []
    for at, result in enumerate(results):
        value, interval = values[at], result.scores.intervals.get(kind, {}).get(name)
        beaten = trivial is not None and value is not None and _sign(name) * (trivial[0] - value) > 0
        cells.append(Cell(value, interval, at in bests, at in level, beaten))
    return cells


def summary(tables: dict[str, FiguresTable]) -> FiguresTable:
    """The few figures by which methods are compared, of all kinds, from their tables."""
    chosen = [(tables[kind], name) for kind, name in COMPARED if kind in tables and name in tables[kind].columns]
    methods = next(iter(tables.values())).rows if tables else {}
    rows = {method: [table.rows[method][table.columns.index(name)] for table, name in chosen] for method in methods}
    trivial = [table.trivial[table.columns.index(name)] for table, name in chosen]
    return FiguresTable("Summary", [f"{table.title} {name}" for table, name in chosen], rows, trivial)


def group_tables(results: Sequence[EvalResult]) -> dict[str, list[FiguresTable]]:
    """For each group of tasks a table for each kind: figures and bests, without tests."""
    found = {}
    for group in GROUPS:
        figures = [result.scores.groups.get(group, {}) for result in results]
        if kinds := _kinds(figures):
            found[group] = [_group_table(results, figures, kind) for kind in kinds]
    return found


def _group_table(results: Sequence[EvalResult], figures: Sequence[KindFigures], kind: str) -> FiguresTable:
    names = _names(figures, kind)
    rows: dict[str, list[Cell]] = {result.name: [] for result in results}
    for name in names:
        values = [each.get(kind, {}).get(name) for each in figures]
        bests = _bests(values, name)
        for at, result in enumerate(results):
            rows[result.name].append(Cell(values[at], best=at in bests))
    return FiguresTable(kind, names, rows)


def _kinds(figures: Sequence[KindFigures]) -> list[str]:
    return [kind for kind in TASK_KINDS if any(each.get(kind) for each in figures)]


def _names(figures: Sequence[KindFigures], kind: str) -> list[str]:
    return list(dict.fromkeys(name for each in figures for name in each.get(kind, {})))


def _sign(name: str) -> int:
    return -1 if name.startswith(LESS) else 1


def _bests(values: Sequence[float | None], name: str) -> set[int]:
    """The places of the best value; none of a count, none if all are the same or there is one alone."""
    known = {at: _sign(name) * value for at, value in enumerate(values) if value is not None}
    if name in COUNT_FIGURES or len(set(known.values())) < 2:
        return set()
    return {at for at, value in known.items() if value == max(known.values())}


def _as_good(results: Sequence[EvalResult], values: Sequence[float | None], kind: str, name: str) -> set[int]:
    """The places of those that a paired test doesn't tell from the best; none if there are no values by task."""
    bests = _bests(values, name)
    if not bests:
        return set()
    best = results[min(bests)].name
    rivals = [result for at, result in enumerate(results) if at not in bests or result.name == best]
    tests = compare_results(rivals, [(kind, name)], against=best)
    alike = tests.filter(pl.col("holm") > LEVEL)
    names = {*alike["first"], *alike["second"]} - {best}
    return {at for at, result in enumerate(results) if result.name in names}
