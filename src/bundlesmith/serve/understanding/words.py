"""The words of a catalogue: what its items, kinds of item, categories and brands are called, and which items these are.

Knows nothing about rules. Made once for a catalogue; prices and stock are not part of it, so it serves as long as no
item comes, goes or is renamed.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import chain
from typing import Protocol

from bundlesmith.catalogue import Column, Goods
from bundlesmith.serve.understanding.text import fold, is_han, split_words

LONGEST = 16
"""Titles are looked up by up to so many words."""
HEAD = 4
"""The kind of an item is named by up to so many of the last words of its title."""
_CUT = re.compile(r"[(,\[（【]| - | for | with ")
THINGS = 5
"""A category says what its items are if one in so many of them is called so."""
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


@dataclass(frozen=True, slots=True, eq=False)
class CatalogueWords:
    """What a catalogue's things are called, in lower case, words parted by one space (Chinese signs by none).

    Attributes:
        catalogue: what the rows are rows of.
        ids: ids in lower case that are no plain words or numbers.
        titles: whole titles, and their first parts where only one item has them.
        kinds: the last words of titles, singular and plural.
        categories: steps and paths, singular and plural.
        brands: brands.
        starts: the first words of all of these but ids.
    """

    catalogue: Sold
    ids: dict[str, int]
    titles: dict[str, tuple[int, ...]]
    kinds: dict[str, tuple[int, ...]]
    categories: dict[str, Category]
    brands: dict[str, tuple[int, ...]]
    starts: frozenset[str]

    @classmethod
    def of(cls, catalogue: Sold, rows: Iterable[int] | None = None) -> "CatalogueWords":
        """The words of a catalogue, or of some of its rows: those on sale."""
        listed = list(range(len(catalogue)) if rows is None else rows)
        kinds = _gathered(
            (name, row) for row in listed for head in _heads(catalogue.titles[row]) for name in forms(head)
        )
        titles = _titles(catalogue, listed)
        brands = _gathered((key(_brand(catalogue, row)), row) for row in listed if _brand(catalogue, row))
        categories = _categories(catalogue, listed, kinds)
        starts = frozenset(_first(name) for name in chain(titles, kinds, brands, categories))
        ids = {catalogue.ids[row].lower(): row for row in listed if _is_code(catalogue.ids[row])}
        return cls(catalogue, ids, titles, kinds, categories, brands, starts)

    def on(self, catalogue: Sold) -> "CatalogueWords":
        """The same words on a later state of the same catalogue, where nothing came, went or was renamed."""
        return replace(self, catalogue=catalogue)

    def cost(self, item_ids: Sequence[str]) -> float:
        """What items cost together; those without a price count nothing."""
        return round(sum(self.catalogue.price(row) or 0 for row in self.catalogue.known(item_ids)), 2)


def key(name: str) -> str:
    """A name as it is looked up."""
    words = [word.text for word in split_words(fold(name))]
    return join(words)


def join(words: Sequence[str]) -> str:
    """Words as one name."""
    parts = [word if at == 0 or _unspaced(words[at - 1], word) else f" {word}" for at, word in enumerate(words)]
    return "".join(parts)


def _unspaced(word: str, following: str) -> bool:
    return is_han(word[-1]) or is_han(following[0])


def forms(name: str) -> set[str]:
    """A name with its last word singular and plural; a form too many does no harm: nobody writes it."""
    found = {name, f"{name}s", f"{name}es"}
    for plural, singular in (("ies", "y"), ("ves", "f"), ("ves", "fe"), ("es", ""), ("s", "")):
        if name.endswith(plural) and len(name) - len(plural) >= 2:
            found.add(name[: -len(plural)] + singular)
        if singular and name.endswith(singular):
            found.add(name[: -len(singular)] + plural)
    return found


def _first(name: str) -> str:
    return name[0] if is_han(name[0]) else re.split("[ \u3400-\u9fff]", name, maxsplit=1)[0]


def _is_code(item_id: str) -> bool:
    return len(item_id) >= 3 and bool(re.search("[0-9]", item_id)) and not item_id.isdigit()


def _brand(catalogue: Sold, row: int) -> str:
    return key(str(catalogue.attributes[row].get("brand") or ""))


def _gathered(pairs: Iterable[tuple[str, int]]) -> dict[str, tuple[int, ...]]:
    found: dict[str, dict[int, None]] = {}
    for name, row in pairs:
        if name:
            found.setdefault(name, {})[row] = None
    return {name: tuple(rows) for name, rows in found.items()}


def _main_part(title: str) -> str:
    """A title without what comes after its name: its pack, colour, measures, or what it is for."""
    return _CUT.split(f" {fold(title)}", maxsplit=1)[0]


def _heads(title: str) -> Iterator[str]:
    words = [word.text for word in split_words(_main_part(title))]
    while words and _is_measure(words):
        words.pop()
    return (join(words[-length:]) for length in range(1, min(HEAD, len(words)) + 1))


def _is_measure(words: Sequence[str]) -> bool:
    """Whether the last word is a number, a size ("L"), or the unit of the number before it ("18 V")."""
    last = words[-1]
    if is_han(last):
        return False
    return len(last) == 1 or last[0].isdigit() or (len(last) <= 3 and len(words) > 1 and words[-2][-1].isdigit())


def _titles(catalogue: Sold, rows: Sequence[int]) -> dict[str, tuple[int, ...]]:
    whole = _gathered((key(catalogue.titles[row]), row) for row in rows)
    parts = _gathered((part, row) for row in rows for part in _title_parts(catalogue, row))
    return {part: found for part, found in parts.items() if len(found) == 1} | whole


def _title_parts(catalogue: Sold, row: int) -> Iterator[str]:
    """A title without its brand, without its last part ("…, Anthracite"), and without both."""
    title = fold(catalogue.titles[row])
    brand = _brand(catalogue, row)
    for part in (title, title.rpartition(",")[0], _main_part(title)):
        name = key(part)
        for shorter in (name, name.removeprefix(f"{brand} ") if brand else name):
            if len(shorter.split(" ")) >= TELLING or (shorter and is_han(shorter[0]) and len(shorter) >= 2 * TELLING):
                yield shorter


def _categories(catalogue: Sold, rows: Sequence[int], kinds: dict[str, tuple[int, ...]]) -> dict[str, Category]:
    paths: dict[tuple[str, ...], list[int]] = {}
    for row in rows:
        paths.setdefault(catalogue.categories[row], []).append(row)
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
