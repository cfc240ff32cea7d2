"""Which of some sets to answer with: those that share most with what might be wanted, and differ.

Minimum Bayes risk: sets that might be wanted are drawn, and answers chosen that overlap most with them on average; all
but the first together, each counting where it beats those before it. (Kumar and Byrne, NAACL 2004; the greedy choice is
within 1 - 1/e of the best: Nemhauser, Wolsey and Fisher, 1978.)
"""

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from bundlesmith.ranking.evidence import Numbers

ItemSet = tuple[int, ...]
APART = 2
"""A further answer differs from each before it in so many items, as long as there are such."""


def choose_sets(candidates: Sequence[ItemSet], wanted: Sequence[ItemSet], kinds: Numbers, n: int) -> list[int]:
    """Choose up to *n* candidates against sets that might be wanted.

    The first has the highest mean F1 of items plus that of categories; each later one adds most to the mean of the
    best such sum so far.

    Args:
        candidates: distinct sets of rows, without repeats.
        wanted: sets of rows.
        kinds: [N], the number of each row's category.
        n: how many.

    Returns:
        places in *candidates*, as they were chosen.
    """
    overlap = pairwise_f1(candidates, wanted) + pairwise_f1(of_kinds(candidates, kinds), of_kinds(wanted, kinds))
    chosen: list[int] = []
    best = np.zeros(len(wanted))
    open_ones = list(range(len(candidates)))
    while open_ones and len(chosen) < min(n, len(candidates)):
        gains = np.maximum(overlap[open_ones], best).mean(1)
        at = open_ones[int(np.argmax(gains))]
        chosen.append(at)
        best = np.maximum(best, overlap[at])
        open_ones = [other for other in open_ones if _differ(candidates[other], candidates[at])]
        open_ones = open_ones or [other for other in range(len(candidates)) if other not in chosen]
    return chosen


def _differ(one: ItemSet, other: ItemSet) -> bool:
    return len(set(one) - set(other)) >= min(APART, len(one))


def of_kinds(sets: Sequence[ItemSet], kinds: Numbers) -> list[ItemSet]:
    """The categories of each set, each once."""
    return [tuple(dict.fromkeys(kinds[list(some)].tolist())) for some in sets]


def pairwise_f1(found: Sequence[ItemSet], wanted: Sequence[ItemSet]) -> NDArray[np.float64]:
    """F1 of each pair: 2 |a ∩ b| / (|a| + |b|): [found, wanted]."""
    place = {row: at for at, row in enumerate(dict.fromkeys(row for some in (*found, *wanted) for row in some))}
    left, right = _held(found, place), _held(wanted, place)
    shares: NDArray[np.float64] = 2 * (left @ right.T) / (left.sum(1)[:, None] + right.sum(1)[None])
    return shares


def _held(sets: Sequence[ItemSet], place: Mapping[int, int]) -> NDArray[np.float64]:
    held = np.zeros((len(sets), len(place)))
    for at, some in enumerate(sets):
        held[at, [place[row] for row in some]] = 1
    return held
