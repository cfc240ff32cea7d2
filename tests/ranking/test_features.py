"""Features of four items and four bundles, worked out by hand."""

import numpy as np
import pytest

from bundlesmith.ranking.features import OF_CHOSEN, OF_USAGE, OF_WORDS, Bundles, Features

ROWS = ((0, 1), (0, 1), (0, 2), (2, 3))


@pytest.fixture
def features() -> Features:
    """Items that are unlike each other, in two categories; bundles without intents."""
    vectors = np.eye(4, dtype=np.float32)
    return Features(
        tuple("abcd"), vectors, vectors, np.array([0, 0, 1, 1]), Bundles(ROWS, np.zeros((4, 4), np.float32))
    )


def test_lift_is_together_over_by_chance(features: Features) -> None:
    # 0 stands in 3 of 4 bundles; with it 1 in 2, 2 in 1, 3 in 0
    wanted = [(2 * 4 + 0.5) / (3 * 2 + 0.5), (1 * 4 + 0.5) / (3 * 2 + 0.5), (0 + 0.5) / (3 * 1 + 0.5)]
    assert features.lift([0])[1:] == pytest.approx(np.log(wanted))


def test_what_is_left_out_is_not_counted(features: Features) -> None:
    kept = np.array([1, 1, 1, 0], np.float32)
    usage = features.of(None, [], kept)[:, OF_WORDS]
    assert usage == pytest.approx(np.log([4, 3, 2, 1]))
    assert features.of(None, [])[:, OF_WORDS] == pytest.approx(np.log([4, 3, 3, 2]))


def test_features_of_words_are_zero_without_words_and_those_of_chosen_items_come_with_them(features: Features) -> None:
    assert not features.of(None, [])[:, :OF_WORDS].any()
    assert features.of(None, []).shape == (4, OF_WORDS + OF_USAGE)
    assert features.of(None, [2]).shape == (4, OF_WORDS + OF_USAGE + OF_CHOSEN)
    assert features.of(None, [2])[:, -3].tolist() == [0, 0, 1, 1]  # of its category


def test_words_count_by_their_likeness_where_too_few_intents_vote(features: Features) -> None:
    found = features.of(np.array([1, 0, 0, 0], np.float32), [])
    assert found[:, 0] == pytest.approx([3**0.5, *[-((1 / 3) ** 0.5)] * 3])
    assert not found[:, 1:OF_WORDS].any()


def test_votes_count_jointly_with_what_is_chosen() -> None:
    rows, intents = ((0, 1), (0, 1), (2, 3), (2, 3), (2, 3)), np.eye(5, dtype=np.float32)[[0, 0, 1, 1, 1]]
    texts = np.eye(4, 5, dtype=np.float32)
    features = Features(tuple("abcd"), texts, texts, np.arange(4), Bundles(rows, intents))
    words = np.array([0.8, 0.6, 0, 0, 0], np.float32)
    items, kinds = features.of(words, [2])[:, -2:].T
    assert items[3] > 0 > items[1] and kinds[3] > 0 > kinds[1]  # 3 stands with 2, 1 never does
    assert not features.of(None, [2])[:, -2:].any()


def test_votes_add_up_to_one_and_the_nearest_intents_have_most() -> None:
    intents = np.eye(6, dtype=np.float32)
    texts = np.eye(2, 6, dtype=np.float32)
    features = Features(tuple("ab"), texts, texts, np.arange(2), Bundles(((0, 1),) * 6, intents))
    votes = features.votes(intents[4])
    assert votes is not None and votes.sum() == pytest.approx(1) and votes.argmax() == 4
    assert features.votes(intents[4], np.array([1, 1, 0, 0, 1, 1], np.float32)) is None  # four are too few
