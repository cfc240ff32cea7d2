"""Which items come next in a request's bundle, as the service answers: by the run's ranker, or by its model's beams.

found = await ranked(service, Ask(words="coffee", items=["COFF-0001"]), 10)
"""

from dataclasses import dataclass
from typing import Any

from bundlesmith.decoding.writer import searcher
from bundlesmith.pipeline.answers import item_values
from bundlesmith.pipeline.ask import Ask
from bundlesmith.pipeline.searching import next_items
from bundlesmith.serve.answer import Clock
from bundlesmith.serve.live_run import LiveRun, Opened
from bundlesmith.serve.service import Service

Scored = list[tuple[str, float]]


@dataclass(frozen=True)
class Ranked:
    """A ranking.

    Attributes:
        model: who ranked; *version* is the last change of the catalogue that it knew of.
        items: JSON values of each item, the best first, with its score.
        timing: milliseconds to the end; waiting included.
        tokens: how many were written: none by a ranker.
        history: how many of the customer's items were known.
    """

    model: str
    version: int
    items: list[dict[str, Any]]
    timing: dict[str, float]
    tokens: int
    history: int


async def ranked_in_time(service: Service, ask: Ask, k: int, model: str = "") -> Ranked:
    """The *k* best items to come next, within the deadline; fewer if the rules allow fewer.

    How large a bundle may be, and how many are wished for, doesn't count: one more item is asked for.

    Args:
        service: who answers.
        ask: what is asked.
        k: how many.
        model: a model's name; "": as of a `Manner`.

    Raises:
        BusyError: if there is no place in time.
        DeadlineError: if it isn't ranked in time.
        EngineGoneError: if the engine isn't there.
        NoRankerError: if the run has no ranker, and the engine can't search.
        BundlesmithError: if no item may come next.
    """
    clock = Clock()
    run = service.run((await service.read(service.sided, model, ask.user)).model)
    opened = await service.read(run.open, ask)
    async with service.inside(run, 1, clock):
        found = await service.opening(_by_ranker, opened, k)
        scored, tokens = (found, 0) if found is not None else await _by_model(service, run, opened, k)
    service.measures.tokens.labels(model=run.name).inc(tokens)
    items = [item_values(item, opened.openings.shop.catalogue) | {"score": round(score, 6)} for item, score in scored]
    whole = round(1000 * clock.seconds, 1)
    return Ranked(run.name, opened.openings.version or 0, items, {"whole": whole}, tokens, len(opened.request.history))


def _by_ranker(opened: Opened, k: int) -> Scored | None:
    return opened.openings.ranked(opened.request, k)


async def _by_model(service: Service, run: LiveRun, opened: Opened, k: int) -> tuple[Scored, int]:
    """What the model's beams find, and how many tokens they wrote."""
    searching, openings = searcher(run.writer, run.name, run.run.folder), opened.openings
    generation = await service.opening(openings.generation, opened.request.for_one_more(), False)
    (found,) = await searching.search([generation], k, k)
    return next_items(openings, found), sum(len(written.tokens) for written in found)
