"""The situations that the package ships, and what is learnt from them."""

from bundlesmith.encoder.situations import Situation, situations
from bundlesmith.encoder.tune import training_pairs


def test_every_situation_has_words_a_name_and_needs_and_nothing_is_said_twice() -> None:
    known = situations()
    said = [words.lower() for situation in known for words in situation.words]
    assert len(set(said)) == len(said) > 10_000
    for situation in known:
        assert situation.name.strip() and all(words.strip() for words in situation.words)
        assert 4 <= len(situation.needs) <= 14 and len(set(situation.needs)) == len(situation.needs)


def test_pairs_are_of_one_situation_and_are_the_same_each_time() -> None:
    two = [
        Situation("A", ("a1", "a2", "a3", "a4"), ("as", "at", "au", "av")),
        Situation("B", ("b1", "b2", "b3", "b4", "b5"), ("bs",)),
    ]
    pairs = training_pairs(two)
    assert pairs == training_pairs(two)
    assert all(left[0].lower() == right[0].lower() for left, right in pairs)
    assert len(pairs) == 4 * (1 + 3) + 2 * 2 + (1 + 3) + 2 and {("as", "A"), ("bs", "B")} < set(pairs)
