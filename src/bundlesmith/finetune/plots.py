"""Curves of runs: training and valid loss by step and by tokens, as PNG, or as one HTML file that needs no network.

    bundlesmith runs plot RUN1 RUN2 … --out curves.html

Figures are drawn without pyplot, so there is no window and no global state.
"""

import io
from collections.abc import Callable, Sequence
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bundlesmith.errors import BundlesmithError
from bundlesmith.files import check_file, signed
from bundlesmith.finetune.compare import differing, figures, made_from, warnings_of
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
    drawn = curves(runs)
    write_drawing(drawn, lambda: as_html(runs, drawn), out, PLOT)


def check_drawing(out: Path, command: str) -> None:
    """See that *out* names a kind of file that can be drawn, and is none but an older drawing of *command*.

    Raises:
        BundlesmithError: if it ends neither in `.png` nor in `.html`, or isn't.
    """
    if out.suffix not in (".png", ".html"):
        raise BundlesmithError(f'"{out}" ends neither in .png nor in .html.', "Name a file that does.")
    check_file(out, command, signed(command))


def write_drawing(figure: "Figure", page: Callable[[], str], out: Path, command: str) -> None:
    """Write a figure as a PNG of *command*, or the page that holds it, as the suffix says.

    Raises:
        BundlesmithError: if it can't be written.
    """
    drawn = as_png(figure, command) if out.suffix == ".png" else page().encode()
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        out.write_bytes(drawn)
    except OSError as error:
        raise BundlesmithError(f'"{out}" could not be written: {error.strerror}.', "Name another file.") from error


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
    legend = figure.legend(lines, [run.name for run in runs], loc="outside lower center", ncols=min(4, len(runs)))
    for text in legend.get_texts():
        text.set_parse_math(False)  # a run may be named "$5 off"
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


def as_png(figure: "Figure", command: str) -> bytes:
    """The figure as a PNG that says which command drew it."""
    written = io.BytesIO()
    figure.savefig(written, format="png", dpi=150, metadata={"Software": f"bundlesmith {command}"})
    return written.getvalue()


def as_html(runs: Sequence[Record], figure: "Figure") -> str:
    """A page with the figure, the settings that differ, and the figures of *runs*; it loads nothing."""
    from jinja2 import Environment, StrictUndefined
    from markupsafe import Markup

    source = files(__package__).joinpath("runs.html.jinja").read_text(encoding="utf-8")
    template = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True).from_string(source)
    tables = {
        "Settings that differ": differing([run.settings for run in runs]),
        "Figures": figures(runs),
        "Made from": made_from(runs),
    }
    names = [run.name for run in runs]
    return template.render(names=names, svg=Markup(as_svg(figure)), tables=tables, warnings=warnings_of(runs))


def as_svg(figure: "Figure") -> str:
    """The figure as an `svg` element whose texts are texts; the same figure gives the same bytes."""
    from matplotlib import rc_context

    written = io.StringIO()
    with rc_context({"svg.fonttype": "none", "svg.hashsalt": "bundlesmith"}):
        figure.savefig(written, format="svg", metadata={"Date": None, "Creator": None})
    text = written.getvalue()
    return text[text.index("<svg") :]
