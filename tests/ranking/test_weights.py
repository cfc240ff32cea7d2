"""How weights are learnt around a prior, and those that the package ships."""

from typing import get_args

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as some
from scipy import sparse

from bundlesmith.finetune.ranker import PRECISION, fitted
from bundlesmith.ranking.evidence import Evidence
from bundlesmith.ranking.features import Features
from bundlesmith.ranking.layers import LayeredRows
from bundlesmith.ranking.terms import Terms
from bundlesmith.ranking.weights import RankerWeights, Shop, shipped_weights
from tests.ranking.made import bundle_evidence

ONE = (np.array([[1, 0.5], [0, 0.5]], np.float32), np.zeros(2, np.float32))
"""A question whose right item has a 1 where the other has a 0, and both have the same second feature."""


def test_few_questions_leave_the_prior_nearly_as_it_is_and_many_do_not() -> None:
    prior = np.array([0.5, -1], np.float32)
    few, many = fitted([ONE], prior), fitted([ONE] * 2000, prior)
    assert few == pytest.approx(prior, abs=0.05) and few[0] > prior[0]
    assert many[0] > 3 and many[1] == pytest.approx(-1, abs=1e-3)  # what tells nothing apart stays the prior's


def test_no_question_leaves_the_prior_as_it_is() -> None:
    assert fitted([], np.array([1, 2], np.float32)).tolist() == [1, 2]


def test_without_a_prior_weights_shrink_to_nothing() -> None:
    first, second = fitted([ONE] * 100, np.zeros(2, np.float32))
    assert first > 0.5 and second == pytest.approx(0, abs=1e-4)


@given(some.floats(-3, 3), some.floats(-3, 3))
def test_the_fit_is_where_the_slope_is_nothing(a: float, b: float) -> None:
    prior = np.array([a, b], np.float32)
    weights = fitted([ONE] * 50, prior).astype(float)
    miss = 1 / (1 + np.exp(weights[0]))  # d/dw of -log sigmoid(w) + PRECISION/50 (w - a)^2
    assert 2 * PRECISION / 50 * (weights[0] - a) == pytest.approx(miss, abs=5e-3)


@pytest.mark.parametrize("shop", get_args(Shop))
def test_the_package_ships_a_weight_for_each_feature(shop: Shop) -> None:
    eye, kinds = np.eye(3, dtype=np.float32), np.arange(3)
    own = bundle_evidence((), np.zeros((0, 3), np.float32), eye, kinds)
    needed = Evidence(sparse.csr_matrix(eye), (sparse.csr_matrix(eye),), kinds, eye, (1e-3,))
    features = Features(LayeredRows(eye), LayeredRows(eye), Terms.of([""] * len(eye)), kinds, kinds, own, needed)
    weights = shipped_weights(shop)
    assert (len(weights.opening), len(weights.going_on)) == (features.of_opening, features.of_going_on)
    assert 0.2 <= weights.alike <= 1.01 and 0.2 <= weights.same_need <= 1.01 and 2 <= weights.size <= 6


def test_weights_come_back_from_json() -> None:
    weights = RankerWeights(np.array([0.5], np.float32), np.array([1, -2.25], np.float32), 0.8, 0.5, 1.25, 3)
    found = RankerWeights.of(weights.values)
    assert found.values == weights.values and found.going_on.tolist() == [1, -2.25]
