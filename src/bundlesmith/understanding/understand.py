"""A message of a shopper, understood: the `Ask` after it, and the phrases that changed it.

    words = CatalogueWords.of(catalogue)   # once for a catalogue
    understood = understand("cheaper, and without the lamp", words, ask, last)
    understood.ask, [phrase.said for phrase in understood.phrases]

The message is data: it changes the rules that its phrases name, within the bounds of
`bundlesmith.constraints.rules.Rules`, and nothing else.
"""

from collections.abc import Callable
from dataclasses import dataclass

from bundlesmith.pipeline.ask import LONGEST_WISH, Ask
from bundlesmith.understanding.change import LastBundle, Phrase, apply, complaint
from bundlesmith.understanding.decide import ReadConversation, decide
from bundlesmith.understanding.find import Found, find
from bundlesmith.understanding.language import Language, load_language
from bundlesmith.understanding.names import NameReader
from bundlesmith.understanding.text import is_han, read_message
from bundlesmith.understanding.wish import read_wish
from bundlesmith.understanding.words import CatalogueWords

STAYING = frozenset({"slots", "slots_of_things", "needed", "named", "owned"})
"""Kinds of phrase that are words of the wish, too."""


@dataclass(frozen=True, slots=True)
class Understanding:
    """What a message meant.

    Attributes:
        ask: the `Ask` after it; its words are the wish.
        phrases: the parts that are about rules, in their order, understood or not.
        wish: what the model reads.
        before: the `Ask` before it.
    """

    ask: Ask
    phrases: tuple[Phrase, ...]
    wish: str
    before: Ask
    _words: CatalogueWords

    def without(self, *phrases: Phrase) -> Ask:
        """The `Ask` as if these phrases had not been said; the wish stays."""
        ask = self.before
        for phrase in self.phrases:
            if phrase not in phrases and phrase.understood:
                after = apply(ask, phrase.changes)
                wrong = complaint(after, self._words.cost(after.items))
                ask = ask if wrong and wrong != complaint(ask, self._words.cost(ask.items)) else after
        return ask.model_copy(update={"words": self.wish})


def understand(
    text: str,
    words: CatalogueWords,
    before: Ask,
    last: LastBundle | None = None,
    departments: Callable[[], frozenset[str]] = frozenset,
) -> Understanding:
    """Understand a message.

    Args:
        text: what the shopper wrote; any text.
        words: those of the catalogue as it is now.
        before: the `Ask` of the conversation so far, with its wish as words.
        last: the last bundle that was shown.
        departments: those that the talk is about; asked where a word names something in several.

    Raises:
        BundlesmithError: if the size in *before* is not a range; never for a text.
    """
    languages = languages_of(text)
    parts = find(NameReader(read_message(text), words, last, departments), languages)
    talk = ReadConversation(before, last, words, languages[0], text, before)
    decided = decide(talk, parts)
    taken = [(found.start, found.end) for found, phrase in decided if _is_taken(found, phrase)]
    wish = read_wish(text, taken, before.words, languages)[:LONGEST_WISH]
    phrases = tuple(phrase for _, phrase in decided)
    return Understanding(talk.now.model_copy(update={"words": wish}), phrases, wish, before, words)


def languages_of(text: str) -> tuple[Language, ...]:
    """The language in which is answered first."""
    codes = ("zh", "en") if any(map(is_han, text)) else ("en",)
    return tuple(map(load_language, codes))


def _is_taken(found: Found, phrase: Phrase) -> bool:
    """Whether a part is no longer a part of the wish; what is not to be left out by a rule stays for the model."""
    if found.kind in STAYING:
        return False
    return phrase.understood or not (found.names and phrase.field == "exclude")
