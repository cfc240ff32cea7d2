"""The things that a request asks for by name, so that it can be said which of them a shop doesn't sell.

asked_things("a hot bath with candles and a book", shipped_roles())     # the types of candles and of books
asked_things("我要蜡烛和书", shipped_roles())                              # the same

A story names things, too ("he broke his bike"): only what stands in a list after a word of wishing, or at the
beginning, is asked for.
"""

import re
from collections.abc import Iterator

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
_LIST = re.compile(r"\s*(?:[,&+/]|\band\b|\bor\b|\bplus\b|\bwith\b|\bincluding\b)\s*", re.IGNORECASE)
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


def _english(words: str, roles: Roles) -> Iterator[RoleType]:
    for thought in _THOUGHTS.split(words):
        parts = [_part(part, roles) for part in _LIST.split(thought) if part.strip()]
        if not parts:
            continue
        whole = parts[0][2] and stems(thought)[: len(stems(parts[0][2].en.noun))] == stems(parts[0][2].en.noun)
        listing = bool(whole) or (len(parts) > 1 and all(found and not whose for _, whose, found in parts[:2]))
        for at, (begins, whose, found) in enumerate(parts):
            listing = not whose and (begins == "wished" or (listing and bool(found)) or (begins == "one" and at == 0))
            if listing and found:
                yield found


def _part(part: str, roles: Roles) -> tuple[str, bool, RoleType | None]:
    """How a part of a list begins ("wished", "one" or ""); whether it is what somebody has; the thing that it names."""
    wished = _WISHED.match(part)
    rest = part[wished.end() :] if wished else part
    one = _ONE.match(rest)
    noun = _ENDS.split(rest[one.end() if one else 0 :], maxsplit=1)[0]
    found = roles.at_end(stems(noun)) if 0 < len(WORD.findall(noun)) <= _LONGEST else None
    if found and found.en.noun.rsplit(" ", 1)[-1] in _NO_THINGS:
        return "wished", False, None  # "a gaming set with a headset"
    return "wished" if wished else "one" if one else "", bool(_WHOSE.match(rest)), found


def _chinese(words: str, roles: Roles) -> Iterator[RoleType]:
    for thought in re.split(r"[，,。；;！!？?]", words):
        wished = _WISHED_ZH.match(thought)
        parts = _LIST_ZH.split(thought[wished.end() :] if wished else thought)
        found = [roles.named(_ONE_ZH.sub("", part.strip(), count=1)) for part in parts]
        if wished or all(found):
            yield from filter(None, found)
