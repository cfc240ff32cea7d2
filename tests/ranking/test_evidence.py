"""What four bundles tell of four items, worked out by hand."""

import numpy as np
import pytest

from bundlesmith.ranking.beside import Beside, SetsOf
from bundlesmith.ranking.evidence import LIKE, Bought, Evidence
from tests.ranking.made import bundle_evidence

ROWS = ((0, 1), (0, 1), (0, 2), (2, 3))
ALL = np.ones(4, np.float32)


def evidence(rows: tuple[tuple[int, ...], ...], words: np.ndarray, kinds: list[int]) -> Evidence:
    """Of four items whose texts are unlike each other."""
    return bundle_evidence(rows, words, np.eye(4, dtype=np.float32), np.array(kinds))


@pytest.fixture
def without_words() -> Evidence:
    return evidence(ROWS, np.zeros((4, 4), np.float32), [0, 0, 1, 1])


def test_lift_is_together_over_by_chance(without_words: Evidence) -> None:
    # 0 stands in 3 of 4 bundles; with it 1 in 2, 2 in 1, 3 in 0
    wanted = [(2 * 4 + 0.5) / (3 * 2 + 0.5), (1 * 4 + 0.5) / (3 * 2 + 0.5), (0 + 0.5) / (3 * 1 + 0.5)]
    for lift in Beside(None, SetsOf(without_words, ALL))([0])[:3]:
        assert lift[1:] == pytest.approx(np.log(wanted))
    some = Beside(None, SetsOf(without_words, ALL, np.array([3, 1])))([0])[0]
    assert some == pytest.approx(np.log([wanted[2], wanted[0]]))


def test_what_is_left_out_is_not_counted(without_words: Evidence) -> None:
    kept = np.array([1, 1, 1, 0], np.float32)  # 3 stands in no bundle that is left, 2 in one, with 0
    assert Beside(None, SetsOf(without_words, kept))([2])[2] == pytest.approx(
        np.log([(1 * 3 + 0.5) / (1 * 3 + 0.5), 0.5 / (1 * 2 + 0.5), (1 * 3 + 0.5) / (1 * 1 + 0.5), 0.5 / 0.5])
    )


def test_a_bundle_holds_a_category_once(without_words: Evidence) -> None:
    assert without_words.by_kind.toarray().tolist() == [[1, 0], [1, 0], [1, 1], [0, 1]]


def test_of_a_category_of_which_few_sets_have_two_a_set_has_one() -> None:
    words, kinds = np.zeros((0, 4), np.float32), [0, 0, 1, 1]
    # r = (6 + 1) / (17 + 12); the first: (6 + 5 r) / (17 + 5) = .33, the second: (1 + 5 r) / (12 + 5) = .13
    rare = evidence(((0, 2),) * 11 + ((2, 3),) + ((0, 1),) * 6, np.zeros((18, 4), np.float32), kinds)
    assert rare.one_of_a_kind.tolist() == [False, True]
    assert evidence((), words, kinds).one_of_a_kind.tolist() == [False, False]


def test_sets_tell_how_many_items_they_have_and_how_many_repeat_a_category(without_words: Evidence) -> None:
    assert without_words.sizes.tolist() == [2, 2, 2, 2] and without_words.repeats.tolist() == [1, 1, 0, 1]
    no_bundles = evidence((), np.zeros((0, 4), np.float32), [0, 0, 1, 1])
    assert no_bundles.sizes.tolist() == no_bundles.repeats.tolist() == []


def test_without_words_nothing_votes_and_beside_a_chosen_item_lifts_remain(without_words: Evidence) -> None:
    assert without_words.votes(np.ones(4, np.float32), ALL) is None
    assert not np.any(without_words.shares(None)) and len(without_words.shares(None)) == without_words.of_words
    found = Beside(None, SetsOf(without_words, ALL))([0])
    assert len(found) == without_words.of_chosen and not np.any(found[-2:]) and np.any(found[0])


def test_shares_are_of_the_votes_and_never_nothing() -> None:
    rows, words = ((0, 1),) * 3 + ((2, 3),) * 2, np.eye(5, dtype=np.float32)[[0, 0, 0, 1, 1]]
    found = evidence(rows, words, [0, 0, 1, 1])
    votes = np.array([0.2, 0.2, 0.2, 0.2, 0.2], np.float32)
    *near, own, kinds = found.shares(votes)
    for share in near:
        assert share == pytest.approx(np.log([0.601, 0.601, 0.401, 0.401]))
    assert own == pytest.approx(np.log([0.61, 0.61, 0.41, 0.41])) and kinds == pytest.approx(own)


def test_votes_count_jointly_with_what_is_chosen() -> None:
    rows, words = ((0, 1), (0, 1), (2, 3), (2, 3), (2, 3)), np.eye(5, dtype=np.float32)[[0, 0, 1, 1, 1]]
    found = evidence(rows, words, [0, 1, 2, 3])
    kept = np.ones(5, np.float32)
    items, kinds = Beside(found.votes(np.array([0.8, 0.6, 0, 0, 0], np.float32), kept), SetsOf(found, kept))([2])[-2:]
    assert items[3] > 0 > items[1] and kinds[3] > 0 > kinds[1]  # 3 stands with 2, 1 never does


def test_votes_add_up_to_one_and_the_nearest_words_have_most() -> None:
    found = evidence(((0, 1),) * 6, np.eye(6, dtype=np.float32), [0, 1, 2, 3])
    votes = found.votes(np.eye(6, dtype=np.float32)[4], np.ones(6, np.float32))
    assert votes is not None and votes.sum() == pytest.approx(1) and votes.argmax() == 4
    assert (
        found.votes(np.eye(6, dtype=np.float32)[4], np.array([1, 1, 0, 0, 1, 1], np.float32)) is None
    )  # four: too few


def test_like_items_share_what_bundles_tell_and_a_shop_without_bundles_has_nothing() -> None:
    vectors = np.array([[1, 0], [0.9, 0.19**0.5], [0, 1]], np.float32)
    kinds = np.arange(3)
    told = bundle_evidence(((0,),), np.zeros((1, 2), np.float32), vectors, kinds)
    wide, narrow, own = (members.toarray().ravel() for members in told.members)
    weight = np.exp(20 * (0.9 - 1))
    assert wide == pytest.approx([1, weight / (1 + weight), 0], abs=1e-6) and 0 < narrow[1] < wide[1]
    assert own.tolist() == [1, 0, 0]
    empty = bundle_evidence((), np.zeros((0, 2), np.float32), vectors, kinds)
    assert [members.shape for members in empty.members] == [(3, 0)] * 3
    assert not np.any(Beside(None, SetsOf(empty, np.zeros(0, np.float32)))([0]))


def test_the_nearest_items_count_and_no_more_than_so_many() -> None:
    angles = np.linspace(0, 0.2, LIKE + 20)
    vectors = np.stack([np.cos(angles), np.sin(angles)], 1).astype(np.float32)
    wide, narrow, own = Bought(np.arange(len(vectors)), vectors).near(np.array([0]), vectors[:1])
    for near in (wide, narrow):
        assert near.indices.tolist() == list(range(LIKE)) and near.sum() == pytest.approx(1)
        assert (np.diff(near.data) < 0).all()
    assert own.indices.tolist() == [0] and own.sum() == 1


def test_of_more_equal_texts_than_count_as_many_as_do_are_like_each() -> None:
    equal = np.tile(np.array([[1, 0]], np.float32), (LIKE + 9, 1))
    wide, narrow, _ = Bought(np.arange(len(equal)), equal).near(np.arange(len(equal)), equal)
    for near in (wide, narrow):
        assert np.asarray(near.sum(1)).ravel() == pytest.approx(1) and (np.diff(near.indptr) == LIKE).all()


def test_an_item_of_bundles_stands_for_itself_whatever_its_text_becomes() -> None:
    bought = Bought(np.array([2, 5]), np.eye(2, dtype=np.float32))
    wide, narrow, own = bought.near(np.array([5]), np.array([[-1, 0]], np.float32))
    assert [near.toarray().tolist() for near in (wide, narrow, own)] == [[[0, 1]]] * 3
