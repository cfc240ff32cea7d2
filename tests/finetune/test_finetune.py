import json
import shutil
from pathlib import Path

import pytest
import torch
from peft import PeftModel
from rich.console import Console
from safetensors.torch import load_file

from bundlesmith.base import load_model
from bundlesmith.errors import BundlesmithError, DivergedError
from bundlesmith.finetune.card import write_card
from bundlesmith.finetune.finetune import finetune
from bundlesmith.finetune.model import tuned_model
from bundlesmith.run import load_run
from bundlesmith.settings import Settings, load_settings
from tests.conftest import QUICK

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
    tmp_path: Path, small_shop: Path, quick_settings: Settings
) -> None:
    out = tmp_path / "run"
    short = quick_settings.model_copy(update={"training": quick_settings.training.model_copy(update={"max_steps": 1})})
    assert finetune(small_shop, out, short, False, QUIET)
    assert not finetune(small_shop, out, short, False, QUIET)
    assert finetune(small_shop, out, quick_settings, False, QUIET)
    assert load_run(out).settings == quick_settings


def test_a_folder_that_is_no_data_is_refused(tmp_path: Path, quick_settings: Settings) -> None:
    with pytest.raises(BundlesmithError, match="is not a folder of prepared data"):
        finetune(tmp_path, tmp_path / "run", quick_settings, False, QUIET)
    assert not (tmp_path / "run").exists()


@pytest.fixture
def broken_base(tiny_base: Path, tmp_path: Path) -> Path:
    """The tiny base with one weight that is no number."""
    model = load_model(str(tiny_base))
    model.get_parameter("model.layers.1.self_attn.o_proj.weight").data[5, 9] = torch.inf
    folder = shutil.copytree(tiny_base, tmp_path / "broken")
    model.save_pretrained(folder)
    return folder


@pytest.mark.slow
@pytest.mark.parametrize("method", ["lora", "full"])
def test_a_base_with_weights_that_are_no_numbers_makes_no_run(
    broken_base: Path, few: Path, tmp_path: Path, method: str
) -> None:
    settings = load_settings(None, [f"base={broken_base}", f"method={method}", *QUICK])
    with pytest.raises(
        DivergedError, match=r'at step 1: the weights ".*layers\.1\.self_attn\.o_proj\..*" of the base model'
    ):
        finetune(few, tmp_path / "run", settings, False, QUIET)
    assert {path.name for path in tmp_path.iterdir()} == {"broken", "few"}


@pytest.mark.slow
@pytest.mark.parametrize("steps", [1, 6])
@pytest.mark.parametrize("valid", [True, False])
def test_a_training_that_diverges_stops_and_what_stood_there_is_kept(
    tiny_run: Path, tiny_base: Path, few: Path, tmp_path: Path, valid: bool, steps: int
) -> None:
    import polars as pl

    if not valid:
        bundles = pl.read_parquet(few / "bundles.parquet")
        bundles.filter(pl.col("split") != "valid").write_parquet(few / "bundles.parquet")
    out = shutil.copytree(tiny_run, tmp_path / "run")
    high = ["training.learning_rate=1e38", "training.warmup=0", f"training.max_steps={steps}"]
    settings = load_settings(None, [f"base={tiny_base}", *QUICK, *high])
    with pytest.raises(DivergedError, match=r"learning rate of 1e\+38"):
        finetune(few, out, settings, False, QUIET)
    assert {path.name for path in tmp_path.iterdir()} == {"few", "run"}
    assert (out / "run.json").read_bytes() == (tiny_run / "run.json").read_bytes()


@pytest.mark.slow
def test_a_base_named_by_a_relative_path_is_found_from_another_folder(
    tiny_base: Path, few: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tiny_base.parent)
    finetune(few, tmp_path / "run", load_settings(None, [f"base=./{tiny_base.name}", *QUICK]), False, QUIET)
    monkeypatch.chdir(tmp_path)
    run = load_run(tmp_path / "run")
    assert run.settings.base == str(tiny_base)
    tuned_model(run.folder, run.settings, run.tokenizer)
    adapter = json.loads((tmp_path / "run/adapter_config.json").read_text())
    assert adapter["base_model_name_or_path"] == str(tiny_base)
