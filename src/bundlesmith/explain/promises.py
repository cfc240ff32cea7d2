"""What a name promises that its set has to hold: "a tent and a stove" has both; "for a weekend in a tent" has none.

keeps_promises("First tent and sleeping bag", facts, shipped_roles())
"""

import re
from collections.abc import Iterator

from bundlesmith.explain.facts import BundleFacts
from bundlesmith.explain.language import language_of
from bundlesmith.explain.nouns import stems
from bundlesmith.explain.roles import Roles

_AROUND = re.compile(
    r"\b(?:for|to|in|on|at|into|onto|during|from|of|under|by|who|that|which|when|while|before|after|without|against|over|"
    r"across|through|around|near|between)\b.*?(?=\b(?:with|including|plus)\b|$)",
    re.IGNORECASE,
)
"""What tells for whom, where and when: it names nothing that one gets."""
_BETWEEN = re.compile(r"\s*(?:[,;&+]|\band\b|\bor\b|\bwith\b|\bincluding\b|\bplus\b)\s*", re.IGNORECASE)
_ACTIVITY = re.compile(r"^\w+ing\b(?! \w*(?:kit|set|gear|supplies|essentials)\b)", re.IGNORECASE)
"""Who paints a chair needs no chair; a sleeping bag is a bag."""
_GENERIC = frozenset(
    stems(
        "accessory basic bundle collection combo day equipment essential gear gift item kit present set starter stuff "
        "supply thing trip weekend hamper pack"
    )
)
"""Last words that name no product; what stands before them says of what kind."""
_BEFORE = frozenset(("a", "an", "the", "some", "first", "new", "one", "two", "three", "my", "your"))
_ZH_AROUND = re.compile(r"^.*[的在给用]")
_ZH_BETWEEN = re.compile(r"[、，,和与及]")


def keeps_promises(name: str, facts: BundleFacts, roles: Roles) -> bool:
    """Whether each product that a name promises is one of the items."""
    texts = [_said_of(facts, row, roles) for row in facts.rows]
    if language_of(name) == "zh":
        return all(any(noun in text for text in texts) for noun in _chinese_promises(name, roles))
    held = [frozenset(stems(text)) for text in texts]
    return all(any(not words.isdisjoint(each) for each in held) for words in _promises(name, roles))


def _promises(name: str, roles: Roles) -> Iterator[frozenset[str]]:
    """For each product that a name promises the words of which an item has one: what it is, or of what kind."""
    for part in _BETWEEN.split(_AROUND.sub(" ", name)):
        words = tuple(word for word in stems(part) if word not in _BEFORE)
        kept = words
        while kept and kept[-1] in _GENERIC:
            kept = kept[:-1]
        kind = roles.at_end(kept)
        if _ACTIVITY.match(part) and not (kind and stems(kind.en.noun) == kept):
            continue
        if kept != words and kept:
            yield frozenset(kept)
        elif kind:
            yield frozenset(kept[-1:])


def _chinese_promises(name: str, roles: Roles) -> Iterator[str]:
    """The products that end the parts of a Chinese name, but for what is done with them."""
    for part in _ZH_BETWEEN.split(_ZH_AROUND.sub("", name)):
        if part and (kind := roles.named(part)):
            yield kind.zh.noun


def _said_of(facts: BundleFacts, row: int, roles: Roles) -> str:
    """All that says what an item is."""
    catalogue = facts.catalogue
    kind = roles.type_of(catalogue.titles[row], catalogue.categories[row])
    nouns = (kind.en.noun, kind.zh.noun) if kind else ()
    return " ".join((catalogue.titles[row], *catalogue.categories[row], *nouns))
