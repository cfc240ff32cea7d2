"""Who may be answered now, who waits, and who is sent away: a bounded queue in front of an engine.

async with gate.place(weight=1, seconds=30):   # raises BusyError at once rather than wait in vain
    ...
"""

import asyncio
import math
import time
from collections import deque
from collections.abc import AsyncGenerator, Callable, Iterator
from concurrent.futures import Executor, Future
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass
from threading import Event
from typing import Any, TypeVar

from bundlesmith.decoding.writer import EngineGoneError
from bundlesmith.errors import BundlesmithError

_T = TypeVar("_T")

MEMORY = 0.9
"""How much the mean time of an answer, and its mean deviation, keep of what they were, at each answer."""
DEVIATIONS = 4
"""An answer is counted on to take the mean and so many deviations, as TCP's timeouts (Jacobson, SIGCOMM 1988)."""


class BusyError(BundlesmithError):
    """There is no place in time.

    Attributes:
        retry_after: seconds after which to ask again, a whole number from 1.
    """

    def __init__(self, what: str, retry_after: float) -> None:
        self.retry_after = max(1, math.ceil(retry_after))
        super().__init__(what, f"Ask again in {self.retry_after} s.")


class GivenUpError(Exception):
    """Nobody waits for it any more: no `BundlesmithError`, of which some are an answer to a question."""


@contextmanager
def while_awaited() -> Iterator[Callable[[], None]]:
    """What work in a thread calls between its steps: once the context is left, it raises `GivenUpError`."""
    over = Event()

    def check() -> None:
        if over.is_set():
            raise GivenUpError

    try:
        yield check
    finally:
        over.set()


@dataclass(slots=True, eq=False)
class _Waiting:
    weight: int
    turn: "asyncio.Future[None]"


class Gate:
    """Lets in as many as there are places, in the order in which they came.

    Args:
        places: how much weight is inside at a time.
        waiting: how many may wait.
        clock: seconds that never go back.
    """

    def __init__(self, places: int, waiting: int, clock: Callable[[], float] = time.monotonic) -> None:
        self.places, self.limit = places, waiting
        self.inside = 0
        self.mean = 0.0
        self.deviation = 0.0
        self._clock = clock
        self._queue: deque[_Waiting] = deque()

    @property
    def waiting(self) -> int:
        """How many wait."""
        return len(self._queue)

    @asynccontextmanager
    async def place(self, weight: int, seconds: float) -> AsyncGenerator[None]:
        """A place, as long as the context is open.

        Args:
            weight: how much of the places it takes; more than there are counts as all.
            seconds: how long the whole may take, waiting included.

        Raises:
            BusyError: if too many wait, or the wait would leave too little of the time for the answer.
        """
        weight = min(weight, self.places)
        await self._enter(weight, seconds - self.mean - DEVIATIONS * self.deviation)
        began, ended = self._clock(), False
        try:
            yield
            ended = True
        finally:
            took = self._clock() - began
            if ended or took > self.mean:  # what was given up early says nothing of how long it takes
                self._learn(took)
            self.inside -= weight
            self._let_in()

    def keep(self, work: "Future[Any]") -> None:
        """Take a place, whether or not there is one, until some work ends that was given up and goes on."""
        loop = asyncio.get_running_loop()
        self.inside += 1

        def leave() -> None:
            self.inside -= 1
            self._let_in()

        def ended(_: "Future[Any]") -> None:
            with suppress(RuntimeError):  # the loop is closed
                loop.call_soon_threadsafe(leave)

        work.add_done_callback(ended)

    async def _enter(self, weight: int, patience: float) -> None:
        if not self._queue and self.inside + weight <= self.places:
            self.inside += weight
            return
        wait = self.wait()
        if len(self._queue) >= self.limit or wait > patience:
            raise BusyError(f"All {self.places} places are taken, and {len(self._queue)} wait.", wait)
        waiting = _Waiting(weight, asyncio.get_running_loop().create_future())
        self._queue.append(waiting)
        try:
            await asyncio.wait_for(asyncio.shield(waiting.turn), patience)
        except TimeoutError:
            self._give_up(waiting)
            raise BusyError("There was no place in time.", self.wait()) from None
        except asyncio.CancelledError:
            self._give_up(waiting)
            raise

    async def run_in(self, threads: Executor, work: Callable[..., _T], *args: Any) -> _T:
        """What comes of some work in a thread. A thread can't be stopped: its place is taken until it ends.

        Raises:
            EngineGoneError: if the threads are.
        """
        try:
            under_way = threads.submit(work, *args)
        except RuntimeError:
            raise EngineGoneError("The service is stopping.", "Ask again when it is back.") from None
        try:
            return await asyncio.wrap_future(under_way)
        except asyncio.CancelledError:
            if not under_way.done():
                self.keep(under_way)
            raise

    def _give_up(self, waiting: _Waiting) -> None:
        """Leave the queue; a turn that came meanwhile is the next one's."""
        if waiting.turn.done():
            self.inside -= waiting.weight
        else:
            self._queue.remove(waiting)
        self._let_in()

    def wait(self) -> float:
        """How long one who came now would wait, in seconds, as far as one knows."""
        ahead = self.inside + sum(waiting.weight for waiting in self._queue)
        return self.mean * max(ahead - self.places + 1, 0) / self.places

    def _let_in(self) -> None:
        while self._queue and self.inside + self._queue[0].weight <= self.places:
            waiting = self._queue.popleft()
            self.inside += waiting.weight
            waiting.turn.set_result(None)

    def _learn(self, seconds: float) -> None:
        if not self.mean:
            self.mean, self.deviation = seconds, seconds / 2
            return
        self.deviation = MEMORY * self.deviation + (1 - MEMORY) * abs(seconds - self.mean)
        self.mean = MEMORY * self.mean + (1 - MEMORY) * seconds
