"""What is left of a message as words for the model, once the phrases about rules are taken out."""

from collections.abc import Sequence

from bundlesmith.understanding.language import Language


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
    text = _tidy(text)
    while True:
        shorter = text.strip(" ,;:.+&/-，。、；：")
        for language in languages:
            low = shorter.lower()
            if len(low) != len(shorter):
                return shorter
            if match := language.begins.match(low):
                shorter = shorter[match.end() :]
            elif ends := [one for one in language.ends.finditer(low, max(0, len(low) - 12)) if one.end() == len(low)]:
                shorter = shorter[: ends[0].start()]
        if shorter == text:
            return text
        text = shorter


def _tidy(text: str) -> str:
    for mark in (",", "，", ";"):
        while mark * 2 in text:
            text = text.replace(mark * 2, mark)
        text = text.replace(f"{mark}.", ".")
    return text
