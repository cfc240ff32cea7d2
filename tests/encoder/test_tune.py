"""The situations that the package ships, and what is learnt from them."""

from bundlesmith.encoder.tune import NEEDS, Situation, situations, training_pairs


def test_every_situation_has_words_a_name_and_needs_and_none_comes_twice() -> None:
    known = situations()
    assert len({situation.words for situation in known}) == len(known) > 3000
    for situation in known:
        assert situation.words.strip() and situation.name.strip()
        assert 4 <= len(situation.needs) <= 8 and len(set(situation.needs)) == len(situation.needs)


def test_pairs_are_of_one_situation_and_are_the_same_each_time() -> None:
    two = [Situation("a", "A", ("a1", "a2", "a3", "a4", "a5")), Situation("b", "B", ("b1", "b2", "b3", "b4", "b5"))]
    pairs = training_pairs(two)
    assert pairs == training_pairs(two)
    assert all(left[0].lower() == right[0].lower() for left, right in pairs)
    assert len(pairs) == 2 * (1 + NEEDS + 1 + 1) and {("a", "A"), ("b", "B")} < set(pairs)
