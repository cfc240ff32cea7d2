"""What is left of a message as words for the model, once the phrases about rules are taken out."""

from collections.abc import Sequence

from bundlesmith.understanding.language import Language

_MARKS = " ,;:.+&/-，。、；："


def read_wish(text: str, taken: Sequence[tuple[int, int]], before: str, languages: Sequence[Language]) -> str:
    """The wish after a message: what is left of it, added to the wish before or in its place; that, if nothing is left.

    Args:
        taken: parts of the text that are rules, ascending.
        before: the wish before.
    """
    pieces, at = [], 0
    for start, end in taken:
        pieces.append(text[at:start])
        at = end
    left = _trimmed(" ".join(" ".join([*pieces, text[at:]]).split()), languages)
    refines = bool(before) and any(language.refines.match(left.lower()) for language in languages)
    if not (_has_content(left, languages) or (refines and any(sign.isdigit() for sign in left))):
        return before
    if refines:
        return f"{before}, {left}"
    return left


def _has_content(text: str, languages: Sequence[Language]) -> bool:
    rest = text.lower().replace("’", "'")
    for language in languages:
        rest = language.filler.sub(" ", rest)
    return any(sign.isalpha() for sign in rest)


def _trimmed(text: str, languages: Sequence[Language]) -> str:
    """Without stray marks, and without words that only joined it to what was taken out."""
    for mark in (",", ".", ";", ":", "，", "。"):
        text = text.replace(f" {mark}", mark)
    text = _tidy(text).strip(_MARKS)
    low = text.lower()
    if len(low) != len(text):
        return text
    before = ""
    start, end = 0, len(low)
    while (left := low[start:end]) != before:
        before = left
        for language in languages:
            if match := language.begins.match(left):
                left = left[match.end() :]
                start = end - len(left)
            elif ends := [
                one for one in language.ends.finditer(left, max(0, len(left) - 12)) if one.end() == len(left)
            ]:
                left = left[: ends[0].start()]
                end = start + len(left)
        start = end - len(left.lstrip(_MARKS))
        end = start + len(low[start:end].rstrip(_MARKS))
    return text[start:end]


def _tidy(text: str) -> str:
    for mark in (",", "，", ";"):
        while mark * 2 in text:
            text = text.replace(mark * 2, mark)
        text = text.replace(f"{mark}.", ".")
    return text
