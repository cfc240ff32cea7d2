import math

import pytest

from bundlesmith.eval.metrics import f1, jaccard, matched, mrr_at, ndcg_at, rank_of, recall_at, words


@pytest.mark.parametrize(
    ("found", "wanted", "value"),
    [
        ("ab", "ab", 1.0),
        ("abcd", "ab", 2 / 3),  # precision 1/2, recall 1
        ("abc", "cde", 1 / 3),
        ("ab", "cd", 0.0),
        ("aab", "ab", 1.0),
        ("", "ab", 0.0),
        ("ab", "", 0.0),
        ("", "", 0.0),
    ],
)
def test_f1_of_sets(found, wanted, value):
    assert f1(found, wanted) == value


@pytest.mark.parametrize(
    ("found", "wanted", "value"),
    [("ab", "ab", 1.0), ("abc", "bcd", 0.5), ("aab", "b", 0.5), ("ab", "cd", 0.0), ("", "a", 0.0), ("", "", 0.0)],
)
def test_jaccard_of_sets(found, wanted, value):
    assert jaccard(found, wanted) == value


def test_a_rank_counts_from_one_and_is_infinite_for_what_is_missing():
    assert (rank_of("a", "abc"), rank_of("c", "abc"), rank_of("d", "abc"), rank_of("a", "")) == (
        1,
        3,
        math.inf,
        math.inf,
    )


@pytest.mark.parametrize(
    ("rank", "recall", "ndcg", "mrr"),
    [
        (1, 1.0, 1.0, 1.0),
        (2, 1.0, 1 / math.log2(3), 1 / 2),
        (3, 1.0, 0.5, 1 / 3),
        (10, 1.0, 1 / math.log2(11), 1 / 10),
        (11, 0.0, 0.0, 0.0),
        (math.inf, 0.0, 0.0, 0.0),
    ],
)
def test_measures_of_one_rank_at_ten(rank, recall, ndcg, mrr):
    assert (recall_at(10, rank), ndcg_at(10, rank), mrr_at(10, rank)) == (recall, ndcg, mrr)


def test_a_rank_at_the_cut_counts_and_one_beyond_does_not():
    assert [recall_at(3, rank) for rank in (3, 4)] == [1.0, 0.0]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Work at Home!", ["work", "at", "home"]),
        ("USB-C 2", ["usb", "c", "2"]),
        ("Übung", ["bung"]),
        ("", []),
        (None, []),
    ],
)
def test_words_of_an_intent(text, found):
    assert words(text) == found


def test_bundles_are_matched_one_to_one_the_most_alike_first():
    # (1, 0) is exact; of what is left, 0 and 1 share one of three.
    assert matched(["ab", "abc"], ["abc", "bd"]) == [(1, 0, 1.0), (0, 1, 1 / 3)]


def test_bundles_that_share_nothing_are_not_matched():
    assert matched(["ab", "cd"], ["ab", "ef"]) == [(0, 0, 1.0)]


def test_ties_go_to_the_later_found_one_then_to_the_later_wanted_one():
    assert matched(["ab", "ab"], ["ab", "ab"]) == [(1, 1, 1.0), (0, 0, 1.0)]
    assert matched(["ab", "cb"], ["b"]) == [(1, 0, 0.5)]


def test_a_bundle_is_matched_once():
    assert matched(["ab"], ["a", "b"]) == [(0, 1, 0.5)]


@pytest.mark.parametrize(("found", "wanted"), [([], ["ab"]), (["ab"], []), ([], [])])
def test_nothing_matches_nothing(found, wanted):
    assert matched(found, wanted) == []
