"""The things that a request asks for by name, so that it can be said which of them a shop doesn't sell.

asked_things("a hot bath with candles and a book", shipped_roles())     # the types of candles and of books
asked_things("我要蜡烛和书", shipped_roles())                              # the same

A story names things, too ("he broke his bike"): only what stands in a list after a word of wishing, or at the
beginning, is asked for.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from bundlesmith.explain.kinds import RoleType
from bundlesmith.explain.language import language_of
from bundlesmith.explain.nouns import WORD, stems
from bundlesmith.explain.roles import Roles
from bundlesmith.explain.unwanted import is_unwanted

_LONGEST = 4
"""A thing is named with up to so many words."""
_NO_THINGS = frozenset({"gift", "present", "kit", "set", "bundle", "accessory", "tool", "equipment", "gear"})
"""What is called so may be anything."""
_THOUGHTS = re.compile(r"[.;:!?]|\bbut\b", re.IGNORECASE)
_LIST = re.compile(r"(\s*(?:(?:[,&+/]|\band\b|\bor\b|\bplus\b|\bwith\b|\bincluding\b)\s*)+)", re.IGNORECASE)
_RESUMED = re.compile(r"\s*,\s*\w")
"""After ", with" a list goes on, whatever was said of the thing before."""
_WISHED = re.compile(
    r".*\b(?:needs?|wants?|wanted|looking for|would like|i'd like|we'd like|include|including|add|"
    r"(?:get|give|find|buy|bring|show) (?:me|us|him|her))\b(?:\s+to\s+(?:buy|get|have|order|find)\b)?(?!\s+to\b)",
    re.IGNORECASE,
)
_ONE = re.compile(
    r"\s*(?:an?|some|any|one|two|three|four|five|six|\d+|a (?:few|couple|pair|set|box|pack) of)\b\s*", re.IGNORECASE
)
_WHOSE = re.compile(
    r"\s*(?:all |both )?(?:the|my|our|his|her|their|your|its|this|that|these|those|it|them|him)\b", re.IGNORECASE
)
_ENDS = re.compile(
    r"\s\b(?:for|to|in|on|at|of|that|which|who|from|by|under|below|over|up|because|so|since|if|when|while|is|are|was|"
    r"were|has|have|had|can|will|would|should|as|like|too|please|than|into|i|we|he|she|they|you|it|tonight|tomorrow)\b",
    re.IGNORECASE,
)
_WISHED_ZH = re.compile(r".*(?:想要|需要|想买|我要|要买|来点|来个|来一|买|找|加|送|推荐)")
_LIST_ZH = re.compile(r"[、和与跟及]|还有|以及|加上")
_ONE_ZH = re.compile(r"^(?:[一二两三四五六七八九十几\d]*[个只张把条支盒套包本瓶双件些点台块根])?")


def asked_things(words: str, roles: Roles) -> list[RoleType]:
    """The types of the things that some words ask for by name, each once; not what is there already, or unwanted."""
    named = _chinese(words, roles) if language_of(words) == "zh" else _english(words, roles)
    return [each for each in dict.fromkeys(named) if not is_unwanted(words, each)]


@dataclass(frozen=True, slots=True)
class _Part:
    """A part of a list.

    Attributes:
        wished, article: how it begins.
        had: whether it is what somebody has.
        thing: that it names.
        goes_on: whether more is said of it, which the next part may belong to ("a bag for a laptop and a camera").
    """

    wished: bool
    article: bool
    had: bool
    thing: RoleType | None
    goes_on: bool


def _english(words: str, roles: Roles) -> Iterator[RoleType]:
    for thought in _THOUGHTS.split(words):
        texts = ["", *_LIST.split(thought)]  # what parts each from the one before, and the part
        parts = [(between, _part(part, roles)) for between, part in zip(texts[::2], texts[1::2], strict=True)]
        listing, waiting = _begins_with_things(stems(thought), [part for _, part in parts]), False
        for at, (between, part) in enumerate(parts):
            begins = part.wished or (part.article and at == 0)
            listing = listing or (waiting and _RESUMED.match(between) is not None)
            listing = not part.had and (begins or (listing and part.thing is not None))
            if listing and part.thing:
                yield part.thing
            listing, waiting = listing and not part.goes_on, listing and part.goes_on


def _begins_with_things(thought: tuple[str, ...], parts: Sequence[_Part]) -> bool:
    """Whether a thought begins with the whole name of a thing, or with two of them: "tent and stove for a weekend"."""
    thing = parts[0].thing if parts else None
    if thing is None:
        return False
    named = stems(thing.en.noun)
    return thought[: len(named)] == named or (len(parts) > 1 and all(each.thing and not each.had for each in parts[:2]))


def _part(part: str, roles: Roles) -> _Part:
    wished = _WISHED.match(part)
    rest = part[wished.end() :] if wished else part
    one = _ONE.match(rest)
    noun, *more = _ENDS.split(rest[one.end() if one else 0 :], maxsplit=1)
    thing = roles.at_end(stems(noun)) if 0 < len(WORD.findall(noun)) <= _LONGEST else None
    if thing and thing.en.noun.rsplit(" ", 1)[-1] in _NO_THINGS:  # "a gaming set with a headset"
        return _Part(True, bool(one), False, None, bool(more))
    return _Part(bool(wished), bool(one), bool(_WHOSE.match(rest)), thing, bool(more))


def _chinese(words: str, roles: Roles) -> Iterator[RoleType]:
    for thought in re.split(r"[，,。；;！!？?]", words):
        wished = _WISHED_ZH.match(thought)
        parts = _LIST_ZH.split(thought[wished.end() :] if wished else thought)
        found = [roles.named(_ONE_ZH.sub("", part.strip(), count=1)) for part in parts]
        if wished or all(found):
            yield from filter(None, found)
