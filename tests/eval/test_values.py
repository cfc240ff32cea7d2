import math

import pytest

from bundlesmith.errors import BundlesmithError
from bundlesmith.eval.statistics import compare_results
from bundlesmith.eval.values import mean_figures, session_of
from tests.eval.sheets import complete, generate, sessions, sheet


def points(given):
    (found,) = sheet(given).points()[given[0].kind]
    return found


@pytest.mark.parametrize(
    ("task", "session"),
    [
        ("electronic-20-1-complete-15483", "electronic-20"),
        ("electronic-20-1-generate", "electronic-20"),
        ("electronic-20-sessions", "electronic-20"),
        ("a-b-20-3-0-complete-x-1-generate", "a-b-20-3"),
        ("anything-3", "anything-3"),
    ],
)
def test_the_session_of_a_task(task, session):
    assert session_of(task) == session


def test_figures_are_means_over_the_points_of_all_tasks():
    assert mean_figures([{"x": [1.0, 0.0], "y": []}, {"x": [1.0]}, {}]) == {"x": 2 / 3, "y": 0.0}


def test_a_ranking_with_the_target_in_second_place():
    found = points(complete("t", "c", "aca?"))
    assert (found["R@1"], found["R@10"]) == ([0.0], [1.0])
    assert found["precision@10"] == [0.1] and found["F1@10"] == [2 / 11]
    assert found["NDCG@10"] == [1 / math.log2(3)] and found["MRR@20"] == [1 / 2]
    assert found["valid"] == [1, 1, 0, 0]  # the second a repeats, ? is not known
    assert found["distinct"] == [1, 1, 0, 1] and found["repeated"] == [0, 0, 1, 0]


def test_a_figure_has_one_name():
    assert points(complete("t", "c", "ca"))["R@1"] == [1.0]
    with pytest.raises(BundlesmithError, match=r'no figure "accuracy".* It is "R@1"'):
        compare_results([], [("complete", "accuracy")])


def test_the_first_bundle_and_the_best_of_all():
    found = points(generate("t", "abc", ["ad", "acb", "da"]))
    assert found["precision@1"] == [1 / 2] and found["recall@1"] == [1 / 3] and found["F1@1"] == [2 / 5]
    assert found["jaccard@1"] == [1 / 4] and found["exact@1"] == [0] and found["hit@1"] == [1]
    assert found["bestF1@10"] == [1] and found["exact@10"] == [1] and found["hit@10"] == [1]
    assert found["distinct"] == [1, 1, 0] and found["repeated"] == [0, 0, 1]  # da is ad again


def test_pairs_of_one_category_are_counted_in_the_first_bundle_and_in_the_true_one():
    found = points(generate("t", "abc", ["dec", "ab"]))  # d and e are garden tools; a and b are desks
    assert found["same-category@1"] == [1, 0, 0] and found["same-category true"] == [1, 0, 0]


def test_items_rank_in_the_order_of_the_bundles():
    found = points(generate("t", "ce", ["ad", "ca"]))  # seen: a d c
    assert found["item-R@20"] == [1 / 2] and found["MRR@20"] == [1 / 3]
    assert found["NDCG@20"] == [(1 / 2) / (1 + 1 / math.log2(3))]


def test_a_task_without_bundles_gets_nothing():
    found = points(generate("t", "abc", None))
    assert found["distinct"] == found["valid"] == []
    assert found["same-category@1"] == [] and found["same-category true"] == [1, 0, 0]
    shares = {"distinct", "repeated", "valid", "same-category@1", "same-category true"}
    assert all(value == [0.0] for name, value in found.items() if name not in shares)


def test_categories_of_the_first_bundle():
    # Garden and Desks against Desks and Lamps: one of two and two.
    assert points(generate("t", "ac", ["db"]))["category-F1@1"] == [1 / 2]


def test_bundles_found_exactly_and_in_part():
    found = points(sessions("t", "abcdef", {"ab": "desks", "cd": "light"}, ["ef", "ba", "cde"]))
    assert found["soft-P"] == [(1 + 2 / 3) / 3] and found["soft-R"] == [(1 + 2 / 3) / 2]
    assert found["jaccard"] == [1, 2 / 3]
    assert found["exact-P"] == [1, 0, 0] and found["exact-R"] == [1, 0] and found["hit"] == [1]
    assert found["MRR"] == [1 / 2]


def test_a_place_counts_only_bundles_of_two_items():
    assert points(sessions("t", "abcd", {"ab": ""}, ["c", "ab"]))["MRR"] == [1.0]


def test_a_session_without_an_exact_bundle():
    found = points(sessions("t", "abcd", {"ab": ""}, ["abc"]))
    assert found["hit"] == [0] and found["MRR"] == [0] and found["exact-P"] == [0] and found["exact-R"] == [0]


def test_items_of_a_session_in_a_bundle_or_not():
    found = points(sessions("t", "abcde", {"ab": "", "bc": ""}, ["abd", "ab"]))  # a b d against a b c
    assert found["item-accuracy"] == [3 / 5]  # a, b and e
    assert found["item-P"] == [2 / 3] and found["item-R"] == [2 / 3] and found["item-F1"] == [2 / 3]


def test_the_intents_of_pairs_only():
    found = points(sessions("t", "abcd", {"ab": "desk work", "cd": "garden"}, ["ab"], ["desk"]))
    assert found["intent-F1"] == [2 / 3]


def test_a_session_in_which_nothing_is_found():
    found = points(sessions("t", "abcd", {"ab": ""}, []))
    assert found["jaccard"] == found["intent-F1"] == found["exact-P"] == [] and found["exact-R"] == [0.0]
    assert found["item-accuracy"] == [1 / 2] and found["item-P"] == [0.0]
