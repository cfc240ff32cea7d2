import numpy as np
import pytest

from bundlesmith.eval.references.factors import als, bpr
from bundlesmith.eval.references.scorer import FunctionScorer, Query
from tests.eval.references.small import DESK, LAMP, MAT, PEN, STOVE, TENT, make_training

SESSIONS = [(TENT, STOVE), (TENT, MAT), (STOVE, MAT), (TENT, STOVE, MAT), (PEN, DESK)] * 6


def models() -> list[FunctionScorer]:
    training = make_training(sessions=SESSIONS)
    return [als(training, 2, 0.01, 5.0), bpr(training, 2, 0.001, 0.05)]


def test_what_stood_together_scores_above_the_rest_and_what_never_stood_last() -> None:
    for scorer in models():
        camping, office = scorer.scores([Query((), (TENT,)), Query((), (PEN,))])
        assert min(camping[[STOVE, MAT]]) > max(camping[[PEN, DESK]])
        assert office[DESK] > max(office[[TENT, STOVE, MAT]])
        assert camping[LAMP] < min(camping[:LAMP]) and np.isfinite(camping).all()


def test_vectors_have_length_one_or_none() -> None:
    for scorer in models():
        assert np.linalg.norm(scorer.vectors, axis=1) == pytest.approx([1, 1, 1, 1, 1, 0], abs=1e-5)


def test_the_same_seed_gives_the_same_scores() -> None:
    for one, other in zip(models(), models(), strict=True):
        query = [Query((PEN,), (TENT,))]
        assert (one.scores(query) == other.scores(query)).all()
