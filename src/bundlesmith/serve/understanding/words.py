"""The words of a catalogue: what its items, kinds of item, categories and brands are called, and which items these are.

Knows nothing about rules. Made once for a catalogue; items that come, go or are renamed change it, prices and stock
don't.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, fields, replace
from functools import lru_cache
from itertools import chain
from typing import Any, Protocol

from bundlesmith.catalogue import Column, Goods
from bundlesmith.serve.understanding.postings import Either, InForms, Last, Postings, Rows
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
        starts: the first words of all of these but ids, and perhaps of some that there were before; only grows.
    """

    catalogue: Sold
    ids: Last
    titles: Either
    kinds: InForms
    groups: Mapping[str, Rows]
    categories: "Categories"
    brands: Postings[str]
    starts: set[str]

    @classmethod
    def of(cls, catalogue: Sold, rows: Iterable[int] | None = None) -> "CatalogueWords":
        """The words of a catalogue, or of some of its rows: those on sale."""
        listed = sorted(range(len(catalogue)) if rows is None else rows)
        found: tuple[dict[Any, list[int]], ...] = tuple({} for _ in fields(_Names))
        for row in listed:
            for names, named in zip(_names_of(catalogue, row).all(), found, strict=True):
                for name in names:
                    named.setdefault(name, []).append(row)
        made = [Postings({name: tuple(some) for name, some in named.items()}) for named in found]
        starts: set[str] = set()
        for named in found[1:5]:
            starts.update(chain.from_iterable(map(_starts, named)))
        return cls._made(catalogue, made, starts, None)

    @classmethod
    def _made(
        cls, catalogue: Sold, made: Sequence[Postings[Any]], starts: set[str], before: "CatalogueWords | None"
    ) -> "CatalogueWords":
        ids, whole, parts, heads, brands, paths = made
        kinds = InForms(heads, forms, _origins)
        known = None if before is None else before.categories.book
        if known is not None and known.paths == paths.keys():
            book = known
        else:
            book = _PathBook.of(paths)
            starts.update(chain.from_iterable(map(_starts, (*book.groups, *book.named))))
        categories, groups = Categories(book, paths, kinds), OfPaths(book.groups, paths)
        return cls(catalogue, Last(ids), Either(whole, parts), kinds, groups, categories, brands, starts)

    def on(self, catalogue: Sold) -> "CatalogueWords":
        """The same words on a later state of the same catalogue, where nothing came, went or was renamed."""
        return replace(self, catalogue=catalogue)

    def changed(self, catalogue: Sold, rows: Mapping[int, bool]) -> "CatalogueWords":
        """The words of a later state of the same catalogue.

        Args:
            catalogue: that state.
            rows: what came, went, or got another title, category or brand meanwhile; and whether it is on sale now.
        """
        paths = self.categories.paths
        gone: list[list[tuple[Any, int]]] = [[] for _ in fields(_Names)]
        came: list[list[tuple[Any, int]]] = [[] for _ in fields(_Names)]
        for row, on_sale in rows.items():
            if row < len(self.catalogue) and paths.has(tuple(self.catalogue.categories[row]), row):
                for names, pairs in zip(_names_of(self.catalogue, row).all(), gone, strict=True):
                    pairs.extend((name, row) for name in names)
            if on_sale:
                for names, pairs in zip(_names_of(catalogue, row).all(), came, strict=True):
                    pairs.extend((name, row) for name in names)
        for pairs in came[1:5]:
            self.starts.update(chain.from_iterable(_starts(name) for name, _ in pairs))
        titles, kinds = self.titles, self.kinds.names
        old: tuple[Postings[Any], ...] = (self.ids.names, titles.whole, titles.parts, kinds, self.brands, paths)
        made = [each.changed(less, more) for each, less, more in zip(old, gone, came, strict=True)]
        return self._made(catalogue, made, self.starts, self)

    def cost(self, item_ids: Sequence[str]) -> float:
        """What items cost together; those without a price count nothing."""
        return round(sum(self.catalogue.price(row) or 0 for row in self.catalogue.known(item_ids)), 2)


@dataclass(frozen=True, slots=True)
class _Names:
    """All names of one item."""

    ids: tuple[str, ...]
    whole: tuple[str, ...]
    parts: tuple[str, ...]
    heads: tuple[str, ...]
    brands: tuple[str, ...]
    paths: tuple[tuple[str, ...], ...]

    def all(self) -> tuple[tuple[Any, ...], ...]:
        """In this order."""
        return self.ids, self.whole, self.parts, self.heads, self.brands, self.paths


def _names_of(catalogue: Sold, row: int) -> _Names:
    item_id, title = catalogue.ids[row], _Title.read(catalogue.titles[row])
    brand = _key(str(catalogue.attributes[row].get("brand") or ""))
    return _Names(
        (item_id.lower(),) if _is_code(item_id) else (),
        (title.whole,) if title.whole else (),
        tuple(set(title.parts(brand)) - {""}),
        tuple(set(title.heads()) - {""}),
        (brand,) if brand else (),
        (tuple(catalogue.categories[row]),),
    )


@dataclass(frozen=True, slots=True)
class _PathBook:
    """How some category paths are called.

    Attributes:
        paths: these.
        groups: the last words of longer names, in all forms -> paths.
        named: steps and runs of steps, as keys -> paths.
        forms: all forms of these -> keys.
        spellings: keys -> as the catalogue writes them.
    """

    paths: Set[tuple[str, ...]]
    groups: dict[str, list[tuple[str, ...]]]
    named: dict[str, list[tuple[str, ...]]]
    forms: dict[str, str]
    spellings: dict[str, str]

    @classmethod
    def of(cls, paths: Iterable[tuple[str, ...]]) -> "_PathBook":
        ordered = sorted(paths)
        groups: dict[str, dict[tuple[str, ...], None]] = {}
        named: dict[str, list[tuple[str, ...]]] = {}
        for path in ordered:
            for group in _groups(path):
                for form in forms(group):
                    groups.setdefault(form, {})[path] = None
            for name in _names(path):
                named.setdefault(name, []).append(path)
        spellings, found = _spellings(ordered), dict[str, str]()
        for name in named:
            for form in [name] if ">" in spellings[name] else forms(name):
                if form == name or form not in named:
                    found[form] = name
        return cls(set(ordered), {name: list(some) for name, some in groups.items()}, named, found, spellings)


class OfPaths(Mapping[str, Rows]):
    """The rows of all paths that a name stands for."""

    def __init__(self, names: Mapping[str, Sequence[tuple[str, ...]]], paths: Postings[tuple[str, ...]]) -> None:
        self._names, self._paths = names, paths

    def __getitem__(self, name: str) -> Rows:
        return tuple(sorted(chain.from_iterable(map(self._paths.rows, self._names[name]))))

    def __iter__(self) -> Iterator[str]:
        return iter(self._names)

    def __len__(self) -> int:
        return len(self._names)


class Categories(Mapping[str, Category]):
    """Categories by any form of their names; each is worked out when it is first asked for."""

    def __init__(self, book: _PathBook, paths: Postings[tuple[str, ...]], kinds: InForms) -> None:
        self.book, self.paths, self._kinds = book, paths, kinds
        self._members, self._known = OfPaths(book.named, paths), dict[str, Category]()

    def __getitem__(self, form: str) -> Category:
        name = self.book.forms[form]
        if name not in self._known:
            members = self._members[name]
            called = set(self._kinds.get(name, ())).intersection(members)
            self._known[name] = Category(self.book.spellings[name], members, len(called) * THINGS >= len(members))
        return self._known[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self.book.forms)

    def __len__(self) -> int:
        return len(self.book.forms)


def _starts(name: str) -> set[str]:
    """The first words of a name's forms."""
    first = _first(name)
    return forms(first) if first == name else {first}


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


def _origins(form: str) -> set[str]:
    """All names of which a text is a form, and some others."""
    return forms(form) | {form[: -len(end)] for end in ("s", "es") if form.endswith(end) and len(form) > len(end)}


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


def _groups(path: tuple[str, ...]) -> list[str]:
    """The last words of the name of a path's end, without its first words."""
    words = key(path[-1]).split(" ") if path and not _PAIR.search(path[-1]) else []
    return [join(words[at:]) for at in range(1, len(words))]


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
