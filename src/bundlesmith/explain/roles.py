"""What a product is called in a sentence, and what it is for: "the tent", "to sleep in".

    shipped_roles().of("Tarnbrook Dome Tent", ("Tents",), "en")     # Role("tent", "to sleep in outdoors")

The package ships a table of twelve thousand types of product, in English and Chinese. An item is of the type whose name
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
from bundlesmith.explain.nouns import WORD, is_plural, plural, singular, stems

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
ENDING = 4
"""A plural is looked for among so many words at the end of what a title calls the product."""
KIND_WORDS = 2
"""So many words at the end of a title may say of which kind a product is."""


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
        self._english = {stems(each.en.noun): each for each in reversed(self.types)}
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
        words = _without_sizes(stems(heads[0])) if heads else ()
        return (
            self._by_title(words)
            or self._last_chinese(title)
            or self._by_category(category, title)
            or self._without_kind(words)
        )

    def of(self, title: str, category: Sequence[str], language: str) -> Role | None:
        """The role of an item in a language; None if it has none that is known.

        In English a plural of the title stays one, and so does "set": "a brush and roller set".
        """
        found = self.type_of(title, category)
        if found is None or language != "en":
            return found.role(language) if found else None
        words = [word.casefold() for word in WORD.findall(_HEAD.split(title, maxsplit=1)[0])]
        noun = found.en.noun
        if words and words[-1] in _SAID_SETS and not noun.casefold().endswith(words[-1]):
            return replace(found.en, noun=f"{noun} {words[-1]}")
        ends = {word for word in words[-ENDING:] if singular(word) == noun.casefold().rsplit(" ", 1)[-1]}
        return replace(found.en, noun=plural(noun)) if not is_plural(noun) and any(map(is_plural, ends)) else found.en

    def group_of(self, title: str, category: Sequence[str]) -> Group | None:
        """What of is counted as one kind: items of one category whose nouns end in the same word."""
        found = self.type_of(title, category)
        return ("/".join(category), stems(found.en.noun)[-1]) if found and stems(found.en.noun) else None

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
        held = set(stems(title))
        for name in reversed(category if len(category) < 2 else category[1:]):
            names = [part for part in _OR.split(name) if part]
            for part in names:
                words = stems(part)
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
_SAID_SETS = frozenset({"set", "kit", "assortment"})
_UNITS = frozenset({"amp", "cell", "count", "feet", "foot", "gauge", "meter", "metre", "pin", "port", "volt", "year"})
"""Words after a number that say how large; elsewhere they may be products."""
_COLOURS = frozenset(
    WORD.findall(
        "assorted beige black blue brown clear gold gray green grey ivory large multicolor multicolour navy new "
        "orange pink purple red silver small tan white yellow"
    )
)


def common_name(types: Sequence[RoleType]) -> RoleType | None:
    """What items of several types are called in common: "dome tent" and "tunnel tent" are tents.

    None if nothing is common to their names in one of the languages. The purposes are those of the first.
    """
    first = types[0]
    if len(types) == 1:
        return first
    english = " ".join(_shared_end([each.en.noun.split() for each in types]))
    chinese = "".join(_shared_end([list(each.zh.noun) for each in types]))
    nouns = {each.zh.noun for each in types}
    if not english or (len(chinese) < 2 and chinese not in nouns):
        return None
    return RoleType(replace(first.en, noun=english), replace(first.zh, noun=chinese))


def _shared_end(parts: Sequence[Sequence[str]]) -> list[str]:
    """The longest end that all of some sequences have; plurals count as the same."""
    found: list[str] = []
    for column in zip(*(reversed(each) for each in parts), strict=False):
        if len({singular(word.casefold()) for word in column}) > 1:
            break
        found.insert(0, column[0])
    return found
