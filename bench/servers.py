"""The services of the benchmark as processes: ours on both engines, plain vLLM, and `bench.peer`. All are up at once;
those that nobody asks are idle.
"""

import asyncio
import subprocess
import sys
import time
from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import httpx2

from bundlesmith.engines.vllm import process_group
from bundlesmith.engines.vllm.command import vllm_command
from bundlesmith.engines.vllm.process import VllmProcess
from bundlesmith.engines.vllm.settings import VllmSettings

LOADING = 300.0
"""Seconds that a service has to be ready."""


class Services:
    """Starts services and ends them all.

    Args:
        folder: where their logs and stores are.
        first_port: that of the first service; vLLM finds its own.
        places: how many answers each writes at a time.
    """

    def __init__(self, run: Path, folder: Path, first_port: int, places: int) -> None:
        self.run, self.folder, self.places = run, folder, places
        self._port = first_port
        self._processes: list[subprocess.Popen[bytes]] = []
        self._vllm: list[VllmProcess] = []
        folder.mkdir(parents=True, exist_ok=True)

    @asynccontextmanager
    async def up(self) -> AsyncGenerator["Services"]:
        """End them all when the block is left."""
        try:
            yield self
        finally:
            for process in self._processes:
                assert process.stdin is not None
                process.stdin.close()  # its guard kills its group
                process.wait()
            for vllm in self._vllm:
                await vllm.kill()

    async def ours(self, engine: str, vllm: str = "") -> str:
        """The URL of `bundlesmith serve` with an engine in process, or with a vLLM server."""
        name = "vllm" if vllm else engine
        words = ["-m", "bundlesmith", "serve", "--run", f"demo={self.run}", "--store", self._store(name)]
        words += ["--engine-url", vllm] if vllm else ["--engine", engine]
        words += ["--places", str(self.places), "--waiting", "200", "--deadline", "600"]
        return await self._started(f"ours-{name}", words, "/readyz")

    async def peer(self, batch: int) -> str:
        """The URL of transformers' `generate`."""
        words = ["-m", "bench.peer", str(self.run), "--batch", str(batch)]
        return await self._started(f"peer-{batch}", words, "/readyz")

    async def vllm(self, plain: bool) -> str:
        """The URL of a vLLM server: one with our processors as we start it, or the same without them."""
        settings = VllmSettings(places=self.places, queue=256)
        command = vllm_command({"demo": self.run}, settings, self._store("vllm"), "")
        words, environment = list(command.words), dict(command.environment)
        del environment["VLLM_API_KEY"]
        if plain:
            for ours in ("--logits-processors", "--worker-cls"):
                at = words.index(ours)
                del words[at : at + 2]
        vllm = VllmProcess(replace(command, words=tuple(words), environment=environment), self._log(f"vllm-{plain}"))
        self._vllm.append(vllm)
        await _ready(f"{vllm.url}/health", lambda: vllm.running)
        return vllm.url

    def _store(self, name: str) -> str:
        return f"sqlite:///{self.folder / name}.db"

    def _log(self, name: str) -> Path:
        return self.folder / f"{name}.log"

    async def _started(self, name: str, words: list[str], ready: str) -> str:
        port, self._port = self._port, self._port + 1
        with self._log(name).open("wb") as log:
            words = [sys.executable, "-I", process_group.__file__, sys.executable, *words, "--port", str(port)]
            process = subprocess.Popen(words, stdin=subprocess.PIPE, stdout=log, stderr=log, start_new_session=True)
        self._processes.append(process)
        url = f"http://127.0.0.1:{port}"
        await _ready(url + ready, lambda: process.poll() is None)
        return url


async def _ready(url: str, runs: Callable[[], bool]) -> None:
    until = time.monotonic() + LOADING
    async with httpx2.AsyncClient(trust_env=False) as client:
        while time.monotonic() < until and runs():
            try:
                if (await client.get(url)).is_success:
                    return
            except httpx2.TransportError:
                pass
            await asyncio.sleep(0.2)
    raise RuntimeError(f"{url} isn't ready: see the logs.")


async def prefix_cache(vllm: str) -> Mapping[str, float]:
    """How many tokens of prompts a vLLM server was asked for so far, and how many its prefix cache had."""
    async with httpx2.AsyncClient(trust_env=False) as client:
        lines = (await client.get(f"{vllm}/metrics")).text.splitlines()
    names = {"queries": "vllm:prefix_cache_queries_total", "hits": "vllm:prefix_cache_hits_total"}
    return {key: sum(float(line.split()[-1]) for line in lines if line.startswith(name)) for key, name in names.items()}
