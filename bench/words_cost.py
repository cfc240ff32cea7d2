"""What the words of an answer cost in time beside its items: with and without them, by the engine that serves.

If words add no more than their own tokens, the bundle is there as soon with words to follow as without, and a token of
the words takes no longer than one of the items.
"""

import asyncio
import time
from collections.abc import Sequence
from typing import Any

import numpy as np
from rich.console import Console

from bundlesmith.engines.transformers_writer import TransformersWriter
from bundlesmith.explain.facts import facts_of
from bundlesmith.explain.sources import sourced
from bundlesmith.pipeline.writing import Chosen, Manner, Writing
from bundlesmith.recommender import Recommender
from bundlesmith.request import Request


async def _one(run: Recommender, writer: TransformersWriter, words: str, talk: bool) -> list[float]:
    """Seconds and tokens to the bundle, of what follows, and seconds of reading for sources."""
    writing = Writing(run.openings, Request(words=words), Manner(talk=talk))
    marks: list[float] = []
    began = time.perf_counter()

    def told(step: object) -> None:
        if isinstance(step, Chosen):
            marks.extend((time.perf_counter() - began, writing.tokens))

    (bundle,) = (await writing.run(writer, told))[:1]
    whole, tokens = time.perf_counter() - began, writing.tokens
    seconds, items = marks[:2] if marks else (whole, tokens)
    facts, values = facts_of(writing.request, bundle.items, run.catalogue), run.run.named_values
    began = time.perf_counter()
    for text in (bundle.intent, bundle.explanation):
        sourced(text, facts, values)
    return [seconds, items, whole - seconds, tokens - items, time.perf_counter() - began]


def words_cost(run: Recommender, wishes: Sequence[str], screen: Console) -> dict[str, float]:
    """Medians over *wishes* (but the first, which warms up), each asked with words and without.

    Every other wish is asked the other way round: what is asked again finds caches warm.
    """
    engine: Any = run.engine
    writer = TransformersWriter(lambda: engine.model)

    async def every() -> tuple[list[list[float]], list[list[float]]]:
        await writer.start()
        rows: dict[bool, list[list[float]]] = {True: [], False: []}
        for at, words in enumerate(wishes):
            for talk in (True, False) if at % 2 else (False, True):
                rows[talk].append(await _one(run, writer, words, talk))
        await writer.stop(5)
        return rows[True][1:], rows[False][1:]

    talk, plain = (np.median(np.array(rows), 0) for rows in asyncio.run(every()))
    found = {
        "bundle, with words to follow, ms": 1000 * talk[0],
        "bundle, without words, ms": 1000 * plain[0],
        "items' tokens": talk[1],
        "ms an item's token": 1000 * talk[0] / talk[1],
        "words, ms": 1000 * talk[2],
        "words' tokens": talk[3],
        "ms a word's token": 1000 * talk[2] / talk[3],
        "read for sources, ms": 1000 * talk[4],
    }
    screen.print({name: round(float(value), 1) for name, value in found.items()})
    return {name: float(value) for name, value in found.items()}
