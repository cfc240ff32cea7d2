"""Curves of runs: training and valid loss by step and by tokens, as PNG, or as one HTML file that needs no network.

bundlesmith runs plot RUN1 RUN2 … --out curves.html
"""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bundlesmith.drawing import add_legend, check_drawing, write_drawing
from bundlesmith.errors import BundlesmithError
from bundlesmith.finetune.compare import differing, made_of, training_figures, warnings_of
from bundlesmith.finetune.runs import Point, Record

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure


PLOT = "runs plot"


def plot(runs: Sequence[Record], out: Path) -> None:
    """Write the curves of *runs*.

    Args:
        runs: one or more.
        out: a file that ends in `.png` or `.html`.

    Raises:
        BundlesmithError: if it ends otherwise, no run has a curve, or it can't be written.
    """
    check_drawing(out, PLOT)
    if not any(run.metrics.train or run.metrics.valid for run in runs):
        raise BundlesmithError("None of the runs has a loss to draw.", "Name runs that `bundlesmith finetune` made.")
    tables = {
        "Settings that differ": differing([run.settings for run in runs]),
        "Figures": training_figures(runs),
        "Made from": made_of(runs),
    }
    names, warnings = [run.name for run in runs], warnings_of(runs)
    template = "runs.html.jinja"
    write_drawing(curves(runs), out, PLOT, __package__, template, names=names, tables=tables, warnings=warnings)


def curves(runs: Sequence[Record]) -> "Figure":
    """Losses by step on the left and by tokens on the right; training dashed, valid with dots, a colour a run."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(11, 4.5 + 0.12 * len(runs)), layout="constrained")
    by_step, by_tokens = figure.subplots(1, 2, sharey=True)
    lines = _draw(by_step, runs, lambda point: point.step)
    _draw(by_tokens, runs, lambda point: point.tokens)
    by_step.set(xlabel="steps", ylabel="loss: dashed in training, dots on the valid split")
    by_tokens.set(xlabel="tokens")
    if silent := [run.name for run in runs if run.metrics.tokens is None]:
        by_tokens.set_title(f"no tokens recorded: {', '.join(silent)}", fontsize="small", parse_math=False, wrap=True)
    add_legend(figure, lines, [run.name for run in runs], min(4, len(runs)))
    return figure


def _draw(axes: "Axes", runs: Sequence[Record], place: Callable[[Point], int | None]) -> list[Any]:
    lines = []
    for run, colour in zip(runs, _colours(len(runs)), strict=True):
        _line(axes, run.metrics.train, place, color=colour, linestyle="--", linewidth=0.9, alpha=0.7)
        lines.append(_line(axes, run.metrics.valid, place, color=colour, marker="o", markersize=4))
    axes.grid(alpha=0.3)
    return lines


def _line(axes: "Axes", points: Sequence[Point], place: Callable[[Point], int | None], **style: Any) -> Any:
    """The line through those points that have a place."""
    placed = [(at, point.loss) for point in points if (at := place(point)) is not None]
    (line,) = axes.plot([at for at, _ in placed], [loss for _, loss in placed], **style)
    return line


def _colours(n: int) -> list[Any]:
    from matplotlib import colormaps

    return [colormaps["tab10"](at) if n <= 10 else colormaps["turbo"](at / n) for at in range(n)]
