"""Shares with their uncertainty: Wilson's interval of one, and whether two differ."""

import math
from dataclasses import dataclass
from typing import Literal

from bundlesmith.errors import BundlesmithError

_FEW = 5
"""With fewer expected in any cell of the table the normal approximation isn't trusted, and the exact test is taken."""


@dataclass(frozen=True, slots=True)
class Share:
    """*hits* of *of*, and the interval in which the true share lies with 95%; without any, it may be anything.

    Attributes:
        hits, of: what was counted.
        share: hits / of; None of nothing.
        low, high: Wilson's score interval.
    """

    hits: int
    of: int
    share: float | None
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Difference:
    """How much a second share is above a first.

    Attributes:
        value: the difference; None if one of them is of nothing.
        low, high: Newcombe's interval of it with 95%, from the two Wilson intervals.
        p: how likely so large a difference is, either way, if both are the same in truth.
        test: "z" (two proportions, pooled) or "exact" (Fisher's), where counts are too small for it.
    """

    value: float | None
    low: float
    high: float
    p: float
    test: Literal["z", "exact"]


def share(hits: int, of: int) -> Share:
    """A share with its interval.

    Raises:
        BundlesmithError: if there are more hits than there can be.
    """
    from scipy.stats import binomtest  # takes a while to load, and only the shop's people need it

    if not 0 <= hits <= of:
        raise BundlesmithError(f"{hits} of {of} is no share.", "Count both again.")
    if not of:
        return Share(0, 0, None, 0.0, 1.0)
    interval = binomtest(hits, of).proportion_ci(0.95, method="wilson")
    return Share(hits, of, hits / of, float(interval.low), float(interval.high))


def difference(first: Share, second: Share) -> Difference:
    """How much *second* is above *first*, and whether that may be chance."""
    if first.share is None or second.share is None:
        return Difference(None, -1.0, 1.0, 1.0, "exact")
    value = second.share - first.share
    below = math.hypot(second.share - second.low, first.high - first.share)
    above = math.hypot(second.high - second.share, first.share - first.low)
    return Difference(value, value - below, value + above, *_p(first, second))


def _p(first: Share, second: Share) -> tuple[float, Literal["z", "exact"]]:
    from scipy.stats import chi2_contingency, fisher_exact

    hits, of = first.hits + second.hits, first.of + second.of
    if hits in (0, of):
        return 1.0, "exact"  # both are none, or all
    table = [[side.hits, side.of - side.hits] for side in (first, second)]
    if min(first.of, second.of) * min(hits, of - hits) / of < _FEW:
        return float(fisher_exact(table).pvalue), "exact"
    return float(chi2_contingency(table, correction=False).pvalue), "z"  # chi-square of one degree is z squared


def p_of_split(first: int, second: int, percent: int) -> float:
    """How likely so uneven a split is if the second side gets *percent* of a hundred; below 0.001 it is broken."""
    from scipy.stats import binomtest

    return float(binomtest(second, first + second, percent / 100).pvalue) if first + second else 1.0
