"""Which amounts of a message count: a later one may correct an earlier one, and a number may be part of a name."""

from collections.abc import Sequence

from bundlesmith.understanding.find import Found

CORRECTABLE = frozenset({"budget", "budgets", "unclear"})
"""Kinds of an amount that may be corrected."""
CORRECTED = 25
"""A correction stands at most so many signs behind what it corrects."""
MODEL = 20
"""A smaller number behind a word is rather a part of a name than money."""
PIECES = 12
"""More "pieces" than this are those of a puzzle."""


def is_corrected(text: str, found: Found, later: Sequence[Found]) -> bool:
    """Whether another amount comes in an amount's stead: "80, no wait, 90"."""
    if found.kind not in CORRECTABLE:
        return False
    low, corrects = text.lower(), found.language.corrects
    others = [
        one for one in later if one.kind in CORRECTABLE and 0 <= one.start - found.end <= CORRECTED and _is_amount(one)
    ]
    return any(corrects.search(low, found.end, one.start) for one in others)


def _is_amount(found: Found) -> bool:
    """Whether a number is money: it is said so, or it is too large to be a number of items."""
    return any(number.money or (number.value or 0) > PIECES for number in found.numbers)


def follows_word(text: str, found: Found) -> bool:
    """Whether a number alone stands right behind a word."""
    said = text[: found.start].rstrip()
    return found.start == found.numbers[0].start and said[-1:].isalpha()
