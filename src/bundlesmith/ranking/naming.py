"""What a set is called: as people called sets like it, be it bundles of the shop or situations.

Nothing is made up: a name is one that somebody gave. Of those of the nearest sets the one is taken that shares most
words with what all of them are called (minimum Bayes risk; Kumar and Byrne, NAACL 2004), and that is like the items.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from bundlesmith.overlap import f1, words
from bundlesmith.ranking.evidence import Table
from bundlesmith.ranking.features import Features, Words

VOTERS, SHARP = 60, 20.0
"""So many of the nearest sets vote for their words, each with exp(SHARP (its nearness - the nearest's))."""
LIKE_ITEMS = 0.4
"""How much a name's likeness to the items counts beside the share of words."""
FOREIGN = 0.15
"""How much nearer a situation has to be than a bundle of the shop's own customers."""


@dataclass(frozen=True, eq=False)
class Names:
    """The names of the sets of a shop's evidence: its bundles first, then the situations.

    Attributes:
        features: of the shop's items.
        texts: of P names; "" where a set has none.
        vectors: float32 [P, D], of length 1: the names, by the encoder that tells like items.
    """

    features: Features
    texts: tuple[str, ...]
    vectors: Table

    def best(self, rows: Sequence[int], said: Words | None, most: int) -> list[str]:
        """Up to *most* different names for a set of these rows, the best first.

        Args:
            rows: of the set.
            said: the words of the request; a set that was asked for so is nearer.
            most: how many.
        """
        profile = _unit(self.features.vectors[list(rows)].mean(0, keepdims=True))[0]
        near = self._middles @ profile
        if said is not None:
            near = near + self.vectors @ said.plain
        near[len(self.features.bundles.words) :] -= FOREIGN
        near = np.where(self._named, near, -np.inf)
        voters = np.argsort(-near, kind="stable")[: min(VOTERS, int(self._named.sum()))]
        if not len(voters):
            return []
        votes = np.exp(SHARP * (near[voters] - near[voters[0]]))
        spoken = [words(self.texts[at]) for at in voters.tolist()]
        shared = np.array([[f1(one, other) for other in spoken] for one in spoken]) @ (votes / votes.sum())
        order = np.argsort(-(shared + LIKE_ITEMS * (self.vectors[voters] @ profile)), kind="stable")
        return list(dict.fromkeys(self.texts[voters[at]] for at in order.tolist()))[:most]

    @cached_property
    def _named(self) -> Table:
        return np.array([bool(words(text)) for text in self.texts], np.bool_)

    @cached_property
    def _middles(self) -> Table:
        """Float32 [P, D], of length 1: the mean of each set's items, or 0."""
        features = self.features
        sets = (features.bundles.members[-1], features.situations.members[0])
        return np.concatenate([_unit(np.asarray(members @ features.vectors, np.float32)) for members in sets])


def _unit(vectors: Table) -> Table:
    unit: Table = vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-9)
    return unit
