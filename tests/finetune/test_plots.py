import struct
from html.parser import HTMLParser
from pathlib import Path
from xml.etree import ElementTree

import pytest

from bundlesmith.errors import BundlesmithError
from bundlesmith.finetune.plots import curves, plot
from bundlesmith.finetune.runs import read_named
from tests.finetune.folders import LOGS, write_run


class Page(HTMLParser):
    """The texts of a page, its tags, and what it would load."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.texts: list[str] = []
        self.tags: list[str] = []
        self.loads: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.loads += [value or "" for name, value in attrs if name in ("src", "href", "xlink:href")]

    def handle_data(self, data: str) -> None:
        self.texts.append(data.strip())


def test_the_lines_are_the_losses_by_step_and_by_tokens(tmp_path: Path) -> None:
    by_step, by_tokens = curves(read_named([write_run(tmp_path / "a")])).axes
    train, valid = by_step.lines
    assert list(train.get_xdata()) == [10, 20, 30] and list(train.get_ydata()) == [3.0, 2.5, 2.0]
    assert list(valid.get_xdata()) == [20, 40, 60] and list(valid.get_ydata()) == [2.25, 2.125, 2.5]
    assert list(by_tokens.lines[1].get_xdata()) == [2100, 4200, 6000]


def test_a_png_shows_something(tmp_path: Path) -> None:
    from matplotlib.image import imread

    out = tmp_path / "new" / "curves.png"
    plot(read_named([write_run(tmp_path / "a"), write_run(tmp_path / "b")]), out)
    content = out.read_bytes()
    assert content[:8] == b"\x89PNG\r\n\x1a\n" and struct.unpack(">I", content[16:20])[0] == 1650
    pixels = imread(out)[..., :3].reshape(-1, 3)
    coloured = (pixels.max(1) - pixels.min(1)) > 0.3
    assert 500 < coloured.sum() < len(pixels) / 10


def test_the_page_has_names_escaped_curves_and_what_differs(tmp_path: Path) -> None:
    folders = [write_run(tmp_path / "<b>$5 & _x"), write_run(tmp_path / "_$plain$", training={"learning_rate": 0.01})]
    out = tmp_path / "curves.html"
    plot(read_named(folders), out)
    page = Page(out.read_text(encoding="utf-8"))
    assert page.texts.count("<b>$5 & _x") == 4 and page.texts.count("_$plain$") == 4  # the legend and three tables
    assert "b" not in page.tags and "script" not in page.tags and "link" not in page.tags
    assert page.loads and all(link.startswith("#") for link in page.loads)
    assert "training.learning_rate" in page.texts and "lora.r" not in page.texts and "2.1250" in page.texts


def test_the_svg_is_well_formed_and_the_same_each_time(tmp_path: Path) -> None:
    runs = read_named([write_run(tmp_path / "a")])
    pages = [tmp_path / "1.html", tmp_path / "2.html"]
    for out in pages:
        plot(runs, out)
    first, second = (out.read_text(encoding="utf-8") for out in pages)
    assert first == second
    svg = ElementTree.fromstring(first[first.index("<svg") : first.index("</svg>") + 6])
    assert svg.tag.endswith("svg") and len(svg.findall(".//{*}path")) > 10


def test_runs_without_tokens_are_named(tmp_path: Path) -> None:
    bare = [{key: value for key, value in log.items() if key != "num_input_tokens_seen"} for log in LOGS]
    out = tmp_path / "curves.html"
    plot(read_named([write_run(tmp_path / "a", bare), write_run(tmp_path / "b")]), out)
    assert "no tokens recorded: a" in Page(out.read_text(encoding="utf-8")).texts


def test_many_runs_have_a_colour_each(tmp_path: Path) -> None:
    figure = curves(read_named([write_run(tmp_path / f"r{at}") for at in range(12)]))
    assert len({line.get_color() for line in figure.axes[0].lines}) == 12


def test_other_endings_and_runs_without_curves_are_errors(tmp_path: Path) -> None:
    run = write_run(tmp_path / "a")
    with pytest.raises(BundlesmithError, match=r"ends neither in \.png nor in \.html"):
        plot(read_named([run]), tmp_path / "curves.pdf")
    with pytest.raises(BundlesmithError, match="has a loss to draw"):
        plot(read_named([write_run(tmp_path / "b", [])]), tmp_path / "curves.png")
    with pytest.raises(BundlesmithError, match="could not be written"):
        plot(read_named([run]), run / "run.json" / "curves.png")
