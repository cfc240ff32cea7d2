"""What is said of a bundle is read before it goes out: what doesn't hold is written again once, then said plainly."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

from bundlesmith.decoding.spelling import words_of
from bundlesmith.explain.claims.found import Checked
from bundlesmith.pipeline.answers import claims_of, told_of
from bundlesmith.pipeline.writing import SPREAD, Manner, Writing, WritingStep
from bundlesmith.recommendation import Recommendation, request_for
from bundlesmith.serve.live_run import LiveRun

CheckOutcome = Literal["held", "rewritten", "replaced"]


@dataclass(frozen=True, slots=True)
class Good:
    """A bundle of whose intent and explanation every claim holds, these claims, and what that took."""

    bundle: Recommendation
    claims: tuple[Checked, ...]
    outcome: CheckOutcome


async def checked_bundle(run: LiveRun, writing: Writing, bundle: Recommendation) -> Good:
    """A bundle as it may go out. What is said of it is read once, if it holds.

    Raises:
        EngineGoneError: if the engine isn't ready, or dies, while it writes again.
    """
    bundle = await asyncio.to_thread(_with_told, run, writing, bundle)
    claims = await asyncio.to_thread(_claims, run, writing, bundle)
    if _hold(claims):
        return Good(bundle, claims, "held")
    again = await _again(run, writing, bundle)
    if again is not None:
        again = replace(bundle, intent=again.intent, explanation=again.explanation)
        claims = await asyncio.to_thread(_claims, run, writing, again)
        if _hold(claims):
            return Good(again, claims, "rewritten")
    plain = _plain(bundle, writing.request.unsaid)
    return Good(plain, await asyncio.to_thread(_claims, run, writing, plain), "replaced")


def _with_told(run: LiveRun, writing: Writing, bundle: Recommendation) -> Recommendation:
    """With what may be said of it, which is worked out once."""
    return replace(bundle, told=told_of(bundle, writing.request, writing.openings.shop.catalogue, run.run))


def _claims(run: LiveRun, writing: Writing, bundle: Recommendation) -> tuple[Checked, ...]:
    return claims_of(bundle, writing.request, writing.openings.shop.catalogue, run.run)


def _hold(claims: tuple[Checked, ...]) -> bool:
    return all(each.holds for each in claims)


async def _again(run: LiveRun, writing: Writing, bundle: Recommendation) -> Recommendation | None:
    """The same items with other words: drawn with noise, since the likeliest were wrong."""
    manner = Manner(max(writing.manner.temperature, SPREAD), writing.manner.seed + 1)
    request = request_for(writing.request, replace(bundle, intent=""))
    again = await asyncio.to_thread(Writing, writing.openings, request, manner)
    found = await again.run(run.writer, _unheard)
    writing.tokens += again.tokens
    return found[0] if found else None


def _unheard(step: WritingStep) -> None:
    """Nobody is told of what is written again: it is in the answer."""


def _plain(bundle: Recommendation, unsaid: Sequence[str]) -> Recommendation:
    """With the first of all that may be said of it, called by what it is."""
    told = bundle.told
    assert told
    called = told.heading if set(words_of(told.heading.casefold())).isdisjoint(unsaid) else ""
    return replace(bundle, intent=called, explanation=told.explanations[0].text)
