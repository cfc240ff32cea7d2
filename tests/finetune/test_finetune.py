import json
import shutil
from pathlib import Path

import pytest
import torch
from peft import PeftModel
from rich.console import Console
from safetensors.torch import load_file

from bundlesmith.base import load_model
from bundlesmith.errors import BundlesmithError
from bundlesmith.finetune.card import write_card
from bundlesmith.finetune.finetune import finetune
from bundlesmith.run import load_run
from bundlesmith.settings import Settings

QUIET = Console(quiet=True)


def test_a_run_holds_all_that_recommending_needs(tiny_run: Path) -> None:
    names = {path.name for path in tiny_run.iterdir()}
    assert names >= {"adapter_config.json", "adapter_model.safetensors", "tokenizer.json", "items.parquet"}
    assert names >= {"events.parquet", "spellings.parquet", "words.parquet", "run.json", "metrics.jsonl", "README.md"}


def test_run_json_says_what_the_run_was_made_from(tiny_run: Path, quick_settings: Settings) -> None:
    made = json.loads((tiny_run / "run.json").read_text())
    assert Settings.model_validate(made["settings"]) == quick_settings
    assert made["packages"]["torch"] == torch.__version__
    assert all(len(made[name]) == 16 for name in ("data", "prompts", "lexicon"))


def test_the_adapter_was_trained_and_loads_in_plain_peft(tiny_run: Path, tiny_base: Path) -> None:
    model = PeftModel.from_pretrained(load_model(str(tiny_base)), str(tiny_run))
    weights = load_file(tiny_run / "adapter_model.safetensors")
    assert any(tensor.abs().sum() > 0 for name, tensor in weights.items() if "lora_B" in name)
    assert model.peft_config["default"].r == 4


def test_metrics_have_training_and_valid_losses(tiny_run: Path) -> None:
    lines = [json.loads(line) for line in (tiny_run / "metrics.jsonl").read_text().splitlines()]
    assert any("eval_loss" in line for line in lines) and any("train_loss" in line for line in lines)


def test_tensorboard_reads_how_the_training_went(tiny_run: Path) -> None:
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    events = EventAccumulator(str(tiny_run / "tensorboard"))
    events.Reload()
    assert "eval/loss" in events.Tags()["scalars"]


def test_the_model_card_names_base_and_config(tiny_run: Path, tiny_base: Path) -> None:
    card = (tiny_run / "README.md").read_text()
    assert f"base_model: {tiny_base}" in card and "library_name: peft" in card and '"max_steps": 3' in card


def test_the_card_of_a_whole_model_tuned_on_preferences_says_so(tiny_run: Path, tmp_path: Path) -> None:
    made = json.loads((tiny_run / "run.json").read_text())
    made["settings"]["method"] = "full"
    shutil.copy(tiny_run / "metrics.jsonl", tmp_path)
    write_card(tmp_path, made | {"parent": "abc123", "preference": {"beta": 0.25}})
    card = (tmp_path / "README.md").read_text()
    assert card.startswith("---\nbase_model: ") and "adapter" not in card and "lora]" not in card
    assert "from the run abc123" in card and '"beta": 0.25' in card


@pytest.mark.slow
def test_an_up_to_date_run_is_left_alone_and_a_changed_config_trains_again(
    tmp_path: Path, shop: Path, quick_settings: Settings
) -> None:
    out = tmp_path / "run"
    short = quick_settings.model_copy(update={"training": quick_settings.training.model_copy(update={"max_steps": 1})})
    assert finetune(shop, out, short, False, QUIET)
    assert not finetune(shop, out, short, False, QUIET)
    assert finetune(shop, out, quick_settings, False, QUIET)
    assert load_run(out).settings == quick_settings


def test_a_folder_that_is_no_data_is_refused(tmp_path: Path, quick_settings: Settings) -> None:
    with pytest.raises(BundlesmithError, match="is not a folder of prepared data"):
        finetune(tmp_path, tmp_path / "run", quick_settings, False, QUIET)
    assert not (tmp_path / "run").exists()
