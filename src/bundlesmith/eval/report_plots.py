"""Plots of a report: accuracy against cost, coverage and novelty, learning curves."""

from collections.abc import Sequence
from math import ceil, floor, log10
from typing import TYPE_CHECKING, Any

from bundlesmith.drawing import add_legend
from bundlesmith.eval.report_read import EvalResult
from bundlesmith.finetune.compare import HEADLINES

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

MARKERS = "osD^vP*X<>"

Places = dict[str, tuple[float, float]]
"""The name of a method -> its place."""


def accuracy_against_cost(results: Sequence[EvalResult]) -> "Figure | None":
    """A panel for each kind of task: seconds an answer (logarithmic) and the kind's headline figure.

    None if no result knows its cost.
    """
    from matplotlib.ticker import NullFormatter

    panels = {f"{kind} {name}": _against_cost(results, kind, name) for kind, name in HEADLINES.items()}
    panels = {title: points for title, points in panels.items() if points}
    if not panels:
        return None
    figure, axes = _panels(len(panels))
    for each, (title, points) in zip(axes, panels.items(), strict=True):
        _scatter(each, points, results)
        each.set(xlabel="seconds a task", ylabel=title, xscale="log")
        each.xaxis.set_minor_formatter(NullFormatter())
        each.set_xlim(*_decades([seconds for seconds, _ in points.values()]))
        top = max(value for _, value in points.values()) or 1
        each.set_ylim(-0.04 * top, 1.1 * top)
    return _with_legend(figure, results)


def _against_cost(results: Sequence[EvalResult], kind: str, name: str) -> Places:
    found = {}
    for result in results:
        figures, seconds = result.scores.kinds.get(kind, {}), result.scores.cost.kinds.get(kind)
        value, tasks = figures.get(name), figures.get("tasks")
        if value is not None and seconds and tasks:
            found[result.name] = (seconds / tasks, value)
    return found


def _decades(values: Sequence[float]) -> tuple[float, float]:
    """The whole powers of ten around *values*, with some room: so that an axis has two labels or more."""
    return 10.0 ** floor(log10(0.8 * min(values))), 10.0 ** ceil(log10(1.25 * max(values)))


def coverage_and_novelty(results: Sequence[EvalResult]) -> "Figure | None":
    """A panel for each kind of task that has both figures: coverage and novelty. None if no kind has."""
    kinds = dict.fromkeys(kind for result in results for kind in result.scores.kinds)
    panels = {kind: points for kind in kinds if (points := _covering(results, kind))}
    if not panels:
        return None
    figure, axes = _panels(len(panels))
    for each, (kind, points) in zip(axes, panels.items(), strict=True):
        _scatter(each, points, results)
        each.set(
            xlabel=f"{kind} {_named(results, kind, 'coverage')}", ylabel=f"{kind} {_named(results, kind, 'novelty')}"
        )
    return _with_legend(figure, results)


def _named(results: Sequence[EvalResult], kind: str, what: str) -> str:
    """The first figure of a kind whose name begins with *what*; "" if there is none."""
    names = dict.fromkeys(name for result in results for name in result.scores.kinds.get(kind, {}))
    return next((name for name in names if name.startswith(what)), "")


def _covering(results: Sequence[EvalResult], kind: str) -> Places:
    coverage, novelty = _named(results, kind, "coverage"), _named(results, kind, "novelty")
    found = {}
    for result in results:
        figures = result.scores.kinds.get(kind, {})
        x, y = figures.get(coverage), figures.get(novelty)
        if x is not None and y is not None:
            found[result.name] = (x, y)
    return found


def learning_curves(results: Sequence[EvalResult]) -> "Figure | None":
    """The valid loss by step of every result that was trained. None if none has a curve."""
    trained = [result for result in results if result.scores.training.curve]
    if not trained:
        return None
    figure, (axes,) = _panels(1)
    for result in trained:
        steps, losses = zip(*result.scores.training.curve, strict=True)
        axes.plot(steps, losses, markersize=4, **_style(results, result.name))
    axes.set(xlabel="steps", ylabel="loss on the valid split")
    return _with_legend(figure, trained, results)


def _panels(n: int) -> "tuple[Figure, list[Axes]]":
    from matplotlib.figure import Figure

    figure = Figure(figsize=(4.2 * n if n > 1 else 6, 4.5), layout="constrained")
    axes = list(figure.subplots(1, n, squeeze=False)[0])
    for each in axes:
        each.grid(alpha=0.3)
    return figure, axes


def _scatter(axes: "Axes", points: Places, results: Sequence[EvalResult]) -> None:
    for name, (x, y) in points.items():
        axes.plot([x], [y], linestyle="", markersize=8, **_style(results, name))


def _style(results: Sequence[EvalResult], name: str) -> dict[str, Any]:
    """A colour and a marker for each method, the same in all plots of a report."""
    from matplotlib import colormaps

    at = [result.name for result in results].index(name)
    return {"color": colormaps["tab10"](at % 10), "marker": MARKERS[(at + at // 10) % len(MARKERS)]}


def _with_legend(
    figure: "Figure", shown: Sequence[EvalResult], results: Sequence[EvalResult] | None = None
) -> "Figure":
    """The figure with a legend of the methods below the panels."""
    from matplotlib.lines import Line2D

    longest = max(len(result.name) for result in shown)
    columns = max(1, min(len(shown), int(figure.get_figwidth() / (0.1 * longest + 0.5))))
    figure.set_figheight(4.0 + 0.25 * (1 + (len(shown) - 1) // columns))
    lines = [Line2D([], [], linestyle="", **_style(results or shown, result.name)) for result in shown]
    add_legend(figure, lines, [result.name for result in shown], columns)
    return figure
