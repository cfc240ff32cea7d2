"""What a product is called in a sentence, and what it is for: "the tent", "to sleep in".

    shipped_roles().of("Tarnbrook Dome Tent", ("Tents",), "en")     # Role("tent", "to sleep in outdoors")

The package ships a table of some thousand types of product, in English and Chinese. An item is of the type whose name
stands in its title or in its category; one that neither names has no role, and nothing is said of what it is for. A
shop's own table, `roles.yaml` in the run's folder, comes first:

    Tents: {en: [tent, to sleep in], zh: [帐篷, 睡觉]}          # by category: the last part of a path, or "A > B"
"""

import csv
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Any, Self

import yaml

from bundlesmith.category import steps
from bundlesmith.errors import BundlesmithError

LANGUAGES = ("en", "zh")
TABLE, OWN = "roles.tsv", "roles.yaml"
_HEAD = re.compile(
    r"\s*(?:[,;:(\[|]|\s[-–—]\s|\s(?:for|with|without|from|in|w)\s|\sw/"
    r"|(?<!clip)(?<!slip)(?<!zip)(?<!pull)(?<!press)(?<!stick)(?<!snap)(?<!iron)(?<!carry)\son\s)",
    re.IGNORECASE,
)
"""Where what a title calls the product ends: what it is for, has or comes with follows."""
_OR = re.compile(r"\s*(?:[&,/]|\band\b)\s*", re.IGNORECASE)
"""Between the names of a category that has several."""
_SIZE = re.compile(
    r".*\d.*|[a-z]|mm|cm|ml|cl|kg|gb|tb|mb|ft|in|oz|lb|lbs|inch|xl|xxl|xs|pcs|piece|pieces|pack|pk|watt|m?ah|mp|spf|class"
)
"""Words at the end of a title that say how large or how many."""
KEPT = 65536
"""The types of so many items are kept."""
KIND_WORDS = 2
"""So many words at the end of a title may say of which kind a product is."""
_WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)?")


@dataclass(frozen=True, slots=True)
class Role:
    """What a type of product is called in one language, and what it is for; *purpose* goes on after the noun."""

    noun: str
    purpose: str


@dataclass(frozen=True, slots=True)
class RoleType:
    """A type of product: its role in each of LANGUAGES."""

    en: Role
    zh: Role

    def role(self, language: str) -> Role:
        """The role in a language; in English where there is no other."""
        return self.zh if language == "zh" else self.en


Group = tuple[str, str]
"""A category, and the last word of what its items are called: dome tents and tunnel tents are of one."""


class Roles:
    """Finds the types of items.

    Args:
        types: all types.
        own: a shop's own, by category: the last part of a path, or a whole path as "A > B".
    """

    def __init__(self, types: Iterable[RoleType], own: Mapping[str, RoleType] | None = None) -> None:
        self.types = tuple(types)
        self._own = {steps(category): found for category, found in (own or {}).items()}
        self._english = {_stems(each.en.noun): each for each in reversed(self.types)}
        self._chinese = {each.zh.noun: each for each in reversed(self.types)}
        self._known: dict[tuple[str, tuple[str, ...]], RoleType | None] = {}
        self._last_words = {words[-1] for words in self._english}
        self._longest = max(map(len, self._english), default=0)
        self._longest_chinese = max(map(len, self._chinese), default=0)

    def type_of(self, title: str, category: Sequence[str]) -> RoleType | None:
        """The type of an item; None if neither its title nor its category names one.

        The shop's own table comes first. Then the longest name that ends the part of the title that says what the
        product is, without sizes and colours; then what its category is called, if that is one name, or one of several
        that the title has; then what the title ends with before words that end no name ("Puppy Food Lamb").
        """
        key = (title, tuple(category))
        if key not in self._known:
            if len(self._known) >= KEPT:
                self._known.clear()
            self._known[key] = self._find(title, category)
        return self._known[key]

    def _find(self, title: str, category: Sequence[str]) -> RoleType | None:
        path = steps(*category)
        for start in range(len(path)):
            if own := self._own.get(path[start:]):
                return own
        heads = [head for head in _HEAD.split(title) if head.strip()]
        words = _without_sizes(_stems(heads[0])) if heads else ()
        return (
            self._by_title(words)
            or self._last_chinese(title)
            or self._by_category(category, title)
            or self._without_kind(words)
        )

    def of(self, title: str, category: Sequence[str], language: str) -> Role | None:
        """The role of an item in a language; None if it has none that is known. A plural of the title stays one."""
        found = self.type_of(title, category)
        role = found.role(language) if found else None
        return replace(role, noun=_in_plural(role.noun, title)) if role and language == "en" else role

    def group_of(self, title: str, category: Sequence[str]) -> Group | None:
        """What of is counted as one kind: items of one category whose nouns end in the same word."""
        found = self.type_of(title, category)
        return ("/".join(category), _stems(found.en.noun)[-1]) if found and _stems(found.en.noun) else None

    def with_own(self, file: Path) -> Self:
        """The same with a shop's own table.

        Raises:
            BundlesmithError: if the file is not such a table.
        """
        return type(self)(self.types, _read_own(file))

    def _by_title(self, words: tuple[str, ...]) -> RoleType | None:
        found = None
        if len(words) > 2 and words[-2].isdigit():
            found = self._at_end(_without_sizes(words[:-2]))  # "Moka Pot 3 cups"
        found = found or self._at_end(words)
        if found is None and words and words[-1] in _SETS:
            found = self._at_end(_without_sizes(words[:-1]))
        return found

    def _without_kind(self, words: tuple[str, ...]) -> RoleType | None:
        for end in range(len(words) - 1, max(len(words) - 1 - KIND_WORDS, 0), -1):
            if words[end] in self._last_words:
                return None
            if found := self._at_end(_without_sizes(words[:end])):
                return found
        return None

    def _by_category(self, category: Sequence[str], title: str) -> RoleType | None:
        """By the end of the path, then by what stands before it ("Dresses > Casual"), but not by the department."""
        held = set(_stems(title))
        for name in reversed(category if len(category) < 2 else category[1:]):
            names = [part for part in _OR.split(name) if part]
            for part in names:
                words = _stems(part)
                if words and (len(names) == 1 or words[-1] in held) and (found := self._at_end(words)):
                    return found
            if found := self._last_chinese(name):
                return found
        return None

    def _at_end(self, words: tuple[str, ...]) -> RoleType | None:
        """The type with the longest name that ends some words."""
        for start in range(max(0, len(words) - self._longest), len(words)):
            if found := self._english.get(words[start:]):
                return found
        return None

    def _last_chinese(self, text: str) -> RoleType | None:
        """The type whose name ends last in a text, the longest of those."""
        if text.isascii():
            return None
        for end in range(len(text), 0, -1):
            for start in range(max(0, end - self._longest_chinese), end):
                if found := self._chinese.get(text[start:end]):
                    return found
        return None


@lru_cache(maxsize=1)
def shipped_roles() -> Roles:
    """The table that the package ships."""
    with (Path(__file__).parent / TABLE).open(encoding="utf-8") as lines:
        rows = csv.reader(lines, delimiter="\t", quoting=csv.QUOTE_NONE)
        return Roles(RoleType(Role(noun, purpose), Role(noun_zh, zh)) for noun, purpose, noun_zh, zh in rows)


def _read_own(file: Path) -> dict[str, RoleType]:
    fix = "Write `CATEGORY: {en: [noun, purpose], zh: [noun, purpose]}`; either language may be left out."
    try:
        table: Any = yaml.safe_load(file.read_text(encoding="utf-8")) or {}
        return {str(category): _own_type(values) for category, values in table.items()}
    except (yaml.YAMLError, UnicodeDecodeError, AttributeError, TypeError, ValueError) as error:
        raise BundlesmithError(f'"{file}" is no table of roles: {error}.', fix) from None


def _own_type(values: Mapping[str, Sequence[str]]) -> RoleType:
    if not set(values) <= set(LANGUAGES) or not values:
        raise ValueError(f"{sorted(values)} instead of en, zh")
    found = {language: Role(*map(str, pair)) for language, pair in values.items()}
    first = next(iter(found.values()))
    return RoleType(found.get("en", first), found.get("zh", first))


def words_of_title(title: str) -> tuple[str, ...]:
    """The words of a title as groups have them: in lower case, in the singular."""
    return _stems(title)


@lru_cache(maxsize=65536)
def _stems(text: str) -> tuple[str, ...]:
    """The words of a text, in lower case, each without the ending of a plural."""
    return tuple(_singular(word.casefold().replace("’", "'")) for word in _WORD.findall(text))


def _in_plural(noun: str, title: str) -> str:
    """A noun in the plural if the title has its last word so."""
    first, space, last = noun.rpartition(" ")
    plural = next((word for word in _WORD.findall(title) if _singular(word.casefold()) == last.casefold()), last)
    return first + space + plural.casefold() if plural.casefold().endswith("s") and not last.endswith("s") else noun


def _without_sizes(words: tuple[str, ...]) -> tuple[str, ...]:
    """Words without those at their end that say how large, how many or which colour."""
    end = len(words)
    while end and (
        _SIZE.fullmatch(words[end - 1])
        or words[end - 1] in _COLOURS
        or (end > 1 and words[end - 1] in _UNITS and words[end - 2][0].isdigit())
    ):
        end -= 1
    return words[:end]


_SETS = frozenset({"set", "kit", "pack", "pair", "bundle", "assortment", "collection", "starter", "box"})
"""Words after what a product is, for several of it."""
_UNITS = frozenset({"amp", "cell", "count", "feet", "foot", "gauge", "meter", "metre", "pin", "port", "volt", "year"})
"""Words after a number that say how large; elsewhere they may be products."""
_COLOURS = frozenset(
    _WORD.findall(
        "assorted beige black blue brown clear gold gray green grey ivory large multicolor multicolour navy new "
        "orange pink purple red silver small tan white yellow"
    )
)


def _singular(word: str) -> str:
    if len(word) > 4 and word.endswith("ies"):
        return word[:-3] + "y"
    if len(word) > 4 and word.endswith(("ches", "shes", "sses", "xes")):
        return word[:-2]
    if len(word) > 3 and word.endswith("s") and not word.endswith(("ss", "us", "is")):
        return word[:-1]
    return word


def common_name(types: Sequence[RoleType]) -> RoleType:
    """What items of several types are called in common: "dome tent" and "tunnel tent" are tents.

    Its purposes are those of the first.
    """
    first = types[0]
    english = [each.en.noun.split() for each in types]
    shared = _shared_end(english)
    chinese = "".join(_shared_end([list(each.zh.noun) for each in types]))
    return RoleType(
        replace(first.en, noun=" ".join(shared) or first.en.noun),
        replace(first.zh, noun=chinese if len(chinese) > 1 else first.zh.noun),
    )


def _shared_end(parts: Sequence[Sequence[str]]) -> list[str]:
    """The longest end that all of some sequences have; plurals count as the same."""
    found: list[str] = []
    for column in zip(*(reversed(each) for each in parts), strict=False):
        if len({_singular(word.casefold()) for word in column}) > 1:
            break
        found.insert(0, column[0])
    return found


def with_article(noun: str) -> str:
    """An English noun with "a" or "an"; as it is if it is a plural, or no single thing."""
    last = noun.casefold().rsplit(" ", 1)[-1]
    if (
        " and " in noun
        or last in _MASS
        or (last.endswith("s") and not last.endswith(("ss", "us", "is")) and last not in _SINGULAR)
    ):
        return noun
    if noun[:2].isupper() and noun.split(" ", 1)[0] not in _SPOKEN:  # spelt by its letters
        vowel = noun[0] in "AEFHILMNORSX"
    else:
        start = noun.casefold()
        vowel = (start[0] in "aeiou" and not start.startswith(_LIKE_YOU)) or start.startswith(("hour", "heir"))
    return f"{'an' if vowel else 'a'} {noun}"


_SINGULAR = frozenset({"atlas", "canvas", "christmas", "gas", "lens"})
"""Nouns that end in s, and are no plurals."""
_SPOKEN = frozenset({"LAN", "NAS", "RAID", "RAM", "ROM", "SATA", "SIM", "SUP"})
"""Abbreviations that are spoken as words."""
_LIKE_YOU = ("uni", "use", "uk", "ute", "euro", "one")
"""How words begin with a vowel and sound like a consonant."""


_MASS = frozenset(
    _WORD.findall(
        "bait batting bedding bread cement champagne cheese chocolate clay clothing coffee compost confetti "
        "cookware cotton crockery cutlery dough elastic equipment fabric feed felt fertiliser fertilizer film "
        "firewood floss flour foil food fruit fuel furniture gauze gear glassware glitter glue grout hay "
        "honey hose ink jewellery jewelry kindling leather lighting lingerie litter lube luggage makeup malt "
        "memory milk moss mulch nightwear oil paint pantyhose paper pasta polish popcorn protein rainwear ram "
        "rice salt sand sandpaper seed shapewear sleepwear software soil solder storage stuffing sugar "
        "sunscreen swimwear syrup tableware tea thread tinsel toner twine underwear wallpaper water wax wine "
        "wood wool yarn yeast"
    )
)
"""Nouns that have no "a"."""
