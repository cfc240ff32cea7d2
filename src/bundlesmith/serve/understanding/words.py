"""The words of a catalogue: what its items, kinds of item, categories and brands are called, and which items these are.

Knows nothing about rules. Made once for a catalogue; prices and stock are not part of it, so it serves as long as no
item comes, goes or is renamed.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import chain
from typing import Protocol

from bundlesmith.catalogue import Column, Goods
from bundlesmith.serve.understanding.text import fold, is_han, split_words

LONGEST = 16
"""Titles are looked up by up to so many words."""
HEAD = 4
"""The kind of an item is named by up to so many of the last words of its title."""
_CUT = re.compile(r"[(,\[（【，]| - | for | with |(?<=[\u3400-\u9fff]) ?[0-9]")
THINGS = 5
"""A category says what its items are if one in so many of them is called so."""
_PAIR = re.compile(r"&|,|/| and |和|与|、")
_HAN_SPACE = re.compile("(?<=[\u3400-\u9fff]) | (?=[\u3400-\u9fff])")
COMPOUNDED = 3
"""A word that ends with a kind is of that kind if so many letters stand before it: a headlamp, but no clamp."""
TELLING = 3
"""A part of a title names the item without further ado only from so many words on."""


class Sold(Goods, Protocol):
    """A catalogue, or a shop that changes."""

    @property
    def ids(self) -> Column[str]:
        """Item ids."""
        ...

    def __len__(self) -> int: ...

    def known(self, item_ids: Iterable[str]) -> list[int]:
        """The rows of those ids that it has."""
        ...

    def price(self, row: int) -> float | None:
        """The price of an item."""
        ...


@dataclass(frozen=True, slots=True)
class Category:
    """A category as it is named in slots.

    Attributes:
        name: a step of paths, or steps joined by " > ".
        rows: its items.
        things: whether its name says what its items are ("Tents"), not what they are for ("Dogs").
    """

    name: str
    rows: tuple[int, ...]
    things: bool


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class CatalogueWords:
    """What a catalogue's things are called, in lower case, words parted by one space (Chinese signs by none).

    Attributes:
        catalogue: what the rows are rows of.
        ids: ids in lower case that are no plain words or numbers.
        titles: whole titles, and their first parts where only one item has them.
        kinds: the last words of titles, singular and plural.
        groups: the last words of longer category names, singular and plural: "toys" of "Soft Toys".
        categories: steps and paths, singular and plural.
        brands: brands.
        starts: the first words of all of these but ids.
        spelt: single words of kinds, categories and brands, by first letter and length.
    """

    catalogue: Sold
    ids: dict[str, int]
    titles: dict[str, tuple[int, ...]]
    kinds: dict[str, tuple[int, ...]]
    groups: dict[str, tuple[int, ...]]
    categories: dict[str, Category]
    brands: dict[str, tuple[int, ...]]
    starts: frozenset[str]
    spelt: dict[tuple[str, int], set[str]]

    @classmethod
    def of(cls, catalogue: Sold, rows: Iterable[int] | None = None) -> "CatalogueWords":
        """The words of a catalogue, or of some of its rows: those on sale."""
        listed = list(range(len(catalogue)) if rows is None else rows)
        brands: dict[str, list[int]] = {}
        titles: dict[str, list[int]] = {}
        parts: dict[str, list[int]] = {}
        kinds: dict[str, list[int]] = {}
        for row in listed:
            title = _Title.read(catalogue.titles[row])
            brand = _key(str(catalogue.attributes[row].get("brand") or ""))
            if brand:
                brands.setdefault(brand, []).append(row)
            titles.setdefault(title.whole, []).append(row)
            for part in set(title.parts(brand)):
                parts.setdefault(part, []).append(row)
            for head in title.heads():
                kinds.setdefault(head, []).append(row)
        paths: dict[tuple[str, ...], list[int]] = {}
        for row in listed:
            paths.setdefault(tuple(catalogue.categories[row]), []).append(row)
        groups = _in_all_forms(_groups(paths))
        called = _in_all_forms(kinds)
        found = {part: tuple(some) for part, some in parts.items() if len(some) == 1} | _tuples(titles)
        categories = _categories(paths, called)
        starts = frozenset(_first(name) for name in chain(found, called, groups, brands, categories) if name)
        ids = {catalogue.ids[row].lower(): row for row in listed if _is_code(catalogue.ids[row])}
        spelt = _spelt(chain(kinds, (name for path in paths for step in path if (name := _key(step))), brands))
        return cls(catalogue, ids, found, called, groups, categories, _tuples(brands), starts, spelt)

    def on(self, catalogue: Sold) -> "CatalogueWords":
        """The same words on a later state of the same catalogue, where nothing came, went or was renamed."""
        return replace(self, catalogue=catalogue)

    def cost(self, item_ids: Sequence[str]) -> float:
        """What items cost together; those without a price count nothing."""
        return round(sum(self.catalogue.price(row) or 0 for row in self.catalogue.known(item_ids)), 2)

    def compounds(self, name: str) -> list[int]:
        """The rows of items whose kind is one word that ends with a name: "headlamp" for "lamps"."""
        ends = tuple(form for form in forms(key(name)) if len(form) > TELLING and form.isascii())
        found = [rows for word, rows in self.kinds.items() if _is_compound(word, ends)] if ends else []
        return list(dict.fromkeys(row for rows in found for row in rows))

    def of_paths(self, paths: Iterable[tuple[str, ...]]) -> list[int]:
        """The rows of items of categories with just these paths."""
        names = [key(" ".join(path)) for path in paths]
        return [row for name in names if name in self.categories for row in self.categories[name].rows]


def _is_compound(word: str, ends: tuple[str, ...]) -> bool:
    return (
        word.endswith(ends)
        and " " not in word
        and not any(word.endswith(end) and len(word) - len(end) < COMPOUNDED for end in ends)
    )


def key(name: str) -> str:
    """A name as it is looked up."""
    return join([word.text for word in split_words(fold(name))])


_key = lru_cache(65536)(key)


def join(words: Sequence[str]) -> str:
    """Words as one name."""
    spaced = " ".join(words)
    return spaced if spaced.isascii() else _HAN_SPACE.sub("", spaced)


def forms(name: str) -> set[str]:
    """A name with its last word singular and plural; a form too many does no harm: nobody writes it."""
    found = {name, f"{name}s", f"{name}es"}
    for plural, singular in (("ies", "y"), ("ves", "f"), ("ves", "fe"), ("es", ""), ("s", "")):
        if name.endswith(plural) and len(name) - len(plural) >= 2:
            found.add(name[: -len(plural)] + singular)
        if singular and name.endswith(singular):
            found.add(name[: -len(singular)] + plural)
    return found


def _spelt(names: Iterable[str]) -> dict[tuple[str, int], set[str]]:
    found: dict[tuple[str, int], set[str]] = {}
    for name in names:
        for word in name.split(" ") if name.isascii() else ():
            for form in (word, f"{word}s") if word.isalpha() else ():
                found.setdefault((form[0], len(form)), set()).add(form)
    return found


def _first(name: str) -> str:
    if name.isascii():
        return name.partition(" ")[0]
    return name[0] if is_han(name[0]) else re.split("[ \u3400-\u9fff]", name, maxsplit=1)[0]


def _is_code(item_id: str) -> bool:
    return len(item_id) >= 3 and bool(re.search("[0-9]", item_id)) and not item_id.isdigit()


@dataclass(frozen=True, slots=True)
class _Title:
    """A title: its words, and how many of them stand before its last comma, and before what isn't its name."""

    words: tuple[str, ...]
    before_comma: int
    main: int

    @classmethod
    def read(cls, title: str) -> "_Title":
        folded = fold(title)
        words = split_words(folded)
        comma = max(folded.rfind(","), folded.rfind("，"))
        cut = match.start() if (match := _CUT.search(folded)) else len(folded)
        texts = tuple(word.text for word in words)
        before = sum(word.start < comma for word in words) if comma > 0 else len(words)
        return cls(texts, before, sum(word.start < cut for word in words))

    @property
    def whole(self) -> str:
        return join(self.words)

    def parts(self, brand: str) -> Iterator[str]:
        """The title without its brand, without its last part ("…, Anthracite"), and without both."""
        for length in {len(self.words), self.before_comma, self.main}:
            name = join(self.words[:length])
            for shorter in {name, name.removeprefix(f"{brand} ") if brand else name}:
                if shorter.count(" ") >= TELLING - 1 or (len(shorter) >= 2 * TELLING and is_han(shorter[0])):
                    yield shorter

    def heads(self) -> Iterator[str]:
        """The last words of the name: "lantern", "camping lantern", …"""
        words = list(self.words[: self.main])
        while words and _is_measure(words):
            words.pop()
        return (join(words[-length:]) for length in range(1, min(HEAD, len(words)) + 1))


def _is_measure(words: Sequence[str]) -> bool:
    """Whether the last word is a number, a size ("L"), or the unit of the number before it ("18 V")."""
    last = words[-1]
    if is_han(last):
        return False
    return len(last) == 1 or last[0].isdigit() or (len(last) <= 3 and len(words) > 1 and words[-2][-1].isdigit())


def _tuples(found: dict[str, list[int]]) -> dict[str, tuple[int, ...]]:
    return {name: tuple(rows) for name, rows in found.items() if name}


def _in_all_forms(kinds: dict[str, list[int]]) -> dict[str, tuple[int, ...]]:
    found: dict[str, list[int]] = {}
    for name, rows in kinds.items():
        for form in forms(name):
            found.setdefault(form, []).extend(rows)
    return {name: tuple(dict.fromkeys(rows)) for name, rows in found.items()}


def _groups(paths: dict[tuple[str, ...], list[int]]) -> dict[str, list[int]]:
    found: dict[str, list[int]] = {}
    for path, rows in paths.items():
        words = key(path[-1]).split(" ") if path and not _PAIR.search(path[-1]) else []
        for at in range(1, len(words)):
            found.setdefault(join(words[at:]), []).extend(rows)
    return found


def _categories(paths: dict[tuple[str, ...], list[int]], kinds: dict[str, tuple[int, ...]]) -> dict[str, Category]:
    named: dict[str, list[int]] = {}
    for path, some in paths.items():
        for name in _names(path):
            named.setdefault(name, []).extend(some)
    spellings = _spellings(paths)
    found: dict[str, Category] = {}
    for name, members in named.items():
        called = set(kinds.get(name, ())).intersection(members)
        category = Category(spellings[name], tuple(members), len(called) * THINGS >= len(members))
        for form in [name] if ">" in spellings[name] else forms(name):
            if form == name or form not in named:
                found[form] = category
    return found


def _names(path: tuple[str, ...]) -> set[str]:
    """The keys by which a path is named: each step, and each run of steps down to its end."""
    return {name for step in path if (name := key(step))} | {
        name for at in range(len(path) - 1) if (name := key(" ".join(path[at:])))
    }


def _spellings(paths: Iterable[tuple[str, ...]]) -> dict[str, str]:
    found: dict[str, str] = {}
    for path in paths:
        for at in range(len(path) - 1):
            found.setdefault(key(" ".join(path[at:])), " > ".join(path[at:]))
    for path in paths:
        found |= {key(step): step for step in path}
    return found
