"""All that may be said of one bundle, as values: explanations to choose from, a reason an item, what is missing.

`bundlesmith.explain.tell` makes them.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from bundlesmith.claim import Claim


@dataclass(frozen=True, slots=True)
class Explanation:
    """What may be said of a bundle: one or more sentences, made together with their claims, in their order."""

    text: str
    claims: tuple[Claim, ...] = ()


@dataclass(frozen=True, slots=True)
class Reason:
    """Why an item is there.

    Attributes:
        item: its id.
        text: one or two short sentences.
        claims: those in it.
        weights: what each kind of evidence weighs for it, in nats; see `bundlesmith.explain.grounds`.
    """

    item: str
    text: str
    claims: tuple[Claim, ...] = ()
    weights: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Sayings:
    """What may be said of one bundle.

    Attributes:
        explanations: at least one, all true.
        reasons: one an item, in the bundle's order.
        heading: what it may be called in any case: by its category, or by its pieces.
        missing: the id of an item of a type that most sets like it have and it hasn't; None: nothing is missing.
    """

    explanations: tuple[Explanation, ...]
    reasons: tuple[Reason, ...]
    heading: str = ""
    missing: str | None = None

    def claims_of(self, text: str) -> tuple[Claim, ...] | None:
        """The claims of one of the explanations; None if it is none of them."""
        return next((each.claims for each in self.explanations if each.text == text), None)
