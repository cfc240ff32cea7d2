"""A vLLM server, ours or someone else's, under watch: how it is, and for ours, up again whenever it dies."""

import asyncio
import logging
import secrets
import time
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from pathlib import Path

import httpx2

from bundlesmith.decoding.writer import EngineState
from bundlesmith.engines.vllm.command import Command
from bundlesmith.engines.vllm.process import VllmProcess
from bundlesmith.errors import BundlesmithError

LOOK_EVERY = 0.5
"""Seconds between two looks."""
PATIENCE, LOOKS = 10.0, 3
"""A server that lets so many looks in turn wait for so many seconds each, but doesn't refuse either, is gone."""
FIRST_WAIT, LONGEST_WAIT = 0.5, 30.0
"""Seconds before a server that failed is started again; twice as many each time."""
END = 5.0
"""Seconds that a server of ours has to end by itself, with nothing under way."""
LONG_ENOUGH = 60.0
"""A server that was up for so many seconds isn't waited for when it dies."""
logger = logging.getLogger(__name__)


class Server:
    """A server that someone else started.

    Attributes:
        url: where it is now; "" before one of ours was first started.
        key: the API key that it asks for; "" for none.
        runs: folders by name, of those runs that are to be in it.
        state: how it is now.
        went: is called whenever it is found to be gone.
        came: is called whenever it has begun anew.
        stuck: is asked whether it hangs, for its health says nothing of that.
    """

    def __init__(self, url: str, key: str = "", runs: Mapping[str, Path] | None = None) -> None:
        self.url, self.key, self.runs = url.rstrip("/").removesuffix("/v1"), key, dict(runs or {})
        self.state = EngineState.LOADING
        self.went: Callable[[], None] = lambda: None
        self.came: Callable[[], None] = lambda: None
        self.stuck: Callable[[], bool] = lambda: False
        self._doubted = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Return when it is ready, however long that takes; from then on it is watched."""
        self._task = asyncio.create_task(self._watch())
        while self.state is not EngineState.READY:
            await asyncio.sleep(LOOK_EVERY / 5)

    def doubt(self) -> None:
        """Look at once: someone saw it fail."""
        self._doubted.set()

    async def stop(self) -> None:
        """No more watching."""
        self.state = EngineState.GONE
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def _watch(self) -> None:
        while True:
            if await safely(self._until_ready(), "The vLLM server can't be watched"):
                await safely(self._until_gone(), "The vLLM server can't be watched")
            self.state = EngineState.GONE
            await asyncio.sleep(LOOK_EVERY)

    async def _until_ready(self) -> bool:
        """Wait until it is ready; returns whether it came to that before it ended."""
        async with httpx2.AsyncClient(timeout=PATIENCE) as client:
            while self._runs():
                if await healthy(client, self.url):
                    self.state = EngineState.READY
                    self.came()
                    return True
                await asyncio.sleep(LOOK_EVERY / 5)
        return False

    async def _until_gone(self) -> None:
        """Watch a server that is ready, until it no longer is."""
        silent = 0  # looks, not seconds: this process may itself have been held up
        async with httpx2.AsyncClient(timeout=PATIENCE) as client:
            while self._runs() and not self.stuck() and silent < LOOKS:
                found = await healthy(client, self.url)
                if found is False:
                    break
                silent = 0 if found else silent + 1
                with suppress(TimeoutError):
                    await asyncio.wait_for(self._doubted.wait(), LOOK_EVERY)
                self._doubted.clear()
        self.state = EngineState.GONE
        logger.error("The vLLM server at %s is gone.", self.url)
        self.went()

    def _runs(self) -> bool:
        """Whether its process runs, as far as that is known."""
        return True


class OwnServer(Server):
    """A server that we start, and start again.

    Args:
        runs: folders by the names by which requests ask for them.
        command: makes the command that starts it for some runs and with an API key; may take a while.
        log: the file that its output is added to.
    """

    def __init__(
        self, runs: Mapping[str, Path], command: Callable[[Mapping[str, Path], str], Command], log: Path
    ) -> None:
        super().__init__("", secrets.token_hex(16), runs)
        self._make, self._log = command, log
        self._process: VllmProcess | None = None

    async def start(self) -> None:
        """Start it, and return when it is ready; from then on it is watched.

        Raises:
            BundlesmithError: if it can't be started; the end of its log is in it.
        """
        command = await asyncio.to_thread(self._make, dict(self.runs), self.key)  # wrong runs are said at once
        try:
            if not await self._begin(command):
                raise BundlesmithError(f"vLLM did not start: {self._said()}", f'Its log is "{self._log}".')
        except BaseException:
            await self._kill()
            raise
        self._task = asyncio.create_task(self._keep())

    async def _begin(self, command: Command) -> bool:
        """Start it and wait until it is ready; returns whether it came to that."""
        self._process = await asyncio.to_thread(VllmProcess, command, self._log)
        self.url, self.state = self._process.url, EngineState.LOADING
        return await self._until_ready()

    async def _keep(self) -> None:
        wait = FIRST_WAIT
        while True:
            if self.state is EngineState.READY:
                began = time.monotonic()
                await safely(self._until_gone(), "The vLLM server can't be watched")
                wait = FIRST_WAIT if time.monotonic() - began > LONG_ENOUGH else wait
            await safely(self._kill(), "The vLLM server did not end")
            self.state = EngineState.GONE
            await asyncio.sleep(wait)
            wait = min(2 * wait, LONGEST_WAIT)
            await safely(self._begin_again(), "The vLLM server did not start again")

    async def _begin_again(self) -> None:
        if not await self._begin(await asyncio.to_thread(self._make, dict(self.runs), self.key)):
            raise BundlesmithError(self._said(), f'Its log is "{self._log}".')

    def _runs(self) -> bool:
        return self._process is not None and self._process.running

    def _said(self) -> str:
        return self._process.tail() if self._process is not None else ""

    async def stop(self) -> None:
        """No more watching, and end it."""
        await super().stop()
        if self._process is not None:
            self._process.end()
            await self._process.ended(END)
        await self._kill()

    async def _kill(self) -> None:
        if self._process is not None:
            await self._process.kill()


async def safely(work: Awaitable[object], what: str) -> bool:
    """Do a keeper's work; whatever goes wrong with it is logged, and the keeper goes on.

    Returns:
        Whether it was done.
    """
    try:
        await work
    except BundlesmithError as error:
        logger.error("%s: %s", what, error)
    except Exception:
        logger.exception("%s.", what)
    else:
        return True
    return False


async def healthy(client: httpx2.AsyncClient, url: str) -> bool | None:
    """Whether a server says that it is well; None if it says nothing, neither yes nor no."""
    try:
        answer = await client.get(f"{url}/health")
    except httpx2.TimeoutException:
        return None
    except httpx2.TransportError:
        return False
    return answer.is_success
