"""How a training goes: stopped early, killed and resumed, over several processes, watched."""

import io
import json
import os
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
import torch
from rich.console import Console
from safetensors.torch import load_file
from transformers import TrainerControl, TrainerState, TrainingArguments

from bundlesmith.data.tables import load
from bundlesmith.finetune.attention import attend_apart
from bundlesmith.finetune.finetune import blocks_of, finetune, load_lesson
from bundlesmith.finetune.model import base_model, with_adapter
from bundlesmith.finetune.progress import Bar, Log, speed
from bundlesmith.finetune.train import train
from bundlesmith.finetune.trainer import Blocks, as_one
from bundlesmith.settings import Settings, load_settings

ADAPTER = "adapter_model.safetensors"
ONE_THREAD = {**os.environ, "OMP_NUM_THREADS": "1", "HF_HUB_OFFLINE": "1", "COLUMNS": "200"}
LAUNCH = ["torch.distributed.run", "--standalone", "--nproc_per_node", "2", "-m"]


def settings_of(base: Path, *overrides: str) -> Settings:
    return load_settings(None, [f"base={base}", "training.eval_blocks=2", "lora.r=4", *overrides])


def told(folder: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (folder / "metrics.jsonl").read_text().splitlines()]


def curve(folder: Path) -> list[tuple[int, str, float]]:
    names = ("loss", "eval_loss", "num_input_tokens_seen")
    return [(line["step"], name, line[name]) for line in told(folder) for name in names if name in line]


def command(shop: Path, out: Path, settings: Settings, launch: Sequence[str] = ()) -> list[str]:
    config = out.with_suffix(".yaml")
    config.write_text(settings.model_dump_json())  # JSON is YAML
    words = ["--data", str(shop), "--out", str(out), "--config", str(config)]
    return [sys.executable, "-m", *launch, "bundlesmith", "finetune", "--no-ranker", *words]


def finished(shop: Path, out: Path, settings: Settings, launch: Sequence[str] = ()) -> str:
    """Fine-tune in processes of their own; what they printed."""
    done = subprocess.run(command(shop, out, settings, launch), env=ONE_THREAD, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert "bitsandbytes" not in done.stderr and "kernels" not in done.stderr  # nothing here is in 4 bits
    return done.stdout


def train_in(work: Path, shop: Path, settings: Settings, apart: bool = False) -> None:
    """Train a new adapter in a working folder; checkpoints that lie there are gone on from."""
    work.mkdir(exist_ok=True)
    lesson = load_lesson(shop, load(shop), settings)
    blocks, valid = blocks_of(lesson, settings, work)
    torch.manual_seed(settings.training.seed)
    model = with_adapter(base_model(settings, lesson.writer.tokenizer), settings, [])
    assert not apart or attend_apart(model.get_base_model())
    train(model, settings.training, blocks, valid, lesson.lexicon, work)


@pytest.fixture
def one_thread() -> Iterator[None]:
    """As many as processes with `ONE_THREAD` have: sums are the same to the last bit."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


def test_blocks_begin_again_after_the_last() -> None:
    first, second, third = [[]], [[]], [[]]  # type: ignore[var-annotated]
    blocks = Blocks([first, second, third], 4)
    assert len(blocks) == 4 and blocks[2] is third and blocks[3] is first


@pytest.mark.slow
def test_a_training_whose_valid_loss_cannot_improve_stops_and_stays_over(
    tmp_path: Path, small_shop: Path, tiny_base: Path
) -> None:
    still = ["training.learning_rate=1e-30", "training.eval_every=1", "training.patience=2", "training.max_steps=9"]
    settings = settings_of(tiny_base, *still)
    train_in(tmp_path / "work", small_shop, settings)
    steps = [line["step"] for line in told(tmp_path / "work") if "eval_loss" in line]
    assert steps == [1, 2, 3]  # the first is the best, and two were no better
    before = (tmp_path / "work" / "model" / ADAPTER).read_bytes()
    train_in(tmp_path / "work", small_shop, settings)  # as after a kill between the last step and the run
    assert [line["step"] for line in told(tmp_path / "work") if "eval_loss" in line] == steps
    assert (tmp_path / "work" / "model" / ADAPTER).read_bytes() == before


@pytest.mark.slow
def test_a_training_that_was_done_when_it_was_killed_is_not_trained_further(
    tmp_path: Path, small_shop: Path, tiny_base: Path
) -> None:
    settings = settings_of(tiny_base, "training.eval_every=1", "training.max_steps=2")
    train_in(tmp_path / "work", small_shop, settings)
    before, lines = (tmp_path / "work" / "model" / ADAPTER).read_bytes(), curve(tmp_path / "work")
    train_in(tmp_path / "work", small_shop, settings)
    assert (tmp_path / "work" / "model" / ADAPTER).read_bytes() == before
    assert curve(tmp_path / "work") == lines and sum("train_loss" in line for line in told(tmp_path / "work")) == 1


@pytest.mark.slow
def test_a_killed_training_ends_with_the_weights_and_metrics_of_an_unbroken_one(
    tmp_path: Path, small_shop: Path, tiny_base: Path, one_thread: None
) -> None:
    steps = ["training.eval_every=2", "training.max_steps=24", "lora.dropout=0.1", "examples.spelling=semantic"]
    settings = settings_of(tiny_base, *steps)
    finetune(small_shop, tmp_path / "whole", settings, False, Console(quiet=True))
    work = tmp_path / ".run.training"
    process = subprocess.Popen(command(small_shop, tmp_path / "run", settings), env=ONE_THREAD, stdout=subprocess.PIPE)
    while not (work / "checkpoint-2" / "trainer_state.json").exists():
        assert process.poll() is None
        time.sleep(0.02)
    process.kill()
    process.communicate()
    spelt = (work / "spelt").stat().st_ctime_ns
    assert not (tmp_path / "run").exists() and not (work / "checkpoint-24").exists()
    finetune(small_shop, tmp_path / "run", settings, False, Console(quiet=True))
    whole, resumed = (load_file(tmp_path / name / ADAPTER) for name in ("whole", "run"))
    assert whole.keys() == resumed.keys() and all(torch.equal(whole[name], resumed[name]) for name in whole)
    assert curve(tmp_path / "run") == curve(tmp_path / "whole") and spelt


@pytest.mark.slow
def test_a_kept_spelling_is_read_and_not_made_again(tmp_path: Path, small_shop: Path, tiny_base: Path) -> None:
    settings, kept = settings_of(tiny_base, "examples.spelling=semantic"), tmp_path / "spelt"
    made = load_lesson(small_shop, load(small_shop), settings, kept)
    before = {path.name: path.stat().st_mtime_ns for path in [kept, *kept.iterdir()]}
    read = load_lesson(small_shop, load(small_shop), settings, kept)
    assert {path.name: path.stat().st_mtime_ns for path in [kept, *kept.iterdir()]} == before
    assert read.lexicon.tokens == made.lexicon.tokens and read.base_tokens == made.base_tokens
    assert read.writer.tokenizer.get_vocab() == made.writer.tokenizer.get_vocab()


@pytest.mark.slow
@pytest.mark.parametrize(("row", "blocks"), [(1024, 4), (800, 2)])
def test_the_blocks_of_a_step_in_fewer_rows_train_the_same(
    tmp_path: Path, small_shop: Path, tiny_base: Path, monkeypatch: pytest.MonkeyPatch, row: int, blocks: int
) -> None:
    steps = ["training.blocks_per_step=4", "training.block_tokens=256", "training.eval_every=2", "training.max_steps=4"]
    settings = settings_of(tiny_base, *steps)
    seen: list[int] = []

    def counted(some: list[Any], tensors: Any) -> Any:
        seen.append(len(some))
        return as_one(some, tensors)

    monkeypatch.setattr("bundlesmith.finetune.train.as_one", counted)
    for name, tokens in (("each", 256), ("together", row)):
        monkeypatch.setattr("bundlesmith.finetune.train.ROW", tokens)
        train_in(tmp_path / name, small_shop, settings, apart=True)
    assert set(seen) == {1, blocks}
    each, together = curve(tmp_path / "each"), curve(tmp_path / "together")
    assert [line[:2] for line in together] == [line[:2] for line in each]
    assert [value for *_, value in together] == pytest.approx([value for *_, value in each], rel=1e-4)
    weights, others = (load_file(tmp_path / name / "model" / ADAPTER) for name in ("each", "together"))
    for name in weights:
        torch.testing.assert_close(others[name], weights[name], rtol=1e-3, atol=1e-5)


@pytest.mark.slow
def test_two_processes_train_as_one_does(tmp_path: Path, small_shop: Path, tiny_base: Path) -> None:
    steps = ["training.blocks_per_step=4", "training.eval_every=2", "training.max_steps=6", "training.eval_blocks=3"]
    settings = settings_of(tiny_base, *steps)
    finetune(small_shop, tmp_path / "one", settings, False, Console(quiet=True))
    printed = finished(small_shop, tmp_path / "two", settings, LAUNCH)
    assert printed.count("The run is in") == 1 and printed.count("examples in") == 1
    one, two = curve(tmp_path / "one"), curve(tmp_path / "two")
    assert [line[:2] for line in one] == [line[:2] for line in two]
    assert [value for *_, value in two] == pytest.approx([value for *_, value in one], rel=1e-4)
    weights, shared = (load_file(tmp_path / name / ADAPTER) for name in ("one", "two"))
    for name in weights:
        torch.testing.assert_close(shared[name], weights[name], rtol=1e-3, atol=1e-5)


@pytest.mark.slow
def test_a_tracker_gets_the_losses(
    tmp_path: Path, small_shop: Path, tiny_base: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("trackio")
    monkeypatch.setitem(ONE_THREAD, "TRACKIO_DIR", str(tmp_path / "trackio"))
    settings = settings_of(tiny_base, "training.report=[trackio]", "training.max_steps=2", "training.eval_every=1")
    finished(small_shop, tmp_path / "run", settings)
    with closing(sqlite3.connect(tmp_path / "trackio" / "huggingface.db")) as database:
        rows = database.execute("select run_name, metrics from metrics order by id").fetchall()
    assert {name for name, *_ in rows} == {"run"}
    tracked = [json.loads(metrics) for *_, metrics in rows]
    assert [each["eval/loss"] for each in tracked if "eval/loss" in each] == [
        value for _, name, value in curve(tmp_path / "run") if name == "eval_loss"
    ]


@pytest.mark.slow
def test_the_same_seed_gives_the_same_metrics_and_another_seed_others(
    tmp_path: Path, small_shop: Path, tiny_base: Path
) -> None:
    for name, seed in (("a", 7), ("b", 7), ("c", 8)):
        settings = settings_of(tiny_base, "training.max_steps=2", "training.eval_every=1", f"training.seed={seed}")
        finetune(small_shop, tmp_path / name, settings, False, Console(quiet=True))
    a, b, c = (curve(tmp_path / name) for name in "abc")
    assert a == b and a != c


@pytest.mark.slow
def test_checkpointed_gradients_are_the_same(tmp_path: Path, small_shop: Path, tiny_base: Path) -> None:
    for name in ("false", "true"):
        steps = ["training.max_steps=2", "training.eval_every=1", f"training.gradient_checkpointing={name}"]
        finetune(small_shop, tmp_path / name, settings_of(tiny_base, *steps), False, Console(quiet=True))
    usual, twice = (load_file(tmp_path / name / ADAPTER) for name in ("false", "true"))
    for name in usual:
        torch.testing.assert_close(twice[name], usual[name], rtol=1e-4, atol=1e-6)


def test_a_log_takes_back_what_came_after_the_checkpoint(tmp_path: Path) -> None:
    path = tmp_path / "metrics.jsonl"
    lines = [{"step": 10, "loss": 2.0}, {"step": 10, "eval_loss": 3.0}, {"step": 20, "loss": 1.0}]
    path.write_text("".join(json.dumps(line) + "\n" for line in [*lines, {"step": 10, "train_loss": 1.0}]))
    log, args = Log(path), TrainingArguments(output_dir=str(tmp_path), use_cpu=True)
    log.on_train_begin(args, TrainerState(global_step=10), TrainerControl())
    log.on_log(args, TrainerState(global_step=20), TrainerControl(), {"loss": 1.5})
    assert told(tmp_path) == [*lines[:2], {"step": 20, "loss": 1.5}]


def test_the_bar_shows_step_speed_time_left_and_losses(tmp_path: Path) -> None:
    assert speed([(100, 1.0), (300, 1.0)]) == 200.0
    bar, args = Bar(), TrainingArguments(output_dir=str(tmp_path), use_cpu=True)
    state, control = TrainerState(global_step=4, max_steps=10, best_metric=2.5), TrainerControl()
    bar.on_train_begin(args, state, control)
    bar.on_step_begin(args, state, control)
    state.global_step, state.num_input_tokens_seen = 5, 1000
    bar.on_step_end(args, state, control)
    bar.on_log(args, state, control, {"loss": 1.25})
    bar.on_log(args, state, control, {"eval_loss": 2.75})
    console = Console(width=150, record=True, file=io.StringIO())
    console.print(bar.progress.get_renderable())
    shown = console.export_text()
    assert "5/10" in shown and "tokens/s" in shown and "loss 1.250 valid 2.750 (best 2.500)" in shown
    assert float(bar.progress.tasks[0].fields["speed"].replace(",", "")) > 1000
