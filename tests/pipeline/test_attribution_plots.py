from io import StringIO
from pathlib import Path

import pytest
from rich.console import Console

from bundlesmith.errors import BundlesmithError
from bundlesmith.pipeline.attribution import Attribution, RequestPart
from bundlesmith.pipeline.attribution_plots import Explained, as_table, bars, draw, names_of

FOUND = (
    Attribution(RequestPart("history", 0, "Rex $5 Chair", "chair"), 1.5, (1.0, 0.5)),
    Attribution(RequestPart("word", 1, "<desk>"), -0.75, (-0.5, -0.25)),
)
EXPLAINED = Explained(("Lamp", "Desk"), "a desk", "Lamp and Desk go together.", FOUND, 0.5)


def test_the_table_has_weights_and_bars() -> None:
    console = Console(width=120, record=True, file=StringIO())
    console.print(as_table(EXPLAINED))
    lines = console.export_text().splitlines()
    first, second = (next(line for line in lines if text in line) for text in ("Rex $5 Chair", "<desk>"))
    assert "+1.50" in first and first.count("█") == 24
    assert "-0.75" in second and second.count("█") == 12 and "-0.25" in second


def test_the_bars_are_the_weights() -> None:
    (axes,) = bars(EXPLAINED).axes
    assert [bar.get_width() for bar in axes.patches] == [1.5, -0.75]
    assert [label.get_text() for label in axes.get_yticklabels()] == ["Rex $5 Chair", "<desk>"]


def test_png_and_html_are_drawn(tmp_path: Path) -> None:
    draw(EXPLAINED, tmp_path / "a" / "why.png")
    assert (tmp_path / "a" / "why.png").read_bytes().startswith(b"\x89PNG")
    draw(EXPLAINED, tmp_path / "why.html")
    page = (tmp_path / "why.html").read_text("utf-8")
    assert "<svg" in page and "&lt;desk&gt;" in page and "+1.50" in page and "src=" not in page


def test_another_ending_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BundlesmithError, match=r"neither in \.png"):
        draw(EXPLAINED, tmp_path / "why.pdf")


def test_long_names_are_cut() -> None:
    assert names_of(["x" * 30, "short"]) == ("x" * 23 + "…", "short")
