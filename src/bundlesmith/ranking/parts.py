"""Bundles in a session, by how alike its items are."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.cluster.hierarchy import fcluster, linkage
from scipy.spatial.distance import squareform


def whole_and_parts(
    rows: Sequence[int], cosines: NDArray[np.float32], alike: float, most: int
) -> list[tuple[int, ...]]:
    """All of a session, and up to *most* of its `parts`; nothing of less than two items."""
    return [tuple(rows), *parts(rows, cosines, alike, most)] if len(rows) > 1 else []


def parts(rows: Sequence[int], cosines: NDArray[np.float32], alike: float, most: int) -> list[tuple[int, ...]]:
    """Groups of two or more of some items: average-linkage clustering, cut where the mean cosine falls below *alike*.

    Args:
        rows: the items.
        cosines: how alike they are, [len(rows), len(rows)].
        alike: see above.
        most: how many groups are wanted.

    Returns:
        up to *most* groups, without one that is everything; the largest first, then the one whose first item is first.
    """
    if len(rows) < 3 or not most:
        return []
    distances = np.clip(1 - cosines, 0, 2)
    np.fill_diagonal(distances, 0)
    labels = fcluster(linkage(squareform(distances, checks=False), "average"), 1 - alike, "distance")
    groups = [tuple(np.asarray(rows)[labels == label].tolist()) for label in dict.fromkeys(labels.tolist())]
    return sorted((group for group in groups if 2 <= len(group) < len(rows)), key=lambda group: -len(group))[:most]
