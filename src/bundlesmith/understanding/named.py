"""One thing that a message names, and all that it may be in a catalogue."""

from dataclasses import dataclass

from bundlesmith.understanding.words import Category


@dataclass(frozen=True, slots=True)
class Named:
    """One thing that is named.

    Attributes:
        start, end: where.
        text: the name as it was written.
        definite: whether one that is known is meant ("the lamp").
        count: how many of them.
        last: ids in the last bundle.
        titled: rows of items with this title.
        kind: rows of items of this kind.
        group: rows of items of categories whose names end so.
        brand: rows of items of this brand.
        category: the category of this name.
        colour: rows of items of this colour.
        called: what it is called in the catalogue, if that is in another language.
        within: for a kind of item that is no category, the category that it is one of: by its name ("chef's knife"), or
            as the only one that has such items.
    """

    start: int
    end: int
    text: str
    definite: bool = False
    count: int = 1
    last: tuple[str, ...] = ()
    titled: tuple[int, ...] = ()
    kind: tuple[int, ...] = ()
    group: tuple[int, ...] = ()
    brand: tuple[int, ...] = ()
    category: Category | None = None
    colour: tuple[int, ...] = ()
    called: str = ""
    within: Category | None = None

    @property
    def known(self) -> bool:
        """Whether anything is called so."""
        return bool(self.last or self.titled or self.kind or self.group or self.brand or self.category or self.colour)
