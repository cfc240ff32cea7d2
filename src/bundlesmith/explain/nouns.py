"""How nouns stand in English sentences: singular and plural, "a" and "an", numbers.

with_article("zoom lens")     # "a zoom lens"
several("lamp", 3)            # "three lamps"
several("socks", 2)           # "two pairs of socks"
"""

import re
from collections.abc import Sequence
from functools import lru_cache

WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)?")
NUMBERS = ("two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve")


@lru_cache(maxsize=65536)
def stems(text: str) -> tuple[str, ...]:
    """The words of a text, in lower case, each without the ending of a plural."""
    return tuple(singular(word.casefold().replace("’", "'")) for word in WORD.findall(text))


def singular(word: str) -> str:
    """A word in lower case without the ending of a plural."""
    if word in _SINGULAR:
        return word
    if len(word) > 4 and word.endswith("ies"):
        return word[:-3] + "y"
    if len(word) > 4 and word.endswith(("ches", "shes", "sses", "xes", "nses")):
        return word[:-2]
    if len(word) > 3 and word.endswith("s") and not word.endswith(("ss", "us", "is")):
        return word[:-1]
    return word


def plural(noun: str) -> str:
    """A noun in the plural."""
    first, space, last = noun.rpartition(" ")
    if last.isupper() and last.endswith("S"):  # "GPS"
        return f"{noun} units"
    if last in _IRREGULAR:
        return first + space + _IRREGULAR[last]
    if last.endswith("y") and last[-2:-1] not in "aeiou":
        return first + space + last[:-1] + "ies"
    return noun + ("es" if last.endswith(("s", "x", "ch", "sh")) else "s")


_IRREGULAR = {
    "knife": "knives",
    "shelf": "shelves",
    "scarf": "scarves",
    "loaf": "loaves",
    "mouse": "mice",
    "foot": "feet",
    "tooth": "teeth",
    "potato": "potatoes",
    "tomato": "tomatoes",
}


def is_plural(noun: str) -> bool:
    """Whether a noun is written as a plural: "socks", "headphones"."""
    last = _last(noun)
    if noun.rsplit(" ", 1)[-1].isupper():  # "GPS"
        return False
    if last in _IRREGULAR.values():
        return True
    return last.endswith("s") and not last.endswith(("ss", "us", "is")) and last not in _SINGULAR


def several(noun: str, number: int) -> str:
    """So many of something: "three lamps"; of what comes in pairs, pairs; another plural or a mass says no number."""
    count = NUMBERS[number - 2] if 2 <= number < len(NUMBERS) + 2 else str(number)
    if _last(noun) in _PAIRS:
        return f"{count} pairs of {noun}"
    return noun if is_plural(noun) or is_mass(noun) else f"{count} {plural(noun)}"


def in_number(noun: str, number: int) -> str:
    """A noun without its article, of one thing or of several."""
    return noun if number == 1 or is_plural(noun) or is_mass(noun) else plural(noun)


def one_of(noun: str, words: Sequence[str]) -> str:
    """A noun as a title says it, whose *words* are in lower case: "patch cables" of one "Patch Cable"."""
    one = noun if _last(noun) in _PAIRS else before_set(noun)
    return one if one != noun and _last(one) in words and _last(noun) not in words else noun


def before_set(noun: str) -> str:
    """A noun as it stands before "set": "glove", "hedge and bush", but "scissors"."""
    return " and ".join(map(_one, noun.split(" and ")))


def _one(noun: str) -> str:
    last = _last(noun)
    return noun if not is_plural(noun) or last in _NO_SINGULAR else noun[: -len(last)] + singular(last)


def is_mass(noun: str) -> bool:
    """Whether a noun has no plural: "ground coffee"."""
    return _last(noun) in _MASS


def _last(noun: str) -> str:
    return noun.casefold().rsplit(" ", 1)[-1]


def with_article(noun: str) -> str:
    """A noun with "a" or "an"; as it is if it is a plural, or no single thing.

    The brush counts in "brush and roller", but not in "brush and roller set"; after a plural the second has its own:
    "markers and a row counter".
    """
    whole = noun.casefold().endswith((" set", " kit", " assortment"))
    part, both, other = (noun, "", "") if whole else noun.partition(" and ")
    if _last(part) in _MASS or is_plural(part):
        return f"{part}{both}{with_article(other)}" if other else noun
    first = re.split(r"[ -]", noun, maxsplit=1)[0]
    if noun[:2].isupper() and first not in _SPOKEN and len(first) <= _LONGEST_SPELT:  # by its letters
        vowel = noun[0] in "AEFHILMNORSX"
    else:
        start = noun.casefold()
        vowel = (start[0] in "aeiou" and not start.startswith(_LIKE_YOU)) or start.startswith(("hour", "heir"))
    return f"{'an' if vowel else 'a'} {noun}"


_NO_SINGULAR = frozenset(
    WORD.findall(
        "binoculars clippers earphones glasses goggles headphones jeans leggings overalls pajamas pants pliers "
        "pyjamas scissors secateurs shears shorts sunglasses tights tongs trousers trunks tweezers"
    )
)
_PAIRS = _NO_SINGULAR | frozenset(
    WORD.findall(
        "boots highs chopsticks clogs cufflinks earbuds earplugs earrings espadrilles flats flops gaiters gloves heels "
        "insoles laces loafers mittens moccasins mules oxfords pumps sandals shoelaces shoes skates skis slippers "
        "sneakers socks stockings trainers wellies wellingtons"
    )
)
_SINGULAR = frozenset({"atlas", "canvas", "christmas", "gas", "lens"})
"""Nouns that end in s, and are no plurals."""
_LONGEST_SPELT = 5
"""A word of more capitals is read as a word."""
_SPOKEN = frozenset({"LAN", "NAS", "RAID", "RAM", "ROM", "SATA", "SIM", "SUP"})
"""Abbreviations that are spoken as words."""
_LIKE_YOU = ("uni", "use", "uk", "ute", "euro", "one")
"""How words begin with a vowel and sound like a consonant."""
_MASS = frozenset(
    WORD.findall(
        "bacteria bait batting bedding bread cement champagne cheese chocolate clay clothing coffee compost confetti "
        "cookware cotton crockery cutlery dough elastic equipment fabric feed felt fertiliser fertilizer film "
        "firewood floss flour foil food fruit fuel furniture gauze gear glassware glitter glue grout hay "
        "honey ink jewellery jewelry kindling leather lighting lingerie litter lube luggage makeup malt "
        "memory milk moss mulch nightwear oil paint pantyhose paper pasta polish popcorn protein rainwear ram "
        "rice salt sand sandpaper seed shapewear sleepwear software soil solder staff storage stuffing sugar "
        "sunscreen swimwear syrup tableware tea thread tinsel toner twine underwear wallpaper water wax wine "
        "wood wool yarn yeast"
    )
)
"""Nouns that have no "a"."""
