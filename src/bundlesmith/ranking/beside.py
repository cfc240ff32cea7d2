"""How items go with chosen ones, by the sets that hold them: of all sets, and of those that count for the words.

    Beside(votes, SetsOf(evidence, kept, rows))([12, 40])

All that sets tell beside several items is the mean of what they tell beside each; so an item more costs as much as the
first did.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from bundlesmith.ranking.evidence import FEW, FEW_ITEMS, Evidence, Numbers, Table
from bundlesmith.ranking.fold import Fold, Kept

_OTHER = 0.03
"""What a vote keeps whose set has nothing like the chosen items."""


@dataclass(frozen=True, slots=True, eq=False)
class _SetsBesideItem:
    """What all sets tell beside one item.

    Attributes:
        found: [widths + 1, rows], how many sets with it hold each of the rows, at each width and by category.
        weighed: [widths + 1], how many sets hold it.
        held: [M], how far each set holds it, and one of its category.
    """

    found: Table
    weighed: Table
    held: Table


class SetsOf:
    """How many sets hold some rows beside others, whatever is asked: worked out once for each other.

    Args:
        evidence: the sets.
        kept: [M], 1 for sets that count and 0 for those that are left out.
        rows: the items that are of interest; None: all.

    Attributes:
        near: how far each of the rows stands for each set, sparse [rows, M] at each width, and [categories, M].
        kinds: the categories of the rows.
        alone: [widths + 1, rows], how many sets hold them.
        beside: what they tell beside one item.
    """

    def __init__(self, evidence: Evidence, kept: Table, rows: Numbers | None = None) -> None:
        self.evidence, self.kept = evidence, kept
        self.kinds = evidence.kinds if rows is None else evidence.kinds[rows]
        members = evidence.members if rows is None else [near[rows] @ evidence.sets.T for near in evidence.near]
        self.near = [*members, evidence.by_kind.T]
        self.alone = np.stack(self._holding([kept] * len(self.near)))
        self.beside = Kept(self._beside, max(self.alone.size, len(kept)))

    def _beside(self, rows: list[int]) -> list[_SetsBesideItem]:
        """What they tell beside each of some items."""
        evidence = self.evidence
        held = [(evidence.sets @ near[rows].T).toarray() for near in evidence.near]
        held.append(evidence.by_kind[:, evidence.kinds[rows]].toarray())
        kept = [each * self.kept[:, None] for each in held]
        weighed = np.stack([each.sum(0) for each in kept], 1)
        found = np.stack(self._holding(kept))
        either = (held[0] + held[-1]).T
        return [_SetsBesideItem(found[..., at], weighed[at], either[at]) for at in range(len(rows))]

    def _holding(self, sets: Sequence[Table]) -> list[Any]:
        """How many of some sets hold each of the rows, at each width and by category; of each, other *sets*.

        These are [M], or [M, K] for K times as many.
        """
        *members, of_kinds = (near @ some for near, some in zip(self.near, sets, strict=True))
        return [*members, of_kinds[self.kinds]]


class Beside:
    """How rows go with chosen items, by the sets that count for one request.

    Args:
        votes: what each set counts for the words; None: there are none, or none votes.
        sets: what all of them tell of the rows.

    Attributes:
        folds: all that chosen items come to.
    """

    def __init__(self, votes: Table | None, sets: SetsOf) -> None:
        self._votes, self._sets = votes, sets
        self._found = Fold(lambda row: sets.beside(row).found, np.add)
        self._weighed = Fold(lambda row: sets.beside(row).weighed, np.add)
        self.folds = [self._found, self._weighed]
        if votes is not None:
            self._voters = np.flatnonzero(votes)
            self._near = sets.near[0][:, self._voters].toarray()
            self._near_kinds = sets.near[-1][:, self._voters].toarray()
            self._usual = self._voted(votes[self._voters])
            self._jointly_found = Fold(lambda row: np.stack(self._voted(self._jointly(row))), np.add)
            self._jointly_weighed = Fold(lambda row: self._jointly(row).sum(), np.add)
            self.folds += [self._jointly_found, self._jointly_weighed]

    def __call__(self, chosen: Sequence[int]) -> list[Any]:
        """Their lifts, at each width and by category, and what jointly counts for words and chosen items."""
        return [*self.lifts(chosen), *self.for_words(chosen)]

    def lifts(self, chosen: Sequence[int]) -> list[Any]:
        """How much oftener the rows are in sets with chosen items than by chance, at each width and by category."""
        sets = self._sets
        if not len(sets.kept):
            return [np.zeros(len(sets.kinds))] * len(sets.near)
        together = self._found(chosen) / len(chosen) * sets.kept.sum()
        by_chance = (self._weighed(chosen) / len(chosen))[:, None] * sets.alone
        return list(np.log((together + 0.5) / (by_chance + 0.5)))

    def for_words(self, chosen: Sequence[int]) -> list[Any]:
        """What changes if those of the votes count whose sets go with what is chosen: for like items, for kinds."""
        if self._votes is None or not len(self._sets.kept):
            return [np.zeros(len(self._sets.kinds))] * 2
        size = np.float32(len(chosen))
        return self._changed(self._jointly_found(chosen) / size, self._jointly_weighed(chosen) / size)

    def for_words_of_each(self, begun: Sequence[int], rows: Sequence[int]) -> list[Any]:
        """The same beside *begun*, of which there has to be one, and the first of *rows*, and so on: [rows, items]."""
        if self._votes is None or not len(self._sets.kept):
            return [np.zeros((len(rows), len(self._sets.kinds)))] * 2
        taken = [*begun, *rows[:-1]]
        jointly = np.stack([self._jointly(row) for row in taken])
        sizes = np.arange(1, len(taken) + 1, dtype=np.float32)[:, None]
        of_kinds = (np.cumsum(jointly @ self._near_kinds.T, 0) / sizes)[:, self._sets.kinds]
        found = np.cumsum(jointly @ self._near.T, 0) / sizes, of_kinds
        changed = self._changed(found, np.cumsum(jointly.sum(1, keepdims=True), 0) / sizes)
        return [each[len(begun) - 1 :] for each in changed]

    def _changed(self, found: Any, weighed: Any) -> list[Any]:
        few = (FEW_ITEMS, FEW)
        return [
            np.log((now + _OTHER * usual) / (weighed + _OTHER) + least) - np.log(usual + least)
            for now, usual, least in zip(found, self._usual, few, strict=True)
        ]

    def _jointly(self, row: int) -> Any:
        """How much the sets that vote count for the words and an item: [voters]."""
        assert self._votes is not None
        return self._sets.beside(row).held[self._voters] * self._votes[self._voters]

    def _voted(self, votes: Any) -> list[Any]:
        """How much of some votes the rows have, and their categories; [voters]."""
        return [self._near @ votes, (self._near_kinds @ votes)[self._sets.kinds]]
