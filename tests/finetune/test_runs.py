import json
from pathlib import Path

import pytest

from bundlesmith.errors import BundlesmithError
from bundlesmith.finetune.compare import changes_valid_loss, differing, duration, made_of, training_figures, warnings_of
from bundlesmith.finetune.runs import Broken, Metrics, Point, Record, list_runs, read_metrics, read_named
from bundlesmith.run import RUN_FORMAT
from tests.finetune.folders import LOGS, write_run


def broken(folder: Path) -> dict[str, str]:
    return {run.name: run.reason for run in list_runs(folder) if isinstance(run, Broken)}


def test_a_real_run_is_read(tiny_run: Path) -> None:
    (run,) = read_named([tiny_run])
    assert run.name == "tiny" and run.settings["lora.r"] == 4 and run.settings["training.max_steps"] == 3
    assert run.trained and run.metrics.steps == 3 and [point.step for point in run.metrics.valid] == [2, 3]
    assert run.metrics.best is not None and run.metrics.seconds is not None and run.metrics.seconds > 0


def test_metrics_hold_both_losses_by_step_and_tokens(tmp_path: Path) -> None:
    metrics = read_metrics(write_run(tmp_path / "a") / "metrics.jsonl")
    assert metrics.train == (Point(10, 1000, 3.0), Point(20, 2100, 2.5), Point(30, 3000, 2.0))
    assert metrics.valid == (Point(20, 2100, 2.25), Point(40, 4200, 2.125), Point(60, 6000, 2.5))
    assert metrics.best == Point(40, 4200, 2.125)
    assert (metrics.steps, metrics.tokens, metrics.seconds) == (60, 6000, 3723.4)


def test_a_step_that_a_resumed_training_did_again_counts_once(tmp_path: Path) -> None:
    again = [*LOGS[:3], {"step": 20, "eval_loss": 2.0}]
    assert read_metrics(write_run(tmp_path / "a", again) / "metrics.jsonl").valid == (Point(20, None, 2.0),)


def test_a_loss_that_is_no_number_is_never_the_best() -> None:
    nan = Point(1, None, float("nan"))
    assert Metrics(valid=(nan, Point(2, None, 3.0))).best == Point(2, None, 3.0)
    assert Metrics(valid=(nan,)).best is None


def test_runs_are_found_at_any_depth(tmp_path: Path) -> None:
    for name in ("b", "deep/er/a"):
        write_run(tmp_path / name)
    assert [run.name for run in list_runs(tmp_path)] == ["b", "deep/er/a"]
    assert [run.name for run in list_runs(tmp_path / "b")] == ["b"]


def test_broken_folders_are_listed_with_the_reason(tmp_path: Path) -> None:
    write_run(tmp_path / "good")
    (write_run(tmp_path / "no_json") / "run.json").unlink()
    (write_run(tmp_path / "cut") / "run.json").write_text('{"format": ')
    (write_run(tmp_path / "old") / "run.json").write_text('{"format": 1}')
    (write_run(tmp_path / "poor") / "run.json").write_text(json.dumps({"format": RUN_FORMAT}))
    (write_run(tmp_path / "metrics") / "metrics.jsonl").write_text('{"step": 1}\n{"st\n')
    (tmp_path / "empty").mkdir()
    reasons = broken(tmp_path)
    assert reasons.keys() == {"no_json", "cut", "old", "poor", "metrics", "empty"}
    assert "has no run.json" in reasons["no_json"] and "has no run.json" in reasons["empty"]
    assert "is not JSON" in reasons["cut"] and "format 1" in reasons["old"]
    assert "has no data, lexicon, packages, prompts, settings" in reasons["poor"]
    assert "metrics.jsonl:2 is not JSON" in reasons["metrics"]


def test_a_training_under_way_is_named_with_its_step(tmp_path: Path) -> None:
    work = write_run(tmp_path / ".a.training", LOGS[:4])
    (work / "run.json").unlink()
    (work / "checkpoint-20").mkdir()
    (work / "checkpoint-20" / "adapter_config.json").write_text("{}")
    with (work / "metrics.jsonl").open("a") as lines:
        lines.write('{"step": 40, "ev')
    assert "reach step 30" in broken(tmp_path)[".a.training"] and len(broken(tmp_path)) == 1


def test_prepared_data_and_hidden_folders_are_no_broken_runs(tmp_path: Path) -> None:
    write_run(tmp_path / "a")
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "data.json").write_text("{}")
    (tmp_path / ".git").mkdir()
    assert len(list_runs(tmp_path)) == 1


def test_a_folder_without_runs_and_one_that_is_not_there_are_errors(tmp_path: Path) -> None:
    with pytest.raises(BundlesmithError, match="There is no run under"):
        list_runs(tmp_path)
    with pytest.raises(BundlesmithError, match="There is no folder"):
        list_runs(tmp_path / "x")


def test_scores_are_read_and_shown_by_kind_of_task(tmp_path: Path) -> None:
    scored, plain = write_run(tmp_path / "a"), write_run(tmp_path / "b")
    (scored / "scores.json").write_text('{"complete": {"tasks": 120, "R@10": 0.25}}')
    rows = training_figures(read_named([scored, plain]))
    assert rows["complete R@10"] == ["0.2500", ""] and rows["complete tasks"] == ["120", ""]


def test_figures_of_a_training(tmp_path: Path) -> None:
    assert training_figures(read_named([write_run(tmp_path / "a"), write_run(tmp_path / "b", LOGS[:1])])) == {
        "best valid loss": ["2.1250", ""],
        "at step": ["40", ""],
        "last training loss": ["2.0000", "3.0000"],
        "steps": ["60", "10"],
        "tokens": ["6,000", "1,000"],
        "training time": ["1:02:03", ""],
    }


def test_only_settings_that_differ_are_named(tmp_path: Path) -> None:
    a = write_run(tmp_path / "a")
    b = write_run(tmp_path / "b", lora={"r": 8, "targets": ["q_proj"], "alpha": 32})
    runs = read_named([a, b])
    assert differing([run.settings for run in runs]) == {
        "lora.r": ["16", "8"], "lora.targets": ["all-linear", '["q_proj"]'], "lora.alpha": ["", "32"],
    }  # fmt: skip
    assert made_of(runs) == {"data": ["d1", "d1"], "prompts": ["p1", "p1"], "lexicon": ["l1", "l1"]}
    assert warnings_of(runs) == []


def test_different_data_and_other_valid_losses_are_warned_of(tmp_path: Path) -> None:
    a, b = write_run(tmp_path / "a"), write_run(tmp_path / "b", data="d2", examples={"spelling": "title"})
    data, losses = warnings_of(read_named([a, b]))
    assert "different data" in data and "examples.spelling" in losses


def test_settings_that_change_the_valid_loss() -> None:
    keys = ["base", "lora.r", "examples.mix.rest", "examples.mix", "training.seed", "training.epochs", "training.loss"]
    named = changes_valid_loss({key: ["1", "2"] for key in keys})
    assert named == ["base", "examples.mix.rest", "examples.mix", "training.seed", "training.loss"]


def test_runs_of_one_name_are_told_apart_by_their_paths(tmp_path: Path) -> None:
    folders = [write_run(tmp_path / "x" / "run"), write_run(tmp_path / "y" / "run")]
    assert [run.name for run in read_named(folders)] == list(map(str, folders))
    assert isinstance(list_runs(tmp_path)[0], Record)


def test_durations() -> None:
    assert (duration(None), duration(59.6), duration(36_000)) == ("", "0:01:00", "10:00:00")
