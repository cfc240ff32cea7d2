from itertools import combinations

import numpy as np
import pytest

from bundlesmith.ranking.pairs import (
    FEATURES,
    Described,
    Marked,
    Pairs,
    Rows,
    Tallies,
    described,
    learnt_pairs,
    marked_sessions,
    pair_features,
)

RED, GREEN = 0, 12
PATHS = [("Things", f"Kind {row % 3}") for row in range(48)]
"""Of a made shop with twelve items of each of four colours; its customers bundle what is of one colour."""


def texts() -> np.ndarray:
    drawn = np.random.default_rng(0)
    found = np.array([[*np.eye(4)[row // 12], *drawn.normal(0, 0.2, 4)] for row in range(48)], np.float32)
    return np.asarray(found / np.linalg.norm(found, axis=1, keepdims=True), np.float32)


TEXTS = texts()


def describe(rows: Rows) -> Described:
    table = TEXTS[list(rows)]
    return Described(tuple(PATHS[row] for row in rows), table, table, np.ones((len(rows), 1), np.float32))


def coloured(count: int = 60) -> tuple[list[Rows], list[Rows]]:
    """Sessions of two items of one colour, marked as a bundle, and two of another one; as (sessions, bundles)."""
    drawn = np.random.default_rng(0)
    sessions, bundles = list[Rows](), list[Rows]()
    for _ in range(count):
        first, second = drawn.choice(4, 2, replace=False).tolist()
        pair, other = (tuple((12 * of + drawn.choice(12, 2, replace=False)).tolist()) for of in (first, second))
        bundles += [pair, other]
        sessions += [(*pair, *other)] * 2
    return sessions, bundles


@pytest.fixture(scope="module")
def pairs() -> Pairs:
    found = learnt_pairs(marked_sessions(*coloured()), PATHS, describe)
    assert found is not None
    return found


def test_what_was_marked_together_is_likelier_than_what_was_not(pairs: Pairs) -> None:
    found = pairs.chances(describe((RED + 1, GREEN + 4, RED + 5, GREEN + 2)))
    assert found.shape == (4, 4) and (found == found.T).all() and (found.diagonal() == 1).all()
    assert min(found[0, 2], found[1, 3]) > 0.9 and max(found[0, 1], found[0, 3], found[2, 1], found[2, 3]) < 0.1


def test_the_order_of_a_session_makes_no_difference(pairs: Pairs) -> None:
    there, back = pairs.chances(describe((RED, GREEN, RED + 7))), pairs.chances(describe((RED + 7, GREEN, RED)))
    assert there == pytest.approx(back[::-1, ::-1], abs=1e-6)
    assert pairs.chances(describe((3,))).tolist() == [[1]] and pairs.chances(describe(())).shape == (0, 0)


def test_sessions_are_counted_once_with_all_their_bundles() -> None:
    sessions, bundles = coloured(2)
    first, second = marked_sessions(sessions, bundles)
    assert first == Marked(sessions[0], tuple(bundles[:2])) and second.bundles == tuple(bundles[2:])
    a, b, c, _ = first.rows
    assert first.together(a, b) and not first.together(a, c)


def test_without_sessions_or_with_pairs_of_one_kind_nothing_is_learnt() -> None:
    sessions, bundles = coloured(3)
    assert marked_sessions([()] * 6, bundles) == []
    assert learnt_pairs([], PATHS, describe) is None
    assert learnt_pairs(marked_sessions(sessions, sessions), PATHS, describe) is None


def test_features_have_names_and_those_of_others_are_0_in_a_session_of_two() -> None:
    (row,) = pair_features(describe((RED, GREEN)), Tallies())
    found = dict(zip(FEATURES, row.tolist(), strict=True))
    assert found["title"] == pytest.approx(float(TEXTS[RED] @ TEXTS[GREEN]))
    assert found["mean other text"] == 0 == found["nearest other title"] == found["marked together"]
    assert found["one category"] == 1 == found["one third level"] and found["log size"] == pytest.approx(np.log(2))


def test_what_is_around_a_pair_are_the_other_items() -> None:
    rows = (RED, RED + 1, GREEN, GREEN + 5, 30)
    found = pair_features(describe(rows), Tallies())
    alike = TEXTS[list(rows)] @ TEXTS[list(rows)].T
    for row, (i, j) in zip(found, combinations(range(5), 2), strict=True):
        others = alike[np.ix_([i, j], [at for at in range(5) if at not in (i, j)])]
        told = dict(zip(FEATURES, row.tolist(), strict=True))
        assert told["nearest other text"] == pytest.approx(others.max(), abs=1e-6)
        assert told["mean other title"] == pytest.approx(others.mean(), abs=1e-6)
        assert told["one category"] == (PATHS[rows[i]] == PATHS[rows[j]])


def test_a_session_of_a_thousand_items_is_no_work_for_each_pair(pairs: Pairs) -> None:
    counted = Counted()
    many = tuple(row % 48 for row in range(1000))
    found = Pairs(Tallies(pairs=counted, items=counted), pairs.weights).chances(describe(many))  # type: ignore[arg-type]
    assert found.shape == (1000, 1000) and counted.asked <= 1000 + 48**2


class Counted:
    """A tally that counts how often it is asked."""

    asked = 0

    def chance(self, keys: object) -> float:
        self.asked += 1
        return 0.5


def test_a_constant_alone_is_the_same_chance_for_all() -> None:
    pairs = Pairs(Tallies(), np.array([0.0] * len(FEATURES) + [np.log(3)]))
    assert pairs.chances(describe((1, 2, 3)))[0] == pytest.approx([1, 0.75, 0.75])


def test_items_are_described_by_title_by_title_with_path_and_by_the_ends_of_paths() -> None:
    read = list[str]()

    def note(texts: object) -> np.ndarray:
        read.extend(map(str, texts))  # type: ignore[call-overload]
        return np.ones((1, 2), np.float32)

    described(["Tent"], [("A", "B", "C", "D")], note)
    described(["Pen"], [()], note)
    assert read == ["Tent", "Tent. A, B, C, D", "B C D", "Pen", "Pen", "-"]


def test_pairs_that_were_marked_in_all_of_thousands_of_baskets_are_no_error() -> None:
    tallies = Tallies()
    every = Marked(tuple(range(48)), (tuple(range(48)),))
    for _ in range(10):
        tallies.add(every, PATHS)
    assert np.isfinite(pair_features(describe((0, 1, 2)), tallies)).all()
    assert learnt_pairs([every] * 10, PATHS, describe) is None
