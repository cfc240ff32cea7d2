from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from bundlesmith.eval.references.fusion import fusion_weights, rank_fusion, standardised, weighted
from bundlesmith.eval.references.scorer import PartWeights, Query, ScoreTable


@dataclass(frozen=True)
class Fixed:
    """Scores an item by a table of its own, one row for each first item of a query."""

    table: Any
    mix: PartWeights = field(default_factory=PartWeights)
    vectors: Any = None

    def scores(self, queries: list[Query]) -> ScoreTable:
        return np.array([self.table[query.items[0] if query.items else 0] for query in queries], np.float32)


def test_reciprocal_ranks_by_hand() -> None:
    fused = rank_fusion((Fixed([[3, 2, 1, 1]]), Fixed([[1, 9, 5, 0]])))
    expected = [61 / 61 + 61 / 63, 61 / 62 + 61 / 61, 61 / 63.5 + 61 / 62, 61 / 63.5 + 61 / 64]
    assert fused.scores([Query((), (0,))])[0].tolist() == pytest.approx(expected)


def test_equal_scores_are_standardised_to_zero() -> None:
    assert standardised(np.array([[2, 2], [1, 3]], np.float32)).tolist() == [[0, 0], [-1, 1]]


def test_weights_depend_on_whether_items_are_chosen() -> None:
    scorers = (Fixed([[1, 3]]), Fixed([[3, 1]]))
    fused = weighted(scorers, (1, 0, 0, 0), (0, 0, 2, 0))
    assert fused.scores([Query((), (0,)), Query()]).tolist() == [[-1, 1], [2, -2]]


def test_the_scorer_that_knows_gets_the_weight() -> None:
    drawn = np.random.default_rng(0)
    n = 60
    good, bad = drawn.normal(size=(n, n)), drawn.normal(size=(n, n))
    good[np.arange(n), (np.arange(n) + 1) % n] += 3  # what is wanted after item i is item i + 1
    completing = [(Query((), (at,)), (at + 1) % n) for at in range(n)]
    trial: Any = SimpleNamespace(completing=completing, opening=[(query, [row]) for query, row in completing])
    scorers = (Fixed(good), Fixed(bad))
    weights = fusion_weights(scorers, trial)
    assert weights == fusion_weights(scorers, trial)
    of_good, of_bad = sum(weights["going_on"][:2]), sum(weights["going_on"][2:])
    assert of_good > 1 > 0.5 > of_bad >= 0

    fused = weighted(scorers, weights["going_on"], weights["starting"])
    hits = [int(fused.scores([query])[0].argmax()) == row for query, row in completing]
    assert np.mean(hits) > 0.5


def test_a_scorer_is_not_held_against_what_it_ranks_well() -> None:
    drawn = np.random.default_rng(1)
    n = 80
    useful = drawn.normal(size=(n, n))
    useful[np.arange(n), (np.arange(n) + 1) % n] += 1  # above most, but seldom the best
    completing = [(Query((), (at,)), (at + 1) % n) for at in range(n)]
    trial: Any = SimpleNamespace(completing=completing, opening=[(query, [row]) for query, row in completing])
    assert sum(fusion_weights((Fixed(useful), Fixed(-useful)), trial)["going_on"][:2]) > 0.5
