"""What a phrase changes in an `Ask`, and what the last bundle was."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from bundlesmith.constraints.rules import LARGEST, MOST_LISTED, parse_size
from bundlesmith.pipeline.ask import Ask

How = Literal["set", "add", "drop", "least", "most"]


@dataclass(frozen=True, slots=True)
class LastItem:
    """An item of the last bundle; *price* in units of the currency, None where it is not known."""

    item_id: str
    title: str
    category: tuple[str, ...] = ()
    price: float | None = None


@dataclass(frozen=True, slots=True)
class LastBundle:
    """The last bundle that was shown."""

    items: tuple[LastItem, ...]

    @property
    def total(self) -> float | None:
        """What it costs, or None if the price of an item is not known."""
        prices = [item.price for item in self.items]
        return None if None in prices else round(sum(price for price in prices if price is not None), 2)


@dataclass(frozen=True, slots=True)
class FieldChange:
    """One change of one field of an `Ask`.

    Attributes:
        field: the name of the field.
        how: "set" it; for a list, "add" these to it or "drop" them from it; for the size, its "least" or "most".
        value: what is set; a tuple of strings; a number of items.
    """

    field: str
    how: How
    value: Any


@dataclass(frozen=True, slots=True)
class Phrase:
    """A part of a message that is about rules.

    Attributes:
        text, start, end: the part, and its offsets in the message.
        field: the field of `Ask` that it is about.
        value: what it says of the field; None if it was not understood.
        said: what was understood, or why it was not, in the language of the message.
        changes: what it changes; none if it was not understood.
        of_kind: ids of kinds of item that are added or included, where these are no categories.
        kind: of the pattern that it was found by, see `bundlesmith.understanding.language.PhraseKind`.
    """

    text: str
    start: int
    end: int
    field: str
    value: Any
    said: str
    changes: tuple[FieldChange, ...] = ()
    kind: str = ""
    of_kind: tuple[str, ...] = ()

    @property
    def understood(self) -> bool:
        """Whether it changes a rule."""
        return bool(self.changes)


def apply(ask: Ask, changes: Sequence[FieldChange]) -> Ask:
    """The `Ask` after changes; it is not checked that they make sense together."""
    values = {"size": parse_size(ask.size)} | {name: list(getattr(ask, name)) for name in MOST_LISTED}
    for change in changes:
        old = values.get(change.field)
        if change.field == "size":
            values["size"] = _size(old, change)
        elif change.field in MOST_LISTED and change.how != "set":
            values[change.field] = _listed(old, change, distinct=change.field != "slots")
        else:
            values[change.field] = list(change.value) if change.field in MOST_LISTED else change.value
    least, most = values.pop("size")
    size = ask.size if (least, most) == parse_size(ask.size) else f"{least}:{most}"
    return ask.model_copy(update={**values, "size": size})


def _size(old: Any, change: FieldChange) -> tuple[int, int]:
    least, most = old
    if change.how == "least":
        return change.value, max(most, change.value)
    if change.how == "most":
        return min(least, change.value), change.value
    least, most = change.value
    return least, most


def _listed(old: Any, change: FieldChange, distinct: bool) -> list[str]:
    if change.how == "drop":
        return [value for value in old if value not in change.value]
    if distinct:
        return list(dict.fromkeys([*old, *change.value]))
    missing = Counter(change.value) - Counter(old)  # "with a stove" twice is still one stove
    return [*old, *missing.elements()]


def complaint(ask: Ask, cost: float) -> str | None:
    """Which contradiction an `Ask` holds (a key of the languages' tables), or None; *cost* is that of its items."""
    least, most = parse_size(ask.size)
    if not 1 <= least <= most or most > LARGEST:
        return "no_size"
    if len(ask.items) >= most:
        return "no_room"
    if len(ask.slots) > most:
        return "too_many_slots"
    if any(len(getattr(ask, name)) > most for name, most in MOST_LISTED.items()):
        return "too_much"
    if ask.budget is not None and cost > ask.budget:
        return "items_cost_more"
    if ask.min_price is not None and ask.max_price is not None and ask.min_price > ask.max_price:
        return "empty_prices"
    return None
