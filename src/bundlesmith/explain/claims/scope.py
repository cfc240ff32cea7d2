"""Of which items a text says something: of a named one, of several, or of all."""

import re
from collections.abc import Sequence

from bundlesmith.explain.claims.facts import BundleFacts
from bundlesmith.explain.claims.found import NAME, Text

_ALL = re.compile(
    r"\b(?:all|both|each|every|everything|same|entire(?:ly)?|whole|they|exclusively|throughout|common|shared?|shares|"
    r"theme|thread|nothing but)\b|都|全部|均|一律|同一|皆|清一色|共同|统一|这[几些]|各",
    re.I,
)
_ALIKE = re.compile(
    rf"\bsame [\w ]+ as (?:the |your )?[\"“]?{NAME}+[\"”]?\s*[:,]?\s*$|"
    rf"[与和跟]\s*{NAME}+\s*的\S{{1,6}}(?:相同|一样|一致)\s*[：:，]?\s*$",
    re.I,
)
"""Of the two items that are alike, the other one need not be named."""
_IT = re.compile(r"\s*(?:it|its|this one|that one|this|它|其|这款|这件|该)(?:\b|(?=[^\x00-\x7f]))", re.I)


def scope(text: Text, start: int, end: int) -> tuple[Sequence[int], bool]:
    """The items that something is said of that stands there, and whether it is said of all of them."""
    facts = text.facts
    begin, stop = text.sentence(start)
    left, right = text.masked[begin:start], text.masked[end:stop]
    if re.match(rf"(?:的|[\s-]+(?:[\w-]+\s+)?)[\"“《]?{NAME}", right) and (mention := text.after(end)):
        return _here(facts, mention.rows), False
    if _ALIKE.search(left) and (mention := text.before(start)):
        return _here(facts, mention.rows), False
    names = _coordinated(text, begin, start)
    if names and re.search(
        rf"{NAME}[\"”)]?\s+(?:are|come|share|have)\b(?!.*\b(?:all|both)\b.*{NAME})[^{NAME}]*$", left
    ):
        return names, True
    if re.search(r"(?:\bby|\bfrom|来自)\s*$", left) and re.search(rf"{NAME}[\"”)]?\s+(?:is\s+)?(?:by|from)\s*$", left):
        mention = text.before(start)
        if mention and not _ALL.search(left):
            return _here(facts, mention.rows), False
    if _ALL.search(left[max(left.rfind(",") + 1, 0) :]) or (_ALL.search(left) and not names):
        past = both_with_past(text, start, left)
        return (facts.rows, True) if past is None else (past, False)
    return _named(text, begin, stop, start, left), False


def both_with_past(text: Text, at: int, said: str) -> list[int] | None:
    """The items of the past of which "both" in *said* speaks; None if it speaks of none.

    "Goes with the NAME that you bought: both are red" says it of that item; of which other one isn't said.
    """
    begin, stop = text.sentence(at)
    past = [text.mentions[place] for place in text.past if begin <= text.mentions[place].start < stop]
    if not past or not re.search(r"\bboth\b|同", said):
        return None
    return [row for mention in past for row in mention.rows if row in text.facts.past_rows]


def _named(text: Text, begin: int, stop: int, start: int, left: str) -> Sequence[int]:
    """The item that is named near by; the only one of its sentence; or, of "it", the one before; else any."""
    facts = text.facts
    near = re.search(rf"{NAME}[\"”)]?[\s,]*(?:[^\s{NAME}]+\s*){{0,5}}$", left)
    if near and (mention := text.before(start)):
        return _here(facts, mention.rows)
    here = [mention for mention in text.mentions if begin <= mention.start < stop]
    own = [mention for mention in here if any(row in facts.rows for row in mention.rows)]
    if len(own) == 1:
        return _here(facts, own[0].rows)
    if not here and _IT.match(text.masked[begin:stop]) and (last := text.last(begin)):
        return _here(facts, last.rows)
    return (*facts.rows, *facts.past_rows) if text.past else facts.rows


def _here(facts: BundleFacts, rows: Sequence[int]) -> list[int]:
    return [row for row in rows if row in facts.rows] or list(rows)


def _coordinated(text: Text, begin: int, start: int) -> list[int]:
    """The bundle's items that are named before a place in its sentence, if they are two or more."""
    named = [mention for mention in text.mentions if begin <= mention.start < start]
    rows = [row for mention in named for row in mention.rows[:1] if row in text.facts.rows]
    return rows if len(named) > 1 else []
