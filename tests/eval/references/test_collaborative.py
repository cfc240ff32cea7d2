import math

import numpy as np
import pytest

from bundlesmith.eval.references.collaborative import MEASURES, item_based, popularity, set_likeness, user_based
from bundlesmith.eval.references.scorer import Query
from bundlesmith.eval.references.training import incidence
from tests.eval.references.small import DESK, LAMP, MAT, PEN, STOVE, TENT, make_training


def test_popularity_counts_sessions_and_bundles() -> None:
    assert popularity(make_training()).scores([Query(), Query((0,))]).tolist() == [[3, 2, 2, 2, 2, 0]] * 2


@pytest.mark.parametrize(
    ("measure", "n", "expected"),
    [
        ("cosine", 6, 1 / math.sqrt(6)),
        ("jaccard", 6, 1 / 4),
        ("pearson", 6, 0.0),
        ("pearson", 10, 0.4 / math.sqrt(1.6 * 2.1)),
    ],
)
def test_the_measures_by_hand(measure: str, n: int, expected: float) -> None:
    # Sets of 2 and 3 that share 1, among 6 (or 10): covariance 1 - 6/6 = 0, or 1 - 6/10 = 0.4.
    shared = incidence([[0]], 1)
    sizes = np.array([2], np.float32), np.array([3], np.float32)
    assert set_likeness(shared, *sizes, n, measure).toarray()[0, 0] == pytest.approx(expected)


def test_pearson_is_numpys_correlation_where_sets_meet() -> None:
    together = make_training().together("both")
    counts = np.asarray(together.sum(0), np.float32).ravel()
    shared = (together.T @ together).tocsr()
    expected = np.nan_to_num(np.corrcoef(together.toarray()[:, :LAMP].T))
    found = set_likeness(shared, counts, counts, together.shape[0], "pearson").toarray()[:LAMP, :LAMP]
    met = shared.toarray()[:LAMP, :LAMP] > 0
    assert found[met] == pytest.approx(np.maximum(expected, 0)[met], abs=1e-6) and not found[~met].any()


def test_item_based_scores_by_hand() -> None:
    scores = item_based(make_training(), "cosine", "sessions").scores([Query((), (TENT,))])[0]
    assert scores.tolist() == pytest.approx([1, 1, 1 / math.sqrt(2), 0, 0, 0])


def test_user_based_scores_by_hand() -> None:
    training = make_training()
    # {tent} is 1/√2 like {tent, stove}, and 1/√3 like {tent, stove, mat}.
    near, far = 1 / math.sqrt(2), 1 / math.sqrt(3)
    everyone = user_based(training, "cosine", "sessions", 1000).scores([Query((), (TENT,))])[0]
    assert everyone.tolist() == pytest.approx([near + far, near + far, far, 0, 0, 0])
    nearest = user_based(training, "cosine", "sessions", 1).scores([Query((), (TENT,))])[0]
    assert nearest.tolist() == pytest.approx([near, near, 0, 0, 0, 0])


@pytest.mark.parametrize("measure", MEASURES)
def test_the_first_of_either_are_what_stood_together(measure: str) -> None:
    for scorer in (item_based(make_training(), measure, "both"), user_based(make_training(), measure, "both", 50)):
        scores = scorer.scores([Query((), (PEN,)), Query((), (LAMP,))])
        assert scores[0][DESK] > max(scores[0][[TENT, STOVE, MAT, LAMP]]) and not scores[1].any()
