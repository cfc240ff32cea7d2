import math
from dataclasses import dataclass

import numpy as np
import polars as pl
import pytest
from scipy import stats

from bundlesmith.errors import BundlesmithError
from bundlesmith.eval.statistics import compare_results, holm, intervals, paired_p


@dataclass
class Result:
    name: str
    values: pl.DataFrame


def result(name, values, metric="R@10", kind="complete"):
    """A result with a value a task, by its id."""
    rows = [{"kind": kind, "task": task, "metric": metric, "value": value} for task, value in values.items()]
    return Result(name, pl.DataFrame(rows, schema_overrides={"value": pl.Float64}))


def test_figures_that_never_vary_have_no_width():
    assert intervals([{"x": [0.5]}] * 4, list("abcd")) == {"x": (0.5, 0.5)}


def test_of_two_sessions_a_resample_has_one_of_three_figures():
    # Both (a half of all resamples), or one of them twice (a quarter each).
    assert intervals([{"x": [0.0]}, {"x": [1.0]}], ["a", "b"]) == {"x": (0.0, 1.0)}


def test_sessions_are_resampled_and_not_tasks():
    points = [{"x": [0.0]}] * 50 + [{"x": [1.0]}] * 50
    alone = intervals(points, [str(at) for at in range(100)])["x"]
    together = intervals(points, ["a"] * 50 + ["b"] * 50)["x"]
    assert together == (0.0, 1.0) and 0.35 < alone[0] < 0.45 < 0.55 < alone[1] < 0.65


def test_a_session_weighs_as_much_as_its_points():
    # Three points of 1 against one of 0: a resample of both sessions has the figure 3/4.
    low, high = intervals([{"x": [1.0, 1.0, 1.0]}, {"x": [0.0]}] * 40, [str(at) for at in range(80)])["x"]
    assert low < 3 / 4 < high and high - low < 0.25


def test_a_session_without_points_has_none_in_the_mean():
    assert intervals([{"x": [1.0]}, {"x": []}, {}], list("abc"))["x"] == (0.0, 1.0)  # a may not be drawn at all


def test_one_session_has_no_interval():
    assert intervals([{"x": [1.0]}, {"x": [0.0]}], ["a", "a"]) == {}


def test_the_same_seed_gives_the_same_intervals():
    points = [{"x": [at / 20]} for at in range(20)]
    names = [str(at) for at in range(20)]
    assert intervals(points, names) == intervals(points, names) != intervals(points, names, seed=8)


def test_intervals_are_those_of_scipys_bootstrap():
    drawn = np.random.default_rng(1).normal(size=60)
    found = intervals([{"x": [float(x)]} for x in drawn], [str(at) for at in range(60)], resamples=20000)["x"]
    theirs = stats.bootstrap(
        (drawn,), np.mean, n_resamples=20000, method="percentile", rng=np.random.default_rng(2)
    ).confidence_interval
    assert found == pytest.approx((theirs.low, theirs.high), abs=0.01)


def test_p_of_a_few_units_counts_all_swaps():
    # All four differences are positive: of 16 ways of signs, one is as large and one as small.
    assert paired_p(np.array([1.0, 2, 3, 4]), np.zeros(4)) == 2 / 16


def test_p_of_differences_in_both_directions():
    # 3 and -1: sums 2, 4, -4, -2; at least as far from 0 as 2 are all.
    assert paired_p(np.array([3.0, 0]), np.array([0.0, 1])) == 1.0


def test_what_is_the_same_does_not_differ():
    assert paired_p(np.ones(5), np.ones(5)) == 1.0


def test_one_unit_that_differs_says_nothing():
    assert paired_p(np.array([1.0, 0, 0]), np.zeros(3)) == 1.0


def test_units_without_a_difference_do_not_change_p():
    same = np.ones(100)
    assert paired_p(np.append(same, [1.0, 2, 3, 4]), np.append(same, np.zeros(4))) == 2 / 16


def test_p_of_many_units_is_near_that_of_the_t_test():
    drawn = np.random.default_rng(5)
    x, y = drawn.normal(0.3, 1, 80), drawn.normal(0, 1, 80)
    assert paired_p(x, y) == pytest.approx(stats.ttest_rel(x, y).pvalue, abs=0.02)


def test_holm_multiplies_the_smallest_most_and_never_falls():
    # Sorted: .01 * 4, .02 * 3, .03 * 2 (below .06, so .06), .5 * 1.
    assert holm([0.03, 0.01, 0.5, 0.02]) == pytest.approx([0.06, 0.04, 0.5, 0.06])
    assert holm([0.9, 0.8]) == [1.0, 1.0] and holm([]) == []


def test_all_pairs_are_compared_and_corrected_together():
    one = {f"s{at}-0-generate": 1.0 for at in range(12)}
    none = dict.fromkeys(one, 0.0)
    table = compare_results([result("a", one), result("b", none), result("c", none)], [("complete", "R@10")])
    assert table.select("first", "second").rows() == [("a", "b"), ("a", "c"), ("b", "c")]
    assert table["difference"].to_list() == [1.0, 1.0, 0.0]
    assert table["p"].to_list() == [2 / 4096, 2 / 4096, 1.0]
    assert table["holm"].to_list() == [6 / 4096, 6 / 4096, 1.0]


def test_one_result_is_compared_with_each_other_one():
    some = [result(name, {"x": at, "y": at + 1}) for at, name in enumerate("abc")]
    table = compare_results(some, [("complete", "R@10")], against="b")
    assert table.select("first", "second").rows() == [("a", "b"), ("b", "c")]


def test_the_tasks_of_a_session_are_swapped_together():
    # Eight tasks of two sessions: 2 of 4 ways are as extreme, where tasks alone would give 2 of 256.
    values = {f"s{at // 4}-{at}-complete-x": 1.0 for at in range(8)}
    (row,) = compare_results(
        [result("a", values), result("b", dict.fromkeys(values, 0.0))], [("complete", "R@10")]
    ).rows()
    assert row[5] == 2 / 4


def test_tasks_without_a_value_on_one_side_are_left_out():
    a = result("a", {"x": 1.0, "y": None, "z": 1.0}, "intent-F1", "sessions")
    b = result("b", {"x": 0.0, "y": 0.5, "z": 0.5}, "intent-F1", "sessions")
    (row,) = compare_results([a, b]).rows()
    assert row[4] == (1.0 + 0.5) / 2


def test_a_figure_that_one_result_has_not_is_not_compared():
    table = compare_results([result("a", {"x": 1.0}), result("b", {"x": 0.0}, "MRR@20")], [("complete", "R@10")])
    assert table.is_empty() and table.columns == ["kind", "metric", "first", "second", "difference", "p", "holm"]


def test_results_of_other_tasks_are_refused():
    with pytest.raises(BundlesmithError, match='"a" and "b" have values of R@10 for different complete tasks'):
        compare_results([result("a", {"x": 1.0}), result("b", {"y": 1.0})])


def test_comparisons_come_out_the_same_twice():
    drawn = np.random.default_rng(4)
    a, b = (result(name, {f"t{at}": float(drawn.random()) for at in range(40)}) for name in "ab")
    once = compare_results([a, b])
    assert once.equals(compare_results([a, b])) and 0 < once["p"][0] < 1 and not math.isnan(once["p"][0])
