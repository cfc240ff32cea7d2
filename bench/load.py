"""Load on a service, closed (so many clients, each asks again at once) and open (requests come whether or not it is
ready for them), and what was seen of its answers.

It is given a coroutine for that.
"""

import asyncio
import random
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from bundlesmith.pipeline.ask import Ask

Answering = Callable[[Ask, "Seen"], Awaitable[None]]
"""Asks a service, and notes what comes."""
QUANTILES = (50, 95, 99)


@dataclass(slots=True)
class Seen:
    """One answer as its client saw it: seconds after it was asked, 0 for what never came.

    Attributes:
        valid: whether its bundle keeps the rules.
        items: of the bundle, as far as they are known.
        words: how many of the intent and the explanation.
    """

    first_item: float = 0.0
    bundle: float = 0.0
    whole: float = 0.0
    valid: bool = False
    items: tuple[str, ...] = ()
    words: int = 0
    error: str = ""
    began: float = field(default_factory=time.perf_counter)

    def now(self, what: str) -> None:
        """Note that something came, the first time that it does."""
        if not getattr(self, what):
            setattr(self, what, time.perf_counter() - self.began)


@dataclass(frozen=True, slots=True)
class Load:
    """All answers to one load, and how many seconds it took."""

    seen: list[Seen]
    seconds: float


async def closed(answer: Answering, asks: Sequence[Ask], clients: int) -> Load:
    """Each client asks, waits for the end of its answer, and asks again until all is asked."""
    left, seen = iter(asks), list[Seen]()

    async def client() -> None:
        for ask in left:
            seen.append(await _one(answer, ask))

    began = time.perf_counter()
    await asyncio.gather(*(client() for _ in range(clients)))
    return Load(seen, time.perf_counter() - began)


async def open_loop(answer: Answering, asks: Sequence[Ask], rate: float) -> Load:
    """Requests come at random, *rate* a second at the mean, the same moments at each call."""
    rng, began, tasks = random.Random(7), time.perf_counter(), []
    for ask in asks:
        tasks.append(asyncio.create_task(_one(answer, ask)))
        await asyncio.sleep(rng.expovariate(rate))
    return Load(list(await asyncio.gather(*tasks)), time.perf_counter() - began)


async def _one(answer: Answering, ask: Ask) -> Seen:
    seen = Seen()
    try:
        await answer(ask, seen)
    except Exception as error:  # whatever a client meets is part of the result
        seen.error = f"{type(error).__name__}: {error}"
    return seen


def figures(loads: Sequence[Load]) -> dict[str, Any]:
    """A row of the table: rates over all loads, quantiles over all of their answers."""
    seconds, seen = sum(load.seconds for load in loads), [one for load in loads for one in load.seen]
    answers = [one for one in seen if not one.error]
    row: dict[str, Any] = {
        "answers/s": len(answers) / seconds,
        "valid/s": sum(one.valid for one in answers) / seconds,
        "invalid %": 100 * (1 - sum(one.valid for one in answers) / len(answers)) if answers else None,
        "errors": len(seen) - len(answers),
        "words": float(np.mean([one.words for one in answers])) if answers else None,
    }
    for what in ("first_item", "bundle", "whole"):
        came = [getattr(one, what) for one in answers if getattr(one, what)]
        for quantile in QUANTILES:
            row[f"{what.replace('_', ' ')} p{quantile}"] = float(np.percentile(came, quantile)) if came else None
    return row
