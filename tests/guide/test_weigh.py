import numpy as np
import pytest

from bundlesmith.guide import weigh
from bundlesmith.guide.weigh import Choices, learnt_weights


def made(weights: list[float], queries: int, n: int = 50) -> list[Choices]:
    random = np.random.default_rng(1)
    found = []
    for _ in range(queries):
        features = random.normal(size=(n, len(weights))).astype(np.float32)
        chances = np.exp(features @ weights)
        taken = int(random.choice(n, p=chances / chances.sum()))
        found.append(Choices(features, (taken,), ()))
    return found


def test_weights_of_the_model_that_made_the_choices_are_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(weigh, "PENALTY", 0.01)
    assert learnt_weights(made([1.5, -1.0, 0.0], 2000)) == pytest.approx([1.5, -1.0, 0.0], abs=0.12)


def test_the_scale_of_a_feature_makes_no_difference_nor_does_one_that_never_varies() -> None:
    choices = made([1.0, -1.0], 50)
    scaled = [
        Choices(np.c_[some.features * np.array([1, 100]), np.ones(50)].astype(np.float32), some.taken, ())
        for some in choices
    ]
    first, second, constant = learnt_weights(scaled)
    assert [first, 100 * second] == pytest.approx(learnt_weights(choices), rel=1e-2) and constant == 0


def test_a_row_that_could_not_be_taken_does_not_count() -> None:
    features = np.array([[1.0], [0.0], [9.0]], np.float32)
    opened = learnt_weights([Choices(features, (0,), ())])[0]
    closed = learnt_weights([Choices(features, (0,), (2,))])[0]
    assert opened < 0 < closed


def test_of_a_large_catalogue_some_others_are_drawn(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(weigh, "OTHERS", 10)
    found = learnt_weights(made([2.0], 200))
    assert found[0] > 1
