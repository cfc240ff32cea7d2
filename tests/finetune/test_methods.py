"""Every method trains for three steps, and its run recommends; what should be trained is, and nothing else."""

import io
from pathlib import Path

import pytest
import torch
from rich.console import Console
from safetensors.torch import load_file

from bundlesmith.base import load_model
from bundlesmith.constraints.rules import Rules
from bundlesmith.data.tables import load
from bundlesmith.finetune.finetune import finetune, load_lesson, no_adapter_for_vllm
from bundlesmith.finetune.model import tuned_model
from bundlesmith.recommender import Recommender
from bundlesmith.request import Request
from bundlesmith.run import load_run
from bundlesmith.settings import load_settings

QUICK = ["training.max_steps=3", "training.eval_every=2", "training.eval_blocks=2", "lora.r=4"]
METHODS = {
    "lora": [],
    "rslora": ["lora.rslora=true"],
    "dora": ["lora.dora=true"],
    "qlora": ["quantize=nf4"],
    "semantic": ["examples.spelling=semantic"],
    "full": ["method=full"],
    "full-semantic": ["method=full", "examples.spelling=semantic"],
}
LINEAR = ("q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj")


@pytest.fixture(scope="module", params=METHODS)
def made(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, small_shop: Path, tiny_base: Path
) -> tuple[str, Path]:
    if request.param == "qlora":
        pytest.importorskip("bitsandbytes")
    out = tmp_path_factory.mktemp("methods") / request.param
    settings = load_settings(None, [f"base={tiny_base}", *QUICK, *METHODS[request.param]])
    finetune(small_shop, out, settings, False, Console(quiet=True))
    return request.param, out


@pytest.mark.slow
def test_a_run_recommends_valid_bundles(made: tuple[str, Path]) -> None:
    recommender = Recommender.load(made[1])
    rules = Rules(min_items=2, max_items=3, in_stock=False)
    (best,) = recommender.recommend([Request(words="a gift", rules=rules)])[0]
    assert 2 <= len(best.items) <= 3 and len(set(best.items)) == len(best.items)
    assert set(best.items) <= set(recommender.run.catalogue.ids)


@pytest.mark.slow
def test_what_should_be_trained_is_and_nothing_else(made: tuple[str, Path], tiny_base: Path) -> None:
    method, out = made
    run = load_run(out)
    before = dict(load_model(str(tiny_base)).named_parameters())
    after = dict(tuned_model(out, run.settings, run.tokenizer).named_parameters())
    changed = {name for name in before if not torch.equal(before[name], after[name][: len(before[name])])}
    linear = {name for name in before if any(part in name for part in LINEAR)}
    assert len(linear) == 14
    assert changed == (set(before) if method.startswith("full") else linear)


@pytest.mark.slow
def test_an_adapter_holds_what_was_trained_and_no_whole_embedding(made: tuple[str, Path]) -> None:
    method, out = made
    if method.startswith("full"):
        assert not (out / "adapter_config.json").exists()
        return
    weights = load_file(out / "adapter_model.safetensors")
    rows = {name: tensor for name, tensor in weights.items() if "lora_" not in name}
    assert all(tensor.abs().sum() > 0 for name, tensor in weights.items() if "lora_B" in name)
    if method == "semantic":
        (codes,) = rows.values()
        added = len(load_run(out).tokenizer) - 49152
        assert codes.shape == (added, 64)
    else:
        assert not rows


@pytest.mark.slow
def test_the_rows_of_new_tokens_are_trained_saved_and_loaded(tmp_path: Path, small_shop: Path, tiny_base: Path) -> None:
    steps = ["training.learning_rate=1e-30", "training.learning_rate=1e-2"]
    for name, step in zip(("still", "moved"), steps, strict=True):
        words = [f"base={tiny_base}", *QUICK, "examples.spelling=semantic", step]
        finetune(small_shop, tmp_path / name, load_settings(None, words), False, Console(quiet=True))
    runs = [load_run(tmp_path / name) for name in ("still", "moved")]
    still, moved = (tuned_model(run.folder, run.settings, run.tokenizer).get_input_embeddings().weight for run in runs)
    assert torch.equal(still[:49152], moved[:49152])
    used = {token for tokens in runs[0].lexicon.tokens for token in tokens}
    assert {int(row) for row in (still != moved).any(1).nonzero()} <= {*range(49152, len(still))}
    assert sum(bool((still[token] != moved[token]).any()) for token in used) > len(used) / 2


@pytest.mark.parametrize("method, reason", [("lora", ""), ("dora", "is a DoRA"), ("full", "")])
def test_what_vllm_cannot_load_is_said(small_shop: Path, tiny_base: Path, method: str, reason: str) -> None:
    settings = load_settings(None, [f"base={tiny_base}", *METHODS[method]])
    assert no_adapter_for_vllm(settings, load_lesson(small_shop, load(small_shop), settings)) == reason


@pytest.mark.slow
def test_a_training_that_adds_tokens_says_so_when_it_starts(tmp_path: Path, small_shop: Path, tiny_base: Path) -> None:
    words = [f"base={tiny_base}", *QUICK, "examples.spelling=semantic"]
    console = Console(width=200, record=True, file=io.StringIO())
    finetune(small_shop, tmp_path / "run", load_settings(None, words), False, console)
    assert "vLLM can't load this run's adapter: it trains tokens that the spelling added." in console.export_text()
