"""Requests that an engine answers as a batch: what is to be written is collected, written at once, read along as ever.

    asyncio.run(write_all(writings, write))

So a bundle comes about as in the service: what is drawn, what is drawn again, and what may come next are the same.
*write* is an engine.
"""

import asyncio
from collections.abc import AsyncGenerator, Callable, Sequence

from bundlesmith.decoding.engine import GenerationRequest
from bundlesmith.decoding.writer import EngineState, Token
from bundlesmith.pipeline.following import followed
from bundlesmith.pipeline.writing import Writing
from bundlesmith.recommendation import Recommendation

WriteAll = Callable[[Sequence[GenerationRequest]], list[list[Token]]]
"""Writes all answers, in their order; may take long."""
QUIET = 20
"""When so many turns of the loop bring no more, all that can be asked for now was."""


class Collecting:
    """A `bundlesmith.decoding.writer.Writer` that collects what is to be written until someone writes them all."""

    state, restarts = EngineState.READY, False

    def __init__(self) -> None:
        self._waiting: list[tuple[GenerationRequest, asyncio.Future[list[Token]]]] = []

    async def start(self) -> None:
        """Nothing is to be started."""

    async def stop(self, grace: float) -> None:
        """Nothing is to be stopped."""

    def write(self, generation: GenerationRequest) -> AsyncGenerator[Token, None]:
        """See `bundlesmith.decoding.writer.Writer.write`."""
        return followed(generation, self._later(generation))

    async def _later(self, generation: GenerationRequest) -> AsyncGenerator[Token, None]:
        future: asyncio.Future[list[Token]] = asyncio.get_running_loop().create_future()
        self._waiting.append((generation, future))
        for token in await future:
            yield token

    async def collected(self) -> int:
        """How much there is to be written, once no more comes."""
        before, quiet = len(self._waiting), 0
        while quiet < QUIET:
            await asyncio.sleep(0)
            quiet = quiet + 1 if len(self._waiting) == before else 0
            before = len(self._waiting)
        return before

    async def written(self, write: WriteAll) -> None:
        """Let all that was collected be written."""
        waiting, self._waiting = self._waiting, []
        answers = await asyncio.to_thread(write, [generation for generation, _ in waiting])
        for (_, future), tokens in zip(waiting, answers, strict=True):
            if not future.done():
                future.set_result(tokens)


async def write_all(writings: Sequence[Writing], write: WriteAll) -> list[list[Recommendation]]:
    """The bundles of each request. Most take one batch; a bundle that is drawn again takes another.

    Raises:
        OffGrammarError: if an answer isn't one that its generation allows.
    """
    collecting = Collecting()
    tasks = [asyncio.create_task(writing.run(collecting, lambda step: None)) for writing in writings]
    while await collecting.collected():
        await collecting.written(write)
    return list(await asyncio.gather(*tasks))
