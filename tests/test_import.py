import subprocess
import sys

import pytest

import bundlesmith

CORE = [
    "base",
    "data.catalogue",
    "decoding.decoder",
    "errors",
    "data.events",
    "explain.tell",
    "files",
    "decoding.lexicon",
    "constraints.lookahead",
    "prompts.prompting",
    "prompts",
    "request",
    "constraints.rules",
    "run",
    "settings",
    "decoding.spelling",
    "decoding.trie",
    "eval.metrics",
    "eval.score",
    "eval.tasks",
    "pipeline.ask",
    "decoding.beams",
    "decoding.engine",
]
HEAVY = {"torch", "transformers", "vllm", "peft", "datasets", "accelerate"}


def loaded_by(code: str) -> set[str]:
    """The top-level packages that are loaded after *code* in a fresh Python."""
    after = f"{code}\nimport sys\nprint(*(name for name in sys.modules if '.' not in name))"
    found = subprocess.run([sys.executable, "-c", after], capture_output=True, text=True, timeout=120, check=True)
    return set(found.stdout.split())


def test_the_package_loads_nothing_heavy():
    assert not loaded_by("import bundlesmith") & {*HEAVY, "polars", "pydantic", "numpy"}


def test_the_core_loads_neither_torch_nor_transformers_nor_vllm():
    loaded = loaded_by("\n".join(f"import bundlesmith.{name}" for name in CORE))
    assert "numpy" in loaded and not loaded & HEAVY


def test_a_training_is_refused_before_transformers_is_loaded():
    loaded = loaded_by("import bundlesmith.finetune.processes")
    assert "accelerate" in loaded and "transformers" not in loaded


def test_values_of_the_package_are_found_without_anything_heavy():
    assert not loaded_by("from bundlesmith import BundlesmithError, Catalogue, Recommendation, Request, Rules") & HEAVY


def test_a_name_that_the_package_does_not_have_is_an_attribute_error():
    with pytest.raises(AttributeError, match="no attribute 'Bundler'"):
        _ = bundlesmith.Bundler


def test_the_version_is_the_installed_one():
    assert bundlesmith.__version__.count(".") == 2
