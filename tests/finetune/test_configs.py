"""Every config of a fine-tune in `configs/` is what its comment says, and runs for two steps with a tiny base."""

from pathlib import Path

import pytest
from rich.console import Console

from bundlesmith.finetune.finetune import finetune
from bundlesmith.run import load_run
from bundlesmith.settings import Settings, load_settings

CONFIGS = Path(__file__).parents[2] / "configs"
NAMES = ["demo", "smollm2-135m", "ranked", "qlora-1b", "llama-8b-fsdp", "t5-small", "t5-scratch"]
OTHERS = {"sweep"}
"""Configs of other commands; their tests are elsewhere."""
QUICK = ["training.max_steps=2", "training.eval_every=2", "training.eval_blocks=1", "training.block_tokens=256"]


def test_every_config_of_a_fine_tune_is_tried() -> None:
    assert {path.stem for path in CONFIGS.glob("*.yaml")} - OTHERS == set(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_a_config_begins_by_saying_what_it_is_for(name: str) -> None:
    text = (CONFIGS / f"{name}.yaml").read_text()
    assert text.startswith("# ") and load_settings(CONFIGS / f"{name}.yaml", [])


def test_the_config_of_smollm2_is_the_defaults_written_out() -> None:
    assert load_settings(CONFIGS / "smollm2-135m.yaml", []) == Settings()


@pytest.mark.slow
@pytest.mark.parametrize("name", NAMES)
def test_a_config_runs_for_two_steps(
    name: str, tmp_path: Path, small_shop: Path, tiny_base: Path, tiny_t5_base: Path
) -> None:
    config = CONFIGS / f"{name}.yaml"
    if load_settings(config, []).quantize:
        pytest.importorskip("bitsandbytes")
    base = tiny_t5_base if name == "t5-small" else tiny_base
    settings = load_settings(config, [f"base={base}", *QUICK, "training.fsdp=false"])  # several GPUs are not here
    assert finetune(small_shop, tmp_path / "run", settings, False, Console(quiet=True))
    run = load_run(tmp_path / "run")
    assert run.made["encoder_decoder"] == name.startswith("t5")
    assert '"step": 2' in (run.folder / "metrics.jsonl").read_text()
