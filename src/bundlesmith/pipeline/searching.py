"""The likeliest answers to requests, by an engine's beam search: bundles, and items that come next."""

from collections.abc import Sequence

from bundlesmith.decoding.engine import FinishedAnswer
from bundlesmith.pipeline.opening import Openings
from bundlesmith.request import Request

_FEWEST = 6
"""The fewest beams with which bundles are searched for."""


def beams_for(n: int) -> int:
    """How many beams look for the *n* best bundles."""
    return max(2 * n, _FEWEST)


def items_of(openings: Openings, written: FinishedAnswer) -> tuple[str, ...]:
    """The ids of a written bundle."""
    return tuple(openings.item(position) for position in written.decoder.taken)


def best_first(found: Sequence[FinishedAnswer], request: Request) -> list[FinishedAnswer]:
    """The bundles of a request that were found, the best first, as many as it asks for."""
    return sorted(found, key=lambda written: -per_item(written, request))[: request.n]


def per_item(written: FinishedAnswer, request: Request) -> float:
    """Mean log-probability of a written item: bundles of different sizes compare by it."""
    return written.logprob / (len(written.decoder.taken) - len(request.items))


def next_items(openings: Openings, found: Sequence[FinishedAnswer]) -> list[tuple[str, float]]:
    """The last item of each answer, as (id, log-probability)."""
    return [(openings.item(written.decoder.taken[-1]), written.logprob) for written in found]
