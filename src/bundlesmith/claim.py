"""One thing that a text says of a bundle, and what it rests on."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

from bundlesmith.request import PastEvent

ClaimKind = Literal[
    "item",
    "price",
    "total",
    "budget",
    "brand",
    "category",
    "count",
    "attribute",
    "history",
    "purpose",
    "sets",
    "missing",
    "unsold",
]


@dataclass(frozen=True, slots=True)
class Claim:
    """One claim.

    Attributes:
        text: the words that say it, as they stand in the text.
        kind: what is claimed.
        item: the id of the item that it rests on; None if it rests on the whole bundle, or on nothing that is there.
        attribute: the name of the attribute that it rests on.
        value: what is claimed: a name, an amount, a number.
        event: what the customer did, for the kind "history".
    """

    text: str
    kind: ClaimKind
    item: str | None = None
    attribute: str | None = None
    value: str | float | None = None
    event: PastEvent | None = None

    def values(self, outside: Callable[[str], str | int]) -> dict[str, Any]:
        """As JSON values; *outside* gives an item's id as the source wrote it."""
        event = self.event
        return {
            "text": self.text,
            "kind": self.kind,
            "item": None if self.item is None else outside(self.item),
            "attribute": self.attribute,
            "value": self.value,
            "event": event and {"item": outside(event.item), "time": event.time, "kind": event.kind},
        }
