"""What a title says of a product: which part of it says what it is, how large or how many, and which word counts."""

import re
from collections.abc import Collection, Sequence

from bundlesmith.explain.nouns import WORD, is_mass, is_plural, singular, stems

_END = r"\s*(?:[,;:(\[|]|\s\+\s|\s[-–—]\s|\s(?:for|with|without|w)\s|\sw/"
_HEAD = re.compile(
    _END + r"|\s(?:from|in)\s|(?<!\d)\sby\s(?!\d|number)"
    r"|(?<!clip)(?<!slip)(?<!zip)(?<!pull)(?<!press)(?<!stick)(?<!snap)(?<!iron)(?<!carry)\son\s)",
    re.IGNORECASE,
)
"""Where what a title calls the product ends: what it is for, has or comes with follows."""
_LONG = re.compile(_END + ")", re.IGNORECASE)
"""The same where what precedes names nothing: "Stone on Metal Watch"."""
_BRACKETS = re.compile(r"\([^()]*\)|\[[^\[\]]*\]")
_SIZE = re.compile(
    r".*\d.*|[a-z]|mm|cm|ml|cl|kg|gb|tb|mb|ft|in|oz|lb|lbs|inch|xl|xxl|xs|pcs|piece|pieces|pack|pk|watt|m?ah|mp|spf|class|medium"
)
"""Words at the end of a title that say how large or how many."""
_MEASURE = re.compile(r"(?<![\w.])\d+ ?(?:mm|cm|ml|kg|l|m|g)$")
"""A size; what stands before it is the product, rather than one word after it."""


def first_part(title: str, long: bool = False) -> str:
    """The part that says what a product is, without what is in brackets; "" of a title that has none.

    A *long* one goes on after "on", "in" and "from".
    """
    ends = _LONG if long else _HEAD
    return next((part for part in ends.split(_BRACKETS.sub(" ", title)) if part.strip()), "")


def made_for(title: str, noun: str) -> str:
    """What a title says that the product, called *noun*, is for: "Canon EOS Rebel"; "" if it says for whom, or nothing.

    The noun has to stand before: "Eggs are for Bacon T-Shirt" is a shirt that isn't for bacon.
    """
    found = _FOR.search(_QUOTED.sub(" ", title))
    if not found or stems(noun)[-1] not in stems(found[1]):
        return ""
    spoken = _FOR_ENDS.split(found[2], maxsplit=1)[0].split()[:_MOST_FOR]
    while spoken and spoken[-1].casefold() in _FOR_LOOSE:
        spoken.pop()
    said = " ".join(spoken)
    known = {singular(word.casefold().replace("’", "'").removesuffix("'s")) for word in WORD.findall(said)}
    return said if known.isdisjoint(_FOR_WHOM) and re.search(r"[^\W\d_]{2}", said) else ""


_QUOTED = re.compile(r'"[^"\d][^"]*"')
"""Slogans on what is sold; but not inches."""
_FOR = re.compile(r"^([^,;:!?]*?)\sfor\s+(?:(?:all|any|for|most|select|the|your)\s+)*(\w.*)", re.IGNORECASE)
"""What follows the first "for", if it stands before the first comma."""
_FOR_ENDS = re.compile(
    r"\s*(?:[,;:()\[\]|/!]|(?<!\d)\"|\.\s|\.$|[-–—+&*]+(?=\s|$)"
    r"|\s(?:with|w|and|or|includ\w*|which|that|in|by|for|from|on|to|made)\b)",
    re.IGNORECASE,
)
_MOST_FOR = 5
"""So many words of it are said."""
_FOR_LOOSE = frozenset({"a", "as", "of", "the", "series", "compatible"})
_FOR_WHOM = frozenset(
    WORD.findall(
        "adult baby boy child children christmas couple custom daily day everyone free girl hand her him "
        "infant kid lady ladies man men mens only people sale teen time use u up us we woman women womens work you "
        "youth"
    )
)
"""Words by which it isn't what something is for, but whom, when or why."""


def adds_something(title: str) -> bool:
    """Whether a title says what comes with the product."""
    return bool(re.search(r"\b(?:with|w|comes|free|gifts?|includ\w*)\b", title, re.IGNORECASE))


def later_parts(title: str) -> list[str]:
    """What follows after commas and brackets, but for what begins with "for" or "with"."""
    parts = re.split(r"[,;:()\[\]|]|\s[-–—]\s", title)[1:]
    return [first_part(part) for part in parts if not re.match(r"\s*(?:for|with|without|w/?)\b", part, re.IGNORECASE)]


def names_parts(words: Sequence[str]) -> bool:
    """Whether words say that something is a part or an accessory of what stands before them."""
    return not _PARTS.isdisjoint(words) or not SETS.isdisjoint(words)


def words_before_size(words: tuple[str, ...], last: int) -> tuple[str, ...]:
    """The words before a size that stands right before the *last* ones: of "Tamper 58 mm baskets" the tamper."""
    if not _MEASURE.search(" ".join(words[: len(words) - last])):
        return ()
    return words[: next(at for at, word in enumerate(words) if word[0].isdigit())]


def is_several(title: str, words: Sequence[str], noun: str) -> bool:
    """Whether a title has several of what *words*, its first part, call *noun*, which is no plural itself."""
    last = noun.casefold().rsplit(" ", 1)[-1]
    if is_plural(noun) or is_mass(noun) or last in SAID_SETS:
        return False
    if _PACK.search(title):
        return True
    ends = without_sizes(tuple(words))[-1:] if last not in _WORN else ()
    return any(is_plural(word) and singular(word) == singular(last) for word in ends)


def told_fully(noun: str, title: str, kinds: Collection[str] = ()) -> str:
    """A noun with the word of a title that it lacks: for whom ("kids' helmet"), or of which kind ("HDMI cable").

    Of which kind is said of parts; and by any of *kinds*, of what may be many things.
    """
    spoken = _COMPOUND.findall(first_part(title))
    words, called = [singular(word.casefold()) for word in spoken], tuple(map(singular, noun.casefold().split()))
    start = next((at for at in range(len(words)) if tuple(words[at : at + len(called)]) == called), 0)
    part = called[0] in _PARTS - {"set", "kit"}
    told = start > 1 and len(called) == 1 and (part or words[start - 1] in kinds)
    if told and _tells(words[start - 1]):
        noun = f"{_in_a_sentence(spoken[start - 1])} {noun}"
    whose = audience(title)
    return noun if not whose or audience(noun) else f"{whose} {noun}"


def _in_a_sentence(word: str) -> str:
    """A word of a title as it stands in a sentence: "USB" and "iPad" keep capitals, "MANUAL" and "Slim-fit" don't."""
    shouted = word.isupper() and len(word) > _ABBREVIATION
    return word.lower() if shouted or word[1:].lower() == word[1:] or "-" in word else word


def audience(title: str) -> str:
    """For whom a title says that a product is: "kids'", "women's"; "" if it doesn't."""
    words = (word.casefold().replace("’", "'") for word in WORD.findall(first_part(title)))
    return next((_WHOSE[word] for word in words if word in _WHOSE), "")


def _tells(word: str) -> bool:
    """Whether a word before a noun may say of which kind it is."""
    return len(word) > 1 and not (_SIZE.fullmatch(word) or word in _COLOURS or word in _RANGES or word in _WHOSE)


def without_sizes(words: tuple[str, ...]) -> tuple[str, ...]:
    """Words without those at their end that say how large, how many or which colour."""
    end = len(words)
    while end and (
        _SIZE.fullmatch(words[end - 1])
        or words[end - 1] in _COLOURS
        or (end > 1 and words[end - 1] in _UNITS and words[end - 2][0].isdigit())
    ):
        end -= 1
    return words[:end]


def may_be_called(typed: tuple[str, ...], called: tuple[str, ...], words: tuple[str, ...]) -> bool:
    """Whether what a title seems to call a product is rather what its category does, *typed*.

    So it is if it is a part, and the title has that word before, as in "Motherboard 1150 socket", but not in "guitar
    strings"; or if what it calls it may mean many things, as a "Notebook" among laptops.
    """
    word = typed[-1]
    if word in _BROAD or is_mass(word):
        return False
    if called[-1] in _PARTS.intersection(typed[:-1]) and word not in called:
        return True  # a "bearing case" among case fans
    before = word in words[1 : len(words) - len(called)] and words[words.index(word, 1) + 1] not in called
    return (before and names_parts(called)) or (len(called) == 1 and called[0] in _VAGUE)


_COMPOUND = re.compile(rf"{WORD.pattern}(?:-{WORD.pattern})*")
"""A word, and what hyphens join to it: "Slim-fit"."""
_ABBREVIATION = 4
"""A word of more capitals is shouted."""
_VAGUE = frozenset({"bootie", "coverall", "desktop", "earphone", "notebook", "plate", "streamer", "tray"})
"""Words that may mean many things."""
_WHOSE = {
    "kids": "kids'", "kid's": "kids'", "children's": "children's", "childrens": "children's", "toddler": "toddler",
    "women's": "women's", "womens": "women's", "ladies": "women's", "men's": "men's", "mens": "men's",
    "girls": "girls'", "boys": "boys'",
}  # fmt: skip
_RANGES = frozenset(
    WORD.findall(
        "advanced basic classic compact custom daily deluxe dual duty easy elite essential expert extended "
        "fit go heavy home lite master max mega new original plus premium prime pro professional rapid "
        "replacement smart standard start starter super ultra universal up"
    )
)
"""Words by which makers call what they sell; they say little."""
_PARTS = frozenset(
    WORD.findall(
        "accessory adapter adaptor arm bag battery blade box bracket brush bulb cable cap cartridge case "
        "charger clip connector cord coupler cover diffuser dock door enclosure extender extension film "
        "filter foot frame gear grip guard handle hanger head holder hook hookup hub insert interface kit "
        "label lead lens lid light line liner mask mat module mount organiser organizer pad pedal pen pick "
        "plate post pouch protector rack remote replacement rest ring screen set shell sleeve socket spare "
        "stand station stay sticker storage strap string stylus table terminal tool tray tube wheel wipe "
        "wiring"
    )
)
"""Words for parts and accessories of what a category names."""
_BROAD = frozenset(
    {
        "accessory",
        "bag",
        "ball",
        "case",
        "clothing",
        "cover",
        "game",
        "gift",
        "jewellery",
        "jewelry",
        "shoe",
        "tool",
        "top",
        "toy",
    }
)
"""Words of categories that say less than a title."""
SETS = frozenset({"set", "kit", "pack", "pair", "bundle", "assortment", "collection", "starter", "box"})
"""Words after what a product is, for several of it."""
SAID_SETS = frozenset({"set", "kit", "assortment"})
_PACK = re.compile(
    r"(?<![\w.])(?:[2-9]|[1-9]\d+|twin|double|triple|multi)[ -]?(?:packs?|pk|pairs)\b|\b(?:packs?|lot|box) of \d",
    re.IGNORECASE,
)
"""How many of a product one gets."""
_WORN = frozenset(WORD.findall("blouse bra coat dress gown hat jacket motherboard purse shirt skirt top watch"))
"""Things of which titles have a plural for one."""
_UNITS = frozenset({"amp", "cell", "count", "feet", "foot", "gauge", "meter", "metre", "pin", "port", "volt", "year"})
"""Words after a number that say how large; elsewhere they may be products."""
_COLOURS = frozenset(
    WORD.findall(
        "assorted beige black blue brown clear gold gray green grey ivory large multicolor multicolour navy new "
        "orange pink purple red silver small tan white yellow"
    )
)
