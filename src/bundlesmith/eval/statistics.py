"""How sure figures are: bootstrap intervals, and tests of whether two results differ.

The unit is the session, not the task: tasks of one session share items and bundles, so they don't vary on their own.

    intervals   resamples the sessions with replacement, takes each figure of the resample (the mean of the points of
                its tasks), and cuts off 2.5 % on both sides: the percentile bootstrap (Efron, 1979)
    compare     swaps the two results within each session at random, and counts how often the difference is at least as
                large as the real one: the paired permutation test (Fisher, 1935), two-sided, by scipy. The p values of
                all comparisons together are corrected by Holm's step-down method (Scand. J. of Statistics 6, 1979)
"""

from collections.abc import Sequence
from itertools import combinations
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from bundlesmith.errors import BundlesmithError
from bundlesmith.eval.report_read import EvalResult
from bundlesmith.eval.values import Points, session_of

EVAL_SEED = 7
RESAMPLES, PERMUTATIONS = 2000, 9999
COMPARED = (
    ("complete", "R@10"),
    ("complete", "NDCG@10"),
    ("generate", "bestF1@10"),
    ("generate", "category-F1@1"),
    ("sessions", "soft-F1"),
    ("sessions", "intent-F1"),
)
"""The figures that are compared if nothing else is said, (kind, metric): each more makes all p values larger."""

ALIASES = {"accuracy": "R@1", "hit@10": "R@10"}
"""What was called by two names of `complete` tasks -> the name that is left."""

Floats = NDArray[np.float64]


def intervals(
    tasks: Sequence[Points], sessions: Sequence[str], seed: int = EVAL_SEED, resamples: int = RESAMPLES
) -> dict[str, tuple[float, float]]:
    """95 % intervals of the figures of tasks.

    Args:
        tasks: the points of each task.
        sessions: the session of each task.
        seed, resamples: of the bootstrap.

    Returns:
        name of a figure -> (low, high); no figures if there are fewer than two sessions.
    """
    names = list(dict.fromkeys(name for points in tasks for name in points))
    units = {session: at for at, session in enumerate(dict.fromkeys(sessions))}
    if len(units) < 2:
        return {}
    sums, counts = np.zeros((len(units), len(names))), np.zeros((len(units), len(names)))
    for points, session in zip(tasks, sessions, strict=True):
        for at, name in enumerate(names):
            sums[units[session], at] += sum(points.get(name, ()))
            counts[units[session], at] += len(points.get(name, ()))
    drawn = np.random.default_rng(seed).multinomial(len(units), np.full(len(units), 1 / len(units)), resamples)
    figures = drawn @ sums / np.maximum(drawn @ counts, 1)
    low, high = np.percentile(figures, [2.5, 97.5], axis=0)
    return {name: (float(low[at]), float(high[at])) for at, name in enumerate(names)}


def compare_results(
    results: Sequence[EvalResult],
    figures: Sequence[tuple[str, str]] = COMPARED,
    against: str | None = None,
    seed: int = EVAL_SEED,
    permutations: int = PERMUTATIONS,
) -> pl.DataFrame:
    """Test each pair of results of the same tasks for each figure that both have.

    The difference is of the mean over the tasks for which both have a value.

    Args:
        results: what `bundlesmith eval` wrote.
        figures: (kind, metric).
        against: the name of the one result that all others are compared to; None: all pairs. The smallest p is
            2 / (permutations + 1): with some 250 comparisons, as all pairs of ten results, none can be below 0.05.
        seed, permutations: of the tests.

    Returns:
        a row a comparison: kind, metric, first, second, difference (first - second), p, and holm (p corrected over all
        rows: the chance that any of them is below 0.05 is at most 0.05 if nothing differs).

    Raises:
        BundlesmithError: if two results don't have values for the same tasks, or a figure has another name now.
    """
    for kind, metric in figures:
        if kind == "complete" and metric in ALIASES:
            raise BundlesmithError(f'There is no figure "{metric}" of complete tasks.', f'It is "{ALIASES[metric]}".')
    rows = [
        _compared(kind, metric, a, b, seed, permutations)
        for kind, metric in figures
        for a, b in combinations(results, 2)
        if against is None or against in (a.name, b.name)
    ]
    table = pl.DataFrame([row for row in rows if row], schema=_COMPARISON, orient="row")
    return table.with_columns(holm=pl.Series(holm(table["p"].to_list()), dtype=pl.Float64))


_COMPARISON = {
    "kind": pl.String,
    "metric": pl.String,
    "first": pl.String,
    "second": pl.String,
    "difference": pl.Float64,
    "p": pl.Float64,
}


def _compared(
    kind: str, metric: str, a: EvalResult, b: EvalResult, seed: int, permutations: int
) -> tuple[Any, ...] | None:
    chosen = (pl.col("kind") == kind) & (pl.col("metric") == metric)
    first, second = (result.values.filter(chosen).select("task", "value") for result in (a, b))
    if first.is_empty() or second.is_empty():
        return None
    if set(first["task"]) != set(second["task"]):
        what = f'"{a.name}" and "{b.name}" have values of {metric} for different {kind} tasks.'
        raise BundlesmithError(what, "Compare results of the same tasks.")
    both = first.join(second, on="task", suffix="_b").drop_nulls()
    if both.is_empty():
        return None
    unit = both["task"].map_elements(session_of, return_dtype=pl.String)
    sums = both.with_columns(unit=unit).group_by("unit").agg(pl.col("value", "value_b").sum()).sort("unit")
    x, y = (sums[name].to_numpy() / both.height for name in ("value", "value_b"))
    return kind, metric, a.name, b.name, float(x.sum() - y.sum()), paired_p(x, y, seed, permutations)


def paired_p(x: Floats, y: Floats, seed: int = EVAL_SEED, permutations: int = PERMUTATIONS) -> float:
    """The two-sided p value of the paired permutation test for the difference of the sums.

    1 if x and y are the same, or differ in one unit only: both of its signs are as extreme.

    Args:
        x, y: [n], one value a unit; swapped unit by unit.
        seed: of the swaps.
        permutations: how many; all 2^n are tried if they are no more than that.
    """
    from scipy.stats import permutation_test

    kept = x != y  # what is the same on both sides makes no difference
    if kept.sum() < 2:
        return 1.0
    differences = x[kept] - y[kept]
    found = permutation_test(
        (differences,),
        lambda signed, axis: signed.sum(axis),
        permutation_type="samples",
        vectorized=True,
        n_resamples=permutations,
        rng=np.random.default_rng(seed),
    )
    return float(found.pvalue)


def holm(p: Sequence[float]) -> list[float]:
    """P values corrected by Holm: the i-th smallest of m times m - i + 1, never below a smaller one's, at most 1."""
    corrected, least = [0.0] * len(p), 0.0
    for at, place in enumerate(sorted(range(len(p)), key=p.__getitem__)):
        least = max(least, min(1.0, p[place] * (len(p) - at)))
        corrected[place] = least
    return corrected
