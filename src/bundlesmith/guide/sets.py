"""Which bundles to answer with, given chances: those that share most with what might be wanted, and differ.

Minimum Bayes risk: bundles that might be wanted are drawn, and answers chosen that overlap most with them on average;
all but the first together, each counting where it beats those before it. (Kumar and Byrne, NAACL 2004; the greedy
choice is within 1 - 1/e of the best: Nemhauser, Wolsey and Fisher, 1978.) Knows nothing about models or rules.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from bundlesmith.ranking.overlap import Set, f1, of_kinds

DRAWN = 300
SEED = 0

LONGEST = 6
"""Items of the largest candidates."""
PAIRED, ROWED = 24, 40
"""How many of the likeliest first items are paired with each other, and stand three in a row."""


@dataclass(frozen=True, slots=True, eq=False)
class Chances:
    """Rows, and the chance of each: [n], adding up to 1."""

    rows: NDArray[np.int64]
    chances: NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Outlook:
    """What might be wanted.

    Attributes:
        chosen: rows that every bundle holds.
        first: what comes next.
        following: for some rows, what comes after them.
        sizes: how many items bundles have; each is as likely.
    """

    chosen: Set
    first: Chances
    following: Mapping[int, Chances]
    sizes: NDArray[np.int64]


def chances(scores: NDArray[np.float32], most: int) -> Chances:
    """The *most* highest of [N] scores as chances, in proportion to exp(score); -inf has none."""
    rows = np.argsort(-scores, kind="stable")[:most]
    rows = rows[scores[rows] > -np.inf]
    weights = np.exp((scores[rows] - scores[rows[0]]).astype(np.float64)) if len(rows) else np.zeros(0)
    return Chances(rows, weights / max(float(weights.sum()), 1e-300))


def drawn(outlook: Outlook, n: int = DRAWN) -> list[Set]:
    """*n* bundles that might be wanted: a first item, a size, and the rest from what follows the first item."""
    random = np.random.default_rng(SEED)
    found = []
    for first in random.choice(outlook.first.rows, n, p=outlook.first.chances).tolist():
        size = max(int(random.choice(outlook.sizes)), len(outlook.chosen) + 1)
        after = outlook.following.get(first, outlook.first)
        open_ones = after.chances * (after.rows != first)
        wanted = min(size - len(outlook.chosen) - 1, int((open_ones > 0).sum()))
        bundle = [*outlook.chosen, first]
        if wanted:
            bundle += random.choice(after.rows, wanted, replace=False, p=open_ones / open_ones.sum()).tolist()
        found.append(tuple(bundle))
    return found


def orders(outlook: Outlook, categories: NDArray[np.int64]) -> list[Set]:
    """What candidates are made of: rows in the order in which they are to be chosen.

    Each row that something is known to follow, with the likeliest of those, and with the likeliest that are all of
    other categories; pairs of the likeliest first rows, and each three that are next to each other.
    """
    first = outlook.first.rows.tolist()
    found = [order for row, after in outlook.following.items() for order in _led(row, after.rows.tolist(), categories)]
    found += combinations(first[:PAIRED], 2)
    return found + [tuple(first[at : at + 3]) for at in range(len(first[:ROWED]) - 2)]


def _led(leader: int, after: Sequence[int], categories: NDArray[np.int64]) -> Iterator[Set]:
    apart: dict[int, int] = {}
    for row in (leader, *after):
        apart.setdefault(int(categories[row]), row)
    for n in range(1, LONGEST):
        yield (leader, *after[:n])
        yield (*apart.values(),)[: n + 1]
    yield from ((leader, row) for row in after[1:4])


def choose(
    candidates: Sequence[Set], wanted: Sequence[Set], categories: NDArray[np.int64], n: int
) -> list[tuple[int, float]]:
    """Choose *n* of the candidates against bundles that might be wanted.

    The first has the highest mean F1 of items plus that of categories; each later one adds most to the mean of the
    best F1 of items so far.

    Args:
        candidates: distinct sets of rows, without repeats.
        wanted: as from `drawn`.
        categories: the number of each row's category.
        n: how many.

    Returns:
        places in *candidates*, each with the mean F1 of its items, as they were chosen.
    """
    overlap = f1(candidates, wanted)
    at = int(np.argmax(overlap.mean(1) + f1(of_kinds(candidates, categories), of_kinds(wanted, categories)).mean(1)))
    chosen, best = [at], overlap[at]
    while len(chosen) < min(n, len(candidates)):
        gains = np.maximum(overlap, best).mean(1)
        gains[chosen] = -np.inf
        at = int(np.argmax(gains))
        chosen.append(at)
        best = np.maximum(best, overlap[at])
    return [(at, float(overlap[at].mean())) for at in chosen]
