"""Attributions drawn: bars in a terminal, as PNG, or as one HTML file that needs no network.

Figures are drawn without pyplot.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from rich.table import Table
from rich.text import Text

from bundlesmith.drawing import check_drawing, write_drawing
from bundlesmith.pipeline.attribution import Attribution

if TYPE_CHECKING:
    from matplotlib.figure import Figure

EXPLAIN = "explain"
_KINDS = {"history": "history", "word": "request", "rule": "rule"}
_COLOURS = {"history": "tab:blue", "word": "tab:green", "rule": "tab:orange"}
WIDE = 24


@dataclass(frozen=True, slots=True)
class Explained:
    """A bundle and why it is one.

    Attributes:
        items: what its items are called; of those that were written, in order.
        intent, explanation: what is said of it.
        attributions: of the parts of its request, the heaviest first.
        seconds: what they took.
    """

    items: tuple[str, ...]
    intent: str
    explanation: str
    attributions: tuple[Attribution, ...]
    seconds: float


def as_table(explained: Explained) -> Table:
    """A row a part: its weight as a bar, and what it weighs for each item."""
    title = f"{explained.intent}: what speaks for it (+) and against it (-), in nats; {explained.seconds:.1f} s"
    table = Table("", "", "weight", "", *explained.items, title=Text(title), title_justify="left")
    most = max((abs(each.weight) for each in explained.attributions), default=1) or 1
    for each in explained.attributions:
        bar = "█" * round(WIDE * abs(each.weight) / most)
        style = "green" if each.weight > 0 else "red"
        cells = [f"{weight:+.2f}" for weight in each.by_item]
        table.add_row(_KINDS[each.part.kind], Text(each.part.text), f"{each.weight:+.2f}", Text(bar, style), *cells)
    return table


def draw(explained: Explained, out: Path) -> None:
    """Write a picture.

    Args:
        explained: the bundle.
        out: a file that ends in `.png` or `.html`.

    Raises:
        BundlesmithError: if it ends otherwise, or can't be written.
    """
    check_drawing(out, EXPLAIN)
    template = "attribution.html.jinja"
    write_drawing(bars(explained), out, EXPLAIN, __package__, template, explained=explained, kinds=_KINDS)


def bars(explained: Explained) -> "Figure":
    """A bar a part, the heaviest on top, a colour a kind."""
    from matplotlib.figure import Figure
    from matplotlib.patches import Patch

    parts = explained.attributions
    figure = Figure(figsize=(9, 1.6 + 0.28 * len(parts)), layout="constrained")
    axes = figure.subplots()
    axes.barh(range(len(parts)), [each.weight for each in parts], color=[_COLOURS[each.part.kind] for each in parts])
    axes.set_yticks(range(len(parts)), [each.part.text for each in parts], parse_math=False)
    axes.invert_yaxis()
    axes.axvline(0, color="black", linewidth=0.8)
    axes.set_xlabel("log-probability of the bundle with it less that without it, in nats")
    axes.set_title(explained.intent, parse_math=False)
    legend = [Patch(color=_COLOURS[kind], label=_KINDS[kind]) for kind in _COLOURS]
    axes.legend(handles=legend, loc="lower right", fontsize="small")
    return figure


def names_of(titles: Sequence[str]) -> tuple[str, ...]:
    """Titles short enough for columns."""
    return tuple(title if len(title) <= WIDE else title[: WIDE - 1] + "…" for title in titles)
