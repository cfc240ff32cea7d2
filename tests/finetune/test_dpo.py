import json
import math
import shutil
from pathlib import Path

import polars as pl
import pytest
import torch
from rich.console import Console
from safetensors.torch import load_file

from bundlesmith.base import load_model
from bundlesmith.data.tables import load
from bundlesmith.errors import BundlesmithError, DivergedError
from bundlesmith.finetune.dpo import dpo_losses, log_probs, pair_collator, with_reference
from bundlesmith.finetune.finetune import finetune, load_lesson
from bundlesmith.finetune.loss import answer_loss
from bundlesmith.finetune.packing import collate
from bundlesmith.finetune.prefer import _lesson, _pairs, _started, prefer
from bundlesmith.finetune.preference import PairWriter
from bundlesmith.recommender import Recommender
from bundlesmith.request import Request
from bundlesmith.run import load_run
from bundlesmith.settings import Corruptions, Preference, Preferences, Settings, load_config
from tests.cli.run import bundlesmith

QUIET = Console(quiet=True)


def test_the_loss_by_hand() -> None:
    policy = torch.tensor([[-1.0, -5.0], [-3.0, -2.0]])
    reference = torch.tensor([[-2.0, -4.0], [-3.0, -3.0]])
    losses, margins = dpo_losses(policy, reference, 0.5)
    # 0.5 * ((-1 + 2) - (-5 + 4)) = 1; 0.5 * ((-3 + 3) - (-2 + 3)) = -0.5
    assert margins.tolist() == [1.0, -0.5]
    assert losses.tolist() == pytest.approx([math.log(1 + math.exp(-1)), math.log(1 + math.exp(0.5))])


def test_an_untrained_model_has_the_loss_of_a_coin() -> None:
    same = torch.tensor([[-7.0, -2.0]])
    losses, margins = dpo_losses(same, same, 0.1)
    assert margins.tolist() == [0.0] and losses.tolist() == pytest.approx([math.log(2)])


@pytest.mark.parametrize("over", ["allowed", "vocabulary"])
def test_log_probabilities_of_pairs_are_those_of_each_answer_alone(
    shop: Path, tiny_base: Path, quick_settings: Settings, over: str
) -> None:
    lesson = load_lesson(shop, load(shop), quick_settings)
    cases = list(lesson.train)[:6]
    pairs = PairWriter(lesson.writer, Corruptions(), cases).epoch(cases, 1, 0)[:3]
    model = load_model(str(tiny_base))
    trie, marks = lesson.lexicon.trie, lesson.lexicon.marks
    with torch.no_grad():
        found = log_probs(model, pair_collator(model, lesson.lexicon)(pairs), over)
        for row, pair in enumerate(pairs):
            for column, example in enumerate((pair.chosen, pair.rejected)):
                mean = answer_loss(model, collate([example], trie, marks), over).item()
                assert found[row, column].item() == pytest.approx(-mean * len(example.answer), rel=1e-4)


@pytest.fixture(scope="module")
def few(tmp_path_factory: pytest.TempPathFactory, shop: Path) -> Path:
    """The sample shop with 16 bundles to learn and 8 to look at."""
    data = shutil.copytree(shop, tmp_path_factory.mktemp("few") / "data")
    bundles = pl.read_parquet(shop / "bundles.parquet")
    kept = [bundles.filter(pl.col("split") == split).head(n) for split, n in (("train", 16), ("valid", 8))]
    pl.concat(kept).write_parquet(data / "bundles.parquet")
    return data


@pytest.fixture(scope="module")
def preferred(tmp_path_factory: pytest.TempPathFactory, few: Path, tiny_run: Path) -> tuple[Path, Preference]:
    """The tiny run after 20 steps on 16 pairs, ten times each."""
    settings = Preference(max_steps=20, eval_every=10, eval_blocks=2, learning_rate=3e-3, beta=0.3)
    out = tmp_path_factory.mktemp("preferred") / "run"
    assert prefer(tiny_run, few, out, settings, False, QUIET)
    return out, settings


def margins(before: Path, after: Path, data: Path, settings: Preference) -> torch.Tensor:
    """Of the training's pairs, with both models loaded anew."""
    run = load_run(before)
    lesson = _lesson(run, data, load(data))
    pairs = _pairs(lesson.train, lesson, settings)
    found = []
    for folder in (before, after):
        blocks = with_reference(_started(load_run(folder)), pairs, run.lexicon, run.settings.training.loss, 4)
        found.append(torch.cat([block.reference for block in blocks]))
    return dpo_losses(found[1], found[0], settings.beta)[1]


@pytest.mark.slow
def test_twenty_steps_prefer_the_true_bundles_of_the_training(
    preferred: tuple[Path, Preference], few: Path, tiny_run: Path
) -> None:
    out, settings = preferred
    at_start, after = (margins(tiny_run, folder, few, settings) for folder in (tiny_run, out))
    assert len(at_start) == 16 and (at_start > 0).float().mean() == 0
    assert (after > 0).float().mean() > 0.6 and after.mean() > 0


@pytest.mark.slow
def test_metrics_tell_loss_accuracy_and_margin_of_training_and_valid_pairs(preferred: tuple[Path, Preference]) -> None:
    lines = [json.loads(line) for line in (preferred[0] / "metrics.jsonl").read_text().splitlines()]
    trained = [line for line in lines if "loss" in line]
    looked = [line for line in lines if "eval_loss" in line]
    assert [line["step"] for line in trained] == [line["step"] for line in looked] == [10, 20]
    assert all({"accuracy", "margin"} <= line.keys() and 0 <= line["accuracy"] <= 1 for line in trained)
    assert all({"eval_accuracy", "eval_margin"} <= line.keys() for line in looked)
    assert trained[-1]["loss"] < math.log(2) and trained[-1]["accuracy"] > 0.5


@pytest.mark.slow
def test_the_result_is_a_run_that_names_its_parent_and_recommends(
    preferred: tuple[Path, Preference], tiny_run: Path
) -> None:
    out, settings = preferred
    made, parent = (json.loads((folder / "run.json").read_text()) for folder in (out, tiny_run))
    assert made["parent"] == parent["key"] != made["key"] and Preference.model_validate(made["preference"]) == settings
    assert {p.name for p in out.iterdir()} >= {p.name for p in tiny_run.iterdir()} - {"index.bin"}
    first, second = (load_file(folder / "adapter_model.safetensors") for folder in (tiny_run, out))
    assert first.keys() == second.keys() and any(not torch.equal(first[name], second[name]) for name in first)
    bundles = Recommender.load(out).recommend([Request(words="camping", n=2)])[0]
    assert len(bundles) == 2 and all(len(bundle.items) >= 2 for bundle in bundles)
    assert not list(out.parent.glob(".*"))


@pytest.mark.slow
def test_a_run_that_is_up_to_date_is_left_alone(preferred: tuple[Path, Preference], tiny_run: Path, few: Path) -> None:
    out, settings = preferred
    before = (out / "adapter_model.safetensors").stat().st_mtime_ns
    assert not prefer(tiny_run, few, out, settings, False, QUIET)
    assert (out / "adapter_model.safetensors").stat().st_mtime_ns == before


@pytest.mark.slow
def test_an_encoder_decoder_and_all_of_its_weights_are_tuned_too(tmp_path: Path, few: Path, tiny_t5_base: Path) -> None:
    values = {"base": str(tiny_t5_base), "method": "full", "training": {"max_steps": 1, "eval_blocks": 1}}
    finetune(few, tmp_path / "run", Settings.model_validate(values), False, QUIET)
    settings = Preference(max_steps=4, eval_every=4, eval_blocks=1, sft=0.1, learning_rate=1e-3)
    assert prefer(tmp_path / "run", few, tmp_path / "out", settings, False, QUIET)
    assert margins(tmp_path / "run", tmp_path / "out", few, settings).mean() > 0
    assert Recommender.load(tmp_path / "out").recommend([Request(words="camping")])[0]


def test_items_that_the_run_does_not_spell_are_refused(tmp_path: Path, shop: Path, tiny_run: Path) -> None:
    other = shutil.copytree(shop, tmp_path / "other")
    pl.read_parquet(shop / "items.parquet").with_columns(title=pl.lit("A lamp")).write_parquet(other / "items.parquet")
    with pytest.raises(BundlesmithError, match="are not those that the run spells"):
        prefer(tiny_run, other, tmp_path / "out", Preference(), False, QUIET)
    assert not (tmp_path / "out").exists()


def test_a_run_is_not_written_over_itself(tiny_run: Path, shop: Path) -> None:
    with pytest.raises(BundlesmithError, match="is the run to start from"):
        prefer(tiny_run, shop, tiny_run, Preference(), False, QUIET)


def test_the_config_on_the_command_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    where = ("--run", tmp_path, "--data", tmp_path, "--out", tmp_path / "out")
    assert bundlesmith("prefer", *where, "--dry-run", "preference.corruptions.cut=0") == 0
    assert "cut: 0" in capsys.readouterr().out
    assert bundlesmith("prefer", *where, "preference.betta=0") == 2
    assert 'Did you mean "preference.beta"?' in capsys.readouterr().err
    with pytest.raises(BundlesmithError, match="all weights are 0"):
        weights = ("random", "category", "popular", "session", "cut")
        load_config(Preferences, None, [f"preference.corruptions.{name}=0" for name in weights])


@pytest.mark.slow
def test_preferences_that_diverge_make_no_run(tmp_path: Path, few: Path, tiny_run: Path) -> None:
    settings = Preference(learning_rate=1e38, warmup=0, max_steps=3)
    with pytest.raises(DivergedError, match=r"learning rate of 1e\+38"):
        prefer(tiny_run, few, tmp_path / "out", settings, False, QUIET)
    assert not list(tmp_path.iterdir())
