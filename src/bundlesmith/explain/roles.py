"""What a product is called in a sentence, and what it is for: "the tent", "to sleep in".

    shipped_roles().of("Tarnbrook Dome Tent", ("Tents",), "en")     # Role("tent", "to sleep in outdoors")

The package ships a table of twelve thousand types of product, in English and Chinese. An item is of the type whose name
stands in its title or in its category; one that neither names has no role, and nothing is said of what it is for. A
shop's own table, `roles.yaml` in the run's folder, comes first:

    Tents: {en: [tent, to sleep in], zh: [帐篷, 睡觉]}          # by category: the last part of a path, or "A > B"
"""

import csv
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Self

from bundlesmith.data.category import steps
from bundlesmith.explain.broad import BroadTypes
from bundlesmith.explain.kinds import ProductRole, RoleType, common_name, without_set
from bundlesmith.explain.nouns import WORD, before_set, is_mass, is_plural, one_of, plural, singular, stems
from bundlesmith.explain.own_roles import read_own
from bundlesmith.explain.paths import below_groups, product_path
from bundlesmith.explain.titles import (
    SAID_SETS,
    SETS,
    adds_something,
    audience,
    first_part,
    is_several,
    later_parts,
    made_for,
    may_be_called,
    names_parts,
    told_fully,
    without_sizes,
    words_before_size,
)

TABLE = "roles.tsv"
BETWEEN_NAMES = re.compile(r"\s*(?:[&,/]|\band\b|\(.*?\))\s*", re.IGNORECASE)
"""Between the names of a category that has several; a bracket says no more."""
_NECK = re.compile(r"\b[\w-]+ neck$", re.IGNORECASE)
"""How a garment is cut: "Shirt Scoop Neck"."""
_WRITTEN = re.compile(r"[A-Za-z][\w-]*")
_KEPT = 65536
"""The types of so many items are kept."""
_WHOSE_ZH = {
    "kids'": "儿童",
    "children's": "儿童",
    "toddler": "幼儿",
    "women's": "女士",
    "men's": "男士",
    "girls'": "女童",
    "boys'": "男童",
}
MAKER_WORDS = 2
"""So many words before a dash may be who made it: "Acme Uniforms - Scrubs Set"."""
KIND_WORDS = 2
"""So many words at the end of a title may say of which kind a product is."""


Group = tuple[str, str]
"""A category, and the last word of what its items are called: dome tents and tunnel tents are of one."""


class Roles:
    """Finds the types of items.

    Args:
        types: all types.
        own: a shop's own, by category: the last part of a path, or a whole path as "A > B".

    Attributes:
        types: all types.
        broad: tells which of them may be for many things.
    """

    def __init__(self, types: Iterable[RoleType], own: Mapping[str, RoleType] | None = None) -> None:
        self.types = tuple(types)
        self._own = {steps(category): found for category, found in (own or {}).items()}
        self._english = {stems(each.en.noun): each for each in reversed(self.types)}
        self._chinese = {each.zh.noun: each for each in reversed(self.types)}
        self.broad = BroadTypes(self.types)
        self._known: dict[tuple[str, tuple[str, ...]], RoleType | None] = {}
        self._in_common = lru_cache(_KEPT)(self._worked_out_in_common)
        self._longest = max(map(len, self._english), default=0)
        self._longest_chinese = max(map(len, self._chinese), default=0)

    def type_of(self, title: str, category: Sequence[str]) -> RoleType | None:
        """The type of an item; None if neither its title nor its category names one.

        The shop's own table comes first. Then the longest name that ends the part of the title that says what the
        product is, without sizes and colours, as far as the category agrees: a "camera" among surveillance cameras is
        one, and a "Motherboard 1150 socket" among motherboards is a motherboard. Then what the title has before words
        that end no name ("Puppy Food Lamb"), if that is the category's word or several words; then what the category
        is called, if that is one name, or one of several that the title has, or a later part of the title.
        """
        key = (title, tuple(category))
        if key not in self._known:
            if len(self._known) >= _KEPT:
                self._known.clear()
            self._known[key] = self._find(title, category)
        return self._known[key]

    def _find(self, title: str, category: Sequence[str]) -> RoleType | None:
        if own := self._own_of(category):
            return own
        words = self._words(title)
        return (
            self._agreed(words, category)
            or self._last_chinese(title)
            or self._by_word(words, category)
            or self._without_kind(words, False)
            or self._agreed(without_sizes(stems(first_part(title, long=True))), category)
            or self._by_title(without_sizes(stems(first_part(title.partition("(")[0]))))
            or self._by_category((*category[:1], *product_path(category[1:])[-1:]), title)
            or next(filter(None, (self._by_title(without_sizes(stems(part))) for part in later_parts(title))), None)
            or self._by_category((*category[:1], *below_groups(category[1:])), title)
            or self._without_kind(words, True)
            or (None if adds_something(title) else self._by_title(without_sizes(stems(title))))
        )

    def _own_of(self, category: Sequence[str]) -> RoleType | None:
        """The shop's own type of a category."""
        path = steps(*category)
        return next((own for start in range(len(path)) if (own := self._own.get(path[start:]))), None)

    def _words(self, title: str) -> tuple[str, ...]:
        """The words of the part of a title that says what the product is; not of a maker before a dash."""
        first, dash, rest = title.partition(" - ")
        named = dash and len(first.split()) <= MAKER_WORDS and first_part(rest)
        if named and not re.match(r"\s*(?:for|with)\b", rest, re.IGNORECASE):
            words = without_sizes(stems(named.replace("&", " and ")))
            if len(words) > 1 and self.at_end(words):
                return words
        return without_sizes(stems(_NECK.sub("", first_part(title).replace("&", " and "))))

    def of(self, title: str, category: Sequence[str], language: str) -> ProductRole | None:
        """The role of an item in a language; None if it has none that is known.

        In English what a title has several of is a plural, and "set" stays: "a brush and roller set". For whom it is
        is said, too, and of which kind a cable is. What may be for many things has no purpose, and none is called so
        by its category alone. What is of no type is called by its category, if the title has the last word of that.
        """
        found = self.type_of(title, category)
        if found is None:
            return ProductRole(noun, "") if language == "en" and (noun := self._end_of(category, title)) else None
        little = self._own_of(category) is None and self.broad.says_little(category, found)
        if little and stems(found.en.noun)[0] not in stems(title) and title.isascii():
            return None  # its category alone calls it so: "tool"
        purpose = "" if little else found.role(language).purpose
        if language != "en":
            whose = _WHOSE_ZH.get(audience(title), "")
            noun = found.zh.noun if whose[:1] in found.zh.noun else f"{whose}{found.zh.noun}"
            return ProductRole(noun, purpose)
        words = [word.casefold() for word in WORD.findall(first_part(title))]
        noun = one_of(found.en.noun, words)
        ends = [singular(word) for word in (*words[-2:-1], noun.casefold().rsplit(" ", 1)[-1])]
        if words and words[-1] in SAID_SETS and ends[0] == ends[-1] not in SAID_SETS:
            return ProductRole(f"{before_set(noun)} {words[-1]}", purpose)
        noun = told_fully(noun, title, self.broad.kinds if little else frozenset())
        return ProductRole(plural(noun) if is_several(title, words, noun) else noun, purpose)

    def host_of(self, title: str, category: Sequence[str]) -> str:
        """What an item's title says that it is made for; see `bundlesmith.explain.titles.made_for`."""
        found = self.type_of(title, category)
        noun = found.en.noun if found else self._end_of(category, title)
        return made_for(title, noun) if noun else ""

    def _end_of(self, category: Sequence[str], title: str) -> str:
        """One thing of the last category, as "accessory kit" of "Accessory Kits"; "" if the title has no "kit"."""
        words = _WRITTEN.findall(category[-1].replace("&", "and")) if len(category) > 1 else []
        last = singular(words[-1].casefold()) if words else ""
        if last not in stems(title) or not is_plural(words[-1].casefold()) or {",", "/"} & set(category[-1]):
            return ""
        return " ".join([*(self.spellings.get(word.casefold(), word.casefold()) for word in words[:-1]), last])

    def group_of(self, title: str, category: Sequence[str]) -> Group | None:
        """What of is counted as one kind: items of one category whose nouns end in the same word."""
        found = self.type_of(title, category)
        words = without_set(found) if found else ()
        return ("/".join(category), words[-1]) if words else None

    def in_common(
        self, one: RoleType, other: RoleType, category: Sequence[str] = (), language: str = ""
    ) -> RoleType | None:
        """What items of two types are told together as, in a language or in all; None if they are two things.

        A sport watch is a watch in either language. Of one *category* what is called alike in one of them is one thing,
        too: dome tents and tunnel tents, earphones and headphones; shoes among flats.
        """
        return self._in_common(one, other, tuple(category), language)

    def _worked_out_in_common(
        self, one: RoleType, other: RoleType, category: tuple[str, ...], language: str
    ) -> RoleType | None:
        words = [sorted(without_set(each)) for each in (one, other)]
        if one == other or words[0] == words[1]:
            return one
        short, long = sorted((one, other), key=lambda each: len(stems(each.en.noun)))
        own = self._by_category(category[-1:], "") if category else None
        if own in (one, other) and len(stems((other if own == one else one).en.noun)) == 1:
            return own
        like = bool(category)
        aims = sorted((_aim(one), _aim(other)), key=len)
        if own in (one, other) and len(aims[0]) > 1 and aims[0] <= aims[1]:
            return own
        ends = stems(long.en.noun)[-len(stems(short.en.noun)) :] == stems(short.en.noun)
        if ends and (like or long.zh.noun.endswith(short.zh.noun)):
            return short
        if like and (found := common_name((one, other), language)):
            whole = self.at_end(stems(found.en.noun))
            return whole if whole and whole.zh.noun == found.zh.noun else found
        named_alike = like or not set(stems(one.en.noun)).isdisjoint(stems(other.en.noun))
        return short if one.zh.noun == other.zh.noun and named_alike else None

    @cached_property
    def spellings(self) -> dict[str, str]:
        """Words in lower case -> as the table writes them in the middle of a sentence: "usb" -> "USB"."""
        counted: dict[str, Counter[str]] = {}
        for word in (
            word for each in self.types for text in (each.en.noun, each.en.purpose) for word in _WRITTEN.findall(text)
        ):
            counted.setdefault(word.casefold(), Counter())[word] += 1
        return {low: forms.most_common(1)[0][0] for low, forms in counted.items()}

    def with_own(self, text: str) -> Self:
        """The same with a shop's own table, as YAML.

        Raises:
            BundlesmithError: if the text is no such table.
        """
        return type(self)(self.types, read_own(text))

    def _agreed(self, words: tuple[str, ...], category: Sequence[str]) -> RoleType | None:
        """What the title calls the product, as its category has it."""
        found = self._by_title(words)
        if found is None:
            return None
        called = stems(found.en.noun)
        parts = [part for part in BETWEEN_NAMES.split(category[-1] if len(category) > 1 else "") if part]
        others = [stems(other.en.noun) for part in parts if (other := self.at_end(stems(part)))]
        for noun in others:
            if noun[-1] == called[-1] not in SAID_SETS:
                return self._english[noun] if noun[-len(called) :] == called else found
        if len(parts) == 1 and others and may_be_called(others[0], called, words):
            return self._english[others[0]]
        before = words_before_size(words, len(called)) if words[-len(called) :] == called else ()
        return self.at_end(before) or found

    def _by_title(self, words: tuple[str, ...]) -> RoleType | None:
        found = None
        if len(words) > 2 and words[-2].isdigit():
            found = self.at_end(without_sizes(words[:-2]))  # "Moka Pot 3 cups"
        found = found or self.at_end(words)
        if found is None and words and words[-1] in SETS:
            one = self.at_end(without_sizes(words[:-1]))
            found = one if one and "and" in stems(one.en.noun) else self._two(words) or one
        return found

    def _two(self, words: tuple[str, ...]) -> RoleType | None:
        """Of a "necklace and earrings set": both."""
        if "and" not in words or words[-1] not in SAID_SETS:
            return None
        at = len(words) - 1 - words[::-1].index("and")
        one, other = self.at_end(words[:at]), self._english.get(words[at + 1 : -1])
        if one is None or other is None:
            return None
        nouns = f"{before_set(one.en.noun)} and {before_set(other.en.noun)} {words[-1]}"
        verb = f"{' '.join(one.en.purpose.split()[:2])} "  # "to wear round the neck and on the ears"
        both = f"{one.en.purpose} and {other.en.purpose.removeprefix(verb).removeprefix('to ')}"
        english = ProductRole(nouns, both)
        chinese = ProductRole(f"{one.zh.noun}和{other.zh.noun}套装", f"{one.zh.purpose}、{other.zh.purpose}")
        return RoleType(english, chinese)

    def _by_word(self, words: tuple[str, ...], category: Sequence[str]) -> RoleType | None:
        """What a title says up to the word of its category: "Puppy Dry Food Lamb" of food."""
        word = next(iter(stems(category[-1])[::-1]), "") if category else ""
        end = words.index(word, 1) + 1 if word in words[1:] else 0
        return self.at_end(words[:end]) if end and not names_parts(words[end:]) else None

    def _without_kind(self, words: tuple[str, ...], whole: bool) -> RoleType | None:
        """What stands before words that end no name: of several words; of one if that is the *whole*."""
        for end in range(len(words), 0, -1):
            found = None if names_parts(words[end:]) else self.at_end(without_sizes(words[:end]))
            short = whole and len(words) - end <= KIND_WORDS
            if found and (len(stems(found.en.noun)) > 1 or (short and not is_mass(found.en.noun))):
                return found
        return None

    def _by_category(self, category: Sequence[str], title: str) -> RoleType | None:
        """By the end of the path, then by what stands before it ("Dresses > Casual"), but not by the department."""
        held = set(stems(first_part(title)))
        for name in reversed(category if len(category) < 2 else category[1:]):
            names = [part for part in BETWEEN_NAMES.split(name) if part]
            for part in names:
                words = stems(part)
                if words and (len(names) == 1 or words[-1] in held) and (found := self.at_end(words)):
                    return found
            alike = len(names) > 2 and all(len(part.split()) == 1 for part in names[:-1])
            if alike and (found := self.at_end(stems(names[-1])[-1:])):  # "Guitar, Bass & Ukulele Straps"
                return found
            if found := self._last_chinese(name):
                return found
        return None

    def at_end(self, words: tuple[str, ...]) -> RoleType | None:
        """The type with the longest name that ends some words."""
        for start in range(max(0, len(words) - self._longest), len(words)):
            if found := self._english.get(words[start:]):
                return found
        return None

    def named(self, text: str) -> RoleType | None:
        """The type that a Chinese text is the name of."""
        return self._chinese.get(text)

    def _last_chinese(self, text: str) -> RoleType | None:
        """The type whose name ends last in a text, the longest of those."""
        if text.isascii():
            return None
        for end in range(len(text), 0, -1):
            for start in range(max(0, end - self._longest_chinese), end):
                if found := self._chinese.get(text[start:end]):
                    return found
        return None


def _aim(kind: RoleType) -> set[str]:
    """The words of what a type is for that say something."""
    return {word for word in stems(kind.en.purpose) if len(word) > 2} - {"and", "the", "with", "for"}


@lru_cache(maxsize=1)
def shipped_roles() -> Roles:
    """The table that the package ships."""
    with (Path(__file__).parent / TABLE).open(encoding="utf-8") as lines:
        rows = csv.reader(lines, delimiter="\t", quoting=csv.QUOTE_NONE)
        return Roles(
            RoleType(ProductRole(noun, purpose), ProductRole(noun_zh, zh)) for noun, purpose, noun_zh, zh in rows
        )
