"""The engine that writes by vLLM in this process: its AsyncLLM, whose core is a process of its own, watched and started
again whenever it dies.

    writer = VllmAsyncWriter({"demo": Path("runs/demo")}, VllmSettings())
    await writer.start()

vLLM takes some of its settings from the environment of this process alone (see
`bundlesmith.engines.vllm.command.engine_environment`): set them before it starts.
"""

import asyncio
import json
import logging
import os
import time
from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing
from itertools import count
from pathlib import Path
from typing import Any

from bundlesmith.decoding.engine import GenerationRequest
from bundlesmith.decoding.writer import EngineState, Token
from bundlesmith.engines.vllm.command import engine_environment, engine_words
from bundlesmith.engines.vllm.model import has_adapter
from bundlesmith.engines.vllm.progress import UnderWay
from bundlesmith.engines.vllm.settings import VllmSettings
from bundlesmith.engines.vllm.watch import END, FIRST_WAIT, LONG_ENOUGH, LONGEST_WAIT, LOOK_EVERY, safely
from bundlesmith.pipeline.flat import with_noise
from bundlesmith.pipeline.following import CUT_OFF, busy, followed, gone, last_token, refused

logger = logging.getLogger(__name__)


class VllmAsyncWriter:
    """vLLM in this process as a `bundlesmith.decoding.writer.Writer`.

    Args:
        runs: folders by the names by which requests ask for them; one, or with `settings.lora` several of one base.
        settings: how it runs.
        store: the URL of the store whose changes of the shop count; "" for none.
    """

    def __init__(self, runs: Mapping[str, Path], settings: VllmSettings, store: str = "") -> None:
        self._runs, self._settings, self._store = dict(runs), settings, store
        self._engine: Any = None  # vLLM's AsyncLLM
        self._adapters: dict[str, Any] = {}  # vLLM's LoRARequests, by the names of runs
        self._state, self._under_way = EngineState.LOADING, UnderWay()
        self._numbers, self.restarts = count(1), True
        self._keeping: asyncio.Task[None] | None = None

    @property
    def state(self) -> EngineState:
        """How it is now."""
        if self._state is EngineState.READY and self._engine.errored:
            return EngineState.GONE
        return self._state

    async def start(self) -> None:
        """Load, and return when it is ready.

        Raises:
            BundlesmithError: if vLLM can't serve these runs.
            RuntimeError: if vLLM fails; it says why in the log.
        """
        for name, value in engine_environment(self._settings).items():
            if os.environ.get(name) != value:
                logger.warning("%s is not %s: vLLM runs in this process by its own default.", name, value)
        await self._begin()
        self._keeping = asyncio.create_task(self._keep())

    def write(self, generation: GenerationRequest) -> AsyncGenerator[Token, None]:
        """See `bundlesmith.decoding.writer.Writer.write`.

        Raises:
            EngineGoneError: if the engine isn't ready, or dies meanwhile.
            EngineBusyError: if its queue is full.
            OffGrammarError: if it writes what the request doesn't allow.
            BundlesmithError: if it refuses the request; the error says why.
        """
        return followed(generation, self._stream(generation))

    async def add_run(self, name: str, folder: Path) -> None:
        """Load the adapter of one more run, with `lora`; its shop comes from the store.

        Raises:
            EngineGoneError: if the engine isn't ready.
            BundlesmithError: if it can't load it; the error says why.
        """
        if self.state is not EngineState.READY:
            raise gone(f"it is {self.state}")
        await self._load(name, folder)
        self._runs[name] = folder

    async def remove_run(self, name: str) -> None:
        """Take the adapter of a run out of the engine.

        Raises:
            EngineGoneError: if the engine isn't ready.
        """
        self._runs.pop(name, None)
        if self.state is not EngineState.READY:
            raise gone(f"it is {self.state}")
        adapter = self._adapters.pop(name, None)
        if adapter is not None:
            await self._engine.remove_lora(adapter.lora_int_id)

    async def stop(self, grace: float) -> None:
        """See `bundlesmith.decoding.writer.Writer.stop`."""
        ready, self._state = self.state is EngineState.READY, EngineState.GONE
        if self._keeping is not None:
            self._keeping.cancel()
            await asyncio.gather(self._keeping, return_exceptions=True)
        until = time.monotonic() + grace
        while ready and self._under_way and not self._engine.errored and time.monotonic() < until:
            await asyncio.sleep(0.02)
        await self._end()

    async def _stream(self, generation: GenerationRequest) -> AsyncGenerator[Token, None]:
        from vllm.exceptions import GracefulHTTPError, VLLMClientError
        from vllm.v1.engine.exceptions import EngineDeadError, EngineGenerateError

        if self.state is not EngineState.READY:
            raise gone(f"it is {self.state}")
        try:
            with self._under_way.one():
                async with aclosing(self._outputs(generation)) as outputs:
                    async for output in outputs:
                        self._under_way.moves()
                        for token, logprobs in zip(output.token_ids, output.logprobs, strict=True):
                            yield Token(token, logprobs[token].logprob)
                        if output.finish_reason in CUT_OFF:
                            raise gone("it gave the answer up")
        except (EngineDeadError, EngineGenerateError) as error:
            raise gone(str(error)) from error
        except GracefulHTTPError as error:
            raise busy(str(error)) from error
        except (ValueError, VLLMClientError) as error:
            raise refused(str(error)) from error

    async def _outputs(self, generation: GenerationRequest) -> AsyncGenerator[Any, None]:
        """vLLM's outputs as they come; closing this aborts the request."""
        from vllm import SamplingParams
        from vllm.sampling_params import RequestOutputKind

        params = SamplingParams(
            temperature=0,
            max_tokens=max(1, self._settings.context - len(generation.reads)),
            logprobs=0,  # of the written token alone
            stop_token_ids=[last_token(generation)],
            detokenize=False,
            output_kind=RequestOutputKind.DELTA,
            extra_args=with_noise(generation.rules, generation.noise),
        )
        prompt, adapter = {"prompt_token_ids": generation.reads}, self._adapter(generation.model)
        stream = self._engine.generate(prompt, params, f"generation-{next(self._numbers)}", lora_request=adapter)
        async with aclosing(stream):
            async for found in stream:
                yield found.outputs[0]

    def _adapter(self, name: str) -> Any:
        return self._adapters.get(name or next(iter(self._runs), ""))

    async def _begin(self) -> None:
        self._state, self._adapters = EngineState.LOADING, {}
        self._engine = await asyncio.to_thread(_engine, dict(self._runs), self._settings, self._store)
        if self._settings.lora:
            for name, folder in self._runs.items():
                await self._load(name, folder)
        self._state = EngineState.READY

    async def _load(self, name: str, folder: Path) -> None:
        from vllm.lora.request import LoRARequest

        if not has_adapter(folder):
            return
        adapter = LoRARequest(name, next(self._numbers), str(folder.absolute()))
        try:
            await self._engine.add_lora(adapter)
        except Exception as error:  # whatever vLLM's worker raised
            raise refused(str(error)) from error
        self._adapters[name] = adapter

    async def _keep(self) -> None:
        """Start it again whenever its core dies."""
        wait = FIRST_WAIT
        while True:
            began = time.monotonic()
            while self._state is EngineState.READY and not self._engine.errored and not self._under_way.stuck():
                await asyncio.sleep(LOOK_EVERY)
            self._state = EngineState.GONE
            logger.error("vLLM's engine is gone.")
            wait = FIRST_WAIT if time.monotonic() - began > LONG_ENOUGH else wait
            await safely(self._end(), "vLLM did not end well")
            await asyncio.sleep(wait)
            wait = min(2 * wait, LONGEST_WAIT)
            await safely(self._begin(), "vLLM did not start again")

    async def _end(self) -> None:
        engine, self._engine = self._engine, None
        if engine is not None:
            await asyncio.to_thread(engine.shutdown, timeout=END)


def _engine(runs: Mapping[str, Path], settings: VllmSettings, store: str) -> Any:
    """A new AsyncLLM; takes as long as loading takes."""
    words = engine_words(runs, settings)
    from vllm.engine.arg_utils import AsyncEngineArgs
    from vllm.utils.argparse_utils import FlexibleArgumentParser
    from vllm.v1.engine.async_llm import AsyncLLM

    from bundlesmith.engines.vllm import processors
    from bundlesmith.engines.vllm.shops import Shops

    processors.hold(Shops(runs, store))  # here requests are admitted, and in the core they are written
    said = {"runs": {name: str(folder.absolute()) for name, folder in runs.items()}, "store": store}
    words += ["--additional-config", json.dumps({processors.CONFIG: said}), "--disable-log-stats"]
    parser = AsyncEngineArgs.add_cli_args(FlexibleArgumentParser())
    return AsyncLLM.from_engine_args(AsyncEngineArgs.from_cli_args(parser.parse_args(words)))
