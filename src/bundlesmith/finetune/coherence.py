"""What hardly ever stands in one bundle, as a shop's bundles tell: items too alike, and a second one of a category."""

import random
from collections.abc import Iterable, Sequence
from dataclasses import replace
from itertools import combinations
from typing import Any

import numpy as np

from bundlesmith.data.cases import Case
from bundlesmith.finetune.left_out import LeftOut
from bundlesmith.ranking.evidence import Numbers
from bundlesmith.ranking.features import Features, Shortlist
from bundlesmith.ranking.weights import RankerWeights

SELDOM, RARE = 0.25, 0.06
"""Items are too alike for one bundle where pairs as near are so much rarer in bundles than among what suits these, and
no larger a share of all pairs in bundles."""
_STEPS = np.arange(0.2, 0.96, 0.05)
SUITING, LEAST, FEW = 12, 20, 5
"""So many items of a bundle, and that suit its words, are compared. A step decides nothing above which less than LEAST
pairs of these are, or less than FEW were to be expected within bundles if they were seldom."""
_COSTS = np.arange(0, 8.1, 0.25)
AMONG, BESIDE_TRUE = 256, 0.05
"""A draft is of so many of the likeliest items; its share of pairs of one category may be so much above people's."""
_CASES, _SEED = 300, 3


def coherent(features: Features, cases: Sequence[Case], left_out: LeftOut, weights: RankerWeights) -> RankerWeights:
    """The weights, with what two items of a set lose for being alike, as these bundles tell.

    Where bundles are too few to tell, the weights keep what they have.
    """
    drawn = random.Random(_SEED).sample(range(len(cases)), min(len(cases), _CASES))
    drafts = [_Draft(features, cases[at], left_out, at, weights) for at in drawn]
    alike, same_need = _too_alike(features, drafts, weights)
    weights = replace(weights, alike=alike, same_need=same_need)
    return replace(weights, repeat=_repeat_cost(features, drafts, weights))


class _Draft:
    """Sets that the ranker alone writes for what a bundle was called, while the bundle is left out.

    Attributes:
        bundle: the rows of the bundle.
        suiting: the rows that suit its words best; none without words.
    """

    def __init__(self, features: Features, case: Case, left_out: LeftOut, at: int, weights: RankerWeights) -> None:
        asked, first = left_out.asked(features, at), list(case.bundle[:1])
        self.bundle, self.suiting = case.bundle, list[int]()
        if left_out.words(at):
            scores = asked.opening @ weights.opening
            self.suiting = np.argsort(-scores)[:SUITING].tolist()
            first = [int(np.argmax(scores))]
        else:
            scores = asked.going_on(first) @ weights.going_on
        rows = np.union1d(np.argsort(-scores)[:AMONG], first)
        self._shortlist = Shortlist(asked, rows)
        self._then = asked.at(rows) @ weights.going_on[: features.of_opening]
        self._first, self._size = first, min(len(case.bundle), len(rows))

    def items(self, weights: RankerWeights) -> list[int]:
        """The rows of one set: the likeliest item, then the likeliest beside those before it."""
        found, rows = list(self._first), self._shortlist.rows
        while len(found) < self._size:
            scores = self._then + self._shortlist(found) @ weights.going_on[len(weights.opening) :]
            scores -= self._shortlist.losses(found, weights)
            scores[np.isin(rows, found)] = -np.inf
            found.append(int(rows[np.argmax(scores)]))
        return found


def _too_alike(features: Features, drafts: Sequence[_Draft], weights: RankerWeights) -> tuple[float, float]:
    """From which likeness on two items hardly ever stand in one bundle, by text and by need; above 1 if never.

    At each step the share of pairs above it, within bundles, is compared with that among the items that suit the
    bundles' words best: where people take of like items, both have it. Items for one need are rivals: three navigators
    don't make a set for a car. Like texts may tell as well that one belongs to the other, as a case to its camera; so
    these have to be seldom however near they are.
    """
    within = [pair for draft in drafts for pair in combinations(draft.bundle[:SUITING], 2)]
    suiting = [pair for draft in drafts for pair in combinations(draft.suiting, 2)]
    near, far = (np.array(pairs, np.int64).reshape(-1, 2).T for pairs in (within, suiting))
    return (
        seldom_from(_by_text(features, *near), _by_text(features, *far), weights.alike, throughout=True),
        seldom_from(_by_need(features, *near), _by_need(features, *far), weights.same_need),
    )


def _by_text(features: Features, a: Numbers, b: Numbers) -> Any:
    return (features.vectors[a] * features.vectors[b]).sum(1)


def _by_need(features: Features, a: Numbers, b: Numbers) -> Any:
    return np.asarray(features.unit_needs[a].multiply(features.unit_needs[b]).sum(1)).ravel()


def seldom_from(within: Any, suiting: Any, otherwise: float, throughout: bool = False) -> float:
    """The least step from which the first are seldom, beside the second; *otherwise* if there are too few to tell.

    Args:
        within, suiting: how near pairs are, of bundles and of what suits these.
        otherwise: is returned if there are too few.
        throughout: whether they have to be seldom from each higher step, too.
    """
    seldom = dict[float, bool]()
    for step in _STEPS.tolist():
        often, expected = (float((likeness > step).mean()) if likeness.size else 0.0 for likeness in (within, suiting))
        if expected * suiting.size < LEAST or SELDOM * expected * within.size < FEW:
            break
        seldom[step] = often <= min(SELDOM * expected, RARE)
    if not seldom:
        return otherwise
    if throughout and not all(seldom.values()):
        seldom = {step: True for step in seldom if step > max(step for step, is_so in seldom.items() if not is_so)}
    return round(min((step for step, is_so in seldom.items() if is_so), default=1.01), 2)


def _repeat_cost(features: Features, drafts: Sequence[_Draft], weights: RankerWeights) -> float:
    """What an item of a category that is there already loses, in nats, so that drafts have as few as people's bundles.

    The least cost at which the share of pairs of one category, within drafts for the words of bundles that are left
    out, is at most BESIDE_TRUE above that within these bundles. A draft has as many items as the bundle; without words
    it goes on from the bundle's first item.
    """
    drafts = [draft for draft in drafts if len(draft.bundle) > 1]
    if not drafts:
        return weights.repeat
    true = _same_kind(features.kinds[list(draft.bundle)] for draft in drafts)
    for cost in _COSTS.tolist():
        costly = replace(weights, repeat=cost)
        if _same_kind(features.kinds[draft.items(costly)] for draft in drafts) <= true + BESIDE_TRUE:
            return cost
    return float(_COSTS[-1])


def _same_kind(sets: Iterable[Numbers]) -> float:
    """The share of pairs of one category, of all pairs within sets."""
    return float(np.mean([one == other for kinds in sets for one, other in combinations(kinds.tolist(), 2)]))
