"""What is said of a bundle is read before it goes out: what doesn't hold is written again once, then said plainly.

Knows nothing about HTTP.
"""

import asyncio
from dataclasses import dataclass, replace
from typing import Literal

from bundlesmith.claims.facts import facts_of
from bundlesmith.claims.found import Checked
from bundlesmith.claims.read import read_claims
from bundlesmith.explanation import sentences
from bundlesmith.request import Recommendation
from bundlesmith.serve.ask import exact_ask
from bundlesmith.serve.live_run import Begun, LiveRun
from bundlesmith.serve.writing import SPREAD, Manner, Step, Writing

Outcome = Literal["held", "rewritten", "replaced"]


@dataclass(frozen=True, slots=True)
class Good:
    """A bundle of whose intent and explanation every claim holds, these claims, and what that took."""

    bundle: Recommendation
    claims: tuple[Checked, ...]
    outcome: Outcome


async def checked(run: LiveRun, begun: Begun, bundle: Recommendation) -> Good:
    """A bundle as it may go out. What is said of it is read once, if it holds.

    Raises:
        EngineGoneError: if the engine isn't ready, or dies, while it writes again.
    """
    claims = await asyncio.to_thread(read, run, begun, bundle)
    if _hold(claims):
        return Good(bundle, claims, "held")
    again = await _again(run, begun, bundle)
    if again is not None:
        again = replace(bundle, intent=again.intent, explanation=again.explanation)
        claims = await asyncio.to_thread(read, run, begun, again)
        if _hold(claims):
            return Good(again, claims, "rewritten")
    plain = await asyncio.to_thread(_plain, begun, bundle)
    return Good(plain, await asyncio.to_thread(read, run, begun, plain), "replaced")


def read(run: LiveRun, begun: Begun, bundle: Recommendation) -> tuple[Checked, ...]:
    """The claims of a bundle's intent and explanation."""
    facts = facts_of(begun.writing.request, bundle.items, begun.view.catalogue)
    said = (bundle.intent, bundle.explanation)
    return tuple(each for text in said for each in read_claims(text, facts, run.run.book))


def _hold(claims: tuple[Checked, ...]) -> bool:
    return all(each.holds for each in claims)


async def _again(run: LiveRun, begun: Begun, bundle: Recommendation) -> Recommendation | None:
    """The same items with other words: drawn with noise, since the likeliest were wrong."""
    old = begun.writing
    manner = Manner(max(old.manner.temperature, SPREAD), old.manner.seed + 1)
    request, ask = old.request.exactly(bundle.items), exact_ask(old.ask, bundle.items)
    writing = await asyncio.to_thread(Writing, old.openings, request, ask, manner, run.name, begun.version)
    found = await writing.run(run.writer, _unheard)
    old.tokens += writing.tokens
    return found[0] if found else None


def _unheard(step: Step) -> None:
    """Nobody is told of what is written again: it is in the answer."""


def _plain(begun: Begun, bundle: Recommendation) -> Recommendation:
    """The template's first sentence, which is true of any bundle; and no intent, for which there is no template."""
    catalogue, request = begun.view.catalogue, begun.writing.request
    rows = [catalogue.row(item) for item in bundle.items]
    language = begun.writing.openings.language(request)
    said = sentences(rows, catalogue, catalogue.known(request.history), request.rules.budget, language)
    return replace(bundle, intent="", explanation=said[0])
