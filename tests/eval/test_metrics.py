import math
import random

import pytest

from bundlesmith.eval.metrics import (
    accuracy,
    exact,
    f1_at,
    mrr_at,
    mrr_of,
    ndcg_at,
    ndcg_of,
    precision,
    precision_at,
    rank_of,
    recall,
    recall_at,
)
from bundlesmith.ranking.set_similarity import f1, jaccard, matched, words


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
        ("Übung_2", ["übung", "2"]),
        ("送妈妈Tee", ["送", "妈", "妈", "tee"]),
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


@pytest.mark.parametrize(
    ("found", "wanted", "p", "r", "same"),
    [
        ("abcd", "abe", 1 / 2, 2 / 3, 0.0),
        ("aab", "ba", 1.0, 1.0, 1.0),
        ("ab", "cd", 0.0, 0.0, 0.0),
        ("", "ab", 0.0, 0.0, 0.0),
        ("ab", "", 0.0, 0.0, 0.0),
        ("", "", 0.0, 0.0, 1.0),
    ],
)
def test_precision_recall_and_exact_match_of_sets(found, wanted, p, r, same):
    assert (precision(found, wanted), recall(found, wanted), exact(found, wanted)) == (p, r, same)


def test_accuracy_counts_items_in_both_sets_or_in_neither():
    assert accuracy("ab", "bc", "abcd") == 2 / 4
    assert accuracy("", "", "ab") == 1.0 and accuracy("", "", "") == 0.0


@pytest.mark.parametrize(("rank", "p", "f"), [(1, 1 / 10, 2 / 11), (10, 1 / 10, 2 / 11), (11, 0.0, 0.0)])
def test_precision_and_f1_of_a_rank(rank, p, f):
    assert (precision_at(10, rank), f1_at(10, rank)) == (p, f)


def test_ndcg_of_several_relevant_items():
    # b and d in places 2 and 4, of three wanted: (1/log2 3 + 1/log2 5) / (1 + 1/log2 3 + 1/2)
    gained, best = 1 / math.log2(3) + 1 / math.log2(5), 1 + 1 / math.log2(3) + 1 / 2
    assert ndcg_of(5, "abcd", "bdx") == gained / best
    assert ndcg_of(2, "abcd", "bdx") == (1 / math.log2(3)) / (1 + 1 / math.log2(3))  # two terms fit in two places
    assert (ndcg_of(5, "ab", "ab"), ndcg_of(5, "", "ab"), ndcg_of(5, "ab", "")) == (1.0, 0.0, 0.0)


def test_with_one_relevant_item_both_ndcgs_are_the_same():
    assert [ndcg_of(3, "abcd", "b"), ndcg_of(3, "abcd", "d")] == [ndcg_at(3, 2), ndcg_at(3, 4)]


def test_the_reciprocal_rank_of_the_first_relevant_item():
    assert (mrr_of(3, "abcd", "db"), mrr_of(3, "abcd", "d"), mrr_of(4, "abcd", "d")) == (1 / 2, 0.0, 1 / 4)


def test_ranking_measures_equal_those_of_ir_measures():
    ir = pytest.importorskip("ir_measures")
    drawn = random.Random(3)
    items = [f"i{n}" for n in range(40)]
    rankings = {f"q{n}": drawn.sample(items, drawn.randint(1, 30)) for n in range(50)}
    wanted = {name: drawn.sample(items, drawn.randint(1, 12)) for name in rankings}
    qrels = {name: dict.fromkeys(some, 1) for name, some in wanted.items()}
    run = {name: {item: -float(at) for at, item in enumerate(ranking)} for name, ranking in rankings.items()}
    nDCG, RR, R, P = ir.nDCG, ir.RR, ir.R, ir.P  # noqa: N806
    theirs: dict[str, dict[str, float]] = {}
    for found in ir.iter_calc([nDCG @ 10, RR @ 10, R @ 10, P @ 10, nDCG @ 20], qrels, run):
        theirs.setdefault(str(found.measure), {})[found.query_id] = found.value
    assert len(theirs) == 5 and all(len(values) == 50 for values in theirs.values())
    for name, ranking in rankings.items():
        some = wanted[name]
        assert ndcg_of(10, ranking, some) == pytest.approx(theirs["nDCG@10"][name])
        assert ndcg_of(20, ranking, some) == pytest.approx(theirs["nDCG@20"][name])
        assert mrr_of(10, ranking, some) == pytest.approx(theirs["RR@10"][name])
        assert recall(ranking[:10], some) == pytest.approx(theirs["R@10"][name])
        assert len(set(ranking[:10]) & set(some)) / 10 == pytest.approx(theirs["P@10"][name])


def test_measures_of_one_relevant_item_equal_those_of_ir_measures():
    ir = pytest.importorskip("ir_measures")
    items = [f"i{n:02}" for n in range(15)]
    qrels = {item: {item: 1} for item in items}
    run = {item: {other: -float(at) for at, other in enumerate(items)} for item in items}
    measures = [ir.nDCG @ 10, ir.RR @ 10, ir.R @ 10, ir.P @ 10, ir.Success @ 10]
    theirs = {(str(m.measure), m.query_id): m.value for m in ir.iter_calc(measures, qrels, run)}
    for item in items:
        rank = rank_of(item, items)
        ours = {"nDCG@10": ndcg_at, "RR@10": mrr_at, "R@10": recall_at, "P@10": precision_at, "Success@10": recall_at}
        for name, measure in ours.items():
            assert measure(10, rank) == pytest.approx(theirs[name, item]), (name, item)
