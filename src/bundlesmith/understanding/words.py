"""The words of a catalogue: what its items, kinds of item, categories and brands are called, and which items these are.

 Made once for a catalogue; items that come, go or are renamed change it, prices and stock
don't.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from functools import lru_cache
from itertools import chain
from typing import Any, Protocol

from bundlesmith.data.catalogue import Column, Goods
from bundlesmith.understanding.colours import colour_of, is_colour, shade_of
from bundlesmith.understanding.forms import first_words, forms, join, key, origins
from bundlesmith.understanding.paths import Categories, Category, OfPaths, PathBook
from bundlesmith.understanding.postings import Either, InForms, Last, PostingRows, Postings
from bundlesmith.understanding.titles import HEAD, TELLING, Title

__all__ = ["HEAD", "LONGEST", "TELLING", "CatalogueWords", "Category", "Sold", "forms", "join", "key"]

COMPOUNDED = 3
"""A word that ends with a kind is of that kind if so many letters stand before it: a headlamp, but no clamp."""
LONGEST = 16
"""Titles are looked up by up to so many words."""
_key = lru_cache(65536)(key)


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
        colours: the colours of items.
        makers: the first words of titles: where there are no brands, they are often the maker.
        starts: the first words of all of these but ids.
        spelt: the single words of kinds, categories and brands, by first letter and length.

    *starts* and *spelt* only grow: of what is gone some stay.
    """

    catalogue: Sold
    ids: Last
    titles: Either
    kinds: InForms
    groups: Mapping[str, PostingRows]
    categories: Categories
    brands: Postings[str]
    colours: Postings[str]
    makers: Postings[str]
    starts: set[str]
    spelt: dict[tuple[str, int], frozenset[str]]

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
            starts.update(chain.from_iterable(map(first_words, named)))
        return cls._made(catalogue, made, starts, _spelt({}, chain(*found[3:5])))

    @classmethod
    def _made(
        cls,
        catalogue: Sold,
        made: Sequence[Postings[Any]],
        starts: set[str],
        spelt: dict[tuple[str, int], frozenset[str]],
        book: PathBook | None = None,
    ) -> "CatalogueWords":
        ids, whole, parts, heads, brands, paths, colours, makers = made
        kinds = InForms(heads, forms, origins)
        if book is None or book.paths != paths.keys():
            book = PathBook.of(paths)
            starts.update(chain.from_iterable(map(first_words, (*book.groups, *book.named))))
            spelt = _spelt(spelt, {key(step) for path in paths for step in path})
        categories, groups = Categories(book, paths, kinds), OfPaths(book.groups, paths)
        return cls(
            catalogue,
            Last(ids),
            Either(whole, parts),
            kinds,
            groups,
            categories,
            brands,
            colours,
            makers,
            starts,
            spelt,
        )

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
            self.starts.update(chain.from_iterable(first_words(name) for name, _ in pairs))
        titles, kinds = self.titles, self.kinds.names
        old: tuple[Postings[Any], ...] = (
            self.ids.names,
            titles.whole,
            titles.parts,
            kinds,
            self.brands,
            paths,
            self.colours,
            self.makers,
        )
        made = [each.changed(less, more) for each, less, more in zip(old, gone, came, strict=True)]
        spelt = _spelt(self.spelt, (name for pairs in came[3:5] for name, _ in pairs))
        return self._made(catalogue, made, self.starts, spelt, self.categories.book)

    def cost(self, item_ids: Sequence[str]) -> float:
        """What items cost together; those without a price count nothing."""
        return round(sum(self.catalogue.price(row) or 0 for row in self.catalogue.known(item_ids)), 2)

    def compounds(self, name: str) -> list[int]:
        """The rows of items whose kind is one word that ends with a name: "headlamp" for "lamps"."""
        ends = tuple(form for form in forms(key(name)) if len(form) > TELLING and form.isascii())
        found = [word for word in tuple(self.starts) if _is_compound(word, ends)] if ends else []
        return sorted({row for word in found for row in self.kinds.get(word, ())})

    def of_colour(self, said: str) -> list[int]:
        """The rows of items of the shades of a colour that was said; none if that is no colour."""
        if not is_colour(said):
            return []
        fits = shade_of(said)
        return sorted(row for colour in self.colours if fits(colour) for row in self.colours[colour])

    def of_paths(self, paths: Iterable[tuple[str, ...]]) -> list[int]:
        """The rows of items of just these paths."""
        return [row for path in paths for row in self.categories.paths.rows(tuple(path))]


@dataclass(frozen=True, slots=True)
class _Names:
    """All names of one item."""

    ids: tuple[str, ...]
    whole: tuple[str, ...]
    parts: tuple[str, ...]
    heads: tuple[str, ...]
    brands: tuple[str, ...]
    paths: tuple[tuple[str, ...], ...]
    colours: tuple[str, ...]
    makers: tuple[str, ...]

    def all(self) -> tuple[tuple[Any, ...], ...]:
        """In this order."""
        return self.ids, self.whole, self.parts, self.heads, self.brands, self.paths, self.colours, self.makers


def _names_of(catalogue: Sold, row: int) -> _Names:
    item_id, title = catalogue.ids[row], Title.read(catalogue.titles[row])
    colour = _key(colour_of(catalogue.attributes[row]))
    brand = _key(str(catalogue.attributes[row].get("brand") or ""))
    return _Names(
        (item_id.lower(),) if _is_code(item_id) else (),
        (title.whole,) if title.whole else (),
        tuple(set(title.parts(brand)) - {""}),
        tuple(set(title.heads()) - {""}),
        (brand,) if brand else (),
        (tuple(catalogue.categories[row]),),
        (colour,) if colour else (),
        title.words[:1],
    )


def _is_compound(word: str, ends: tuple[str, ...]) -> bool:
    return word.endswith(ends) and all(len(word) - len(end) >= COMPOUNDED for end in ends if word.endswith(end))


def _spelt(known: dict[tuple[str, int], frozenset[str]], names: Iterable[str]) -> dict[tuple[str, int], frozenset[str]]:
    """What is known, with the single words of some names and their plural."""
    words = {word for name in names if name.isascii() for word in name.split(" ") if word.isalpha()}
    more: dict[tuple[str, int], set[str]] = {}
    for form in words | {f"{word}s" for word in words}:
        if form not in known.get((form[0], len(form)), ()):
            more.setdefault((form[0], len(form)), set()).add(form)
    return {**known, **{at: known.get(at, frozenset()) | some for at, some in more.items()}} if more else known


def _is_code(item_id: str) -> bool:
    return len(item_id) >= 3 and bool(re.search("[0-9]", item_id)) and not item_id.isdigit()
