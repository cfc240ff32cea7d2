"""What is asked: the value that every engine, the command line and the evaluation share."""

import unicodedata
from dataclasses import dataclass, field, replace

from bundlesmith.constraints.rules import Rules

LONGEST_INTENT = 200


def is_intent(text: str) -> bool:
    """Whether a text can be what a bundle is called: one line, without control characters, and not too long."""
    return len(text) <= LONGEST_INTENT and not any(unicodedata.category(letter) in _NOT_IN_LINES for letter in text)


_NOT_IN_LINES = ("Cc", "Zl", "Zp")


@dataclass(frozen=True, slots=True)
class PastEvent:
    """What a customer did with an item.

    Attributes:
        item: its id.
        time: seconds since 1970, UTC; None if it is not known.
        kind: "purchase", or as the event says ("view", "cart" …); "history" if nothing but the item is known.
    """

    item: str
    time: int | None = None
    kind: str = "history"


@dataclass(frozen=True, slots=True)
class Request:
    """One request for bundles.

    Attributes:
        history: ids of the customer's items, oldest first.
        words: what is wanted, in the customer's words; may be empty.
        items: ids already chosen; every bundle begins with them.
        rules: what a bundle must obey.
        n: how many bundles to answer with, at most.
        weights: ids and how much likelier (or less) each is to come next, as logarithms; all others 0. Where the model
            chooses, an item's chance is in proportion to exp(weight), times that of the model to the *power*.
        power: see above; without weights all items weigh the same.
        events: what is known of how items came into the history; at most one each.
        language: of explanation and reasons, "en" or "zh"; "": that of the words.
        unsaid: words that an intent must not hold.
        intent: what the bundle is called, if that is decided; "": the model calls it.
        said: the explanations that the model chooses from, if they are decided.
    """

    history: tuple[str, ...] = ()
    words: str = ""
    items: tuple[str, ...] = ()
    rules: Rules = field(default_factory=Rules)
    n: int = 1
    weights: tuple[tuple[str, float], ...] = ()
    power: float = 1.0
    events: tuple[PastEvent, ...] = ()
    language: str = ""
    unsaid: tuple[str, ...] = ()
    intent: str = ""
    said: tuple[str, ...] = ()

    def for_one_more(self) -> "Request":
        """The request for the item after those chosen, whatever size its rules ask for."""
        size = len(self.items) + 1
        return replace(self, rules=replace(self.rules, min_items=size, max_items=size))
