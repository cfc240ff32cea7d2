from pathlib import Path

import pytest

from tests.cli.run import bundlesmith
from tests.finetune.folders import write_run

Capture = pytest.CaptureFixture[str]


@pytest.mark.parametrize("command", [["runs"], ["runs", "list"], ["runs", "compare"], ["runs", "plot"]])
def test_help_shows_an_example(command: list[str], capsys: Capture) -> None:
    assert bundlesmith(*command, "--help") == 0
    assert f"Example: bundlesmith {' '.join(command)}" in capsys.readouterr().out


def test_a_folder_is_listed(tmp_path: Path, capsys: Capture) -> None:
    write_run(tmp_path / "[b]a", lora={"r": 8, "dora": True})
    (write_run(tmp_path / "cut") / "run.json").write_text("{")
    assert bundlesmith("runs", tmp_path) == 0
    shown = capsys.readouterr().out
    assert all(word in shown for word in ("[b]a", "tiny", "lora dora", "terms", "2.1250 at 40", "6,000", "1:02:03"))
    assert "Scores" not in shown
    assert "Not a run: cut: " in shown and "is not JSON" in shown
    assert bundlesmith("runs", "list", tmp_path) == 0
    assert capsys.readouterr().out == shown


def test_a_list_has_one_score_of_each_kind_of_task(tmp_path: Path, capsys: Capture) -> None:
    write_run(tmp_path / "b")
    scores = '{"complete": {"R@1": 0.125, "R@10": 0.25}, "sessions": {"soft-F1": 0.5}}'
    (write_run(tmp_path / "a") / "scores.json").write_text(scores)
    assert bundlesmith("runs", tmp_path) == 0
    shown = capsys.readouterr().out
    assert all(word in shown for word in ("Scores", "complete R@10 0.2500", "sessions soft-F1 0.5000"))
    assert "R@1 " not in shown and "generate" not in shown


def test_a_spelt_catalogue_was_not_trained(tmp_path: Path, capsys: Capture) -> None:
    (write_run(tmp_path / "plain") / "metrics.jsonl").unlink()
    assert bundlesmith("runs", tmp_path) == 0
    assert "none" in capsys.readouterr().out


def test_runs_are_compared(tmp_path: Path, capsys: Capture) -> None:
    a, b = write_run(tmp_path / "a"), write_run(tmp_path / "b", data="d2", method="full")
    assert bundlesmith("runs", "compare", a, b) == 0
    shown = capsys.readouterr().out
    assert "method" in shown and "full" in shown and "lora.r" not in shown and "best valid loss" in shown
    assert "Warning: The runs were trained on different data" in shown
    assert bundlesmith("runs", "compare", a, a) == 0
    assert "All settings are the same." in capsys.readouterr().out


@pytest.mark.parametrize("ending", ["png", "html"])
def test_curves_are_written(tmp_path: Path, ending: str, capsys: Capture) -> None:
    out = tmp_path / f"curves.{ending}"
    assert bundlesmith("runs", "plot", write_run(tmp_path / "a"), "--out", out) == 0
    assert out.stat().st_size > 10_000 and str(out) in capsys.readouterr().out


def test_what_is_no_run_and_one_run_alone_are_errors(tmp_path: Path, capsys: Capture) -> None:
    a = write_run(tmp_path / "a")
    for words in (["compare", a], ["compare", a, tmp_path], ["plot", tmp_path, "--out", "x.png"], [tmp_path / "x"]):
        assert bundlesmith("runs", *words) == 2
        assert "Error:" in capsys.readouterr().err
