"""Adapters that come and go in a vLLM server that runs: each writes what its own model writes, and no other does."""

import asyncio
import os
import signal
import time
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path

import pytest
from rich.console import Console

from bundlesmith.cli.serve import make_service
from bundlesmith.decoding.engine import GenerationRequest
from bundlesmith.decoding.writer import EngineGoneError, EngineState
from bundlesmith.engines.engines import OneForAll
from bundlesmith.engines.vllm.progress import STUCK
from bundlesmith.engines.vllm.server_writer import VllmServerWriter, vllm_at
from bundlesmith.errors import BundlesmithError
from bundlesmith.finetune.finetune import finetune, spell
from bundlesmith.finetune.model import tuned_model
from bundlesmith.pipeline.ask import Ask
from bundlesmith.run import Run, load_run
from bundlesmith.serve.service import Service, ServiceSettings
from bundlesmith.settings import load_settings
from bundlesmith.shop.followed_shop import FollowedShop, values_of
from bundlesmith.shop.live_shop import LiveShop
from tests.conftest import QUICK
from tests.engines.vllm_async_job import SETTINGS
from tests.engines.vllm_orders import LONG, generation, generations, plainly, together, tokens
from tests.serve.processes import processes, serving

pytestmark = [
    pytest.mark.slow,
    pytest.mark.timeout(1500),  # two starts of vLLM
    pytest.mark.skipif(find_spec("vllm") is None, reason="vLLM is not installed: it can't be had for this machine"),
]
Written = list[list[int]]


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory, small_shop: Path, wide_base: Path) -> dict[str, Path]:
    """Two adapters of one base, and the base alone."""
    folder = tmp_path_factory.mktemp("adapters")
    rates = [f"base={wide_base}", *QUICK, "training.learning_rate=0.05", "training.warmup=0"]
    for name, seed in (("demo", 1), ("spring", 2)):
        settings = load_settings(None, [*rates, f"training.seed={seed}"])
        finetune(small_shop, folder / name, settings, False, Console(quiet=True))
    spell(small_shop, folder / "plain", load_settings(None, rates), Console(quiet=True))
    return {name: folder / name for name in ("demo", "spring", "plain")}


def some(run: Run, name: str) -> list[GenerationRequest]:
    """Items alone: enough to tell adapters apart."""
    return generations(LiveShop(run).view(), name)[1::2]


def wanted(folder: Path, name: str) -> Written:
    """What a plain loop over a run's own model writes."""
    run = load_run(folder)
    model = tuned_model(run.folder, run.settings, run.tokenizer)
    return [[token.token for token in plainly(model, one)] for one in some(run, name)]


async def written(writer: VllmServerWriter, folder: Path, name: str) -> Written:
    found = await together(writer, some(load_run(folder), name))
    return [[token.token for token in one] for one in found]


@asynccontextmanager
async def served(runs: dict[str, Path], store: str) -> AsyncGenerator[Service]:
    engines = OneForAll(replace(SETTINGS, lora=True), store)
    service = make_service(runs, engines, store, ServiceSettings(grace=5))
    try:
        await service.start()
        yield service
    finally:
        await service.stop()


async def kill_engine(writer: VllmServerWriter, long: GenerationRequest) -> None:
    """Kill the server's engine under a long answer; returns when it is there again by itself, in new processes."""
    before = serving()
    writing = writer.write(long)
    await anext(writing)
    begun = time.monotonic()
    os.kill(next(pid for pid, words in before.items() if "EngineCore" in words), signal.SIGKILL)
    with pytest.raises(EngineGoneError):
        async for _ in writing:
            pass
    assert time.monotonic() - begun < STUCK / 2  # far less than an engine that hangs is given
    while writer.state is EngineState.READY:
        await asyncio.sleep(0.01)
    with pytest.raises(EngineGoneError):
        await tokens(writer, long)
    while writer.state is not EngineState.READY:
        await asyncio.sleep(0.05)
    assert not before.keys() & processes().keys()  # nothing of the old one is left


def test_adapters_come_and_go_and_are_there_again_when_the_engine_was_killed(
    runs: dict[str, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)  # where vLLM's log is
    answers = {name: wanted(folder, name) for name, folder in runs.items()}
    assert answers["demo"] != answers["spring"] != answers["plain"] != answers["demo"]

    async def live() -> None:
        async with served({"demo": runs["demo"]}, f"sqlite:///{tmp_path / 'store.db'}") as service:
            writer = service.run("demo").writer
            assert isinstance(writer, VllmServerWriter)
            assert await written(writer, runs["demo"], "demo") == answers["demo"]
            for name in ("spring", "plain"):
                await service.offer.add(name, runs[name])
            assert await written(writer, runs["spring"], "spring") == answers["spring"]
            assert await written(writer, runs["plain"], "plain") == answers["plain"]
            shop = FollowedShop(LiveShop(load_run(runs["demo"])), service.store.changes, "demo")
            first = shop.view().run.catalogue.ids[0]
            with service.store.changing("demo") as log:
                log.append(first, values_of(shop.view(), first))
            await kill_engine(writer, generation(shop.view(), *LONG, version=shop.version))
            assert await written(writer, runs["spring"], "spring") == answers["spring"]
            assert await tokens(writer, generation(shop.view(), Ask(size="2"), False, version=shop.version))
            await service.offer.remove("spring")
            assert await written(writer, runs["demo"], "demo") == answers["demo"]
            with pytest.raises(BundlesmithError, match='no run "spring"'):
                await written(writer, runs["spring"], "spring")
            elsewhere = vllm_at(writer._server.url, writer._server.key, {"later": runs["spring"]})
            await elsewhere.start()
            service.store.models.put("later", runs["spring"])
            assert await written(elsewhere, runs["spring"], "later") == answers["spring"]  # loaded when it is asked for
            await elsewhere.stop(1)

    asyncio.run(live())
