"""What a message is, before any rule in it: a greeting, thanks, a question about the set, a choice, or none of these.

    read_act("thanks, the second one please", languages)     Said("choice", place=1)

The ways to say each are in `en.yaml` and `zh.yaml`.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from bundlesmith.understanding.language import Language
from bundlesmith.understanding.text import fold

SOCIAL = ("no", "yes", "bye", "thanks", "greeting")
"""What is said beside anything else; the first of these tells more."""
LAST = -1
CHEAPEST, DEAREST = -2, -3
"""Places that the prices tell."""
MIDDLE = -4
_THEN = re.compile(
    r"\s*[,;，；]\s*(?:but|and|only|with|just|但是?|不过)?\s*|\s+(?:but|and|only|with|just)\s+|但是?|不过",
    re.IGNORECASE,
)
"""What parts a choice from what else is wanted of it."""
_PLACES = (
    {
        word: place
        for place, words in enumerate(
            (
                "first 1st one 1 former original top 一 前者 前面",
                "second 2nd two 2 latter 二 两 后者 后面",
                "third 3rd three 3 三",
                "fourth 4th four 4 四",
                "fifth 5th five 5 五",
            )
        )
        for word in words.split()
    }
    | dict.fromkeys(("cheaper", "cheapest", "less expensive", "便"), CHEAPEST)
    | dict.fromkeys(("expensive", "dearer", "dearest", "pricier", "priciest", "贵"), DEAREST)
    | dict.fromkeys(("middle", "中间"), MIDDLE)
    | {str(number): number - 1 for number in range(6, 10)}
)


@dataclass(frozen=True, slots=True)
class Said:
    """What a message is.

    Attributes:
        act: its name; "" if it is none of the languages' acts.
        place: for a choice, and for what something is to be like: which one, from 0; `LAST`; None if none is named.
        whom: for a recipient: who; of what is asked for, whether it is sold: what.
        colour: for another colour: which; "" for any.
        rest: the message without it.
    """

    act: str = ""
    place: int | None = None
    whom: str = ""
    colour: str = ""
    rest: str = ""


def read_act(text: str, languages: Sequence[Language]) -> Said:
    """The act of a message. What is found anywhere comes first, then what is an act only if nothing else is left."""
    folded = fold(text)
    for language in languages:
        for pattern in language.acts:
            if not pattern.whole and (match := pattern.cue.search(folded)):
                return _said(pattern.act, match, text, folded)
    whole = [one for language in languages for one in _whole(folded, language)]
    strong = [said for said, weak in whole if not weak]
    if whole and not _left(folded, languages):
        return min(
            strong or [said for said, _ in whole], key=lambda one: SOCIAL.index(one.act) + 1 if one.act in SOCIAL else 0
        )
    return Said(rest=text)


def read_topic(text: str, languages: Sequence[Language]) -> str:
    """The topic that a message is about and that a shop assistant can't help with; "" if there is none."""
    folded = fold(text)
    return next((name for each in languages for name, cue in each.topics if cue.search(folded)), "")


def parted_choice(text: str, languages: Sequence[Language]) -> tuple[Said, str] | None:
    """The choice that a message begins with and what else it says ("the second, but cheaper"), or None."""
    if cut := _THEN.search(text):
        head, rest = text[: cut.start()], text[cut.end() :].strip()
        said = read_act(head, languages)
        if said.act in ("choice", "yes") and _left(fold(rest), languages):
            return said, rest
    return None


def place_of(text: str) -> int | None:
    """The first place that a text names."""
    found = (_PLACES.get(word, LAST if word in ("last", "bottom", "最后") else None) for word in _words(text))
    return next((place for place in found if place is not None), None)


def recipient_swapped(wish: str, new: str, languages: Sequence[Language]) -> str:
    """A wish for somebody else: what says for whom is replaced, or added."""
    for language in languages:
        if match := language.recipient.search(wish.lower()):
            return f"{wish[: match.start()]}{new}{wish[match.end() :]}"
    return f"{wish}, {new}" if wish else new


def _words(text: str) -> list[str]:
    return re.findall(
        "less expensive|最后|前者|后者|前面|后面|中间|[a-z]+|[0-9]+(?:st|nd|rd|th)?|[\u3400-\u9fff]", fold(text)
    )


def _whole(folded: str, language: Language) -> Iterator[tuple[Said, bool]]:
    """The acts that a message may be as a whole, and whether the word for it counts little beside another."""
    for pattern in language.acts:
        if pattern.whole and (match := pattern.cue.search(folded)):
            yield _said(pattern.act, match, "", folded), bool(language.weak.fullmatch(match[0].strip()))


def _said(act: str, match: re.Match[str], text: str, folded: str) -> Said:
    groups = {name.rstrip("0123456789"): value for name, value in match.groupdict().items() if value}
    named = groups.get("place", "")
    if act == "like":
        named = folded[match.start() : match.end() + 4]
    rest = f"{text[: match.start()]} {text[match.end() :]}".strip(" ,.;:!?，。！？")
    return Said(act, place_of(named), groups.get("whom", ""), groups.get("colour", ""), rest)


def _left(folded: str, languages: Sequence[Language]) -> bool:
    """Whether something is left of a message without its acts and what is polite."""
    for language in languages:
        for pattern in language.acts:
            if pattern.whole:
                folded = pattern.cue.sub(" ", folded)
    for language in languages:
        folded = language.filler.sub(" ", folded)
    return any(sign.isalnum() for sign in folded)
