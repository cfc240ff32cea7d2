"""A bundle's intent, by how alike its items are to those of training bundles: rows and vectors in, words out."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from bundlesmith.eval.references.scorer import Vectors, dense, unit
from bundlesmith.eval.references.training import TrainingSplit, incidence
from bundlesmith.ranking.set_similarity import f1, words


class Namer:
    """Names bundles as people named the training bundles that are most alike.

    Of the *voters* most alike bundles, the intent that shares most words with the intents of the others (their F1,
    weighted by how alike the bundles are) is taken; with 1 voter, the most alike bundle's. A bundle like none gets the
    most frequent intent.
    """

    def __init__(self, training: TrainingSplit, vectors: Vectors, voters: int) -> None:
        named = [(bundle, intent) for bundle, intent in zip(training.bundles, training.intents, strict=True) if intent]
        self.intents = [intent for _, intent in named]
        self.vectors, self.voters = vectors, voters
        self.profiles = self._profiles([bundle for bundle, _ in named])
        self.usual = max(dict.fromkeys(self.intents), key=self.intents.count, default="")

    def _profiles(self, bundles: Sequence[Sequence[int]]) -> Vectors:
        return unit(incidence(bundles, self.vectors.shape[0]) @ self.vectors)

    def name(self, bundle: Sequence[int]) -> str:
        """The intent of a bundle of these rows."""
        likeness = dense(self.profiles @ self._profiles([bundle]).T).ravel()
        nearest = [at for at in np.argsort(-likeness, kind="stable")[: self.voters].tolist() if likeness[at] > 0]
        if not nearest:
            return self.usual
        return agreed([self.intents[at] for at in nearest], likeness[nearest])


def agreed(intents: Sequence[str], say: Sequence[float] | NDArray[np.floating]) -> str:
    """The intent whose words overlap most with all intents, each counting by its *say*: the least expected loss."""
    said = [words(intent) for intent in intents]
    votes = [sum(float(weight) * f1(own, other) for weight, other in zip(say, said, strict=True)) for own in said]
    return intents[int(np.argmax(votes))]
