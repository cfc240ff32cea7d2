"""What a name means: all that is called so in a catalogue, and in the last bundle.

NameMeanings(words, last_names(bundle.items)).of("lamp", "a lamp, please", 2, 6)
"""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from bundlesmith.understanding.named import Named
from bundlesmith.understanding.words import CatalogueWords, Category

_LOOKED_AT = 50
"""So many of a kind's items are looked at to tell of what category they are."""
_SEVERAL = 2
_HELD = 0.7
"""A category holds a kind of item if it has such a share of it."""


@dataclass(frozen=True, slots=True)
class NameMeanings:
    """What names mean.

    Attributes:
        words: those of the catalogue.
        last_names: how the items of the last bundle may be called, and their ids.
    """

    words: CatalogueWords
    last_names: Mapping[str, tuple[str, ...]]
    _compounds: dict[str, list[int]] = field(default_factory=dict)

    def of(self, name: str, text: str, at: int, end: int) -> Named | None:
        """All that a name means that stands between two offsets of a text; None if nothing is called so."""
        words = self.words
        named = Named(
            at,
            end,
            text[at:end],
            last=self.last_names.get(name, ()),
            kind=words.kinds.get(name, ()),
            group=words.groups.get(name, ()),
            brand=words.brands.get(name, ()),
            category=words.categories.get(name),
            colour=tuple(words.of_colour(name)),
        )
        if not named.known:
            return None
        if named.kind and named.category is None:
            return replace(named, within=self._within(name, named.kind))
        return named

    def _within(self, name: str, kind: tuple[int, ...]) -> Category | None:
        """The category that a kind of item is one of: as the last word of its name says, or the one that holds them."""
        first, _, last = name.rpartition(" ")
        category = self.words.categories.get(last) if first else None
        if category is None or not category.things:
            return self._holding(kind, name, self._compounds_of(name))
        return category if self._paths(kind) <= self._paths(category.rows) else None

    def _holding(self, kind: Sequence[int], name: str, compounds: Sequence[int]) -> Category | None:
        """The one category that holds a kind of item, and what ends with its name ("headlamp" is a lamp, too).

        A name of several words says what is meant by itself.
        """
        often = Counter(tuple(self.words.catalogue.categories[row]) for row in kind[:_LOOKED_AT])
        path, many = next(iter(often.most_common(1)), ((), 0))
        if many < _HELD * often.total() or len(path) < _SEVERAL or not self._paths(compounds) <= often.keys():
            return None
        return Category(" > ".join(path), tuple(self.words.of_paths([path])), " " in name)

    def settled(self, named: Named, beside: Sequence[Named], departments: Callable[[], frozenset[str]]) -> Named:
        """What is named, where several departments have something called so: only that of the talk's departments.

        Args:
            named: what is named.
            beside: what else a list names; the departments of what only one has are the talk's.
            departments: the talk's otherwise.
        """
        if named.titled or named.brand or named.colour:
            return named
        plain = named.category is None and named.within is None
        others = self._compounds_of(named.called or named.text) if plain and len(beside) > 1 else ()
        rows = {*named.kind, *named.group, *(named.category.rows if named.category else ()), *others}
        tops = {self._top(row) for row in rows}
        if len(tops) < _SEVERAL:
            return named
        of_others = [{self._top(row) for row in one.kind} for one in beside if one is not named]
        near = frozenset(top for some in of_others if len(some) == 1 for top in some) & tops or departments()
        kind, group = self._of(named.kind, near) or self._of(others, near), self._of(named.group, near)
        of_category = self._of(named.category.rows, near) if named.category else ()
        if not (kind or group or of_category) or len(kind) + len(group) + len(of_category) == len(rows):
            return named
        category = named.category
        if category and not of_category:
            category = None
        elif category and len(of_category) < len(category.rows):
            paths = {tuple(self.words.catalogue.categories[row]) for row in of_category}
            name = " > ".join(next(iter(paths))) if len(paths) == 1 else category.name
            category = replace(category, name=name, rows=of_category)
        compounds = () if category else self._of(self._compounds_of(named.called or named.text), near)
        within = None if category else self._holding(kind, named.text, compounds)
        return replace(named, kind=kind, group=group, category=category, within=within)

    def _compounds_of(self, name: str) -> list[int]:
        """See `CatalogueWords.compounds`; each is looked for once."""
        if name not in self._compounds:
            self._compounds[name] = self.words.compounds(name)
        return self._compounds[name]

    def _top(self, row: int) -> str:
        return (self.words.catalogue.categories[row] or ("",))[0]

    def _of(self, rows: Iterable[int], departments: frozenset[str]) -> tuple[int, ...]:
        return tuple(row for row in rows if self._top(row) in departments)

    def _paths(self, rows: Sequence[int]) -> set[tuple[str, ...]]:
        return {tuple(self.words.catalogue.categories[row]) for row in rows[:_LOOKED_AT]}
