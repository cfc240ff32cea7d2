"""What speaks for each item of a shop: numbers from its text, from the words of a request, from what is chosen."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from scipy import sparse

from bundlesmith.ranking.evidence import Beside, Evidence, Numbers, Table, standard
from bundlesmith.ranking.layers import LayeredRows

STEPS = (0.6, 0.7, 0.8, 0.9)
"""Texts nearer than each of these to a chosen one count apart."""
POOLED = 2.0
"""How much the best items of a category count for all of it, by standard deviations of their likeness."""


@dataclass(frozen=True, slots=True, eq=False)
class Words:
    """Words of length 1, by the encoder that reads requests, [E], and by the one that tells like items, [D]."""

    read: Table
    plain: Table


@dataclass(frozen=True, eq=False)
class Features:
    """Features of the items of one shop.

    Attributes:
        vectors: float32 [N, D], of length 1: the texts, by the encoder that tells like items.
        for_words: float32 [N, E], of length 1: the texts, by the encoder that reads requests and intents.
        kinds, departments: [N]; the number of each item's category, and of the first level of its path.
        bundles: of the shop's customers.
        situations: of what people need, whatever the shop; see `bundlesmith.ranking.needs`.
    """

    vectors: LayeredRows
    for_words: LayeredRows
    kinds: Numbers
    departments: Numbers
    bundles: Evidence
    situations: Evidence

    @property
    def of_opening(self) -> int:
        """How many features an item has where nothing is chosen."""
        return 4 + self.bundles.of_words + self.situations.of_words + 1

    @property
    def of_going_on(self) -> int:
        """How many it has beside chosen items."""
        return self.of_opening + self.bundles.of_chosen + self.situations.of_chosen + len(STEPS) + 5

    @cached_property
    def all_bundles(self) -> Table:
        """[M], 1 for each bundle."""
        return np.ones(len(self.bundles.words), np.float32)

    @cached_property
    def all_situations(self) -> Table:
        """[S], 1 for each situation."""
        return np.ones(len(self.situations.words), np.float32)

    @cached_property
    def unit_needs(self) -> Any:
        """How far each item meets each need, as sparse rows of length 1, or 0: [N, U]."""
        needs = self.situations.near[0]
        length = np.sqrt(np.asarray(needs.multiply(needs).sum(1)).ravel())
        return (sparse.diags(1 / np.maximum(length, 1e-9)) @ needs).tocsr()

    def likeness(self, words: Words | None) -> list[Any]:
        """Likeness to words in standard deviations: [N] each, by both encoders; its category's, its department's."""
        if words is None:
            return [np.zeros(len(self.kinds))] * 4
        likeness = standard(self.for_words @ words.read)
        raised = np.exp(POOLED * (likeness - likeness.max()))
        pooled = (np.log(_means(raised, number))[number] / POOLED + likeness.max() for number in self.levels)
        return [likeness, standard(self.vectors @ words.plain), *pooled]

    @property
    def levels(self) -> tuple[Numbers, Numbers]:
        """The number of each item's category, and of its department: [N] each."""
        return self.kinds, self.departments


def _means(values: Table, number: Numbers) -> Table:
    """The mean of the values of each number."""
    found: Table = np.bincount(number, values) / np.maximum(np.bincount(number), 1)
    return found


class Asked:
    """The features of the items for one request.

    Args:
        features: of the items of a shop.
        words: the words of the request; None if there are none.
        kept: [M], 1 for bundles that count and 0 for those that are left out; None: all count.

    Attributes:
        opening: float32 [N, of_opening], what holds whatever is chosen.
    """

    def __init__(self, features: Features, words: Words | None, kept: Table | None = None) -> None:
        self.features, self.kept = features, features.all_bundles if kept is None else kept
        read = words.read if words else None
        self.votes = features.bundles.votes(read, self.kept)
        self.needs = features.situations.votes(read, features.all_situations)
        found = [*features.likeness(words), *features.bundles.shares(self.votes)]
        bundles = features.bundles
        usage = np.log(bundles.near[0] @ (bundles.sets.T @ self.kept) + 1)
        found += [*features.situations.shares(self.needs), usage]
        self.opening: Table = np.stack(found, 1).astype(np.float32)

    def going_on(self, chosen: Sequence[int]) -> Table:
        """All features beside chosen rows: [N, of_going_on]."""
        return np.concatenate([self.opening, Shortlist(self, None)(chosen)], 1)


class Shortlist:
    """How some items go with chosen ones, for one request: called with chosen rows, it gives features of its items.

    What doesn't change with the chosen rows is worked out once, so a call costs in proportion to the items.

    Args:
        asked: the request.
        rows: the items; None: all.
    """

    def __init__(self, asked: Asked, rows: Numbers | None) -> None:
        features = self._features = asked.features
        self.rows = np.arange(len(features.kinds)) if rows is None else rows
        self._vectors: Any = features.vectors if rows is None else features.vectors[rows]
        self._needs = features.unit_needs if rows is None else features.unit_needs[rows]
        self._same_need: dict[int, Any] = {}
        self._bundles = Beside(features.bundles, asked.votes, asked.kept, rows)
        self._situations = Beside(features.situations, asked.needs, features.all_situations, rows)

    def __call__(self, chosen: Sequence[int]) -> Table:
        """The features beside chosen rows: [rows, of_going_on - of_opening]."""
        rows = list(chosen)
        alike = self.by_text(rows)
        highest = alike.max(1)
        found = [*self._bundles(rows), *self._situations(rows), alike.mean(1) * 5, highest * 5]
        found += [*(highest > step for step in STEPS), self.by_need(rows)]
        found += [np.isin(number[self.rows], number[rows]) for number in self._features.levels]
        return np.stack(found, 1).astype(np.float32)

    def by_text(self, chosen: list[int]) -> Table:
        """Cosines of the items' texts with those of chosen rows: [rows, chosen]."""
        alike: Table = self._vectors @ self._features.vectors[chosen].T
        return alike

    def by_need(self, chosen: list[int]) -> Any:
        """How far each item meets the needs that one of those chosen meets, as a cosine: [rows]."""
        return np.max([self._by_one_need(row) for row in chosen], axis=0)

    def _by_one_need(self, row: int) -> Any:
        if row not in self._same_need:
            self._same_need[row] = self._needs @ self._features.unit_needs[[row]].toarray().ravel()
        return self._same_need[row]
