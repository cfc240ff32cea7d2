"""What comes of a message, and what answers it: the shop, the conversation, how things are said."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from bundlesmith.conversation.directions import purposes
from bundlesmith.conversation.heard import Heard
from bundlesmith.conversation.offers import Suggestion, money
from bundlesmith.conversation.remarks import SHORTEST
from bundlesmith.conversation.replies import Replies, ShopTexts
from bundlesmith.conversation.state import ConversationState, bundle_of
from bundlesmith.encoder.gloss import in_english
from bundlesmith.pipeline.answers import total
from bundlesmith.pipeline.ask import Ask
from bundlesmith.request import Request
from bundlesmith.shop.live_shop import ShopView
from bundlesmith.understanding.change import LastItem, Phrase
from bundlesmith.understanding.language import load_language
from bundlesmith.understanding.last_items import items_at, last_names
from bundlesmith.understanding.shop_words import shop_words
from bundlesmith.understanding.text import fold, split_words

_DEFINITE = re.compile(r"\b(?:the|that|this|those|these|(?:include|come with)(?: an?| any)?) ([a-z-]+)")
_WORD = re.compile("[a-z-]+")


@dataclass(frozen=True, slots=True)
class Turn:
    """What comes of a message.

    Attributes:
        act: what the message was, see `bundlesmith.conversation.heard`.
        language: "en" or "zh".
        words: what the assistant says; "" if the set says it all.
        ask: what is asked of the shop; None: no set is answered with.
        suggestions: what may be said next, each a button on a page.
        state: the conversation after it, but for the sets that come of *ask*.
        phrases: the parts of the message that are about rules.
        conflict: the rules that can't be met together: the fields and how each is said.
    """

    act: str
    language: str
    state: ConversationState
    words: str = ""
    ask: Ask | None = None
    suggestions: tuple[Suggestion, ...] = ()
    phrases: tuple[Phrase, ...] = ()
    conflict: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Setting:
    """What a message is answered from: one shop as it is at one moment, and one customer.

    Attributes:
        view: the shop.
        opener: the request for an `Ask`, with what is known of the customer.
        texts: what the shop has to say.
        known: whether something is known of the customer: then a set may be asked for without words.
    """

    view: ShopView
    opener: Callable[[Ask], Request]
    texts: ShopTexts
    known: bool = False


@dataclass(frozen=True, slots=True)
class Answering:
    """Answers one message.

    Attributes:
        turning: the shop and the customer.
        heard: the message.
        before, after: the conversation before and after it.
        say: how things are said in its language.
    """

    turning: Setting
    heard: Heard
    before: ConversationState
    after: ConversationState
    say: Replies

    @property
    def view(self) -> ShopView:
        """The shop."""
        return self.turning.view

    @property
    def last(self) -> list[LastItem]:
        """The items of the last set."""
        found = bundle_of(self.before.last, self.view)
        return list(found.items) if found else []

    def directions(self, wish: str = "") -> tuple[Suggestion, ...]:
        """What a wish could be for."""
        return tuple(Suggestion(name, name) for name in purposes(self.view, wish, self.heard.language))

    def turn(self, words: str, **more: Any) -> Turn:
        """A turn with these words."""
        values = {"act": self.heard.act, "language": self.heard.language, "state": self.after, "words": words}
        return Turn(**{**values, **more})

    def told(self, name: str, **values: Any) -> Turn:
        """A turn with a text of the tables."""
        return self.turn(self.say.say(name, **values))

    def meant(self) -> list[LastItem]:
        """The items of the last set that a message names; all of them if it names none."""
        if self.heard.about and (found := bundle_of(self.heard.about, self.view)):
            return list(found.items)
        place, folded, items = self.heard.said.place, fold(self.heard.text), self.last
        if place is not None and 0 <= place < len(items):
            return [items[place]]
        language = load_language(self.heard.language)
        places = [where for cue, where in language.references if cue.search(folded)]
        several = [where for where in places if isinstance(where, list)] or places
        if named := [item for where in several for item in items_at(items, where)]:
            return named
        called = last_names(items)
        texts = [word.text for word in split_words(fold(in_english(self.heard.text))) if len(word.text) >= SHORTEST]
        ids = {item for text in texts for item in called.get(text, ())}
        return [item for item in items if item.item_id in ids] or items

    def absent(self) -> str:
        """The kind of thing that a message speaks of as if it were in the last set; "" if it is, or none is named."""
        if self.heard.about:
            return ""
        words, called = shop_words(self.view), last_names(self.last)
        said, cue = (
            (self.heard.text, _DEFINITE) if self.heard.language == "en" else (in_english(self.heard.text), _WORD)
        )
        names = [name for name in cue.findall(fold(said)) if words.kinds.get(name) and name not in called]
        return names[0] if names and len(self.meant()) == len(self.last) else ""

    def titles(self, items: Sequence[str]) -> str:
        """Titles of items, as they are listed."""
        catalogue = self.view.catalogue
        titles = [catalogue.titles[row] for row in catalogue.known(items)]
        return ("、" if self.heard.language == "zh" else ", ").join(titles)

    def total_of(self, items: Sequence[str]) -> float | None:
        """What items cost; None where a price is not known."""
        return total(tuple(items), self.view.catalogue)

    def total(self, items: Sequence[str]) -> str:
        """What items cost, as it is said; "" where it is not known."""
        whole = self.total_of(items)
        return "" if whole is None else money(whole)


def whys(heard: Heard) -> list[str]:
    """Why parts of a message were not understood."""
    return [phrase.said for phrase in heard.phrases if not phrase.understood][:2]
