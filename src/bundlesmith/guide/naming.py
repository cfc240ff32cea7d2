"""The intent of a bundle, from those of training bundles that are like it and from what a model says.

Knows nothing about models: how likely a model finds each intent comes in as numbers.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bundlesmith.guide.evidence import Evidence, Table
from bundlesmith.overlap import f1, words

VOTERS = 20


@dataclass(frozen=True, slots=True)
class Voters:
    """Intents of the training bundles that are most like a bundle, and how alike (a cosine) each is."""

    intents: tuple[str, ...]
    likeness: tuple[float, ...]


class Namer:
    """Finds the voters for a bundle: bundles are alike as the means of their items' tuned vectors are."""

    def __init__(self, evidence: Evidence) -> None:
        named = [at for at, intent in enumerate(evidence.intents) if intent.strip()]
        self.tuned = evidence.vectors.tuned
        self.intents = [evidence.intents[at] for at in named]
        self.profiles = np.stack([self._profile(evidence.bundles[at]) for at in named]) if named else None

    def voters(self, bundle: Sequence[int]) -> Voters:
        """The VOTERS nearest training bundles' say; none if no training bundle has an intent."""
        if self.profiles is None:
            return Voters((), ())
        likeness = self.profiles @ self._profile(bundle)
        nearest = np.argsort(-likeness, kind="stable")[:VOTERS].tolist()
        return Voters(tuple(self.intents[at] for at in nearest), tuple(float(likeness[at]) for at in nearest))

    def _profile(self, bundle: Sequence[int]) -> Table:
        mean = self.tuned[list(bundle)].mean(0)
        profile: Table = mean / max(float(np.linalg.norm(mean)), 1e-9)
        return profile


def agreed(intents: Sequence[str], say: Sequence[float] | NDArray[np.floating]) -> str:
    """The intent whose words overlap most with all intents, each counting by its *say*: the least expected loss."""
    said = [words(intent) for intent in intents]
    votes = [sum(float(weight) * f1(own, other) for weight, other in zip(say, said, strict=True)) for own in said]
    return intents[int(np.argmax(votes))]
