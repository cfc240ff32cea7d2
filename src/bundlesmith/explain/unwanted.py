"""Things that a request names and that its set had better not be told to lack: what somebody has, or wants none of.

is_unwanted("we have a tent, a lamp would be nice", tent)        # True
is_unwanted("不要手套", gloves)                                    # True
"""

import re

from bundlesmith.explain.kinds import RoleType
from bundlesmith.explain.language import language_of
from bundlesmith.explain.nouns import WORD, stems

_REACH = 6
"""So many words before a thing may say that it is there already."""
_THERE = frozenset(
    WORD.findall(
        "already bought except got had has have hate hates isn't needn't no not own owns skip unneeded without"
    )
)
_NEGATED = re.compile(r"n['’]t$")
_STOPS = re.compile(
    r"[.;:!?]|\b(?:but|so|missing|looking for)\b|(?<!n['’]t )(?<!not )\b(?:need|want)s?\b", re.IGNORECASE
)
"""What begins another thought."""
_THERE_ZH = re.compile(r"(?<!没)有(?!没)|买了|买过|不要|不用|不需要|不想要|别|除了|免了")


def is_unwanted(words: str, kind: RoleType) -> bool:
    """Whether some words say of a type of product that it is there already, or isn't wanted."""
    if language_of(words) == "zh":
        return any(_is_there_zh(part, kind.zh.noun) for part in re.split(r"[，,。；;！!？?]", words))
    return any(_is_there(part, stems(kind.en.noun)[-1:]) for part in _STOPS.split(words))


def _is_there(thought: str, noun: tuple[str, ...]) -> bool:
    """Whether a thought has the noun after a word for having or not wanting, or before "already"."""
    spoken = [word.casefold().replace("’", "'") for word in WORD.findall(thought)]
    for at in (at for at, word in enumerate(spoken) if stems(word) == noun):
        before = spoken[max(0, at - _REACH) : at]
        if any(word in _THERE or _NEGATED.search(word) for word in before) or "already" in spoken[at:]:
            return True
    return False


def _is_there_zh(thought: str, noun: str) -> bool:
    ends = (noun[start:] for start in range(max(1, len(noun) - 1)))
    return any(end in thought for end in ends) and _THERE_ZH.search(thought) is not None
