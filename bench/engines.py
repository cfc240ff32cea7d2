"""The same requests with the same seeds by several engines, with a real run: the same bundles, or a list of those that
differ.

    make test-engines      make test-ray

Engines: transformers (in this process), vllm (a server), vllm-async (in this process), ray (Ray Data). Each bundle is
compared by its items, its intent and its explanation; the scores show how far the engines' arithmetic is apart. One on
vLLM sets what vLLM takes from the environment alone, so each engine has a process of its own.
"""

import argparse
import asyncio
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from bench.table import publish
from bundlesmith.decoding.writer import Writer
from bundlesmith.engines.vllm.command import engine_environment
from bundlesmith.engines.vllm.settings import VllmSettings
from bundlesmith.pipeline.ask import Ask
from bundlesmith.pipeline.batch import write_all
from bundlesmith.pipeline.opening import Openings
from bundlesmith.pipeline.writing import Manner, Writing
from bundlesmith.recommendation import Recommendation
from bundlesmith.run import Run, load_run
from bundlesmith.shop.live_shop import LiveShop

ENGINES = ("transformers", "vllm-async", "vllm", "ray")
NAME = "demo"
SETTINGS = VllmSettings(places=8)
CLOSE = 0.01
"""So far apart may scores be: nats, a mean over items."""


def asks(run: Run) -> list[Ask]:
    """Requests of several kinds: words, users, items, rules; some with more bundles than one."""
    users = list(run.histories.users)[:40:8]
    found = [
        Ask(words="a weekend camping trip for two", size="2:3", budget=250, n=3),
        Ask(words="coffee at home", size="3"),
        Ask(words="a present for a cyclist", size="2:4", budget=120, per_category=1, n=2),
        Ask(size="2:3", in_stock=False, n=2),
    ]
    found += [Ask(user=user, size="2:3", n=2) for user in users]
    return found + [Ask(items=list(run.catalogue.ids[at : at + 1]), size="2:3", in_stock=False) for at in (5, 90)]


def writings(run: Run) -> list[Writing]:
    view = LiveShop(run).view()
    return [Writing(Openings(view, NAME), ask.request(view), Manner(seed=seed)) for seed, ask in enumerate(asks(run))]


def writer(engine: str, run: Run, log: Path) -> Writer:
    if engine == "transformers":
        from bundlesmith.engines.transformers_writer import writer_of

        return writer_of(run, SETTINGS.places)
    if engine == "vllm":
        from bundlesmith.engines.vllm.server_writer import own_vllm

        return own_vllm({NAME: run.folder}, SETTINGS, log)
    from bundlesmith.engines.vllm.async_writer import VllmAsyncWriter

    return VllmAsyncWriter({NAME: run.folder}, SETTINGS)


async def live(engine: str, run: Run, log: Path) -> tuple[list[list[Recommendation]], float]:
    """All answers, as many at a time as there are places, and how long they took."""
    one, gate = writer(engine, run, log), asyncio.Semaphore(4)
    await one.start()

    async def answer(writing: Writing) -> list[Recommendation]:
        async with gate:
            return await writing.run(one, lambda step: None)

    began = time.perf_counter()
    try:
        return list(await asyncio.gather(*map(answer, writings(run)))), time.perf_counter() - began
    finally:
        await one.stop(10)


def batched(run: Run) -> tuple[list[list[Recommendation]], float]:
    from bundlesmith.engines.ray_batch import ray_writer

    with ray_writer(NAME, run, SETTINGS) as write:
        began = time.perf_counter()  # with Ray an engine is loaded for each batch
        return asyncio.run(write_all(writings(run), write)), time.perf_counter() - began


def job(folder: Path, engine: str, out: Path) -> None:
    """Answer all requests by one engine."""
    run = load_run(folder)
    found, seconds = batched(run) if engine == "ray" else asyncio.run(live(engine, run, out.with_suffix(".log")))
    values = [[[each.items, each.intent, each.explanation, each.score] for each in one] for one in found]
    out.write_text(json.dumps({"seconds": seconds, "answers": values}))


def answers(folder: Path, engine: str, place: Path) -> dict[str, Any]:
    """The same in a process of its own."""
    out = place / f"{engine}.json"
    words = [sys.executable, "-m", "bench.engines", str(folder), engine, "--out", str(out)]
    subprocess.run(words, env=os.environ | engine_environment(SETTINGS), check=True, timeout=1200)
    found: dict[str, Any] = json.loads(out.read_text())
    return found


def compared(first: dict[str, Any], other: dict[str, Any]) -> dict[str, Any]:
    """How many bundles are the same, and how far their scores are apart."""
    pairs = [
        pair
        for one, two in zip(first["answers"], other["answers"], strict=True)
        for pair in zip(one, two, strict=False)
    ]
    counts = [sum(map(len, each["answers"])) for each in (first, other)]
    return {
        "seconds": other["seconds"],
        "bundles": counts[1],
        "same": sum(one[:3] == two[:3] for one, two in pairs) if counts[0] == counts[1] else 0,
        "same items": sum(one[0] == two[0] for one, two in pairs),
        "largest difference of scores": max(abs(one[3] - two[3]) for one, two in pairs),
    }


def compare(folder: Path, engines: Sequence[str]) -> None:
    with tempfile.TemporaryDirectory() as place:
        found = {engine: answers(folder, engine, Path(place)) for engine in engines}
    first = found[engines[0]]
    rows = [{"engine": engine, "beside": engines[0], **compared(first, each)} for engine, each in found.items()]
    publish("engines-" + "-".join(engines), rows)
    if any(row["same"] < rows[0]["bundles"] or row["largest difference of scores"] > CLOSE for row in rows):
        raise SystemExit("The engines differ.")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("run", type=Path)
    parser.add_argument("engines", nargs="+", choices=ENGINES)
    parser.add_argument("--out", type=Path)
    options = parser.parse_args()
    if options.out is not None:
        job(options.run, options.engines[0], options.out)
    else:
        compare(options.run, options.engines)


if __name__ == "__main__":
    main()
