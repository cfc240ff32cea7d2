"""A conversation with a shopper: each message changes what is asked, and it is said what was understood.

A conversation is all in its messages: what the shop answered names its items by id, so the last bundle is read from it.
Knows nothing about HTTP or models.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from bundlesmith.serve.ask import Ask
from bundlesmith.serve.shop_words import shop_words
from bundlesmith.serve.understanding.change import LastBundle, LastItem, Phrase
from bundlesmith.serve.understanding.understand import understand
from bundlesmith.serve.understanding.words import CatalogueWords
from bundlesmith.shop import ShopView

NAMED = re.compile(r"\[([^\[\]\n]{1,256})\]")
"""How an answer names an item."""


@dataclass(frozen=True, slots=True)
class Message:
    """One message; what the shop said itself has *shop* set."""

    text: str
    shop: bool = False


@dataclass(frozen=True, slots=True)
class Talked:
    """What a conversation asks for now.

    Attributes:
        ask: the request.
        phrases: the parts of the last message that are about rules, understood or not.
    """

    ask: Ask
    phrases: tuple[Phrase, ...] = ()


def talked(messages: Sequence[Message], view: ShopView, before: Ask) -> Talked:
    """What a conversation asks for.

    Args:
        messages: the oldest first.
        view: the shop as it is now.
        before: what is asked before anything is said.
    """
    now, last, words = Talked(before), None, words_of(view)
    for message in messages:
        if message.shop:
            last = last_bundle(NAMED.findall(message.text), view) or last
        else:
            understood = understand(message.text, words, now.ask, last)
            now = Talked(understood.ask, understood.phrases)
    return now


def words_of(view: ShopView) -> CatalogueWords:
    """The words of what is on sale: in this view, or in a later one that is known already."""
    return shop_words(view)


def last_bundle(ids: Sequence[str], view: ShopView) -> LastBundle | None:
    """A bundle of those ids that the shop has, or None if it has none of them."""
    catalogue = view.catalogue
    rows = list(dict.fromkeys(catalogue.known(ids)))
    items = [
        LastItem(catalogue.ids[row], catalogue.titles[row], catalogue.categories[row], catalogue.price(row))
        for row in rows
    ]
    return LastBundle(tuple(items)) if items else None


def understood_line(phrases: Sequence[Phrase]) -> str:
    """What was understood, and what was not, in a line each; "" if nothing was about rules."""
    said = [phrase.said for phrase in phrases if phrase.understood]
    others = [phrase.said for phrase in phrases if not phrase.understood]
    lines = ["(" + "; ".join(said) + ")"] if said else []
    return "".join(f"{line}\n" for line in [*lines, *others])
