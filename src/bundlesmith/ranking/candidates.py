"""Which items of a large shop are scored for a request: those that a coarse score finds, some thousands.

All that the features tell of an item is worked out for these alone.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bundlesmith.ranking.evidence import Numbers
from bundlesmith.ranking.features import OF_TEXTS, RequestFeatures, Shortlist
from bundlesmith.ranking.weights import RankerWeights

FEW = 20_000
"""In a shop of no more items, all are scored."""
_MOST = 2048
"""So many are found by the coarse score,"""
_BESIDE = 512
"""and so many for each other way of going with what is chosen: by like texts, and by what stands with it in sets."""
_PROBED = 2**16
"""So many scores tell about where the best begin."""


def candidates(
    asked: RequestFeatures, weights: RankerWeights, chosen: Sequence[int] = (), among: NDArray[np.bool_] | None = None
) -> Numbers:
    """The rows that may be among the best, ascending.

    Args:
        asked: the request.
        weights: of the features.
        chosen: rows beside which items are ranked.
        among: [N], which rows may come; None: all.
    """
    allowed = np.arange(len(asked.features.kinds)) if among is None else np.flatnonzero(among)
    if len(allowed) <= (FEW if among is None else _MOST):
        return allowed
    ways = _beside(asked, weights, list(chosen)) if len(chosen) else [(asked.coarse(weights.opening), _MOST)]
    some = slice(None) if among is None else allowed
    found: Numbers = np.unique(np.concatenate([allowed[highest(scores[some], most)] for scores, most in ways]))
    return found


def _beside(asked: RequestFeatures, weights: RankerWeights, chosen: list[int]) -> list[tuple[Any, int]]:
    """Scores beside chosen rows, and how many each finds: by all that words, texts and categories tell; by texts alone;
    by what stands with the chosen in sets."""
    features, split = asked.features, asked.features.of_opening
    opening, then = weights.going_on[:split], weights.going_on[split:]
    of_kinds = Shortlist(asked, features.one_of_each_kind).of_kinds(chosen, then)
    alike = features.vectors @ features.vectors[chosen].mean(0)
    texts = len(then) - OF_TEXTS
    coarse = asked.coarse(opening) + of_kinds[features.kinds] + 5 * alike * then[texts : texts + 2].sum()
    titles = features.terms.beside(chosen)
    coarse += then[texts + 2] * np.mean(titles, 0) + then[texts + 3] * np.max(titles, 0)
    found = [(coarse, _MOST), (alike, _BESIDE)]
    for evidence, kept in ((features.bundles, asked.kept), (features.situations, features.all_situations)):
        if len(kept):
            held = sum(evidence.sets @ np.asarray(near[chosen].sum(0)).ravel() for near in evidence.near)
            found.append((coarse + evidence.together(held * kept), _BESIDE))
    return found


def highest(scores: Any, most: int) -> Numbers:
    """The places of the *most* highest scores, or some more, in any order; all if there are no more."""
    if len(scores) <= most:
        return np.arange(len(scores))
    if len(scores) > 2 * _PROBED:
        probe = scores[:: len(scores) // _PROBED]
        at = max(1, round(1.5 * most * len(probe) / len(scores)))
        found = np.flatnonzero(scores >= np.partition(probe, -at)[-at])
        if most <= len(found) <= 4 * most:
            return found
    found = np.argpartition(scores, -most)[-most:]
    return np.asarray(found, np.int64)
