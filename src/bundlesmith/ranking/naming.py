"""What a set is called: as people called sets like it, be it bundles of the shop or situations.

Nothing is made up: a name is one that somebody gave. Of those of the nearest sets the one is taken that shares most
words with what all of them are called (minimum Bayes risk; Kumar and Byrne, NAACL 2004), and that is like the items.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from bundlesmith.ranking.evidence import Table, unit_rows, whole
from bundlesmith.ranking.features import Features
from bundlesmith.ranking.likeness import WordVectors
from bundlesmith.ranking.set_similarity import f1, words

VOTERS, SHARP = 60, 20.0
"""So many of the nearest sets vote for their words, each with exp(SHARP (its nearness - the nearest's))."""
LIKE_ITEMS = 0.4
"""How much a name's likeness to the items counts beside the share of words."""
HELD, COMMON, USUAL = 0.5, 0.1, 0.2
"""A word suits a set if so many of the items have it; or an item and so much of the votes; or more of the votes."""
FOREIGN = 0.15
"""How much nearer a situation has to be than a bundle of the shop's own customers."""


@dataclass(frozen=True, eq=False)
class Names:
    """The names of P sets: those of a shop's bundles first, then the situations.

    Attributes:
        texts: theirs; "" where a set has none.
        vectors: float32 [P, D], of length 1: the names, by the encoder that tells like items.
        middles: float32 [P, D], of length 1: the mean of each set's items, by the same encoder; or 0.
        own: how many are of bundles.
    """

    texts: tuple[str, ...]
    vectors: Table
    middles: Table
    own: int

    def best(
        self, items: Table, said: WordVectors | None, most: int, held: Callable[[str], float] = lambda word: 1.0
    ) -> list[str]:
        """Up to *most* different names for a set of items, the best first.

        Each word of a name is one that HELD of the items have, or an item and COMMON of the votes, or USUAL of the
        votes: "Paris" is not, over any suitcase.

        Args:
            items: float32 [n, D], their texts by the encoder that tells like items.
            said: the words of the request; a set that was asked for so is nearer.
            most: how many.
            held: the share of the items that have a word.
        """
        profile = unit_rows(items.mean(0))
        near = self.middles @ profile
        if said is not None:
            near = near + self.vectors @ said.plain
        near[self.own :] -= FOREIGN
        near = np.where(self._named, near, -np.inf)
        voters = np.argsort(-near, kind="stable")[: min(VOTERS, int(self._named.sum()))]
        if not len(voters):
            return []
        votes = np.exp(SHARP * (near[voters] - near[voters[0]]))
        spoken = [words(self.texts[at]) for at in voters.tolist()]
        shared = np.array([[f1(one, other) for other in spoken] for one in spoken]) @ (votes / votes.sum())
        shares = {word: votes @ [word in each for each in spoken] / votes.sum() for word in set().union(*spoken)}
        order = np.argsort(-(shared + LIKE_ITEMS * (self.vectors[voters] @ profile)), kind="stable")
        bears = {word: (part := held(word)) >= HELD or shares[word] >= (COMMON if part else USUAL) for word in shares}
        said_of = (at for at in order.tolist() if all(bears[word] for word in spoken[at]))
        return list(dict.fromkeys(self.texts[voters[at]] for at in said_of))[:most]

    @cached_property
    def _named(self) -> NDArray[np.bool_]:
        return np.array([bool(words(text)) for text in self.texts], np.bool_)


def make_names(features: Features, texts: tuple[str, ...], vectors: Table) -> Names:
    """The names of a shop's bundles and of the situations; *texts* and *vectors* are as in `Names`."""
    table = features.vectors.whole()
    sets = (
        (features.bundles.sets @ (whole(features.bundles.near[-1]).T @ table)),
        (features.situations.sets @ (features.situations.near[0].T @ table)),
    )
    return Names(
        texts, vectors, np.concatenate([unit_rows(np.asarray(each, np.float32)) for each in sets]), len(sets[0])
    )
