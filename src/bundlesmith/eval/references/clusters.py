"""A scorer by clusters of training sessions: what bundles of the nearest clusters hold.

Sessions and queries are compared by their items' content vectors.
"""

import warnings
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from bundlesmith.eval.references.content import Content
from bundlesmith.eval.references.scorer import Mix, Query, Scores, Vectors, dense, unit
from bundlesmith.eval.references.training import Matrix, Training, incidence

SEED = 0


@dataclass(frozen=True, slots=True, eq=False)
class SessionClusters:
    """Scores an item by its share of the nearest clusters' bundles, times how near each cluster is (cosine).

    Attributes:
        content: makes vectors of queries.
        centres: [K, D], of length 1.
        held: [K, N]; the share of a cluster's bundles that hold an item.
        nearest: how many clusters count.
        mix: as of a scorer.
    """

    content: Content
    centres: Scores
    held: Matrix
    nearest: int
    mix: Mix

    @property
    def vectors(self) -> Vectors:
        """The content's."""
        return self.content.vectors

    def scores(self, queries: Sequence[Query]) -> Scores:
        """Scores, [B, N]."""
        asked = replace(self.content, mix=self.mix).asked(queries)
        near = np.maximum(dense(unit(asked) @ self.centres.T), 0)
        order = np.argsort(-near, axis=1, kind="stable")
        np.put_along_axis(near, order[:, self.nearest :], 0, axis=1)
        return dense(near @ self.held)


def session_clusters(training: Training, content: Content, clusters: int, nearest: int) -> SessionClusters:
    """K-means over the training sessions' mean vectors; each training bundle belongs to the nearest centre."""
    from sklearn.cluster import KMeans  # type: ignore[import-untyped]
    from sklearn.exceptions import ConvergenceWarning  # type: ignore[import-untyped]

    n = len(training.catalogue)
    sessions = dense(unit(incidence(training.sessions, n) @ content.vectors))
    clusters = min(clusters, len(np.unique(sessions, axis=0)))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)  # fewer different sessions than clusters
        centres = unit(KMeans(clusters, random_state=SEED, n_init=1).fit(sessions).cluster_centers_)
    bundles = incidence(training.bundles, n)
    owner = np.argmax(dense(unit(bundles @ content.vectors) @ centres.T), axis=1)
    members = incidence([np.flatnonzero(owner == at).tolist() for at in range(clusters)], len(training.bundles))
    sizes = np.maximum(np.asarray(members.sum(1)), 1)
    return SessionClusters(content, centres, (members @ bundles).multiply(1 / sizes).tocsr(), nearest, content.mix)
