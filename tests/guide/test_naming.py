import numpy as np

from bundlesmith.guide.naming import agreed


def test_the_intent_that_agrees_with_most_is_taken_and_their_say_weighs() -> None:
    intents = ["odd", "camping gear", "gear for camping"]
    # "camping gear": 1 + 2·2/(2 + 3) = 1.8 of the votes, "gear for camping": .8 + 1 = 1.8; the first of equals
    assert agreed(intents, [1, 1, 1]) == "camping gear"
    assert agreed(intents, np.exp([5.0, 0, 0])) == "odd"
    assert agreed(intents, np.exp([0, 0, 0.1])) == "gear for camping"
