"""Typing errors in what matters: words that are nearly one of the grammar's or the catalogue's become it.

    mended("cheper plz, without the tnet", words)       "cheaper please, without the tent"

What people write in short (`written` in en.yaml) is written out. A word that anybody writes stays, so does a short one,
and one that is near to two others.
"""

from collections.abc import Iterable
from functools import cache

from rapidfuzz.distance import OSA

from bundlesmith.encoder.gloss import in_english
from bundlesmith.encoder.situations import situations
from bundlesmith.understanding.language import load_language
from bundlesmith.understanding.text import fold, is_han, split_words
from bundlesmith.understanding.words import CatalogueWords, forms

SHORTEST_TYPO = 4
"""Shorter words are never mended."""


def mended(text: str, words: CatalogueWords) -> str:
    """The text with its typing errors mended."""
    if len(text) > 1000:
        return text
    text = load_language("en").written_out(text)
    pieces, at = [], 0
    for word in split_words(fold(text)):
        if is_han(word.text[0]) or len(word.text) < SHORTEST_TYPO or not word.text.isalpha():
            continue
        known = words.spelt.get((word.text[0], len(word.text)), frozenset())
        if word.text in _rules() or word.text in known or word.text in common():
            continue
        if right := _nearest(word.text, words):
            pieces += [text[at : word.start], right]
            at = word.end
    return load_language("en").written_out("".join([*pieces, text[at:]]))


def means(text: str, words: CatalogueWords) -> bool:
    """Whether a text has a word that anybody knows."""
    folded = fold(text)
    texts = [word.text for word in split_words(load_language("en").filler.sub(" ", folded))]
    known = (
        word in common() or word in _rules() or word in words.spelt.get((word[0], len(word)), ()) for word in texts
    )
    return any(known) or in_english(folded) != folded


def _nearest(word: str, words: CatalogueWords) -> str:
    """The only known word at a distance of one, with the same first letter; "" if there is none, or two."""
    rules, lengths = _rules(), [len(word) + more for more in (-1, 0, 1)]
    near = {other for other in rules if other[0] == word[0] and len(other) in lengths}
    near |= {other for length in lengths for other in words.spelt.get((word[0], length), ())}
    found = {other for other in near if len(other) >= SHORTEST_TYPO and OSA.distance(word, other, score_cutoff=1) <= 1}
    same = {other for other in found if sorted(other) == sorted(word)}
    found = {other for other in found if len(other) > SHORTEST_TYPO or other in rules | same}
    best = same or found & rules or found or {other for other in _turned(word) if other in common()}
    return next(iter(best)) if len(best) == 1 else ""


def _turned(word: str) -> set[str]:
    """A word with two letters that stand side by side in the other order."""
    return {f"{word[:at]}{word[at + 1]}{word[at]}{word[at + 2 :]}" for at in range(len(word) - 1)} - {word}


def _rules() -> frozenset[str]:
    return load_language("en").mended


@cache
def common() -> frozenset[str]:
    """Words that people write: those of the situations that the package ships, and all their forms."""
    texts = (text for each in situations() for text in (*each.words, each.name, *each.needs))
    return frozenset(form for word in _words(texts) for form in forms(word))


def _words(texts: Iterable[str]) -> set[str]:
    return {word.text for text in texts for word in split_words(fold(text))}
