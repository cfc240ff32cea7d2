"""What keeps engines up goes on, whatever goes wrong; what couldn't be served leaves no engine behind."""

import asyncio
from pathlib import Path
from typing import Any

import pytest

from bundlesmith.cli.serve import make_service
from bundlesmith.decoding.writer import EngineState, Writer
from bundlesmith.engines.engines import OneEach
from bundlesmith.engines.vllm import async_writer, watch
from bundlesmith.engines.vllm.async_writer import VllmAsyncWriter
from bundlesmith.engines.vllm.settings import VllmSettings
from bundlesmith.engines.vllm.watch import safely
from bundlesmith.errors import BundlesmithError
from bundlesmith.serve import offer
from bundlesmith.serve.live_run import LiveRun
from bundlesmith.serve.service import ServiceSettings


class Core:
    """vLLM's AsyncLLM, as far as its keeper needs it."""

    def __init__(self) -> None:
        self.errored = False

    def shutdown(self, timeout: float) -> None:
        if self.errored:
            raise KeyError("the core is gone")


ERRORS = [AssertionError("no"), KeyError("x"), TypeError("y"), TimeoutError(), BundlesmithError("No.", "Wait.")]


async def until(holds: Any) -> None:
    async with asyncio.timeout(10):
        while not holds():
            await asyncio.sleep(0.005)


def test_an_engine_is_started_again_whatever_its_start_or_its_end_raises(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    starts: list[Core] = []
    trouble = [*ERRORS]

    def engine(*_: Any) -> Core:
        if starts and trouble:
            raise trouble.pop()
        starts.append(Core())
        return starts[-1]

    monkeypatch.setattr(async_writer, "_engine", engine)
    for name in ("LOOK_EVERY", "FIRST_WAIT", "LONGEST_WAIT"):
        monkeypatch.setattr(async_writer, name, 0.01)

    async def run() -> None:
        writer = VllmAsyncWriter({"demo": Path("run")}, VllmSettings())
        await writer.start()
        starts[0].errored = True
        await until(lambda: writer.state is not EngineState.READY)
        await until(lambda: writer.state is EngineState.READY)
        assert len(starts) == 2 and not trouble
        await writer.stop(0.1)

    asyncio.run(run())
    assert caplog.text.count("vLLM did not start again") == len(ERRORS)
    assert "vLLM did not end well" in caplog.text


@pytest.mark.parametrize("error", ERRORS, ids=lambda error: type(error).__name__)
def test_what_goes_wrong_is_said_and_no_more(error: Exception, caplog: pytest.LogCaptureFixture) -> None:
    async def fails() -> None:
        raise error

    assert not asyncio.run(safely(fails(), "It can't be watched"))
    assert "It can't be watched" in caplog.text
    assert asyncio.run(safely(asyncio.sleep(0), "x"))


def test_a_watch_goes_on_whatever_a_look_raises(monkeypatch: pytest.MonkeyPatch) -> None:
    looks: list[Any] = [True, ValueError("odd"), KeyError("odd"), True]
    monkeypatch.setattr(watch, "LOOK_EVERY", 0.01)

    async def healthy(client: Any, url: str) -> bool:
        found = looks.pop(0) if looks else True
        if isinstance(found, Exception):
            raise found
        return bool(found)

    monkeypatch.setattr(watch, "healthy", healthy)

    async def run() -> None:
        server = watch.Server("http://localhost:1")
        await server.start()
        await until(lambda: not looks)
        await until(lambda: server.state is EngineState.READY)
        await server.stop()

    asyncio.run(run())


def test_a_run_that_cannot_be_served_leaves_no_engine(
    tiny_run: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    service = make_service({"demo": tiny_run}, OneEach(2), f"sqlite:///{tmp_path / 'store.db'}", ServiceSettings())
    started: list[Writer] = []

    def fails(name: str, run: Any, writer: Writer, store: Any) -> LiveRun:
        assert writer.state is EngineState.READY
        started.append(writer)
        raise BundlesmithError("Its ranker can't be read.", "Learn it again.")

    monkeypatch.setattr(offer, "LiveRun", fails)
    with pytest.raises(BundlesmithError, match="Its ranker"):
        asyncio.run(service.offer.add("more", tiny_run))
    assert started[0].state is EngineState.GONE and "more" not in service.runs
    assert "more" not in {model.name for model in service.store.models.all()}
    service.store.close()
