"""What a name promises that its set has to hold: "a tent and a stove" has both; "a weekend in a tent" has none.

keeps_promises("First tent and sleeping bag", facts, shipped_roles())
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from bundlesmith.explain.facts import BundleFacts
from bundlesmith.explain.kinds import RoleType
from bundlesmith.explain.language import language_of
from bundlesmith.explain.nouns import before_set, in_number, is_mass, stems
from bundlesmith.explain.roles import Roles
from bundlesmith.explain.titles import first_part

_AROUND = re.compile(
    r"\b(?:for|to|in|on|at|into|onto|during|from|of|under|by|who|that|which|when|while|before|after|without|against|over|"
    r"across|through|around|near|between)\b.*?(?=\b(?:with|including|plus)\b|$)",
    re.IGNORECASE,
)
"""What tells for whom, where and when: it names nothing that one gets."""
_WITH = re.compile(r"\s*\b(?:with|including|plus)\b\s*", re.IGNORECASE)
_BETWEEN = re.compile(r"\s*(?:[,;&+]|\band\b|\bor\b)\s*", re.IGNORECASE)
_ACTIVITY = re.compile(r"^\w+ing\b(?! \w*(?:kit|set|gear|supplies|essentials)\b)", re.IGNORECASE)
"""Who paints a chair needs no chair; a sleeping bag is a bag."""
_GENERIC = frozenset(
    stems(
        "accessory basic bundle collection combo day equipment essential gear gift item kit present set starter stuff "
        "supply thing trip weekend hamper pack"
    )
)
"""Last words that name no product; what stands before them says of what kind."""
_NEAR = 2
"""So many categories at the end of a path say what a product is; those above are groups of many things."""
_BEFORE = frozenset(("a", "an", "the", "some", "first", "new", "one", "two", "three", "my", "your"))
_ZH_AROUND = re.compile(r"^.*[的在给用]")
_ZH_DONE = re.compile(r"[做练学弹玩打喝吃煮烤泡修洗刷骑养种看听拍画写织缝喂遛带搬买换装拆磨冲]$|[自去]")
"""Who learns the guitar, or bakes a cake, is promised neither."""
_ZH_BETWEEN = re.compile(r"[、，,和与及]")


def keeps_promises(name: str, facts: BundleFacts, roles: Roles) -> bool:
    """Whether each product that a name promises is one of the items."""
    texts = [_said_of(facts, row, roles) for row in facts.rows]
    held, ends = [set(stems(text)) for text in texts], [_ends_of(facts, row, roles) for row in facts.rows]
    if language_of(name) == "zh":
        kinds = _chinese_promises(name, roles)
        return all(
            any(kind.zh.noun in text for text in texts) or any(stems(kind.en.noun)[-1] in each for each in ends)
            for kind in kinds
        )
    return all(
        any(not promised.words.isdisjoint(each) for each in (ends if promised.product else held))
        for promised in _promises(name, roles)
    )


def calls_all(name: str, facts: BundleFacts, roles: Roles) -> str:
    """A name that others gave, in the plural of several items; "" if it calls a product that some item isn't.

    "HDMI cables" is no name of a cable and a memory card; "Video call set" and "Upgrading a laptop" call no product;
    "Wifi" alone names none. A "train set" has to be about trains for the most part. What a category of some item is
    called, as "Favours & Games" are, has to be a category of all.
    """
    of_category = [_named_so(name, facts.catalogue.categories[row]) for row in facts.rows]
    if any(of_category) and not all(of_category):
        return ""
    if language_of(name) == "zh" or _AROUND.search(name) or _WITH.search(name) or _BETWEEN.search(name):
        return name
    words, before = stems(name), name.casefold().rsplit(" ", 1)[0]
    kind = roles.at_end(words)
    if words[-1:] == ("set",) and before_set(before) != before:  # "Monitors set"
        return ""
    if words[-1:] and words[-1] in _GENERIC:
        about = _without_generic(words)
        held = sum(not set(about[-1:]).isdisjoint(stems(_said_of(facts, row, roles))) for row in facts.rows)
        return "" if roles.at_end(about) and 2 * held <= len(facts.rows) else name
    if kind is None and len(words) == 1:  # "Wifi"
        return ""
    if kind is None or (_ACTIVITY.match(name) and stems(kind.en.noun) != words):
        return name
    alike = all(words[-1] in _ends_of(facts, row, roles, 1) for row in facts.rows)
    return in_number(name, len(facts.rows)) if alike else ""


def _named_so(name: str, path: Sequence[str]) -> bool:
    """Whether a category of a path is called like this."""
    own = _joined(name)
    return any(_joined(category) == own for category in path)


def _joined(text: str) -> tuple[str, ...]:
    return tuple(word for word in stems(text) if word != "and")


@dataclass(frozen=True, slots=True)
class _Promise:
    """Words of which an item has to have one: for a *product* as what it is, else anywhere."""

    words: frozenset[str]
    product: bool


def _promises(name: str, roles: Roles) -> Iterator[_Promise]:
    """What a name promises, part by part; what is only done promises nothing, but for what it is done with."""
    for told in _WITH.split(_AROUND.sub(" ", name)):
        for at, part in enumerate(_BETWEEN.split(told)):
            words = tuple(word for word in stems(part) if word not in _BEFORE)
            kept = _without_generic(words)
            kind = roles.at_end(kept)
            if at == 0 and _ACTIVITY.match(part) and not (kind and stems(kind.en.noun) == kept):
                break
            if kept != words and kept:
                yield _Promise(frozenset(kept), False)
            elif kind:
                yield _Promise(frozenset(kept[-1:]), not is_mass(kept[-1]))


def _without_generic(words: tuple[str, ...]) -> tuple[str, ...]:
    """Words without those at their end that name no product: of a "camping starter set" camping."""
    while words and words[-1] in _GENERIC:
        words = words[:-1]
    return words


def _chinese_promises(name: str, roles: Roles) -> Iterator[RoleType]:
    """The products that the parts of a Chinese name are called by, or end with; not what something is done with."""
    for part in filter(None, _ZH_BETWEEN.split(_ZH_AROUND.sub("", name))):
        for start in range(len(part) - 1):
            kind = roles.named(part[start:])
            if kind and not _ZH_DONE.search(part[:start]):
                yield kind
            if kind:
                break


def _ends_of(facts: BundleFacts, row: int, roles: Roles, departments: int = 0) -> set[str]:
    """The last words of what an item and its categories below *departments* are called: those that say what it is."""
    catalogue = facts.catalogue
    kind = roles.type_of(catalogue.titles[row], catalogue.categories[row])
    path = catalogue.categories[row]
    path = path[departments:][-_NEAR:] or path
    names = [part for name in path for part in re.split(r"[&,/]|\band\b", name)]
    nouns = [part for noun in ([kind.en.noun] if kind else []) for part in noun.split(" and ")]
    without_set = [" ".join(stems(noun)[:-1]) for noun in nouns if noun.endswith((" set", " kit"))]
    called = (*names, *nouns, *without_set, first_part(catalogue.titles[row]))
    return {words[-1] for text in called if (words := stems(text))}


def _said_of(facts: BundleFacts, row: int, roles: Roles) -> str:
    """All that says what an item is."""
    catalogue = facts.catalogue
    kind = roles.type_of(catalogue.titles[row], catalogue.categories[row])
    nouns = (kind.en.noun, kind.zh.noun) if kind else ()
    return " ".join((catalogue.titles[row], *catalogue.categories[row], *nouns))
