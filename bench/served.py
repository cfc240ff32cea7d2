"""What benchmarks of the service share: `bundlesmith serve` as a real process, under a loop that starts it again as
`restart: always` does, and the requests that are sent to it.

    given = arguments(__doc__, port=8200).parse_args()
    with serving(Path("runs/demo"), given) as served:   # ready to write
        ...
"""

import argparse
import itertools
import os
import random
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from types import TracebackType
from typing import Any

import httpx2
import psutil

PAUSE = 0.5
"""Seconds before a service that ended is started again."""
WORDS = (
    "a weekend camping trip for two",
    "coffee at home",
    "a present for a cyclist",
    "everything for a new desk",
    "a picnic in the park",
    "a birthday party",
    "a rainy day with the dog",
    "for baking with children",
)


class Served:
    """The service; its store and logs are in *folder*.

    Args:
        run: what is served, as "demo"; None: what *more* names.
        folder: for its files.
        engine: see `bundlesmith serve --engine`.
        port: where.
        more: further options of `bundlesmith serve`.
    """

    def __init__(self, run: Path | None, folder: Path, engine: str, port: int, *more: str) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.folder, self.url = folder.absolute(), f"http://127.0.0.1:{port}"
        self.store = f"sqlite:///{self.folder / 'store.db'}"
        words = ["-m", "bundlesmith", "serve", "--engine", engine]
        words += [] if run is None else ["--run", f"demo={run.absolute()}"]
        self._words = [sys.executable, *words, "--port", str(port), "--store", self.store, *more]
        self._process: subprocess.Popen[bytes] | None = None
        self._ended = threading.Event()
        self._keeper = threading.Thread(target=self._keep)
        self.starts = 0

    def __enter__(self) -> "Served":
        self._keeper.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._ended.set()
        if self._process is not None:
            self._process.terminate()
        self._keeper.join()

    def _keep(self) -> None:
        with (self.folder / "serve.log").open("ab") as log:
            while not self._ended.is_set():
                self._process = subprocess.Popen(self._words, cwd=self.folder, stdout=log, stderr=log)
                self.starts += 1
                self._process.wait()
                self._ended.wait(PAUSE)

    def until_ready(self, seconds: float = 180) -> float:
        """Wait until it can write; returns how long it took."""
        began = time.perf_counter()
        while time.perf_counter() - began < seconds:
            if self.status() == 200:
                return time.perf_counter() - began
            time.sleep(0.1)
        raise TimeoutError(f"It isn't ready after {seconds:g} s: see {self.folder / 'serve.log'}.")

    def status(self) -> int:
        """What `/readyz` says; 0: nobody listens."""
        with suppress(httpx2.TransportError):
            return httpx2.get(f"{self.url}/readyz", timeout=10).status_code
        return 0

    def kill(self) -> None:
        """SIGKILL the service."""
        assert self._process is not None
        self._process.kill()

    def kill_engine(self) -> None:
        """SIGKILL the core of its vLLM, or, where that has no name of its own, the server."""
        victims = [each for each in self._tree() if "EngineCore" in " ".join(_said(each))]
        os.kill(victims[0].pid, signal.SIGKILL)

    def memory(self) -> float:
        """Of the service and all that it started, in MB: what isn't shared with others (USS)."""
        found = 0
        for each in self._tree():
            with suppress(psutil.Error):
                found += each.memory_full_info().uss
        return found / 1e6

    def _tree(self) -> list[psutil.Process]:
        assert self._process is not None
        with suppress(psutil.Error):
            root = psutil.Process(self._process.pid)
            return [root, *root.children(recursive=True)]
        return []


def arguments(doc: str | None, port: int, **seconds: float) -> argparse.ArgumentParser:
    """The options of a benchmark that loads a service: its engine and port, and for how long what is done."""
    parser = argparse.ArgumentParser(description=doc, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--engine", default="transformers")
    parser.add_argument("--port", type=int, default=port)
    for name, default in seconds.items():
        parser.add_argument(f"--{name}", type=float, default=default, help="seconds (%(default)s)")
    return parser


@contextmanager
def serving(run: Path, given: argparse.Namespace, *more: str, ready: float = 180) -> Iterator[Served]:
    """The service of a run as these `arguments` say, once it can write; its files go with it."""
    with tempfile.TemporaryDirectory() as folder, Served(run, Path(folder), given.engine, given.port, *more) as served:
        served.until_ready(ready)
        yield served


def _said(process: psutil.Process) -> list[str]:
    with suppress(psutil.Error):
        return [*process.cmdline(), process.name()]
    return []


def bodies(seed: int) -> Iterator[dict[str, Any]]:
    """Requests, no two of which are alike: none is answered from the cache."""
    rng = random.Random(seed)
    for number in itertools.count(seed * 100_000):
        budget = rng.choice([None, 120.0, 250.0, 400.0])
        yield {"words": rng.choice(WORDS), "budget": budget, "size": "2:3", "seed": number % 10**6, "temperature": 0.5}


def percentile(values: list[float], share: float) -> float | None:
    """The value below which *share* of the values are; None if there are none."""
    return sorted(values)[min(len(values) - 1, int(share * len(values)))] if values else None
