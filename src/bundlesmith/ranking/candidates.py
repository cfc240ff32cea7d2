"""Which items of a large shop are scored for a request: those that a coarse score finds, some thousands.

All that the features tell of an item is worked out for these alone. Knows nothing about rules or requests.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bundlesmith.ranking.evidence import Numbers, Table
from bundlesmith.ranking.features import Asked

FEW = 20_000
"""In a shop of no more items, all are scored."""
MOST = 4096
"""So many by the words,"""
BESIDE = 1024
"""and so many for each way of going with what is chosen: like texts, and what stands with it in sets."""
PROBED = 2**16
"""So many scores tell about where the best begin."""


def candidates(
    asked: Asked, weights: Table, chosen: Sequence[int] = (), among: NDArray[np.bool_] | None = None
) -> Numbers:
    """The rows that may be among the best, ascending.

    Args:
        asked: the request.
        weights: of what holds whatever is chosen, [of_opening].
        chosen: rows beside which items are ranked.
        among: [N], which rows may come; None: all.
    """
    size = len(asked.features.kinds)
    allowed = np.arange(size) if among is None else np.flatnonzero(among)
    if len(allowed) <= (FEW if among is None else MOST):
        return allowed
    ways = [(asked.coarse(weights), MOST)] + [(each, BESIDE) for each in (_beside(asked, chosen) if chosen else ())]
    some = slice(None) if among is None else allowed
    found: Numbers = np.unique(np.concatenate([allowed[highest(scores[some], most)] for scores, most in ways]))
    return found


def _beside(asked: Asked, chosen: Sequence[int]) -> list[Any]:
    """How items go with chosen ones: the likeness of their texts; what stands with these in sets, at most widths."""
    features, rows = asked.features, list(chosen)
    found = [features.vectors @ features.vectors[rows].mean(0)]
    for evidence, kept in ((features.bundles, asked.kept), (features.situations, features.all_situations)):
        held = sum(evidence.sets @ near[rows].sum(0).A1 for near in evidence.near) if len(kept) else None
        if held is not None:
            together = evidence.sets.T @ (held * kept)
            near = evidence.near[0]
            found.append(near.of_columns(together) if hasattr(near, "of_columns") else near @ together)
    return found


def highest(scores: Any, most: int) -> Numbers:
    """The places of the *most* highest scores, or some more, in any order; all if there are no more."""
    if len(scores) <= most:
        return np.arange(len(scores))
    if len(scores) > 2 * PROBED:
        probe = scores[:: len(scores) // PROBED]
        at = max(1, round(1.5 * most * len(probe) / len(scores)))
        found = np.flatnonzero(scores >= np.partition(probe, -at)[-at])
        if most <= len(found) <= 4 * most:
            return found
    found = np.argpartition(scores, -most)[-most:]
    return np.asarray(found, np.int64)
