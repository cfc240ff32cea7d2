"""The engine in process that serves: a thread writes all answers together, and coroutines get their tokens."""

import asyncio
import logging
import queue
from collections.abc import AsyncGenerator, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from threading import Event, Thread
from typing import TYPE_CHECKING

from bundlesmith.decoding.engine import FinishedAnswer, GenerationRequest
from bundlesmith.decoding.likelihood import logits_before
from bundlesmith.decoding.writer import EngineGoneError, EngineState, Token
from bundlesmith.engines.continuous_batching import ContinuousBatch, OpenAnswer
from bundlesmith.engines.transformers_engine import TransformersEngine
from bundlesmith.errors import BundlesmithError
from bundlesmith.finetune.model import placed, tuned_model
from bundlesmith.run import Run

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from transformers import PreTrainedModel

Progress = list[Token] | Exception | None
"""Tokens; what went wrong; or None: the answer is complete."""


@dataclass(slots=True, eq=False)
class _Waiting:
    """An answer, and the coroutine that waits for it."""

    answer: OpenAnswer
    loop: asyncio.AbstractEventLoop
    said: "asyncio.Queue[Progress]"

    def say(self, said: Progress) -> None:
        if not self.answer.left:
            self.loop.call_soon_threadsafe(self.said.put_nowait, said)


class TransformersWriter:
    """A model of one run, in this process; see `bundlesmith.decoding.writer.Writer`.

    Args:
        load: loads the model: decoder-only, in evaluation mode.
        places: how many answers are written together; others wait for a place.
    """

    def __init__(self, load: "Callable[[], PreTrainedModel]", places: int = 8) -> None:
        self.load, self.places, self.restarts = load, places, True
        self._state = EngineState.LOADING
        self._orders: queue.SimpleQueue[_Waiting | None] = queue.SimpleQueue()
        self._thread: Thread | None = None
        self._searches = ThreadPoolExecutor(1, "searcher")  # one at a time; those that are given up never begin
        self._model: PreTrainedModel | None = None

    @property
    def state(self) -> EngineState:
        """How it is now."""
        return self._state

    async def start(self) -> None:
        """Load the model, and begin to write; does nothing if it writes already."""
        if self._state is EngineState.READY:
            return
        model = self._model = await asyncio.to_thread(self.load)
        self._thread = Thread(target=self._run, args=(model,), name="writer", daemon=True)
        self._thread.start()
        self._state = EngineState.READY

    async def write(self, generation: GenerationRequest) -> AsyncGenerator[Token, None]:
        """See `bundlesmith.decoding.writer.Writer.write`."""
        if self._state is not EngineState.READY:
            raise EngineGoneError(f"The engine is {self._state}.", "Try again in a moment.")
        waiting = _Waiting(OpenAnswer(generation), asyncio.get_running_loop(), asyncio.Queue())
        self._orders.put(waiting)
        try:
            while (said := await waiting.said.get()) is not None:
                if isinstance(said, Exception):
                    raise EngineGoneError(f"The engine failed: {said}.", "Try again.") from said
                for token in said:
                    yield token
        finally:
            waiting.answer.left = True

    def reads(self, prompts: Sequence[Sequence[int]], answer: Sequence[int]) -> "NDArray[np.float32]":
        """See `bundlesmith.decoding.writer.LikelihoodReader.reads`. May run while answers are written."""
        return logits_before(self._ready(), prompts, answer)

    async def search(self, generations: Sequence[GenerationRequest], width: int, n: int) -> list[list[FinishedAnswer]]:
        """See `bundlesmith.decoding.writer.Searcher.search`. It may run while answers are written, as `reads` may."""
        over, loop = Event(), asyncio.get_running_loop()
        engine = TransformersEngine(self._ready(), given_up=over.is_set)
        try:
            return await loop.run_in_executor(self._searches, engine.write, generations, width, n)
        except Exception as error:
            logging.getLogger(__name__).exception("The model failed.")
            raise EngineGoneError(f"The engine failed: {error}.", "Try again.") from error
        finally:
            over.set()

    def _ready(self) -> "PreTrainedModel":
        if self._model is None or self._state is not EngineState.READY:
            raise EngineGoneError(f"The engine is {self._state}.", "Try again in a moment.")
        return self._model

    async def stop(self, grace: float) -> None:
        """Finish what is being written, and end."""
        self._state = EngineState.GONE
        self._orders.put(None)
        self._searches.shutdown(wait=False)
        if self._thread is not None:
            await asyncio.to_thread(self._thread.join, grace)

    def _run(self, model: "PreTrainedModel") -> None:
        """The thread: begins anew with an empty batch when the model fails."""
        while True:
            under_way: dict[OpenAnswer, _Waiting] = {}
            try:
                self._write_all(ContinuousBatch(model), under_way)
                return
            except Exception as error:
                logging.getLogger(__name__).exception("The model failed.")
                for waiting in under_way.values():
                    waiting.say(error)

    def _write_all(self, together: ContinuousBatch, under_way: dict[OpenAnswer, _Waiting]) -> None:
        """Write until told to stop, and then what is under way."""
        stopping = False
        while not (stopping and not under_way and self._orders.empty()):
            while len(under_way) < self.places and not (under_way and self._orders.empty()):
                if stopping and self._orders.empty():
                    break
                waiting = self._orders.get()
                if waiting is None:
                    stopping = True
                elif not waiting.answer.left:
                    under_way[waiting.answer] = waiting
                    _tell(waiting, together.join(waiting.answer), under_way)
            for answer, written in together.step():
                _tell(under_way[answer], written, under_way)
            for answer in [answer for answer in under_way if answer.left]:
                del under_way[answer]
            together.drop()


def _tell(waiting: _Waiting, written: list[Token], under_way: dict[OpenAnswer, _Waiting]) -> None:
    waiting.say(written)
    if waiting.answer.row.done:
        waiting.say(None)
        del under_way[waiting.answer]


def writer_of(run: Run, places: int) -> TransformersWriter:
    """The engine of a run, on a GPU if there is one.

    Raises:
        BundlesmithError: if its model is an encoder-decoder.
    """
    if run.made["encoder_decoder"]:
        raise BundlesmithError(
            f'The run "{run.folder}" has an encoder-decoder model, and serving writes with decoder-only ones.',
            "`bundlesmith recommend` and `predict` write with it.",
        )

    return TransformersWriter(lambda: placed(tuned_model(run.folder, run.settings, run.tokenizer)), places)
