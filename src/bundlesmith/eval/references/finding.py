"""Bundles in a session, and a bundle's intent, by how alike items are.

Knows nothing about scores or requests: rows and vectors in, rows and words out.
"""

from collections.abc import Sequence

import numpy as np
from scipy.cluster.hierarchy import fcluster, linkage
from scipy.spatial.distance import squareform

from bundlesmith.eval.metrics import f1, words
from bundlesmith.eval.references.scorer import Vectors, dense, unit
from bundlesmith.eval.references.training import Training, incidence


def parts(rows: Sequence[int], vectors: Vectors, alike: float, most: int) -> list[tuple[int, ...]]:
    """Groups of two or more of some items: average-linkage clustering, cut where the mean cosine falls below *alike*.

    Returns:
        up to *most* groups, without one that is everything; the largest first, then the one whose first item is first.
    """
    if len(rows) < 3 or not most:
        return []
    cosines = dense(vectors[list(rows)] @ vectors[list(rows)].T)
    distances = np.clip(1 - cosines, 0, 2)
    np.fill_diagonal(distances, 0)
    labels = fcluster(linkage(squareform(distances, checks=False), "average"), 1 - alike, "distance")
    groups = [tuple(np.asarray(rows)[labels == label].tolist()) for label in dict.fromkeys(labels.tolist())]
    return sorted((group for group in groups if 2 <= len(group) < len(rows)), key=lambda group: -len(group))[:most]


class Namer:
    """Names bundles as people named the training bundles that are most alike.

    Of the *voters* most alike bundles, the intent that shares most words with the intents of the others (their F1,
    weighted by how alike the bundles are) is taken; with 1 voter, the most alike bundle's. A bundle like none gets the
    most frequent intent.
    """

    def __init__(self, training: Training, vectors: Vectors, voters: int) -> None:
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
        said = [words(self.intents[at]) for at in nearest]
        votes = [sum(float(likeness[at]) * f1(own, said[n]) for n, at in enumerate(nearest)) for own in said]
        chosen: str = self.intents[nearest[int(np.argmax(votes))]]
        return chosen
