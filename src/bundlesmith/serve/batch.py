"""Requests that an engine answers as a batch: their orders are collected, written all at once, and read along as ever.

    asyncio.run(write_all(writings, write))

So a bundle comes about as in the service: what is drawn, what is drawn again, and what may come next are the same.
*write* is an engine.
"""

import asyncio
from collections.abc import AsyncGenerator, Callable, Sequence

from bundlesmith.request import Recommendation
from bundlesmith.serve.following import followed
from bundlesmith.serve.writer import Order, State, Token
from bundlesmith.serve.writing import Writing

WriteAll = Callable[[Sequence[Order]], list[list[Token]]]
"""Writes the answers to orders, in their order; may take long."""
QUIET = 20
"""When so many turns of the loop bring no order, all that can be asked for now was."""


class Collecting:
    """A `bundlesmith.serve.writer.Writer` that collects orders until someone writes them all."""

    state, restarts = State.READY, False

    def __init__(self) -> None:
        self._waiting: list[tuple[Order, asyncio.Future[list[Token]]]] = []

    async def start(self) -> None:
        """Nothing is to be started."""

    async def stop(self, grace: float) -> None:
        """Nothing is to be stopped."""

    def write(self, order: Order) -> AsyncGenerator[Token, None]:
        """See `bundlesmith.serve.writer.Writer.write`."""
        return followed(order, self._later(order))

    async def _later(self, order: Order) -> AsyncGenerator[Token, None]:
        future: asyncio.Future[list[Token]] = asyncio.get_running_loop().create_future()
        self._waiting.append((order, future))
        for token in await future:
            yield token

    async def collected(self) -> int:
        """How many orders there are, once no more come."""
        before, quiet = len(self._waiting), 0
        while quiet < QUIET:
            await asyncio.sleep(0)
            quiet = quiet + 1 if len(self._waiting) == before else 0
            before = len(self._waiting)
        return before

    async def written(self, write: WriteAll) -> None:
        """Let all collected orders be written."""
        waiting, self._waiting = self._waiting, []
        answers = await asyncio.to_thread(write, [order for order, _ in waiting])
        for (_, future), tokens in zip(waiting, answers, strict=True):
            if not future.done():
                future.set_result(tokens)


async def write_all(writings: Sequence[Writing], write: WriteAll) -> list[list[Recommendation]]:
    """The bundles of each request. Most take one batch; a bundle that is drawn again takes another.

    Raises:
        OffGrammarError: if an answer isn't one that its order allows.
    """
    collecting = Collecting()
    tasks = [asyncio.create_task(writing.run(collecting, lambda step: None)) for writing in writings]
    while await collecting.collected():
        await collecting.written(write)
    return list(await asyncio.gather(*tasks))
