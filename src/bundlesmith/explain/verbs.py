"""Orders as activities: a heading doesn't tell anybody what to do.

as_activity("replace the tyres")      # "replacing the tyres"
as_activity("paint box")              # "paint box": no order
"""

import re

from bundlesmith.explain.nouns import WORD

_VERBS = frozenset(
    WORD.findall(
        "bake become begin bring build buy carry celebrate choose cook create decorate do eat embroider enjoy "
        "explore fix furnish get give go grow hang have improve install join keep knit learn lose make meditate "
        "mend move organise organize pamper photograph practise practice prepare prune put raise read redecorate "
        "refurbish relax renovate repair replace restore send serve sew spend stay surprise survive take tame "
        "teach throw tidy try wear weave write"
    )
)
"""Words that begin an order wherever they begin a wish."""
_ALSO_NOUNS = frozenset(
    WORD.findall(
        "bottle brew camp carve change clean climb collect crochet cut cycle dance design dig draw dress drive "
        "dry feed ferment film fish fit fly garden groom harvest help hike host insulate jump light lift mount "
        "mow open pack patch paddle paint pick plan plant play protect record refresh repaint ride roast run sand "
        "save shave shoot sing skate sketch ski sledge sleep smoke snorkel surf start stitch stop store stream "
        "stretch swim tile track train travel treat tune upgrade use visit walk warm wash watch water welcome "
        "work wrap"
    )
)
"""Words that do only before "a" and the like: a paint box is none."""
_BEFORE_OBJECTS = frozenset(
    WORD.findall(
        "a an the some my your our his her their in on at through along around across outdoors indoors out off "
        "away around people children electric acoustic guitar piano football tennis chess"
    )
)
_WITH_UP = frozenset(("back", "set", "tidy", "clean", "liven", "spruce", "freshen", "stock", "dress", "warm", "light"))
_DOUBLED = frozenset(
    WORD.findall("begin chop cut dig fit get hit jog knit mop plan put run scrub set shop sit spin stop swim trim wrap")
)
"""Verbs whose last consonant is doubled; so is that of "travel"."""
_TRYING = re.compile(r"^(?:start|begin|try)(?: to|(?= \w+ing\b)) ", re.IGNORECASE)
_INFINITIVE = re.compile(r"^to (?=\w)", re.IGNORECASE)


def as_activity(wish: str) -> str:
    """A wish that begins with a verb, with the activity instead; any other as it is."""
    bare = _INFINITIVE.sub("", _TRYING.sub("", wish))
    words = bare.split()
    if len(words) < 2 or not _is_order(words[0].casefold(), words[1].casefold()):
        return wish if bare == wish or not _is_activity(words) else bare
    found = [_gerund(words[0]), *words[1:]]
    if len(words) > 3 and words[1].casefold() == "and" and words[2].casefold() in _VERBS | _ALSO_NOUNS:
        found[2] = _gerund(words[2])
    return " ".join(found)


def _is_order(verb: str, after: str) -> bool:
    if after == "up" and verb in _WITH_UP:
        return True
    return verb in _VERBS or (verb in _ALSO_NOUNS and after in _BEFORE_OBJECTS)


def _is_activity(words: list[str]) -> bool:
    return bool(words) and words[0].casefold().endswith("ing")


def _gerund(verb: str) -> str:
    """The form in -ing."""
    low = verb.casefold()
    if low in _DOUBLED or low == "travel":
        return verb + verb[-1] + "ing"
    return (verb[:-1] if low.endswith("e") and not low.endswith(("ee", "ye", "oe")) else verb) + "ing"
