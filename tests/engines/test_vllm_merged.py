"""Added tokens: the same logits in PEFT, after merging and in vLLM; and vLLM writes only valid bundles with them."""

import json
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
import torch
from peft import PeftModel
from rich.console import Console

from bundlesmith.base import load_model
from bundlesmith.cli.export import checked_export
from bundlesmith.decoding.decoder import parse_answer
from bundlesmith.finetune.finetune import finetune
from bundlesmith.pipeline.ask import Ask
from bundlesmith.pipeline.flat import Flat
from bundlesmith.pipeline.opening import Openings
from bundlesmith.run import Run, load_run
from bundlesmith.settings import load_settings
from bundlesmith.shop.live_shop import LiveShop
from tests.conftest import QUICK
from tests.engines.test_vllm import ROOT, environment

pytestmark = [
    pytest.mark.slow,
    pytest.mark.timeout(1200),
    pytest.mark.skipif(find_spec("vllm") is None, reason="vLLM is not installed: it can't be had for this machine"),
]
ASKS = [
    Ask(words=words, size=size, in_stock=False) for words in ("tents", "coffee", "") for size in ("2:4", "3", "1:2")
]


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory, small_shop: Path, wide_base: Path) -> Run:
    """A run whose spellings are added tokens, trained along with LoRA."""
    out = tmp_path_factory.mktemp("semantic") / "run"
    rates = ["training.learning_rate=0.05", "training.warmup=0"]  # far from where the new rows began
    settings = load_settings(None, [f"base={wide_base}", *QUICK, *rates, "examples.spelling=semantic"])
    finetune(small_shop, out, settings, False, Console(quiet=True))
    return load_run(out)


@pytest.fixture(scope="module")
def merged(run: Run, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("exports") / "merged"
    assert checked_export(run, out, "merged", 4) == 4
    return out


@pytest.fixture(scope="module")
def prompts(run: Run) -> list[list[int]]:
    """Prompts with and without codes in them; the answer begun, so that a code comes next."""
    empty, full = run.prompter.request(words="tents"), run.prompter.request(history=[0, 1, 2], items=[3, 4])
    return [empty, full, [*full, *run.lexicon.tokens[5][:1]]]


@pytest.fixture(scope="module")
def in_vllm(run: Run, merged: Path, prompts: list[list[int]], tmp_path_factory: pytest.TempPathFactory) -> Any:
    """What the merged folder's model thinks and writes in vLLM; one start for all tests."""
    folder = tmp_path_factory.mktemp("vllm")
    requests = [(run.prompter.request(words=ask.words), Flat(**ask.model_dump()).values) for ask in ASKS * 3]
    (folder / "asked.json").write_text(json.dumps({"prompts": prompts, "requests": requests}))
    words = [sys.executable, "-m", "tests.engines.vllm_merged_job", merged, folder / "asked.json", folder / "out.json"]
    done = subprocess.run(words, cwd=ROOT, env=environment(run.folder), capture_output=True, text=True, timeout=900)
    assert done.returncode == 0, done.stderr[-4000:]
    return json.loads((folder / "out.json").read_text())


def unmerged(run: Run, trained: bool) -> Any:
    """The run as PEFT loads it beside its base, nothing of it merged; or the base alone."""
    model: Any = load_model(run.settings.base)
    model.resize_token_embeddings(len(run.tokenizer), mean_resizing=False)
    return PeftModel.from_pretrained(model, str(run.folder)).eval() if trained else model


@torch.inference_mode()
def logprobs(model: Any, prompt: list[int]) -> torch.Tensor:
    return torch.log_softmax(model(torch.tensor([prompt])).logits[0, -1], -1)


def test_merging_keeps_the_logits_of_all_tokens(run: Run, merged: Path, prompts: list[list[int]]) -> None:
    adapted, plain, whole = unmerged(run, True), unmerged(run, False), load_model(str(merged))
    for prompt in prompts:
        wanted = logprobs(adapted, prompt)
        assert wanted.shape == (len(run.tokenizer),)
        torch.testing.assert_close(logprobs(whole, prompt), wanted, atol=1e-4, rtol=0)
        assert (logprobs(plain, prompt) - wanted).abs().max() > 0.1  # there was something to merge


def test_vllm_has_the_logits_of_peft(run: Run, prompts: list[list[int]], in_vllm: Any) -> None:
    adapted = unmerged(run, True)
    for prompt, found in zip(prompts, in_vllm["logprobs"], strict=True):
        ours = logprobs(adapted, prompt)
        assert len(found) == len(ours)
        theirs = torch.tensor([found[str(token)] for token in range(len(ours))])
        torch.testing.assert_close(theirs, ours, atol=1e-4, rtol=0)


def test_vllm_writes_only_valid_bundles_in_added_tokens(run: Run, in_vllm: Any) -> None:
    openings, spelt = Openings(LiveShop(run).view()), set(run.lexicon.tokens)
    marks = run.lexicon.marks
    for ask, answer in zip(ASKS * 3, in_vllm["answers"], strict=True):
        tokens = [token for token in answer if token != marks.end]
        start = openings.decoder(ask.request(run), talk=False)
        assert parse_answer(start.grammar, start.choice, tokens).done
        codes = [token for token in tokens if token >= 49_152]  # SmolLM2 has so many of its own
        assert codes and any(spelling[0] == codes[0] for spelling in spelt)
