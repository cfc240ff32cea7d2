"""The words of a request, embedded, and how like items are to them."""

from dataclasses import dataclass

from bundlesmith.ranking.evidence import Table


@dataclass(frozen=True, slots=True, eq=False)
class WordVectors:
    """Words, embedded.

    Attributes:
        read: [E], at most of length 1, by the encoders of words, as the words of sets are; the first D numbers are
            those of the one that reads items, too (see `bundlesmith.encoder.words`).
        plain: [D], of length 1, by the encoder that tells like items.
        said: the words themselves.
    """

    read: Table
    plain: Table
    said: str = ""

    @property
    def for_items(self) -> Table:
        """[D], by the encoder that reads words and items; of any length."""
        return self.read[: len(self.plain)]


@dataclass(frozen=True, slots=True, eq=False)
class Likeness:
    """How like items are to words, in standard deviations, and which they name.

    Attributes:
        items: float32 [N], by the encoder that reads words and items.
        plain: [D], the words by the encoder that tells like items; *usual* are the mean and the standard deviation of
            the items' cosines with them.
        kinds, departments: of each category, and of the first level of its path: that of its best items.
        named: [N], how far each title has the terms of the words.
    """

    items: Table
    plain: Table
    usual: tuple[float, float]
    kinds: Table
    departments: Table
    named: Table
