"""Bad input: one clear line, exit code 2, and nothing half-written."""

import json
import resource
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.cli.run import bundlesmith

Capture = pytest.CaptureFixture[str]


def refused(capsys: Capture, *words: object) -> str:
    """The error that a command gives; it must be one paragraph on stderr, with exit code 2."""
    assert bundlesmith(*words) == 2
    captured = capsys.readouterr()
    assert "Traceback" not in captured.err
    return captured.err


def table(folder: Path, items: str, bundles: str = 'bundle_id,items\nb,"1,2"\n') -> Path:
    """A source of CSV tables."""
    folder.mkdir()
    (folder / "items.csv").write_bytes(items.encode("latin-1"))
    (folder / "bundles.csv").write_text(bundles)
    return folder


def test_a_missing_file(tmp_path: Path, capsys: Capture) -> None:
    words = ("prepare", "--source", "bundlerec", "--path", tmp_path / "no", "--domain", "x", "--out", tmp_path / "out")
    assert str(tmp_path / "no") in refused(capsys, *words)
    assert not (tmp_path / "out").exists()


def test_an_empty_catalogue(tmp_path: Path, capsys: Capture) -> None:
    source = table(tmp_path / "source", "item_id,title\n")
    words = ("prepare", "--source", "tables", "--path", source, "--out", tmp_path / "out")
    assert "catalogue is empty" in refused(capsys, *words)
    assert not (tmp_path / "out").exists()


def test_a_column_that_is_not_there(tmp_path: Path, capsys: Capture) -> None:
    source = table(tmp_path / "source", "item_id,name\n1,a\n2,b\n")
    error = refused(capsys, "prepare", "--source", "tables", "--path", source, "--out", tmp_path / "out")
    assert "title" in error and "name" in error
    assert not (tmp_path / "out").exists()


def test_input_that_is_not_utf_8(tmp_path: Path, capsys: Capture) -> None:
    source = table(tmp_path / "source", "item_id,title\n1,caf\x81\x8d\n2,b\n")
    error = refused(capsys, "prepare", "--source", "tables", "--path", source, "--out", tmp_path / "out")
    assert "UTF-8" in error and "items.csv" in error
    assert not (tmp_path / "out").exists()


def test_an_unknown_kind_of_source(tmp_path: Path, capsys: Capture) -> None:
    assert "'nonsense'" in refused(capsys, "prepare", "--source", "nonsense", "--out", tmp_path / "out")


def test_an_unknown_key_suggests_the_nearest(capsys: Capture) -> None:
    error = refused(capsys, "finetune", "--data", "d", "--out", "o", "training.epoch=2", "--dry-run")
    assert '"training.epoch"' in error and 'Did you mean "training.epochs"?' in error


def test_an_unknown_user_suggests_the_nearest(tiny_run: Path, capsys: Capture) -> None:
    error = refused(capsys, "recommend", "--run", tiny_run, "--user", "u00001")
    assert 'no user "u00001"' in error and "Did you mean" in error


@pytest.mark.parametrize("option", ["--item", "--exclude"])
def test_an_unknown_item(option: str, tiny_run: Path, capsys: Capture) -> None:
    assert 'no item "CAMP-9999"' in refused(capsys, "recommend", "--run", tiny_run, option, "CAMP-9999")


@pytest.mark.parametrize(
    ("option", "value", "said"),
    [("--size", "5:2", "5:2"), ("--size", "many", '"many"'), ("--budget", "-3", "-3"), ("--n", "0", "0")],
)
def test_rules_that_make_no_sense(option: str, value: str, said: str, tiny_run: Path, capsys: Capture) -> None:
    assert said in refused(capsys, "recommend", "--run", tiny_run, option, value)


def test_rules_that_no_bundle_can_meet_are_named(tiny_run: Path, capsys: Capture) -> None:
    error = refused(capsys, "recommend", "--run", tiny_run, "--budget", 5, "--size", "4:5")
    assert "budget 5" in error and "size of at least 4" in error and "excluded" not in error


def test_a_request_of_ten_thousand_words(tiny_run: Path, capsys: Capture) -> None:
    error = refused(capsys, "recommend", "--run", tiny_run, "--words", "tent " * 10_000)
    assert '"words" is' in error and "at most 2000 characters" in error and len(error) < 500


def test_a_folder_that_is_no_run(tmp_path: Path, capsys: Capture) -> None:
    assert "is not a run" in refused(capsys, "recommend", "--run", tmp_path)


def changed_run(tiny_run: Path, folder: Path, **values: object) -> Path:
    shutil.copytree(tiny_run, folder)
    made = json.loads((folder / "run.json").read_text()) | values
    (folder / "run.json").write_text(json.dumps(made))
    return folder


def test_a_run_of_a_newer_version(tiny_run: Path, tmp_path: Path, capsys: Capture) -> None:
    run = changed_run(tiny_run, tmp_path / "newer", format=99)
    assert "format 99" in refused(capsys, "recommend", "--run", run)


def test_a_run_with_other_prompts(tiny_run: Path, tmp_path: Path, capsys: Capture) -> None:
    run = changed_run(tiny_run, tmp_path / "other", prompts="0" * 16)
    assert "prompts" in refused(capsys, "recommend", "--run", run)


def test_a_run_whose_catalogue_was_exchanged(tiny_run: Path, tmp_path: Path, capsys: Capture) -> None:
    run = changed_run(tiny_run, tmp_path / "exchanged")
    (run / "items.parquet").write_bytes((run / "items.parquet").read_bytes() + b"x")
    assert "catalogue" in refused(capsys, "recommend", "--run", run)


def test_tasks_that_are_broken_name_the_line(tiny_run: Path, tmp_path: Path, capsys: Capture) -> None:
    tasks = tmp_path / "tasks.jsonl"
    tasks.write_text('{"id": "a", "kind": "generate", "history": [], "request": "x"}\n{"id": "b"\n')
    error = refused(capsys, "predict", "--run", tiny_run, "--tasks", tasks, "--out", tmp_path / "out.jsonl")
    assert "tasks.jsonl:2" in error and not (tmp_path / "out.jsonl").exists()


def finetune_words(shop: Path, out: Path, tiny_base: Path, *more: str) -> list[str]:
    quick = ["training.max_steps=3", "training.eval_every=2", "training.eval_blocks=2", "lora.r=4", *more]
    return ["finetune", "--no-ranker", "--data", str(shop), "--out", str(out), f"base={tiny_base}", *quick]


def start(words: list[str], **options: object) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", "from bundlesmith.cli import main; main()", *words]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, **options)  # type: ignore[call-overload, no-any-return]


def small_files_only() -> None:
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, 200_000))


@pytest.mark.slow
@pytest.mark.parametrize("limit", ["training", "writing"])
def test_a_disk_that_fills_up_leaves_the_old_run_whole(
    limit: str, small_shop: Path, tiny_run: Path, tiny_base: Path, tmp_path: Path
) -> None:
    """No file may grow past 200 kB: with checkpoints that is met in training, without when the run is written."""
    run = Path(shutil.copytree(tiny_run, tmp_path / "run"))
    before = {path.name: path.read_bytes() for path in run.iterdir() if path.is_file()}
    more = [] if limit == "training" else ["training.eval_every=50"]
    process = start(finetune_words(small_shop, run, tiny_base, "training.seed=8", *more), preexec_fn=small_files_only)
    said, _ = process.communicate(timeout=300)
    assert process.returncode == 2, said
    assert "could not be written" in said and "Traceback" not in said
    assert {path.name: path.read_bytes() for path in run.iterdir() if path.is_file()} == before


@pytest.mark.slow
def test_a_kill_leaves_the_old_run_whole_and_the_training_goes_on(
    small_shop: Path, tiny_run: Path, tiny_base: Path, tmp_path: Path
) -> None:
    run = Path(shutil.copytree(tiny_run, tmp_path / "run"))
    before = {path.name: path.read_bytes() for path in run.iterdir() if path.is_file()}
    words = finetune_words(
        small_shop, run, tiny_base, "training.seed=8", "training.max_steps=30", "training.patience=20"
    )
    process = start(words)
    work = tmp_path / ".run.training"
    deadline = time.monotonic() + 300
    while not (work / "checkpoint-4").exists() and process.poll() is None:
        assert time.monotonic() < deadline
        time.sleep(0.05)
    process.kill()
    process.communicate()
    assert {path.name: path.read_bytes() for path in run.iterdir() if path.is_file()} == before
    whole = work.glob("checkpoint-*/trainer_state.json")  # the kill may have fallen into the newest
    reached = max(int(path.parent.name.split("-")[1]) for path in whole)
    assert 2 <= reached < 30
    told = [line for line in (work / "metrics.jsonl").read_text().splitlines() if json.loads(line)["step"] <= reached]
    assert bundlesmith(*words) == 0
    lines = (run / "metrics.jsonl").read_text().splitlines()
    assert told and lines[: len(told)] == told  # with the times that they took: these steps were not trained again
    looked = [json.loads(line)["step"] for line in lines if "eval_loss" in line]
    assert looked == sorted(set(looked)) and looked[-1] == 30
