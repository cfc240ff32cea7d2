"""What decided one set, as values. `bundlesmith.pipeline.explainer` finds it."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from bundlesmith.explain.kinds import RoleType
from bundlesmith.explain.nouns import with_article

LEAST, TELLING = 1 / 2, 1.5

KINDS = ("words", "sets", "situations", "beside")
"""Kinds of evidence: likeness to the words; customers' sets; situations of `bundlesmith.encoder`; the other items."""


@dataclass(frozen=True, slots=True)
class Support:
    """How many of the sets that count hold an item of a kind.

    Attributes:
        type: what such items are called.
        count, of: so many of so many.
        usual: the share of all sets that hold one.
        sets: the numbers of those that count and hold one.
    """

    type: RoleType
    count: int
    of: int
    usual: float = 0.0
    sets: tuple[int, ...] = ()

    @property
    def share(self) -> float:
        """Of the sets that count."""
        return self.count / self.of

    @property
    def tells(self) -> bool:
        """Whether it is worth saying: a share of LEAST or more, and TELLING times the share among all sets."""
        return self.share >= LEAST and self.share >= TELLING * self.usual

    def named(self, language: str) -> str:
        """What such items are called in a sentence; in English with its article."""
        noun = self.type.role(language).noun
        return with_article(noun) if language == "en" else noun

    def text(self, language: str) -> str:
        """The count as it is said: "3 of 4"."""
        if self.count == self.of:
            return f"all {self.of}" if language == "en" else f"全部{self.of}套相似的搭配都"
        return f"{self.count} of {self.of}" if language == "en" else f"{self.of}套相似的搭配里，{self.count}套"


@dataclass(frozen=True, slots=True)
class Missing:
    """What many like sets have and this one hasn't, and the row of the item of that kind to add."""

    row: int
    support: Support


@dataclass(frozen=True, slots=True)
class SharedSets:
    """How many sets hold an item's type and that of another piece, where that is oftener than by chance.

    Attributes:
        other: the row of the other piece.
        type, other_type: what such items are called.
        count: so many sets.
    """

    other: int
    type: RoleType
    other_type: RoleType
    count: int

    def named(self, language: str) -> tuple[str, str]:
        """What both are called in a sentence; in English with their articles."""
        nouns = [each.role(language).noun for each in (self.type, self.other_type)]
        one, other = map(with_article, nouns) if language == "en" else nouns
        return one, other


@dataclass(frozen=True, slots=True)
class Grounds:
    """What decided one set.

    Attributes:
        support: by row, how many of the like sets have an item of its type.
        weights: by row, what each of KINDS weighs for it beside the others, in nats.
        missing: what many of the like sets have besides.
        pairs: by row, with which other pieces its type stands in many sets, the most sets first.
        unsold: what the words ask for by name and the shop doesn't sell.
    """

    support: Mapping[int, Support] = field(default_factory=dict)
    weights: Mapping[int, Mapping[str, float]] = field(default_factory=dict)
    missing: Missing | None = None
    pairs: Mapping[int, tuple[SharedSets, ...]] = field(default_factory=dict)
    unsold: tuple[RoleType, ...] = ()


NO_GROUNDS = Grounds()
"""Of a set that no ranker chose."""
