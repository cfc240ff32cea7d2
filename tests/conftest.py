"""What many tests share: a tiny model with the real tokenizer, the sample shop, and a run that was trained on it."""

from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from rich.console import Console

from bundlesmith.base import SMOLLM2, load_tokenizer
from bundlesmith.finetune.finetune import finetune
from bundlesmith.prepare.prepare import Source, prepare
from bundlesmith.serve.recommender import Recommender
from bundlesmith.settings import Settings, load_settings

# Random rules often have no bundle; properties about bundles pass over those.
settings.register_profile("bundlesmith", suppress_health_check=[HealthCheck.filter_too_much])
settings.load_profile("bundlesmith")

QUICK = ["training.max_steps=3", "training.eval_every=2", "training.eval_blocks=2", "lora.r=4"]


@pytest.fixture(scope="session")
def tiny_base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a real Llama of two small layers and random weights, and SmolLM2's tokenizer."""
    import torch
    from transformers import LlamaConfig, LlamaForCausalLM

    torch.manual_seed(0)
    tokenizer = load_tokenizer(SMOLLM2)
    config = LlamaConfig(
        vocab_size=len(tokenizer),
        hidden_size=32,
        intermediate_size=64,
        num_hidden_layers=2,
        num_attention_heads=4,
        num_key_value_heads=2,
        eos_token_id=tokenizer.eos_token_id,
        pad_token_id=tokenizer.pad_token_id,
        tie_word_embeddings=True,
        initializer_range=0.3,  # far from uniform: a model that wants something
    )
    folder = tmp_path_factory.mktemp("tiny") / "base"
    LlamaForCausalLM(config).save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder


@pytest.fixture(scope="session")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The sample shop, prepared."""
    folder = tmp_path_factory.mktemp("shop") / "data"
    prepare(Source(kind="sample", seed=7), folder)
    return folder


@pytest.fixture(scope="session")
def quick_settings(tiny_base: Path) -> Settings:
    return load_settings(None, [f"base={tiny_base}", *QUICK])


@pytest.fixture(scope="session")
def tiny_run(tmp_path_factory: pytest.TempPathFactory, shop: Path, quick_settings: Settings) -> Path:
    """A run of the tiny model after three steps on the sample shop; tests don't change it."""
    folder = tmp_path_factory.mktemp("runs") / "tiny"
    finetune(shop, folder, quick_settings, False, Console(quiet=True))
    return folder


@pytest.fixture(scope="session")
def recommender(tiny_run: Path) -> Recommender:
    return Recommender.load(tiny_run)
