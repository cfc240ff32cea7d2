"""A scorer by clusters of training sessions: what bundles of the nearest clusters hold.

Sessions and queries are compared by their items' content vectors.
"""

import warnings
from collections.abc import Sequence

import numpy as np

from bundlesmith.eval.references.content import Content
from bundlesmith.eval.references.scorer import FunctionScorer, PartWeights, Query, ScoreTable, dense, unit
from bundlesmith.eval.references.training import TrainingSplit, incidence

_SEED = 0


def session_clusters(training: TrainingSplit, content: Content, clusters: int, nearest: int) -> FunctionScorer:
    """Scores an item by its share of the nearest clusters' bundles, times how near each cluster is (cosine).

    K-means over the training sessions' mean vectors; each training bundle belongs to the nearest centre.

    Args:
        training: what is learnt from.
        content: makes vectors of queries.
        clusters: how many, at most.
        nearest: how many of them count.
    """
    from sklearn.cluster import KMeans  # type: ignore[import-untyped]
    from sklearn.exceptions import ConvergenceWarning  # type: ignore[import-untyped]

    n = len(training.catalogue)
    sessions = dense(unit(incidence(training.sessions, n) @ content.vectors))
    clusters = min(clusters, len(np.unique(sessions, axis=0)))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)  # fewer different sessions than clusters
        centres = unit(KMeans(clusters, random_state=_SEED, n_init=1).fit(sessions).cluster_centers_)
    bundles = incidence(training.bundles, n)
    owner = np.argmax(dense(unit(bundles @ content.vectors) @ centres.T), axis=1)
    members = incidence([np.flatnonzero(owner == at).tolist() for at in range(clusters)], len(training.bundles))
    sizes = np.maximum(np.asarray(members.sum(1)), 1)
    held = (members @ bundles).multiply(1 / sizes).tocsr()  # the share of a cluster's bundles that hold an item

    def score(queries: Sequence[Query], mix: PartWeights) -> ScoreTable:
        near = np.maximum(dense(unit(content.asked(queries, mix)) @ centres.T), 0)
        order = np.argsort(-near, axis=1, kind="stable")
        np.put_along_axis(near, order[:, nearest:], 0, axis=1)
        return dense(near @ held)

    return FunctionScorer(score, content.vectors)
