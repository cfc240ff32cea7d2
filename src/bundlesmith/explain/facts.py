"""What is known of one bundle: its items, what its customer did before, and what was asked. All claims rest on it."""

import re
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from bundlesmith.data.catalogue import Listed
from bundlesmith.explain.nouns import stems
from bundlesmith.request import PastEvent, Request

HIDDEN = frozenset({"asin", "sku", "ean", "isbn", "gtin", "upc", "url", "image", "brand"})
"""Attributes that are no reason: names of an item elsewhere; and the brand, which is named as such."""
COLOURS = ("colour", "color")
FITS = "compatible_with"
WHOLE, CUT = 8, 6
"""A name of at most so many words is whole; of a longer one so many are left."""


@dataclass(frozen=True, slots=True, eq=False)
class BundleFacts:
    """All that may be said of one bundle.

    Attributes:
        catalogue: the shop.
        rows: the bundle's items.
        past: what the customer did before, oldest first, one event an item; of items that the shop has.
        past_rows: the rows of these.
        request: what was asked.
    """

    catalogue: Listed
    rows: tuple[int, ...]
    past: tuple[PastEvent, ...]
    past_rows: tuple[int, ...]
    request: Request

    @property
    def total(self) -> float | None:
        """What the bundle costs, in units of the currency; None if a price is not known."""
        cents = [int(self.catalogue.cents[row]) for row in self.rows]
        return sum(cents) / 100 if cents and min(cents) >= 0 else None

    def item_id(self, row: int) -> str:
        """The id of an item."""
        return self.catalogue.ids[row]

    def name(self, row: int) -> str:
        """What an item is called in a sentence."""
        return short_name(self.catalogue.titles[row])

    def brand(self, row: int) -> str:
        """Its brand; "" if it has none."""
        return one_line(self.catalogue.attributes[row].get("brand"))

    def shown(self, row: int) -> dict[str, str]:
        """Its attributes that people understand, as texts: all but the brand, names elsewhere, yes and no."""
        texts = {name: one_line(value) for name, value in self.catalogue.attributes[row].items() if name not in HIDDEN}
        return {name: text for name, text in texts.items() if len(text) > 1 and text.casefold() not in _TRUTHS}

    def money(self, amount: float) -> str:
        """An amount as it is written, with its currency if that is known: "€12.00", "CHF 12.00"."""
        return f"{self.catalogue.sign}{amount:.2f}"

    def is_asked(self, value: str) -> bool:
        """Whether the request's words have all of a value's."""
        return set(stems(value)) <= set(stems(self.request.words))

    def event(self, row: int) -> PastEvent:
        """What the customer did with an item of their past."""
        return self.past[self.past_rows.index(row)]


_TRUTHS = frozenset({"yes", "no", "true", "false", "none"})


def short_name(title: str) -> str:
    """A title up to a comma, a bracket, a dash or a bar; of more than eight words, six, and not ending in "for".

    Titles of shops are shorter than that, and lose what they are by being cut: "… Acoustic Guitar" for guitar strings.
    """
    words = _head(title)
    words = words[:CUT] if is_cut(title) else words
    while len(words) > 1 and words[-1].lower() in _LOOSE:
        words.pop()
    return " ".join(words)


def is_cut(title: str) -> bool:
    """Whether a title's short name loses words that may say what it is."""
    return len(_head(title)) > WHOLE


def _head(title: str) -> list[str]:
    head = re.split(r"\s*(?:[,;(\[|]|\s[-–—]\s)", " ".join(title.split()), maxsplit=1)[0]
    return (head or title).split()


_LOOSE = frozenset(["for", "with", "and", "or", "of", "the", "a", "in", "to", "by", "from", "&", "-", "+", "w/"])
"""Words that a name doesn't end with."""


def one_line(value: Any) -> str:
    """A value as text of one line; numbers and texts alone have one."""
    return " ".join(str(value).split()) if isinstance(value, str | int | float) and not isinstance(value, bool) else ""


def facts_of(request: Request, items: Sequence[str], catalogue: Listed) -> BundleFacts:
    """The facts of a bundle that answers a request.

    Raises:
        BundlesmithError: if the catalogue has not all of *items*.
    """
    happened = {event.item: event for event in request.events}
    known = {item: row for item in request.history for row in catalogue.known([item])}
    past = tuple(happened.get(item) or PastEvent(item) for item in known)
    return BundleFacts(catalogue, tuple(map(catalogue.row, items)), past, tuple(known.values()), request)


def month_of(seconds: int) -> tuple[int, int]:
    """Year and month, in UTC."""
    moment = time.gmtime(seconds)
    return moment.tm_year, moment.tm_mon


def facts_of_rows(rows: Sequence[int], catalogue: Listed, history: Sequence[int] = ()) -> BundleFacts:
    """The facts of a bundle that nobody asked for, as rows; *history* are rows, too."""
    past = tuple(PastEvent(catalogue.ids[row]) for row in history)
    return BundleFacts(catalogue, tuple(rows), past, tuple(history), Request(history=tuple(each.item for each in past)))
