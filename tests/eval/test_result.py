import json

import polars as pl
import pytest

from bundlesmith.eval.leaks import Leak
from bundlesmith.eval.predict import Cost
from bundlesmith.eval.report_read import ScoresFile
from bundlesmith.eval.result import About, evaluate_sheet, write_result
from bundlesmith.eval.score import scores
from tests.eval.pasts import past
from tests.eval.sheets import complete, generate, sessions, sheet

PAST = past(
    [
        ("1", "ann", "aaab", "train"),
        ("2", "ann", "abc", "test"),
        ("3", "eve", "bde", "test"),
    ],
    [("ab", "train")],
)
SHEET = sheet(
    complete("x-2-0-complete-a", "a", "ac", items="b", history="c"),
    complete("x-3-0-complete-d", "d", "cd", items="b"),
    generate("x-2-0-generate", "ab", ["ab"], history="c"),
    generate("x-3-0-generate", "bd", None),
    sessions("x-2-sessions", "abc", {"ab": "abs"}, ["abc"], ["abs"]),
)
PAIRS = {"x-2-0-complete-a": 1.0, "x-3-0-complete-d": 0.5}
ABOUT = About("Mine", "k", "t", "d", Cost({"complete": 3.0, "generate": 2.0}, 50), (7.5, ((1, 2.5),)))


@pytest.fixture
def written(tmp_path):
    write_result(tmp_path / "r", SHEET, evaluate_sheet(SHEET, PAST, PAIRS), ABOUT)
    return tmp_path / "r"


def test_all_figures_of_the_scorer_are_there_unchanged():
    found = evaluate_sheet(SHEET, PAST, PAIRS).kinds
    for kind, figures in scores(SHEET).items():
        assert figures.items() <= found[kind].items()
    assert found["complete"]["R@1"] == 1 / 2 and found["complete"]["R@10"] == 1
    assert found["complete"]["novelty@10"] and found["sessions"]["diversity"]


def test_pairwise_is_the_mean_or_not_known():
    assert evaluate_sheet(SHEET, PAST, PAIRS).kinds["complete"]["pairwise"] == 3 / 4
    assert evaluate_sheet(SHEET, PAST, None).kinds["complete"]["pairwise"] is None


def test_groups_are_scored_apart():
    found = evaluate_sheet(SHEET, PAST, PAIRS).of_groups
    assert found["new_user"]["complete"]["tasks"] == 1 and found["new_user"]["complete"]["R@1"] == 0
    assert found["unseen"]["generate"]["F1@1"] == 0 and "sessions" not in found["unseen"]
    # Of two training items a is popular; b, in both bundles, is not.
    assert found["long_tail"]["generate"]["tasks"] == 2 and found["long_tail"]["complete"]["tasks"] == 1
    assert found["unseen"]["complete"]["pairwise"] == 1 / 2


def test_the_whole_session_is_shown_beside_a_recommender_that_does_no_better():
    assert evaluate_sheet(SHEET, PAST, None).trivial["sessions"]["soft-F1"] == ("popular", 2 / 3)


def test_values_of_each_task(written):
    values = pl.read_parquet(written / "values.parquet")
    assert values.columns[:4] == ["kind", "task", "metric", "value"]
    rows = {(task, metric): rest for task, metric, *rest in values.drop("kind").iter_rows()}
    assert rows["x-3-0-complete-d", "MRR@20"] == [1 / 2, 1, "x-3", True, True, True]
    assert rows["x-2-0-generate", "F1@1"] == [1.0, 1, "x-2", False, False, True]
    assert rows["x-3-0-generate", "valid"] == [None, 0, "x-3", True, True, True]
    assert rows["x-2-0-complete-a", "valid"][:2] == [1.0, 2]
    assert rows["x-3-0-complete-d", "pairwise"][0] == 0.5


def test_the_mean_of_the_values_is_the_figure(written):
    values = pl.read_parquet(written / "values.parquet")
    kinds = json.loads((written / "scores.json").read_text())["kinds"]
    for kind, metric in values.select("kind", "metric").unique().iter_rows():
        some = values.filter(kind=kind, metric=metric).drop_nulls("value")
        total = (some["value"] * some["weight"]).sum() / max(some["weight"].sum(), 1)
        assert kinds[kind][metric] == pytest.approx(total), (kind, metric)


def test_scores_hold_what_a_report_reads(written):
    found = json.loads((written / "scores.json").read_text())
    report = ScoresFile.model_validate(found)
    assert (report.method, report.key, report.tasks, report.data) == ("Mine", "k", "t", "d")
    assert report.cost.seconds == 5.0 and report.cost.seconds_per_task == 1.0 and report.cost.tokens_per_task == 10.0
    assert report.training.seconds == 7.5 and report.training.curve == [(1, 2.5)]
    assert report.intervals["complete"]["R@1"] == (0.0, 1.0) and report.intervals["sessions"] == {}
    assert report.trivial["sessions"]["soft-F1"] == 2 / 3
    assert found["trivial_methods"]["sessions"]["soft-F1"] == "popular" and found["leaks"] == []


def test_what_was_not_measured_is_null(tmp_path):
    about = About("File", "k", "t", "d", leaks=(Leak("It leaks.", "Mend it.", 3),))
    write_result(tmp_path, SHEET, evaluate_sheet(SHEET, PAST, None), about)
    found = json.loads((tmp_path / "scores.json").read_text())
    assert found["cost"]["seconds"] is None and found["training"] == {"seconds": None, "curve": []}
    assert found["leaks"] == [{"what": "It leaks.", "fix": "Mend it.", "count": 3}]
    assert found["kinds"]["complete"]["pairwise"] is None


def test_the_same_result_comes_out_twice(written, tmp_path):
    write_result(tmp_path / "again", SHEET, evaluate_sheet(SHEET, PAST, PAIRS), ABOUT)
    assert (tmp_path / "again/scores.json").read_bytes() == (written / "scores.json").read_bytes()
    assert pl.read_parquet(tmp_path / "again/values.parquet").equals(pl.read_parquet(written / "values.parquet"))
