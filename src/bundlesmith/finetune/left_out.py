"""What a ranker may know of a shop's bundles while it learns from one of them."""

from collections.abc import Sequence

import numpy as np

from bundlesmith.data.cases import Case
from bundlesmith.ranking.evidence import Table
from bundlesmith.ranking.features import Features, RequestFeatures
from bundlesmith.ranking.items import Bundles
from bundlesmith.ranking.likeness import WordVectors

_LIKE = 0.004
"""While a bundle is asked for, those are left out whose intents are as near as this share of all pairs is."""
SAME = 1 - 1e-4
"""Intents nearer than this are the same."""
_MOST = 2000
"""Pairs of so many bundles tell how near intents are."""


class LeftOut:
    """What stays in sight while a bundle is asked for: neither its session nor bundles with a like intent.

    Args:
        bundles: with all that they are called.
        cases: the same, in the same order.
    """

    def __init__(self, bundles: Bundles, cases: Sequence[Case]) -> None:
        intents = self._intents = bundles.intents
        self._plain, self._names = bundles.plain, bundles.names
        self._sessions = [case.session or (-1, at) for at, case in enumerate(cases)]
        some = intents[intents.any(1)][:_MOST]
        likeness = (some @ some.T)[np.triu_indices(len(some), 1)]
        self._apart = min(float(np.quantile(likeness, 1 - _LIKE)) if len(likeness) else 1.0, SAME)

    def words(self, at: int) -> WordVectors | None:
        """What a bundle was called; None if that isn't known."""
        known = self._intents[at].any()
        return WordVectors(self._intents[at], self._plain[at], self._names[at]) if known else None

    def kept(self, at: int) -> Table:
        """For each bundle 1 if it stays in sight while the one at *at* is asked for, else 0: [M]."""
        words, of = self.words(at), self._sessions[at]
        kept = np.array([session != of for session in self._sessions], np.float32)
        return kept if words is None else kept * (self._intents @ words.read <= self._apart)

    def asked(self, features: Features, at: int) -> RequestFeatures:
        """The features for a bundle's words while it is asked for; *features* may have none of the bundles."""
        return RequestFeatures(features, self.words(at), self.kept(at)[: len(features.bundles.words)])
