"""Figures of matplotlib in files: as PNG, or as `svg` elements in one HTML file that loads nothing.

Figures are made without pyplot, so there is no window and no global state.
"""

import io
import re
from collections.abc import Callable, Mapping, Sequence
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bundlesmith.errors import BundlesmithError
from bundlesmith.files import check_file, loud_writes, signed

if TYPE_CHECKING:
    from matplotlib.artist import Artist
    from matplotlib.figure import Figure


Filters = Mapping[str, Callable[..., str]]


def check_drawing(out: Path, command: str) -> None:
    """See that *out* names a kind of file that can be drawn, and is none but an older drawing of *command*.

    Raises:
        BundlesmithError: if it ends neither in `.png` nor in `.html`, or isn't.
    """
    if out.suffix not in (".png", ".html"):
        raise BundlesmithError(f'"{out}" ends neither in .png nor in .html.', "Name a file that does.")
    check_file(out, command, signed(command))


def write_drawing(figure: "Figure", out: Path, command: str, package: str, template: str, **values: Any) -> None:
    """Write a figure as a PNG of *command*, or in a page, as the suffix says.

    Args:
        figure: what is drawn.
        out: a file that ends in `.png` or `.html`.
        command: is named in the PNG.
        package, template, values: of the page, see `render_page`; it gets the figure as `svg`.

    Raises:
        BundlesmithError: if it can't be written.
    """
    with loud_writes(out):
        out.parent.mkdir(parents=True, exist_ok=True)
        if out.suffix == ".png":
            figure.savefig(out, dpi=150, metadata={"Software": f"bundlesmith {command}"})
        else:
            out.write_text(render_page(package, template, svg=as_svg(figure), **values), encoding="utf-8")


def as_svg(figure: "Figure") -> Any:
    """The figure as an `svg` element whose texts are texts, safe in a page; the same figure gives the same bytes."""
    from markupsafe import Markup
    from matplotlib import rc_context

    written = io.StringIO()
    with rc_context({"svg.fonttype": "none", "svg.hashsalt": "bundlesmith"}):
        figure.savefig(written, format="svg", metadata={"Date": None, "Creator": None})
    text = written.getvalue()
    return Markup(re.sub(r'<g id="[^"]*"', "<g", text[text.index("<svg") :]))  # several in one page: ids would clash


def add_legend(figure: "Figure", lines: "Sequence[Artist]", names: Sequence[str], columns: int) -> None:
    """A legend below the panels, which makes room for itself; a "$" in a name is no formula."""
    legend = figure.legend(lines, names, loc="outside lower center", ncols=columns)
    for text in legend.get_texts():
        text.set_parse_math(False)


def render_page(
    package: str,
    template: str,
    escape: bool = True,
    filters: Mapping[str, Callable[..., str]] | None = None,
    **values: Any,
) -> str:
    """Render a Jinja template of a package; a value that it needs and doesn't get is an error."""
    from jinja2 import Environment, StrictUndefined

    environment = Environment(
        autoescape=escape, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True, keep_trailing_newline=True
    )
    environment.filters |= filters or {}
    source = files(package).joinpath(template).read_text(encoding="utf-8")
    return environment.from_string(source).render(**values)
