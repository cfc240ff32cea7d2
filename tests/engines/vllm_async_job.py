"""Runs in a process of its own: vLLM's AsyncLLM as a writer; what it writes, and what becomes of it when its core dies.

    python -m tests.engines.vllm_async_job RUN OUT.json

The environment is that of `bundlesmith.engines.vllm.command.engine_environment`.
"""

import asyncio
import json
import os
import signal
import sys
import time
from pathlib import Path
from typing import Any

from bundlesmith.decoding.engine import GenerationRequest
from bundlesmith.decoding.writer import EngineGoneError, EngineState
from bundlesmith.engines.vllm.async_writer import VllmAsyncWriter
from bundlesmith.engines.vllm.settings import VllmSettings
from bundlesmith.errors import BundlesmithError
from bundlesmith.run import load_run
from bundlesmith.shop.live_shop import LiveShop
from tests.engines.vllm_orders import LONG, LONGISH, generation, generations, together, tokens
from tests.serve.processes import children, core

SETTINGS = VllmSettings(context=1024, places=8, queue=12, cores=core())


async def main(run_folder: str, out: str) -> None:
    run = load_run(Path(run_folder))
    view = LiveShop(run).view()
    writer = VllmAsyncWriter({"demo": run.folder}, SETTINGS)
    await writer.start()
    found: dict[str, Any] = {
        "started": [[token.token for token in one] for one in await together(writer, generations(view))]
    }
    long = generation(view, *LONG)
    found["refused"] = await said(writer, generation(view, *LONG, model="nobody"))
    found["busy"] = await overfull(writer, generation(view, *LONGISH))
    found["left"] = await leave(writer, long)
    found["given up"] = await given_up(writer, long)
    found["seconds"] = await killed(writer, long)
    while writer.state is not EngineState.READY:
        await asyncio.sleep(0.05)
    found["again"] = [[token.token for token in one] for one in await together(writer, generations(view))]
    await writer.stop(5)
    found["children"] = len(engines())
    Path(out).write_text(json.dumps(found))


async def said(writer: VllmAsyncWriter, one: GenerationRequest) -> str:
    try:
        await tokens(writer, one)
    except BundlesmithError as error:
        return f"{type(error).__name__}: {error}"
    return ""


async def overfull(writer: VllmAsyncWriter, one: GenerationRequest) -> list[str]:
    """What those are told that find no place in the queue."""
    found = await asyncio.gather(*(said(writer, one) for _ in range(SETTINGS.queue + 8)))
    return [each for each in found if each]


async def leave(writer: VllmAsyncWriter, one: GenerationRequest) -> int:
    """How many answers are under way in vLLM after the only one was left."""
    writing = writer.write(one)
    await anext(writing)
    assert writer._engine.get_num_unfinished_requests() == 1
    await writing.aclose()
    return int(writer._engine.get_num_unfinished_requests())


async def given_up(writer: VllmAsyncWriter, one: GenerationRequest) -> str:
    """What is told of an answer that vLLM itself ends early."""
    number, writing = next(writer._numbers) + 1, writer.write(one)
    await anext(writing)
    await writer._engine.abort(f"generation-{number}")
    try:
        async for _ in writing:
            pass
    except BundlesmithError as error:
        return f"{type(error).__name__}: {error}"
    return ""


async def killed(writer: VllmAsyncWriter, one: GenerationRequest) -> float:
    """How long it takes until an answer under way ends with an error when the core is killed."""
    writing = writer.write(one)
    await anext(writing)
    begun = time.monotonic()
    os.kill(engines()[0], signal.SIGKILL)
    try:
        async for _ in writing:
            pass
    except EngineGoneError:
        return time.monotonic() - begun
    raise AssertionError("The answer was complete.")


def engines() -> list[int]:
    return [pid for pid, words in children(os.getpid()) if "EngineCore" in words]


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
