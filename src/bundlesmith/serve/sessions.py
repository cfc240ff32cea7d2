"""The bundles in a session or basket, as the service answers: all of it, and parts of it, each with its intent.

found = await bundles_in(service, ["COFF-0001", "COFF-0002", "TOYS-0003"])
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any

from bundlesmith.decoding.writer import Searcher
from bundlesmith.pipeline.writing import Manner, Writing, WritingStep
from bundlesmith.serve.admission import while_awaited
from bundlesmith.serve.answer import Clock, answered_values
from bundlesmith.serve.live_run import LiveRun
from bundlesmith.serve.service import Service


@dataclass(frozen=True)
class InSession:
    """What is in a session.

    Attributes:
        model: who found it; *version* is the last change of the catalogue that it knew of.
        bundles: JSON values of each bundle, see `bundlesmith.pipeline.answers.bundle_values`, with a number.
        timing: milliseconds to the end; waiting included.
        tokens: how many were written.
    """

    model: str
    version: int
    bundles: list[dict[str, Any]]
    timing: dict[str, float]
    tokens: int


async def bundles_in(service: Service, items: Sequence[str], model: str = "") -> InSession:
    """The bundles of a session: all of its items, and parts of it, the largest first.

    By a ranker up to three parts, as people marked them in training; else, of three items or more, the likeliest one.

    Nobody is shown them: they count for no figure.

    Args:
        service: who answers.
        items: ids; what repeats counts once. Less than two are no bundle.
        model: a model's name; "": as of a `Manner`.

    Raises:
        BusyError: if there is no place in time.
        DeadlineError: if it isn't answered in time.
        EngineGoneError: if the engine isn't there.
        BundlesmithError: if an item isn't on sale.
    """
    clock = Clock()
    run = service.run((await service.read(service.sided, model, None)).model)
    async with service.inside(run, 1, clock):
        with while_awaited() as check:
            version, writings = await service.opening(run.begin_session, items, Manner(), check)
        found = await asyncio.gather(*(_found(service, run, each) for each in writings))
    bundles = [{"bundle": number, **values} for number, values in enumerate(chain.from_iterable(found))]
    tokens = sum(each.tokens for each in writings)
    service.measures.bundles.labels(model=run.name).inc(len(bundles))
    service.measures.tokens.labels(model=run.name).inc(tokens)
    return InSession(run.name, version, bundles, {"whole": round(1000 * clock.seconds, 1)}, tokens)


async def _found(service: Service, run: LiveRun, writing: Writing) -> list[dict[str, Any]]:
    """The bundle that was asked for: the ranker's, else the likeliest by beams, else what the engine writes."""
    if writing.composed is None and isinstance(run.writer, Searcher):
        await writing.search(run.writer)
    written = await writing.run(run.writer, _unheard)
    good = await service.checked(run, writing, written)
    return await service.opening(lambda: [answered_values(run, writing, each) for each in good])


def _unheard(step: WritingStep) -> None:
    """Nobody is told of single steps."""
