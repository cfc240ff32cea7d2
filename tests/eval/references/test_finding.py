import numpy as np

from bundlesmith.eval.references.finding import Namer, agreed
from bundlesmith.eval.references.scorer import unit
from tests.eval.references.small import DESK, LAMP, MAT, PEN, STOVE, TENT, make_training

VECTORS = unit(np.array([[1, 0], [1, 0.2], [1, 0.1], [0, 1], [0.1, 1], [0.2, 1]], np.float32))


def test_a_bundle_is_named_as_the_one_most_alike() -> None:
    namer = Namer(make_training(), VECTORS, 1)
    assert namer.name([STOVE, MAT]) == "weekend camping" and namer.name([LAMP, DESK]) == "work at home"


def test_voters_outvote_the_nearest() -> None:
    bundles = [(TENT, STOVE), (TENT, MAT), (STOVE, MAT), (PEN, DESK)]
    training = make_training(bundles=bundles, intents=("odd", "camping gear", "gear for camping", "work"))
    assert Namer(training, VECTORS, 1).name([TENT, STOVE]) == "odd"
    assert Namer(training, VECTORS, 3).name([TENT, STOVE]) == "camping gear"


def test_a_bundle_like_none_gets_the_usual_intent() -> None:
    vectors = np.zeros((6, 2), np.float32)
    training = make_training(bundles=[(0, 1), (1, 2), (3, 4)], intents=("a", "b", "b"))
    assert Namer(training, vectors, 1).name([LAMP, PEN]) == "b"
    assert Namer(make_training(bundles=[(0, 1)], intents=("",)), vectors, 1).name([LAMP, PEN]) == ""


def test_the_intent_that_agrees_with_most_is_taken_and_their_say_weighs() -> None:
    intents = ["odd", "camping gear", "gear for camping"]
    # "camping gear": 1 + 2·2/(2 + 3) = 1.8 of the votes, "gear for camping": .8 + 1 = 1.8; the first of equals
    assert agreed(intents, [1, 1, 1]) == "camping gear"
    assert agreed(intents, np.exp([5.0, 0, 0])) == "odd"
    assert agreed(intents, np.exp([0, 0, 0.1])) == "gear for camping"
