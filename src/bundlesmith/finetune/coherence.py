"""What hardly ever stands in one bundle, as a shop's bundles tell: items too alike, and a second one of a category."""

import random
from collections.abc import Iterable, Sequence
from dataclasses import replace
from itertools import combinations
from typing import Any

import numpy as np

from bundlesmith.data.cases import Case
from bundlesmith.finetune.left_out import LeftOut
from bundlesmith.ranking.evidence import Numbers, Table
from bundlesmith.ranking.features import Features, Shortlist
from bundlesmith.ranking.weights import RankerWeights

SELDOM = 0.25
"""Texts are too alike for one bundle where pairs as near are so much rarer in bundles than among what suits them."""
_STEPS = np.arange(0.2, 0.96, 0.05)
SUITING, LEAST, FEW = 12, 20, 5
"""So many items of a bundle, and that suit its words, are compared. A step decides nothing above which less than LEAST
pairs of these are, or less than FEW were to be expected within bundles if they were seldom."""
_COSTS = np.arange(0, 8.1, 0.25)
AMONG, BESIDE_TRUE = 256, 0.05
"""A draft is of so many of the likeliest items; its share of pairs of one category may be so much above people's."""
_CASES, _SEED = 300, 3
Pair = tuple[int, int]


def too_alike(
    features: Features, cases: Sequence[Case], left_out: LeftOut, opening: Table, prior: RankerWeights | None = None
) -> tuple[float, float]:
    """From which likeness on two items hardly ever stand in one bundle, by text and by need; above 1 if never.

    At each step the share of pairs above it, within bundles, is compared with that among the items that suit the
    bundles' words best: where people take of like items, both have it. Where bundles are too few to tell, *prior* does.
    """
    within, suiting = list[Pair](), list[Pair]()
    for at in random.Random(_SEED).sample(range(len(cases)), min(len(cases), _CASES)):
        within += combinations(cases[at].bundle[:SUITING], 2)
        if left_out.words(at) is not None:
            scores = left_out.asked(features, at).opening @ opening
            suiting += combinations(np.argsort(-scores)[:SUITING].tolist(), 2)
    near, far = (np.array(pairs, np.int64).reshape(-1, 2).T for pairs in (within, suiting))
    alike, same_need = (prior.alike, prior.same_need) if prior else (1.01, 1.01)
    return (
        seldom_from(_by_text(features, *near), _by_text(features, *far), alike),
        seldom_from(_by_need(features, *near), _by_need(features, *far), same_need),
    )


def _by_text(features: Features, a: Numbers, b: Numbers) -> Any:
    return (features.vectors[a] * features.vectors[b]).sum(1)


def _by_need(features: Features, a: Numbers, b: Numbers) -> Any:
    return np.asarray(features.unit_needs[a].multiply(features.unit_needs[b]).sum(1)).ravel()


def seldom_from(within: Any, suiting: Any, otherwise: float) -> float:
    """The least step from which the first are seldom, beside the second; *otherwise* if there are too few to tell."""
    least, decided = 1.01, False
    for step in reversed(_STEPS.tolist()):
        often, expected = (float((likeness > step).mean()) if likeness.size else 0.0 for likeness in (within, suiting))
        if expected * suiting.size < LEAST or SELDOM * expected * within.size < FEW:
            continue
        decided = True
        if often > SELDOM * expected:
            break
        least = step
    return round(least if decided else otherwise, 2)


def repeat_cost(features: Features, cases: Sequence[Case], left_out: LeftOut, weights: RankerWeights) -> float:
    """What an item of a category that is there already loses, in nats, so that drafts have as few as people's bundles.

    The least cost at which the share of pairs of one category, within drafts for the words of bundles that are left
    out, is at most BESIDE_TRUE above that within these bundles. A draft has as many items as the bundle; without words
    it goes on from the bundle's first item. *weights.repeat* where no bundle has two items.
    """
    drawn = random.Random(_SEED).sample(range(len(cases)), min(len(cases), _CASES))
    drawn = [at for at in drawn if len(cases[at].bundle) > 1]
    if not drawn:
        return weights.repeat
    true = _same_kind(features.kinds[list(cases[at].bundle)] for at in drawn)
    drafts = [_Draft(features, cases[at], left_out, at, weights) for at in drawn]
    for cost in _COSTS.tolist():
        if _same_kind(features.kinds[draft.items(cost)] for draft in drafts) <= true + BESIDE_TRUE:
            return cost
    return float(_COSTS[-1])


def _same_kind(sets: Iterable[Numbers]) -> float:
    """The share of pairs of one category, of all pairs within sets."""
    return float(np.mean([one == other for kinds in sets for one, other in combinations(kinds.tolist(), 2)]))


class _Draft:
    """Sets that the ranker alone writes for what a bundle was called, while the bundle is left out."""

    def __init__(self, features: Features, case: Case, left_out: LeftOut, at: int, weights: RankerWeights) -> None:
        words, self._weights = left_out.words(at), weights
        asked = left_out.asked(features, at)
        first = list(case.bundle[:1])
        scores = asked.opening @ weights.opening if words else asked.going_on(first) @ weights.going_on
        if words:
            first = [int(np.argmax(scores))]
        rows = np.union1d(np.argsort(-scores)[:AMONG], first)
        self._shortlist = Shortlist(asked, rows)
        self._then = asked.at(rows) @ weights.going_on[: features.of_opening]
        self._first, self._size = first, min(len(case.bundle), len(rows))

    def items(self, cost: float) -> list[int]:
        """The rows of one set: the likeliest item, then the likeliest beside those before it."""
        found, rows, weights = list(self._first), self._shortlist.rows, replace(self._weights, repeat=cost)
        while len(found) < self._size:
            scores = self._then + self._shortlist(found) @ weights.going_on[len(weights.opening) :]
            scores -= self._shortlist.losses(found, weights)
            scores[np.isin(rows, found)] = -np.inf
            found.append(int(rows[np.argmax(scores)]))
        return found
