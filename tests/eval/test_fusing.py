import numpy as np
import pytest

from bundlesmith.eval.fusing import _likelihood, _soft_f1


def test_the_likelihood_is_that_of_the_wanted_items_under_both() -> None:
    guide, model = np.log(np.array([1, 3, 4], np.float32)), np.log(np.array([0.5, 0.25, 0.25]))
    wanted = np.array([True, False, True])
    alone = (np.log(1 / 8) + np.log(4 / 8)) / 2
    assert _likelihood(guide, model, wanted, 0.0) == pytest.approx(alone)
    both = (np.log(0.5 / 2.25) + np.log(1 / 2.25)) / 2  # in proportion to .5, .75, 1
    assert _likelihood(guide, model, wanted, 1.0) == pytest.approx(both)
    assert _likelihood(guide, model, np.zeros(3, bool), 1.0) == 0


def test_soft_f1_matches_each_bundle_once() -> None:
    assert _soft_f1([(1, 2, 3), (4, 5)], [(1, 2)]) == pytest.approx(2 * (2 / 3) / 3)
    assert _soft_f1([(1, 2), (3, 4)], [(1, 2), (3, 4)]) == 1
    assert _soft_f1([(1, 2)], [(3, 4)]) == 0
