"""What hardly ever stands in one bundle, learnt from bundles of a made-up shop."""

from collections.abc import Sequence

import numpy as np
import pytest

from bundlesmith.data.cases import Case
from bundlesmith.finetune.coherence import coherent, seldom_from
from bundlesmith.finetune.left_out import LeftOut
from bundlesmith.ranking.items import Bundles, make_items
from bundlesmith.ranking.terms import Terms
from bundlesmith.ranking.weights import RankerWeights

OF_A_KIND, KINDS = 4, 12
APART = [[3 * one % KINDS * OF_A_KIND + at for one in range(start, start + 3)] for start in range(4) for at in range(4)]
"""Three categories each."""
TOGETHER = [[kind * OF_A_KIND + at for at in range(3)] for kind in range(KINDS)]
"""One category each."""
BOTH = [*APART, *([kind * OF_A_KIND, kind * OF_A_KIND + 1, (kind + 1) % KINDS * OF_A_KIND] for kind in range(KINDS))]
"""A part of them have two of a category, so no category is one of which a set has one alone."""


def cost(bundles: Sequence[Sequence[int]], eager: float) -> float:
    """What is learnt for a ranker that likes a second item of a category by *eager* nats, and else knows nothing."""
    random = np.random.default_rng(0)
    vectors = random.normal(size=(OF_A_KIND * KINDS, 384)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    rows = tuple(map(tuple, bundles))
    kept = Bundles(
        rows, ("",) * len(rows), np.zeros((len(rows), 1152), np.float32), np.zeros((len(rows), 384), np.float32)
    )
    paths, terms = [("Shop", str(at // OF_A_KIND)) for at in range(len(vectors))], Terms.of([""] * len(vectors))
    features = make_items(vectors, vectors, terms, paths, kept).features
    going_on = np.zeros(features.of_going_on, np.float32)
    going_on[-2] = eager
    weights = RankerWeights(np.zeros(features.of_opening, np.float32), going_on, 1.01, 1.01, 0.0, 3)
    cases = [Case((), (), each, "", "") for each in rows]
    return coherent(features, cases, LeftOut(kept, cases), weights).repeat


def test_a_second_item_of_a_category_costs_what_keeps_drafts_like_the_bundles() -> None:
    assert cost(BOTH, eager=2.0) == pytest.approx(1.5, abs=0.5)
    assert cost(TOGETHER, eager=2.0) == cost(TOGETHER, eager=9.0) == 0
    assert cost(BOTH, eager=20.0) == 8  # no more than that
    assert cost(APART, eager=20.0) == 0  # where sets never have two, a draft has none, however eager


def test_without_bundles_nothing_is_learnt() -> None:
    assert cost([[1], [2]], eager=2.0) == 0


def test_too_few_pairs_leave_the_bar_against_twins_as_it_is() -> None:
    few, many, suiting = np.full(5, 0.1), np.full(500, 0.1), np.full(500, 0.9)
    assert seldom_from(few, suiting, 0.8) == 0.8
    assert seldom_from(many, suiting, 0.8) == 0.2 and seldom_from(suiting, suiting, 0.8) == 1.01


def test_the_bar_is_where_pairs_of_bundles_are_seldom_and_few() -> None:
    suiting = np.full(500, 0.9)
    assert seldom_from(np.repeat([0.1, 0.52], [470, 30]), suiting, 1.01) == 0.2  # 6 %: few enough from the start
    assert seldom_from(np.repeat([0.1, 0.52], [400, 100]), suiting, 1.01) == 0.55  # a fifth lies nearer than .5
    both = np.repeat([0.1, 0.9], [450, 50])
    assert seldom_from(both, np.repeat([0.5, 0.9], 250), 1.01) == 1.01  # a tenth
    near = np.repeat([0.1, 0.9], [480, 20])  # 4 %, and half as many of what suits them are as near
    assert seldom_from(near, np.repeat([0.5, 0.9], [460, 40]), 1.01) == 0.2
    assert seldom_from(near, np.repeat([0.5, 0.9], [400, 100]), 1.01, throughout=True) == 0.2
    assert seldom_from(near, np.repeat([0.5, 0.9], [440, 60]), 1.01, throughout=True) == 1.01
