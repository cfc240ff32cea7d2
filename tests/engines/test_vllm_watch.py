"""Servers under watch and in a process group: real processes, only that a small program stands in for vLLM."""

import asyncio
import os
import signal
import subprocess
import sys
import urllib.request
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path

import pytest

from bundlesmith.decoding.writer import EngineState
from bundlesmith.engines.vllm import process_group, watch
from bundlesmith.engines.vllm.command import Command
from bundlesmith.engines.vllm.watch import OwnServer, Server
from bundlesmith.errors import BundlesmithError
from tests.engines import a_server
from tests.serve.processes import children, processes


def command(pids: Path, *words: str) -> Command:
    return Command((sys.executable, a_server.__file__, str(pids), *words), os.environ)


def watched(folder: Path, *words: str) -> OwnServer:
    def make(runs: Mapping[str, Path], key: str) -> Command:
        assert runs == {"demo": folder} and len(key) == 32
        return command(folder / "pids", *words)

    return OwnServer({"demo": folder}, make, folder / "log" / "vllm.log")


async def until(holds: Callable[[], bool], seconds: float = 60) -> None:
    async with asyncio.timeout(seconds):
        while not holds():
            await asyncio.sleep(0.01)


def ask(url: str) -> None:
    with suppress(OSError):
        urllib.request.urlopen(url, timeout=0.3).close()


def alive(pids: Path) -> bool:
    return int(pids.read_text()) in processes()


@pytest.mark.parametrize("how", ["end", "ill", "hang"])
@pytest.mark.slow
def test_a_server_that_dies_is_started_again_and_nothing_of_it_is_left(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, how: str
) -> None:
    monkeypatch.setattr(watch, "PATIENCE", 0.5)
    before = children(os.getpid())

    async def live() -> None:
        server, events = watched(tmp_path), list[str]()
        server.went, server.came = lambda: events.append("went"), lambda: events.append("came")
        await server.start()
        first, child = server.url, int((tmp_path / "pids").read_text())
        assert server.state is EngineState.READY and events == ["came"]
        await asyncio.to_thread(ask, f"{first}/{how}")
        server.doubt()
        await until(lambda: server.state is not EngineState.READY)
        assert events == ["came", "went"]
        await until(lambda: server.state is EngineState.READY)
        assert events == ["came", "went", "came"] and server.url != first
        assert child not in processes() and alive(tmp_path / "pids")
        await server.stop()
        assert server.state is EngineState.GONE and not alive(tmp_path / "pids")
        assert children(os.getpid()) == before

    asyncio.run(live())


def test_a_server_of_which_no_answer_gets_on_is_started_again(tmp_path: Path) -> None:
    async def live() -> None:
        server = watched(tmp_path)
        await server.start()
        first = server.url
        server.stuck = lambda: server.url == first
        await until(lambda: server.state is not EngineState.READY)
        await until(lambda: server.state is EngineState.READY and server.url != first)
        await server.stop()

    asyncio.run(live())


def test_a_server_that_does_not_start_says_what_it_said(tmp_path: Path) -> None:
    before = children(os.getpid())

    async def live() -> None:
        with pytest.raises(BundlesmithError, match=r"(?s)Here I am.*I can't go on.*vllm\.log"):
            await watched(tmp_path, "ending").start()

    asyncio.run(live())
    assert children(os.getpid()) == before


@pytest.mark.slow
def test_one_that_fails_to_start_again_is_tried_until_it_does(tmp_path: Path) -> None:
    words: list[str] = []

    async def live() -> None:
        server = OwnServer({}, lambda runs, key: command(tmp_path / "pids", *words), tmp_path / "log")
        await server.start()
        words.append("ending")
        await asyncio.to_thread(ask, f"{server.url}/end")
        await until(lambda: (tmp_path / "log").read_text().count("go on") >= 2)
        assert server.state is not EngineState.READY
        words.clear()
        await until(lambda: server.state is EngineState.READY)
        await server.stop()

    asyncio.run(live())


def test_a_server_elsewhere_is_gone_while_it_does_not_answer(tmp_path: Path) -> None:
    async def live() -> None:
        own = watched(tmp_path)
        await own.start()
        server = Server(f"{own.url}/v1/")
        await server.start()
        assert server.state is EngineState.READY and server.url == own.url
        await own.stop()
        await until(lambda: server.state is EngineState.GONE)
        again = subprocess.Popen([*command(tmp_path / "pids").at(int(own.url.rpartition(":")[2]))])
        await until(lambda: server.state is EngineState.READY)
        await server.stop()
        os.kill(int((tmp_path / "pids").read_text()), signal.SIGKILL)
        again.kill()
        again.wait()

    asyncio.run(live())


STARTER = """
import subprocess, sys, time
process = subprocess.Popen(sys.argv[1:], stdin=subprocess.PIPE, start_new_session=True)
time.sleep(600)
"""


@pytest.mark.parametrize("victim", ["starter", "program"])
def test_all_of_it_dies_with_the_starter_and_with_the_program(tmp_path: Path, victim: str) -> None:
    pids = tmp_path / "pids"
    words = [sys.executable, "-I", process_group.__file__, *command(pids).at(0)]
    starter = subprocess.Popen([sys.executable, "-c", STARTER, *words])
    asyncio.run(until(lambda: pids.exists() and bool(pids.read_text())))
    under = dict(children(starter.pid))
    program = next(pid for pid, line in under.items() if "a_server" in line and "process_group" not in line)
    assert len(under) == 3 and int(pids.read_text()) in under
    os.kill(starter.pid if victim == "starter" else program, signal.SIGKILL)
    asyncio.run(until(lambda: not under.keys() & processes().keys()))
    starter.kill()
    starter.wait()


def test_a_large_log_is_put_aside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bundlesmith.engines.vllm.process.LARGEST_LOG", 100)
    (tmp_path / "log").mkdir()
    (tmp_path / "log" / "vllm.log").write_text("x" * 101)

    async def live() -> None:
        server = watched(tmp_path)
        await server.start()
        await server.stop()

    asyncio.run(live())
    assert (tmp_path / "log" / "vllm.log.1").stat().st_size == 101
    assert (tmp_path / "log" / "vllm.log").read_text().startswith("Here I am.")
