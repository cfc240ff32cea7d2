"""What is said of a set that was shown: whether a message asks something of it, points at it, or is a remark on it.

is_remark(understood, "the parents are vegans", "newborn gift", words, view)     it says more of what the set is for
"""

import re

from bundlesmith.conversation.directions import confident, likeliest_department
from bundlesmith.encoder.gloss import in_english
from bundlesmith.shop.live_shop import ShopView
from bundlesmith.understanding.change import LastBundle
from bundlesmith.understanding.last_items import last_names
from bundlesmith.understanding.spelling import means
from bundlesmith.understanding.text import fold, split_words
from bundlesmith.understanding.understand import Understanding, languages_of
from bundlesmith.understanding.words import CatalogueWords

REMARK = 7
"""A remark on the last set has fewer words."""
SHORTEST = 3
"""Shorter words name nothing."""


def telling(text: str, vague: bool = True) -> int:
    """How many words of a text say something; with *vague* words such as "gift" count, too."""
    text = text.lower()
    for language in languages_of(text):
        text = language.filler.sub(" ", text if vague else language.vague.sub(" ", text))
    return len(re.findall("[a-z']{3,}|[\u3400-\u9fff]{1,2}", text))


def asks(text: str) -> bool:
    """Whether a message asks something that is no wish."""
    found = any(language.question.search(fold(text)) for language in languages_of(text))
    return found and not any(language.wishing.search(fold(text)) for language in languages_of(text))


def points(text: str, last: LastBundle) -> bool:
    """Whether a message points at what is shown, or names something of it."""
    folded = fold(text)
    if any(language.pointing.search(folded) for language in languages_of(text)):
        return True
    called = last_names(last.items)
    return any(word.text in called for word in split_words(fold(in_english(text))) if len(word.text) >= SHORTEST)


def opens(wish: str) -> bool:
    """Whether words begin as another wish does ("a picnic for four")."""
    return any(language.opens.match(fold(wish)) for language in languages_of(wish))


def is_remark(understood: Understanding, text: str, before: str, words: CatalogueWords, view: ShopView) -> bool:
    """Whether a message says more of what the last set is for, in place of beginning another.

    It is short, doesn't begin as a wish does, and points nowhere else than the wish.
    """
    wish = understood.wish
    if not before or wish.startswith(f"{before}, ") or telling(wish) >= REMARK or opens(wish):
        return False
    if any(language.question.search(fold(text)) for language in languages_of(text)) or not means(wish, words):
        return False
    if confident(view, wish, words):
        return likeliest_department(view, wish) == likeliest_department(view, before)
    return likeliest_department(view, f"{before}, {wish}") == likeliest_department(view, before)
