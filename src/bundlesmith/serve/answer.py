"""What the service answers, and when what of it came."""

import time
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from typing import Any

from bundlesmith.pipeline.answers import bundle_values, told_values
from bundlesmith.pipeline.writing import Chosen, ItemStep, Writing, WritingStep
from bundlesmith.serve.checked import Good
from bundlesmith.serve.live_run import LiveRun


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer.

    Attributes:
        id: its own.
        model: who wrote it; *version* is the last change of the catalogue that it knew of.
        bundles: JSON values of each bundle, see `bundlesmith.pipeline.answers.bundle_values`, with an id and a number.
        timing: milliseconds to the first item, to all items of the first bundle, and to the end; waiting included. With
            attributions, also what they took of it.
        tokens: how many were written.
        cached: whether it was given before.
        history: how many of the customer's items were known.
    """

    id: str
    model: str
    version: int
    bundles: list[dict[str, Any]]
    timing: dict[str, float]
    tokens: int
    history: int
    cached: bool = False

    @property
    def size(self) -> int:
        """How many items it has, and one for itself."""
        return 1 + sum(len(bundle["items"]) for bundle in self.bundles)

    def values(self) -> dict[str, Any]:
        """As JSON values."""
        return {field.name: getattr(self, field.name) for field in fields(self)}

    def again(self) -> "Answer":
        """The same, given once more: with ids of its own, and no time of its own."""
        bundles = [{**bundle, "id": new_id()} for bundle in self.bundles]
        timing = dict.fromkeys(self.timing, 0.0)
        return replace(self, id=new_id(), bundles=bundles, timing=timing, tokens=0, cached=True)


class Clock:
    """When what came, in seconds after the request."""

    def __init__(self) -> None:
        self._began = time.perf_counter()
        self.first_item = self.bundle = 0.0

    @property
    def seconds(self) -> float:
        """Until now."""
        return time.perf_counter() - self._began

    def see(self, step: WritingStep) -> None:
        """Note when a step came."""
        if isinstance(step, ItemStep) and not self.first_item:
            self.first_item = self.seconds
        elif isinstance(step, Chosen) and step.bundle == 0:
            self.bundle = self.seconds
            self.first_item = self.first_item or self.bundle


def answered_values(run: LiveRun, writing: Writing, good: Good) -> dict[str, Any]:
    """A bundle of an answer as JSON values, but for its id and number."""
    request, catalogue = writing.request, writing.openings.shop.catalogue
    told = told_values(good.bundle, request, catalogue, run.run)
    return bundle_values(good.bundle, catalogue) | told


def new_answer(run: LiveRun, writing: Writing, found: Sequence[Good], clock: Clock) -> Answer:
    """An answer of these bundles."""
    bundles = [
        {"id": new_id(), "bundle": number, **answered_values(run, writing, good)} for number, good in enumerate(found)
    ]
    seconds = {"first_item": clock.first_item, "bundle": clock.bundle, "whole": clock.seconds}
    timing = {name: round(1000 * value, 1) for name, value in seconds.items()}
    history = len(writing.request.history)
    return Answer(new_id(), run.name, writing.openings.version or 0, bundles, timing, writing.tokens, history)


def with_attributions(answer: Answer, weighed: list[list[dict[str, Any]]], took: float) -> Answer:
    """The same with what each bundle is attributed to, and how many milliseconds that took."""
    bundles = [bundle | {"attribution": each} for bundle, each in zip(answer.bundles, weighed, strict=True)]
    return replace(answer, bundles=bundles, timing={**answer.timing, "attribution": took})


def new_id() -> str:
    """An id that nothing else has."""
    return uuid.uuid4().hex
