"""What a catalogue's own words are: the names of its items, brands, categories, colours and materials.

    book = Book(catalogue)

A text that names an item, a brand or a colour is recognised by it, whichever bundle it is about. It is made once for a
catalogue; what a shop sells since then is known by the bundle that it is in.
"""

from collections.abc import Iterable
from functools import cached_property

from bundlesmith.data.catalogue import Catalogue
from bundlesmith.explain.claims.facts import COLOURS, one_line, short_name
from bundlesmith.explain.claims.found import words_in

MATERIALS = ("material", "fabric", "filling")


class Book:
    """The words of one catalogue; each part is made at its first use."""

    def __init__(self, catalogue: Catalogue) -> None:
        self.catalogue = catalogue

    @cached_property
    def names(self) -> dict[str, tuple[int, ...]]:
        """Titles and short names of two words or more, in folded words with a space between -> rows."""
        found: dict[str, tuple[int, ...]] = {}
        for row, title in enumerate(self.catalogue.titles):
            for words in {tuple(words_in(title)), tuple(words_in(short_name(title)))}:
                if len(words) > 1:
                    name = " ".join(words)
                    found[name] = (*found.get(name, ()), row)
        return found

    @cached_property
    def longest(self) -> int:
        """How many words the longest name has."""
        return max((name.count(" ") + 1 for name in self.names), default=0)

    @cached_property
    def brands(self) -> dict[str, str]:
        """Brands in folded words -> as the catalogue writes them."""
        return _folded(one_line(each.get("brand")) for each in self.catalogue.attributes)

    @cached_property
    def categories(self) -> dict[str, str]:
        """Parts of category paths in folded words -> as the catalogue writes them."""
        return _folded({part: None for path in self.catalogue.categories for part in path})

    @cached_property
    def longest_category(self) -> int:
        """How many words the longest part of a category path has."""
        return max((name.count(" ") + 1 for name in self.categories), default=0)

    @cached_property
    def colours(self) -> dict[str, str]:
        """Colours in folded words -> as the catalogue writes them."""
        return _folded(self._values(COLOURS))

    @cached_property
    def materials(self) -> dict[str, str]:
        """Materials in folded words -> as the catalogue writes them."""
        return _folded(self._values(MATERIALS))

    def prepare(self) -> None:
        """Make all parts now, so that no text has to wait for them."""
        for part in (self.longest, self.brands, self.longest_category, self.colours, self.materials):
            assert part is not None

    def _values(self, names: Iterable[str]) -> Iterable[str]:
        for each in self.catalogue.attributes:
            yield from (one_line(each[name]) for name in names if name in each)


def _folded(texts: Iterable[str]) -> dict[str, str]:
    return {name: text for text in texts if (name := " ".join(words_in(text)))}
