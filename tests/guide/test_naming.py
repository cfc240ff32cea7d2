import numpy as np

from bundlesmith.guide.evidence import Evidence, Vectors
from bundlesmith.guide.naming import Namer, agreed
from tests.eval.references.small import ITEMS, LAMP, MAT, STOVE, TENT
from tests.eval.references.test_finding import VECTORS
from tests.shops import make_catalogue


def evidence(intents: tuple[str, ...] = ("weekend camping", "", "work at home")) -> Evidence:
    vectors = Vectors(VECTORS, VECTORS, VECTORS[:2], VECTORS)
    bundles = ((TENT, MAT), (TENT, STOVE), (3, 4))
    return Evidence(make_catalogue(ITEMS), bundles, intents, vectors, lambda texts: VECTORS, lambda texts: VECTORS)


def test_the_nearest_bundles_with_an_intent_have_a_say() -> None:
    voters = Namer(evidence()).voters([STOVE, MAT])
    assert voters.intents == ("weekend camping", "work at home")
    assert 0.99 < voters.likeness[0] <= 1.0001 and voters.likeness[1] < 0.5
    assert Namer(evidence(("", "", ""))).voters([LAMP]).intents == ()


def test_the_intent_that_agrees_with_most_is_taken_and_their_say_weighs() -> None:
    intents = ["odd", "camping gear", "gear for camping"]
    # "camping gear": 1 + 2·2/(2 + 3) = 1.8 of the votes, "gear for camping": .8 + 1 = 1.8; the first of equals
    assert agreed(intents, [1, 1, 1]) == "camping gear"
    assert agreed(intents, np.exp([5.0, 0, 0])) == "odd"
    assert agreed(intents, np.exp([0, 0, 0.1])) == "gear for camping"
