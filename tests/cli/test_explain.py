from pathlib import Path

import pytest

from tests.cli.run import bundlesmith


def test_explain_shows_the_parts_and_draws_them(
    tiny_run: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "why.html"
    assert bundlesmith("explain", "--run", tiny_run, "--words", "camping trip", "--budget", 300, "--out", out) == 0
    said = capsys.readouterr().out
    for text in ("camping", "trip", "budget 300", "2 to 5 items", "weight"):
        assert text in said
    assert "<svg" in out.read_text("utf-8")
