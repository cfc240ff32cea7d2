import numpy as np
import pytest

from bundlesmith.ranking.pairs import Described, Marked, Pairs, Rows, Tallies
from bundlesmith.ranking.parting import Parting, chosen_parting, likeness

ANGLES = np.array([0.0, 0.1, 1.7, 1.8, 0.9])
TEXTS = np.stack([np.cos(ANGLES), np.sin(ANGLES)], 1).astype(np.float32)
"""Rows 0 and 1 are alike, and rows 2 and 3; 4 is between them."""


def describe(rows: Rows) -> Described:
    table = TEXTS[list(rows)]
    return Described((("A",),) * len(rows), table, table, table)


def test_a_session_is_given_whole_and_in_parts() -> None:
    assert Parting(None, 0.95, 3).groups((0, 2, 1, 3), describe((0, 2, 1, 3))) == [(0, 2, 1, 3), (0, 1), (2, 3)]
    assert Parting(None, 0.95, 1).groups((0, 2), describe((0, 2))) == [(0, 2)]
    assert Parting(None).groups((0,), describe((0,))) == []


def test_likeness_is_the_texts_and_halfway_to_the_learnt_chance() -> None:
    items = describe((0, 2))
    cosine = float(np.cos(1.7))
    assert likeness(None, items)[0, 1] == pytest.approx(cosine, abs=1e-6)
    even = Pairs(Tallies(), np.zeros(14))  # a chance of 1/2 for all
    assert likeness(even, items)[0, 1] == pytest.approx((cosine + 0.5) / 2, abs=1e-6)


def test_sessions_are_cut_as_people_marked_them() -> None:
    sessions = [Marked((0, 1, 2, 3), ((0, 1, 2, 3), (0, 1), (2, 3))), Marked((0, 1, 4, 2), ((0, 1, 4, 2), (0, 1)))]
    found = chosen_parting(None, sessions, describe)
    assert [found.groups(each.rows, describe(each.rows)) for each in sessions] == [list(s.bundles) for s in sessions]
    alone = chosen_parting(None, [Marked((0, 1, 4), ((0, 1, 4),))], describe)
    assert alone.groups((0, 1, 4), describe((0, 1, 4))) == [(0, 1, 4)]
    assert chosen_parting(None, [], describe).values == Parting(None).values


def test_a_parting_is_kept_as_json_beside_the_sessions_that_it_counts() -> None:
    sessions, paths = [Marked((0, 1), ((0, 1),))], [("A",)] * 5
    for made in (Parting(None, 0.3, 2), Parting(Pairs(Tallies(), np.arange(14.0)), 0.3, 2)):
        read = Parting.of(made.values, sessions, paths)
        assert read.values == made.values
    assert read.pairs is not None and read.pairs.tallies.pairs.all_marked == 1
