"""What a set is called is read before it goes out: if not all of it has a source, a plain heading stands there."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

from bundlesmith.decoding.spelling import words_of
from bundlesmith.pipeline.answers import told_of, words_hold
from bundlesmith.pipeline.writing import Writing
from bundlesmith.recommendation import Recommendation
from bundlesmith.run import Run

CheckOutcome = Literal["held", "replaced"]


@dataclass(frozen=True, slots=True)
class Good:
    """A bundle whose heading and explanation hold, and whether they did as they were written."""

    bundle: Recommendation
    outcome: CheckOutcome


def checked_bundle(run: Run, writing: Writing, bundle: Recommendation) -> Good:
    """A bundle as it may go out, with what may be said of it."""
    request, catalogue = writing.request, writing.openings.shop.catalogue
    bundle = replace(bundle, told=told_of(bundle, request, catalogue, run))
    if words_hold(bundle, request, catalogue, run):
        return Good(bundle, "held")
    return Good(_plain(bundle, request.unsaid), "replaced")


def _plain(bundle: Recommendation, unsaid: Sequence[str]) -> Recommendation:
    """With the first of all that may be said of it, called by what it is."""
    told = bundle.told
    assert told
    called = told.heading if set(words_of(told.heading.casefold())).isdisjoint(unsaid) else ""
    return replace(bundle, intent=called, explanation=told.explanations[0].text)
