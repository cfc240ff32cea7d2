"""What a bundle is called: as it was asked for; else as people called sets like it; else by its category or pieces.

    own_words("I'm looking for something for a picnic.")     # "Something for a picnic"
    plain_heading(facts, shipped_roles(), "en")              # "Tents & Shelters"; "Tent, stove and more"

Nothing is made up, and nothing is half a sentence.
"""

import re
from collections.abc import Callable

from bundlesmith.explain.facts import BundleFacts
from bundlesmith.explain.language import language_of
from bundlesmith.explain.nouns import WORD, singular, stems
from bundlesmith.explain.pieces import pieces_of
from bundlesmith.explain.roles import Roles
from bundlesmith.prompts import render

_SHORT = 60
"""A request of at most this many characters is the name of its bundles."""
LONGEST_ABBREVIATION = 4
"""A name of more capitals is shouted."""
MOST_NOUNS = 2
"""So many pieces are named."""
PROMISES = re.compile(
    r"(?<![\w-])(free|guarante\w*|gratis|discounts?|discounted|refunds?)(?![\w-])|(免费|保证|打折|白送)", re.I
)
"""Words of a request that would be a promise of the shop's in the name of a bundle."""
_ASKING = re.compile(
    r"(?:(?:hi|hello|hey|please)\b[,.! ]*)?"
    r"(?:(?:i|we)(?:['’]m| am|['’]re| are|['’]d)? (?:looking for|searching for|want|need|would like|like)(?: to)?"
    r"|(?:can|could|would) you (?:please )?(?:recommend|suggest|find|show)(?: me| us)?"
    r"|(?:please )?(?:recommend|show|find|give|get) (?:me|us)|(?:please )?recommend|looking for|searching for)\s+"
    r"|(?:请|麻烦)?(?:给我|帮我|为我)(?:推荐|找|选|搭配|来)?(?:一套|一组|一些|一下|几件)?"
    r"|(?:请|麻烦)?推荐(?:一套|一组|一些|一下|几件)?|(?:我|我们)(?:想要|想买|需要|要买)|(?:我|我们)?想(?:要|买)?",
    re.IGNORECASE,
)
"""How a request begins before it says for what."""
LEAST_WORDS, LEAST_SIGNS = 3, 5
"""What is fewer words before a comma, or fewer Chinese signs, may be the first of a list."""
_LISTED = re.compile(
    r"\b(?:and|or|plus)\s+(?:a|an|some|the|\w+s)\b|^(?:an?|some|two|three|\d+)\b|[、和与]", re.IGNORECASE
)
"""What follows names more things."""
_QUESTION = re.compile(r"什么|怎么|哪[些个种]|[吗呢]$|^(?:what|which|how|where|who|is|are|do|does)\b", re.IGNORECASE)
"""A question is no name."""
_AGE = re.compile(r"\b(\w+)[ -]years?[ -]old\b", re.IGNORECASE)
_OF_WHOM = re.compile(
    r"\b((?:wo)?men)s?(?= (?!and\b|for\b|in\b|of\b|or\b|over\b|under\b|who\b|with\b)\w)", re.IGNORECASE
)
"""Whose it is, as people write it: "womens shoes", "women dress"."""
_MIXED = re.compile(r"\b[A-Za-z]?[a-z]+[A-Z][A-Za-z]*\b")
"""Words that have capitals within: "iPad"."""
_OPEN_ENDS = frozenset(
    WORD.findall(
        "a an and are as at but by for from in into is my of on or our product products that the to was with your"
    )
)
"""Words that no name ends with."""
_ANY = _OPEN_ENDS | frozenset(
    WORD.findall("accessory all basic bundle collection equipment essential gear item kit kind set starter stuff thing")
)
"""Words that a name may have over any set."""
_PRAISE = frozenset(
    WORD.findall(
        "all best better brand branded different good great high many new nice other premium quality same similar "
        "some something various"
    )
)
"""Words that say nothing of what it is."""
_SPEAKERS = frozenset(
    WORD.findall("am anything everything i i'm im i've ive looks me mine my our they us we we're we've would you")
)
_SOMEBODY = frozenset(
    WORD.findall(
        "alternate alternative boy boyfriend boys brother budget buy buying cheap colleague create dad daughter "
        "day days decent father first five four friend girl girlfriend girls granddaughter grandma grandpa "
        "grandson her him his hour hours husband i man me mom month months mother mum my neighbor neighbour "
        "nephew niece old our product second sister six son third three two week weeks wife year years"
    )
)
"""Words of somebody's own wish."""
_NOBODY = frozenset(
    ("accessories", "adult", "baby", "boys", "girls", "kids", "men", "new arrivals", "other", "unisex", "women")
)
"""Categories that don't say what is in them."""


def with_capitals(name: str, facts: BundleFacts) -> str:
    """A name with brands, iPads, and categories of several words as the catalogue writes them: "Acme Trail"."""
    titles = " ".join(facts.catalogue.titles[row] for row in facts.rows)
    values = {facts.brand(row) for row in facts.rows} | set(_MIXED.findall(titles))
    values |= {part for row in facts.rows for part in facts.catalogue.categories[row] if " " in part}
    for value in sorted(filter(None, values), key=len):
        name = re.sub(rf"(?<!\w){re.escape(value)}(?!\w)", value.replace("\\", r"\\"), name, flags=re.IGNORECASE)
    return name


def own_words(words: str) -> str:
    """A request as a name, if it is short, says what for, and is no promise of the shop's, nor about "me"; else ""."""
    wish = _ASKING.sub("", " ".join(words.split()), count=1) if _ASKING.match(words.strip()) else words
    name = tidy_words(_without_remark(re.sub(r"^for (?=\w+ing\b)", "", wish.strip(), flags=re.IGNORECASE)))
    spoken = set(WORD.findall(name.casefold()))
    says = not spoken or not spoken <= _ANY | _PRAISE
    short = len(name) <= _SHORT and not PROMISES.search(name)
    return name if short and says and _SPEAKERS.isdisjoint(spoken) and not _QUESTION.search(name) else ""


def _without_remark(wish: str) -> str:
    """A wish without what is added behind it: "watercolours for a trip, small and light"; but all of a list."""
    head, *tail = re.split(r"\s*[,:;，：；]\s*", wish, maxsplit=1)
    few = len(head) < LEAST_SIGNS if language_of(head) == "zh" else len(WORD.findall(head)) < LEAST_WORDS
    listed = not tail or few or _LISTED.search(tail[0])
    return wish if listed else head


def tidy_words(name: str) -> str:
    """A name on one line, with a capital, and without the marks of a sentence's end."""
    name = " ".join(name.split()).strip(" .,;:!?…。，！？").removesuffix("的")
    name = name.lower() if name.isupper() and name.isascii() and len(name) > LONGEST_ABBREVIATION else name
    name = _AGE.sub(r"\1-year-old", _OF_WHOM.sub(r"\1's", name))
    return name[:1].upper() + name[1:]


def is_whole(name: str, language: str, held: Callable[[str], float] = lambda word: 0.0) -> bool:
    """Whether a name that others gave is of this language, no half sentence, and about nobody else's wish.

    Whom it was for, and how many and how long, counts only if half of the items have the word; see `borne_by`.
    """
    spoken = WORD.findall(name.casefold())
    somebody = any(held(word) < 1 / 2 for word in (_SOMEBODY | _PRAISE).intersection(spoken))
    return bool(spoken) and spoken[-1] not in _OPEN_ENDS and language_of(name) == language and not somebody


def borne_by(facts: BundleFacts, roles: Roles) -> Callable[[str], float]:
    """Tells of a word of a name which share of the items have it; 1 if the request has it, or it says nothing ("s")."""
    catalogue, texts = facts.catalogue, []
    for row in facts.rows:
        kind = roles.type_of(catalogue.titles[row], catalogue.categories[row])
        nouns = (kind.en.noun, kind.zh.noun) if kind else ()
        texts.append(" ".join((catalogue.titles[row], *catalogue.categories[row], *nouns)))
    items = [_spoken(text) for text in texts]
    asked = _spoken(facts.request.words) | _ANY

    def share(word: str) -> float:
        forms = {word, singular(word)}
        return (
            1.0
            if forms & asked or (len(word) == 1 and word.isascii())
            else sum(not forms.isdisjoint(each) for each in items) / len(items)
        )

    return share


def says_what(name: str, facts: BundleFacts, roles: Roles) -> bool:
    """Whether a third of the items, or of their categories but for departments, are called by a word of a name."""
    said, hits = _spoken(name) - _ANY, 0
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
    shared = []
    for names in zip(*(facts.catalogue.categories[row] for row in facts.rows), strict=False):
        if len(set(names)) > 1:
            break
        shared.append(names[0])
    says = (name for name in reversed(shared) if name.casefold() not in _NOBODY and not re.search(r"[:,]", name))
    found = next(says, "")
    if found and language_of(found) == language:
        return tidy_words(found)
    nouns = [piece.noun for piece in pieces_of(facts, roles, language) if piece.purpose]
    if not nouns:  # titles are no heading
        path = facts.catalogue.categories[facts.rows[0]]
        nouns = [path[-1] if path else facts.name(facts.rows[0])]
    more = len(nouns) > MOST_NOUNS + 1
    told = nouns[:MOST_NOUNS] if more else nouns
    return tidy_words(render("heading" if language == "en" else f"heading.{language}", names=told, more=more))
