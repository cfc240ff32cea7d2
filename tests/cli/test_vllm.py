"""`bundlesmith vllm`: the process that it becomes."""

import os
from collections.abc import Mapping, Sequence
from importlib.util import find_spec
from pathlib import Path

import pytest

from tests.cli.run import bundlesmith

pytestmark = pytest.mark.skipif(find_spec("vllm") is None, reason="vLLM can't be had for this machine")


def test_it_becomes_vllms_server_with_our_rules(tiny_run: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    became: list[tuple[str, Sequence[str], Mapping[str, str]]] = []

    def become(program: str, words: Sequence[str], environment: Mapping[str, str]) -> None:
        became.append((program, words, environment))

    monkeypatch.setattr(os, "execvpe", become)
    monkeypatch.setenv("VLLM_API_KEY", "secret")
    monkeypatch.setenv("BUNDLESMITH_STORE", "postgresql://somewhere/shop")
    given = ["--run", f"demo={tiny_run}", "--host", "0.0.0.0", "--port", "8009", "--adapters", "--gpu"]
    assert bundlesmith("vllm", *given, "--", "--tensor-parallel-size", "2") == 0
    ((program, words, environment),) = became
    said = " ".join(words)
    assert program == words[0] and said.endswith("--port 8009 --tensor-parallel-size 2")
    assert "--host 0.0.0.0" in said and "--enable-lora" in said and f"demo={tiny_run}" in said
    assert "processors:V1" in said and "--enforce-eager" not in said and "kv-cache-memory" not in said
    assert environment["BUNDLESMITH_RUN"] == f"demo={tiny_run}"
    assert environment["BUNDLESMITH_STORE"] == "postgresql://somewhere/shop"
    assert environment["VLLM_API_KEY"] == "secret" and "secret" not in said
    assert environment["VLLM_ALLOW_RUNTIME_LORA_UPDATING"] == "1"
