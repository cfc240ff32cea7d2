from dataclasses import replace

import numpy as np
import pytest

from bundlesmith.guide.pairs import FEATURES, Marked, Pairs, Tallies, learnt_pairs, marked_sessions, pair_features
from tests.guide.made import coloured_evidence

RED, GREEN = 0, 12


def test_what_was_marked_together_is_likelier_than_what_was_not() -> None:
    pairs = learnt_pairs(coloured_evidence())
    assert pairs is not None
    found = pairs.chances([RED + 1, GREEN + 4, RED + 5, GREEN + 2])
    assert found.shape == (4, 4) and (found == found.T).all() and (found.diagonal() == 1).all()
    assert min(found[0, 2], found[1, 3]) > 0.9 and max(found[0, 1], found[0, 3], found[2, 1], found[2, 3]) < 0.1


def test_the_order_of_a_session_makes_no_difference() -> None:
    pairs = learnt_pairs(coloured_evidence())
    assert pairs is not None
    rows = [RED, GREEN, RED + 7]
    there, back = pairs.chances(rows), pairs.chances(rows[::-1])
    assert there == pytest.approx(back[::-1, ::-1], abs=1e-6)
    assert pairs.chances([3]).tolist() == [[1]] and pairs.chances([]).shape == (0, 0)


def test_sessions_are_counted_once_with_all_their_bundles() -> None:
    evidence = coloured_evidence(2)
    first, second = marked_sessions(evidence)
    assert first == Marked(evidence.sessions[0], evidence.bundles[:2]) and second.bundles == evidence.bundles[2:]
    a, b, c, _ = first.rows
    assert first.together(a, b) and not first.together(a, c)


def test_without_sessions_or_with_pairs_of_one_kind_nothing_is_learnt() -> None:
    evidence = coloured_evidence(3)
    assert learnt_pairs(replace(evidence, sessions=((),) * 6)) is None
    assert learnt_pairs(replace(evidence, bundles=evidence.sessions)) is None


def test_features_have_names_and_those_of_others_are_0_in_a_session_of_two() -> None:
    evidence = coloured_evidence(3)
    (row,) = pair_features(evidence, Tallies(), [RED, GREEN])
    found = dict(zip(FEATURES, row.tolist(), strict=True))
    assert found["title"] == pytest.approx(float(evidence.vectors.title[RED] @ evidence.vectors.title[GREEN]))
    assert found["mean other text"] == 0 == found["nearest other title"] == found["marked together"]
    assert found["one category"] == 1 == found["one third level"] and found["log size"] == pytest.approx(np.log(2))


def test_a_constant_alone_is_the_same_chance_for_all() -> None:
    pairs = Pairs(coloured_evidence(3), np.array([0.0] * len(FEATURES) + [np.log(3)]))
    assert pairs.chances([1, 2, 3])[0] == pytest.approx([1, 0.75, 0.75])
