"""The report on results: one HTML file that loads nothing, and a Markdown file with its tables beside it.

bundlesmith report RESULT1 RESULT2 … --tasks tasks.jsonl --gold gold.jsonl --data DATA --out report.html
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from bundlesmith.data.catalogue import open_catalogue
from bundlesmith.drawing import Filters, as_svg, render_page
from bundlesmith.errors import BundlesmithError
from bundlesmith.eval.report_examples import shown_tasks
from bundlesmith.eval.report_plots import accuracy_against_cost, coverage_and_novelty, learning_curves
from bundlesmith.eval.report_read import EvalResult, read_results, rows_by_id
from bundlesmith.eval.report_tables import Cell, group_tables, main_tables, summary
from bundlesmith.eval.tasks import Task, read_tasks
from bundlesmith.eval.trivial import COUNT_FIGURES
from bundlesmith.files import check_file, loud_writes, signed

_GROUPS = {
    "new_user": "New users: the customer has no event in training",
    "unseen": "Unseen items: an item of the truth is in no event and no bundle of training",
    "long_tail": "Long tail: the truth holds an item outside the most popular fifth of training",
}
PLOTS = {
    "Accuracy against cost": accuracy_against_cost,
    "Coverage and novelty": coverage_and_novelty,
    "Learning curves": learning_curves,
}


def report(folders: Sequence[Path], tasks: Path, gold: Path, data: Path, out: Path) -> list[Path]:
    """Write the report of *folders*.

    Args:
        folders: results of `bundlesmith eval`, in the order in which the report is to show them.
        tasks, gold, data: what they were made with.
        out: a file that ends in `.html`; the Markdown goes beside it.

    Returns:
        the files that were written.

    Raises:
        BundlesmithError: if a file is missing or broken, results are of other tasks or data, or it can't be written
            or isn't a report.
    """
    if out.suffix != ".html":
        raise BundlesmithError(f'"{out}" does not end in .html.', "Name a file that does.")
    beside = out.with_suffix(".md")
    for written in (out, beside):
        check_file(written, "report", signed("report"), tasks, gold)
    catalogue, asked, truth = open_catalogue(data), read_tasks(tasks), rows_by_id(gold)
    if not any(task.id in truth for task in asked):
        raise BundlesmithError(f'"{gold}" has no answer to any task of "{tasks}".', "Give the gold of these tasks.")
    results = read_results(folders, tasks, data)
    shown = {
        **_tables(results, asked),
        "plots": {title: as_svg(figure) for title, draw in PLOTS.items() if (figure := draw(results))},
        "examples": shown_tasks(asked, truth, results, catalogue),
    }
    with loud_writes(out):
        out.parent.mkdir(parents=True, exist_ok=True)
        out.write_text(_render("report.html.jinja", shown, escape=True), encoding="utf-8")
        beside.write_text(_render("report.md.jinja", shown, escape=False), encoding="utf-8")
    return [out, beside]


def _tables(results: Sequence[EvalResult], asked: Sequence[Task]) -> dict[str, Any]:
    tables = main_tables(results)
    return {
        "names": [result.name for result in results],
        "tasks": results[0].scores.tasks,
        "data": results[0].scores.data,
        "counts": {kind: sum(task.kind == kind for task in asked) for kind in tables},
        "tables": {"Summary": summary(tables)} | tables,
        "warnings": [f"{result.name}: {leak.what}" for result in results for leak in result.scores.leaks],
        "groups": {_GROUPS[name]: each for name, each in group_tables(results).items()},
        "costs": {result.name: _costs(result) for result in results},
    }


COSTS = ("seconds to answer all tasks", "seconds a task", "tokens a task", "seconds of training")


def _costs(result: EvalResult) -> list[str]:
    cost = result.scores.cost
    values = (cost.seconds, cost.seconds_per_task, cost.tokens_per_task, result.scores.training.seconds)
    return ["–" if value is None else f"{value:,.3g}" if value < 1000 else f"{value:,.0f}" for value in values]


def _render(name: str, shown: dict[str, Any], escape: bool) -> str:
    filters: Filters = {"figure": shown_figure, "interval": interval, "plain": _plain}
    return render_page(__package__, name, escape, filters, cost_columns=COSTS, **shown)


def shown_figure(value: float | None, column: str = "") -> str:
    """A count as it is, another figure with three places, "–" for none."""
    if value is None:
        return "–"
    return f"{value:.0f}" if column in COUNT_FIGURES else f"{value:.3f}"


def interval(cell: Cell) -> str:
    """`[low, high]`, or "" if it is not known."""
    return f"[{cell.interval[0]:.3f}, {cell.interval[1]:.3f}]" if cell.interval else ""


def _plain(text: str) -> str:
    """A text for a cell of a Markdown table: on one line, with its marks escaped."""
    marked = "".join(f"\\{letter}" if letter in r"\`*_{}[]<>#|~" else letter for letter in text)
    return " ".join(marked.split())
