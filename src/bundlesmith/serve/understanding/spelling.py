"""Typing errors in what matters: words that are nearly one of the grammar's or the catalogue's become it.

    mended("cheper, without the tnet", words)       "cheaper, without the tent"

A word that anybody writes stays, so does a short one, and one that is near to two others. Knows nothing about rules.
"""

from collections.abc import Iterable
from functools import cache

from rapidfuzz.distance import OSA

from bundlesmith.encoder.situations import situations
from bundlesmith.serve.understanding.text import fold, is_han, split_words
from bundlesmith.serve.understanding.words import CatalogueWords, forms

SHORTEST = 4
"""Shorter words are never mended."""
RULES = frozenset(
    [
        "cheaper",
        "budget",
        "without",
        "please",
        "another",
        "something",
        "under",
        "below",
        "between",
        "maximum",
        "minimum",
        "least",
        "items",
        "things",
        "pieces",
        "swap",
        "replace",
        "remove",
        "include",
        "exclude",
        "bigger",
        "smaller",
        "thanks",
        "hello",
        "stock",
        "available",
        "color",
        "colour",
        "colours",
        "different",
        "difference",
        "second",
        "first",
        "third",
        "fourth",
        "items",
        "brand",
        "brands",
        "category",
        "each",
        "anything",
        "nothing",
        "instead",
        "expensive",
        "undo",
        "start",
        "over",
        "sets",
        "option",
        "options",
        "add",
        "keep",
        "need",
        "want",
        "help",
        "goes",
        "with",
        "presents",
        "present",
        "gift",
        "gifts",
    ]
)
"""Words of the grammar that are worth mending."""


def mended(text: str, words: CatalogueWords) -> str:
    """The text with its typing errors mended."""
    if len(text) > 1000:
        return text
    pieces, at = [], 0
    for word in split_words(fold(text)):
        if is_han(word.text[0]) or len(word.text) < SHORTEST or not word.text.isalpha():
            continue
        if word.text in RULES | words.spelt.get((word.text[0], len(word.text)), set()) or word.text in common():
            continue
        if right := _nearest(word.text, words):
            pieces += [text[at : word.start], right]
            at = word.end
    return "".join([*pieces, text[at:]])


def _nearest(word: str, words: CatalogueWords) -> str:
    """The only known word at a distance of one, with the same first letter; "" if there is none, or two."""
    keys = [(word[0], len(word) + more) for more in (-1, 0, 1)]
    near = {other for known in (_rules(), words.spelt) for at in keys for other in known.get(at, ())}
    found = {other for other in near if len(other) >= SHORTEST and OSA.distance(word, other, score_cutoff=1) <= 1}
    same = {other for other in found if sorted(other) == sorted(word)}
    found = {other for other in found if len(other) > SHORTEST or other in RULES | same}
    best = same or found & RULES or found
    return next(iter(best)) if len(best) == 1 else ""


@cache
def _rules() -> dict[tuple[str, int], set[str]]:
    found: dict[tuple[str, int], set[str]] = {}
    for word in RULES:
        found.setdefault((word[0], len(word)), set()).add(word)
    return found


@cache
def common() -> frozenset[str]:
    """Words that people write: those of the situations that the package ships, and all their forms."""
    texts = (text for each in situations() for text in (*each.words, each.name, *each.needs))
    return frozenset(form for word in _words(texts) for form in forms(word))


def _words(texts: Iterable[str]) -> set[str]:
    return {word.text for text in texts for word in split_words(fold(text))}
