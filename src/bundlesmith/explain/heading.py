"""What a bundle is called: as it was asked for; else as people called sets like it; else by its category or pieces.

    plain_heading(facts, shipped_roles(), "en")              # "Tents & Shelters"; "Tent, stove and lamp"

Nothing is made up, nothing is half a sentence, and what a name promises is in the set. How a request becomes a name is
in `bundlesmith.explain.own_words`.
"""

import re
from collections.abc import Callable, Mapping, Sequence

from bundlesmith.explain.facts import BundleFacts
from bundlesmith.explain.language import language_of
from bundlesmith.explain.nouns import WORD, in_number, is_plural, singular, stems
from bundlesmith.explain.own_words import tidy_words
from bundlesmith.explain.pieces import pieces_of
from bundlesmith.explain.roles import BETWEEN_NAMES, Roles
from bundlesmith.prompts import render

MOST_NOUNS, _LONGEST_LIST = 5, 60
"""So many pieces are named at most, in so many characters; in half as many of Chinese."""
_MIXED = re.compile(r"\b[A-Za-z]?[a-z]+[A-Z][A-Za-z]*\b")
"""Words that have capitals within: "iPad"."""
_OPEN_ENDS = frozenset(
    WORD.findall(
        "a an and are as at but by for from in into is my of on or our product products related that the to was "
        "with your"
    )
)
"""Words that no name ends with."""
_ANY = _OPEN_ENDS | frozenset(
    WORD.findall("accessory all basic bundle collection equipment essential gear item kit kind set starter stuff thing")
)
"""Words that a name may have over any set."""
_SHELVES = frozenset(("accessory", "component", "equipment", "part", "product", "supply"))
"""Words for what shelves hold; somebody who asks wants to know what for."""
_PRAISE = frozenset(
    WORD.findall(
        "all best better brand branded different good great high many new nice other premium quality same similar "
        "some something various"
    )
)
"""Words that say nothing of what it is."""
_SOMEBODY = frozenset(
    WORD.findall(
        "alternate alternative aunt boss cousin boy boyfriend boys brother budget buy buying cheap colleague "
        "children create dad daughter day days decent father first five four friend girl girlfriend girls "
        "granddaughter grandma grandpa grandson her him his hour hours husband i kid kids ladies man me men mom "
        "month months mother mum my neighbor neighbour nephew niece old our product second sister six son teen "
        "teenager uncle third three two week weeks wife women womens year years"
    )
)
"""Words of somebody's own wish, and for whom a thing is."""
_LOOSE_END = re.compile(
    r"^(?!.*\b(?:for|of|with|and)\b).+\s(?:women|men|girls|boys|kids|ladies|children)$", re.IGNORECASE
)
"""Whom something is for, without "for": "Job interview outfit women"."""
_NOTHING = re.compile(r"\b(?:items?|products?|things?|stuff|gadgets?)\b", re.IGNORECASE)
"""Words for what one has no word for."""
_PROPER = frozenset(
    WORD.findall(
        "monday tuesday wednesday thursday friday saturday sunday january february april june july august september "
        "october november december christmas easter halloween hanukkah diwali ramadan eid austria britain canada "
        "china denmark england europe finland france germany greece iceland india ireland italy japan mexico morocco "
        "netherlands norway poland portugal scotland spain sweden switzerland wales alps london paris lisbon rome "
        "american asian british chinese dutch english european french german greek indian irish italian japanese "
        "korean mexican nordic scottish spanish swedish swiss thai"
    )
)
"""Words that have a capital wherever they stand."""
_SPOKEN_WORDS = frozenset(("am", "as", "in", "is", "it", "new", "no", "ok", "on", "or", "pa", "us"))
"""Words that are abbreviations elsewhere."""
_NOBODY = frozenset(
    ("accessories", "adult", "baby", "boys", "girls", "kids", "men", "new arrivals", "other", "unisex", "women")
)
"""Categories that don't say what is in them."""


def with_capitals(name: str, facts: BundleFacts, roles: Roles) -> str:
    """A name with the capitals that its words have elsewhere: "Acme", "iPad", "USB"; and without others: "new Tents".

    Brands and such as iPads are written as the catalogue has them, other words as the table of roles does; one that
    neither has stays as it was written, as do names of days, months and countries but for their capital.
    """
    spellings = roles.spellings
    first, *rest = re.split(r"(\s+|-)", name)
    name = first + "".join(_spelt(part, spellings) for part in rest)
    if (known := spellings.get(first.casefold(), "")).isupper():
        name = known + name[len(first) :]
    titles = " ".join(facts.catalogue.titles[row] for row in facts.rows)
    values = {facts.brand(row) for row in facts.rows} | set(_MIXED.findall(titles))
    for value in sorted(filter(None, values), key=len):
        name = re.sub(rf"(?<!\w){re.escape(value)}(?!\w)", value.replace("\\", r"\\"), name, flags=re.IGNORECASE)
    return name


def _spelt(word: str, spellings: Mapping[str, str]) -> str:
    """A word in the middle of a name."""
    low = word.casefold()
    if low.removesuffix("'s") in _PROPER or low.removesuffix("s") in _PROPER:
        return word[:1].upper() + word[1:]
    if low in _SPOKEN_WORDS:
        return low
    known = spellings.get(low, word)
    return known if known[1:].islower() or known.isupper() else word


def is_whole(name: str, language: str, held: Callable[[str], float] = lambda word: 0.0) -> bool:
    """Whether a name that others gave is of this language, no half sentence, and about nobody else's wish.

    For whom, how many, how long, when and where counts only if half of the items have the word; see `borne_by`.
    """
    spoken = WORD.findall(name.casefold())
    known = (_SOMEBODY | _PRAISE | _PROPER).intersection(
        form for word in spoken if (bare := word.removesuffix("'s")) for form in (bare, singular(bare))
    )
    somebody = any(held(word) < 1 / 2 for word in known) or _LOOSE_END.search(name) or _NOTHING.search(name)
    half = not spoken or spoken[0] == "for" or spoken[-1] in _OPEN_ENDS
    return not half and language_of(name) == language and not somebody


def borne_by(facts: BundleFacts, roles: Roles) -> Callable[[str], float]:
    """Tells of a word of a name which share of the items have it; 1 if the request has it, or it says nothing ("s").

    Of a category of several names an item has those that it, or the request, is called by: a helmet among "Clothing &
    Helmets" is no clothing, and who has a garden did not say "Garden & Balcony".
    """
    catalogue, items = facts.catalogue, list[set[str]]()
    asked = _spoken(facts.request.words)
    for row in facts.rows:
        kind = roles.type_of(catalogue.titles[row], catalogue.categories[row])
        own = _spoken(" ".join((catalogue.titles[row], *((kind.en.noun, kind.zh.noun) if kind else ()))))
        items.append(own.union(*(_called(name, own | asked) for name in catalogue.categories[row])))
    asked |= _ANY

    def share(word: str) -> float:
        forms = {word, singular(word)}
        return (
            1.0
            if forms & asked or (len(word) == 1 and word.isascii())
            else sum(not forms.isdisjoint(each) for each in items) / len(items)
        )

    return share


def _called(category: str, known: set[str]) -> set[str]:
    """The words of a category; of one of several names those of the names that have a word that is known, if any."""
    names = [_spoken(part) for part in BETWEEN_NAMES.split(category)]
    return set[str]().union(*([name for name in names if name & known] or names))


def answers(name: str, request: str, held: Callable[[str], float]) -> bool:
    """Whether a name that others gave speaks of nothing but what was asked for and what items are; all without words.

    "Camera set for beginners" is no answer to who doesn't say that they are one. What a set is called last, as the
    clothing of a "clothing set", half of the items have to be. "Camera accessories" is a shelf, and no answer.
    """
    spoken = WORD.findall(name.casefold())
    if request and _SHELVES & set(stems(name)) - set(stems(request)):
        return False
    kind = next((word for word in reversed(spoken) if word not in _ANY), "")
    return not request or (all(held(word) for word in spoken) and (not kind or held(kind) >= 1 / 2))


def says_what(name: str, facts: BundleFacts, roles: Roles) -> bool:
    """Whether a word of a name was asked for, or calls a third of the items, or their categories below departments."""
    said, hits = _spoken(name) - _ANY - _PRAISE, 0
    if said & _spoken(facts.request.words):
        return True
    for row in facts.rows:
        kind = roles.type_of(facts.catalogue.titles[row], facts.catalogue.categories[row])
        nouns = (kind.en.noun, kind.zh.noun) if kind else ()
        hits += not said.isdisjoint(_spoken(" ".join((*facts.catalogue.categories[row][1:], *nouns))))
    return 3 * hits >= len(facts.rows)


def _spoken(text: str) -> set[str]:
    """The words of a text without endings, and its Chinese signs."""
    return {word.removesuffix("'s") for word in stems(text)} | {sign for sign in text if "㐀" <= sign <= "鿿"}


def plain_heading(facts: BundleFacts, roles: Roles, language: str) -> str:
    """The last category that all items have, if it says what they are and is of the language; else what pieces are."""
    shared, whole = [], {tuple(facts.catalogue.categories[row]) for row in facts.rows}
    for names in zip(*(facts.catalogue.categories[row] for row in facts.rows), strict=False):
        if len(set(names)) > 1:
            break
        shared.append(names[0])
    ends = {path[-1] for path in whole if len(path) > 1} or set(shared)  # a department alone says little
    says = (name for name in shared if name in ends and _says_what(name, len(max(whole, key=len)) > 1, roles))
    found = [*says][-1:]
    if found and language_of(found[0]) == language:
        return tidy_words(found[0])
    return _of_pieces(facts, roles, language)


def _of_pieces(facts: BundleFacts, roles: Roles, language: str) -> str:
    """What pieces are called: what was chosen first, then what costs most; all of them if the heading stays short."""
    pieces = [piece for piece in pieces_of(facts, roles, language) if not piece.titled]
    chosen, cents = set(facts.request.items), facts.catalogue.cents
    pieces.sort(
        key=lambda piece: (
            not any(facts.item_id(row) in chosen for row in piece.rows),
            -max(int(cents[row]) for row in piece.rows),
        )
    )
    nouns = [in_number(piece.noun, len(piece.rows)) if language == "en" else piece.noun for piece in pieces]
    if not nouns:  # titles are no heading
        path = facts.catalogue.categories[facts.rows[0]]
        nouns = [path[-1] if path else facts.name(facts.rows[0])]
    nouns = list(dict.fromkeys(nouns))
    template, most = ("heading", _LONGEST_LIST) if language == "en" else (f"heading.{language}", _LONGEST_LIST // 2)
    for named in range(min(len(nouns), MOST_NOUNS), 0, -1):
        heading = tidy_words(render(template, names=nouns[:named], more=named < len(nouns)))
        if len(heading) <= most:
            break
    return heading


def _says_what(category: str, below: bool, roles: Roles) -> bool:
    """Whether a category, *below* a department or alone, says what is in it: "Tents", not "Feeding" or "Dogs"."""
    plain = category.casefold() not in _NOBODY and not re.search(r"[:,/]", category)
    return plain and (
        not below or " " in category or (is_plural(category) and roles.at_end(stems(category)) is not None)
    )


def distinct_names(names: Sequence[str], sets: Sequence[BundleFacts], roles: Roles, language: str) -> list[str]:
    """Names of sets that stand side by side: one that an earlier set has, with the first piece that no earlier has.

    Where the pieces are the same, with a maker, or with what it costs.
    """
    seen: dict[str, set[str]] = {}
    found, template = [], "apart" if language == "en" else f"apart.{language}"
    for name, facts in zip(names, sets, strict=True):
        pieces = [piece for piece in pieces_of(facts, roles, language) if not piece.titled]
        earlier = seen.setdefault(name, set())
        told = [(piece.noun, piece.called(language)) for piece in pieces]
        told += [(brand, brand) for row in facts.rows if (brand := facts.brand(row))]
        told += [(total, total)] if facts.total is not None and (total := facts.money(facts.total)) else []
        own = next((called for known, called in told if known not in earlier), "")
        found.append(render(template, called=name, piece=own).strip() if own and earlier and name else name)
        earlier.update(known for known, _ in told)
    return found
