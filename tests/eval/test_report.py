"""The report on results written by hand: eight tasks of one kind, so that every test's p-value is a count of signs."""

import json
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from bundlesmith.data.tables import ITEMS
from bundlesmith.errors import BundlesmithError
from bundlesmith.eval.report import report
from bundlesmith.eval.report_plots import accuracy_against_cost, coverage_and_novelty, learning_curves
from bundlesmith.eval.report_read import EvalResult, read_results
from bundlesmith.eval.report_tables import main_tables
from bundlesmith.files import write_json
from bundlesmith.hashes import hash_files
from tests.finetune.test_plots import Page

TITLES = {"1": "Tent <script>alert(1)</script>", "2": "Lamp | *bright*", "3": "Mug", "4": "Rope"}
N = 8
HITS: dict[str, list[float]] = {"a": [1] * N, "b": [0] * N, "c": [1] * (N - 1) + [0]}


@pytest.fixture
def data(tmp_path: Path) -> Path:
    folder = tmp_path / "data"
    folder.mkdir()
    rows = [
        {"item_id": item, "title": title, "category": [], "price": None, "stock": None, "attributes": "{}"}
        for item, title in TITLES.items()
    ]
    pl.DataFrame(rows, schema=ITEMS).write_parquet(folder / "items.parquet")
    write_json(folder / "data.json", {"integer_ids": True})
    return folder


@pytest.fixture
def tasks(tmp_path: Path) -> Path:
    rows: list[dict[str, Any]] = [
        {"id": f"c{at}", "kind": "complete", "history": [4], "items": [1], "intent": "a <b>night</b> out"}
        for at in range(N)
    ]
    rows += [{"id": "s", "kind": "sessions", "items": [1, 2, 3]}]
    return lines(tmp_path / "tasks.jsonl", rows)


@pytest.fixture
def gold(tmp_path: Path) -> Path:
    rows: list[dict[str, Any]] = [{"id": f"c{at}", "kind": "complete", "target": 2} for at in range(N)]
    rows += [{"id": "s", "kind": "sessions", "bundles": [[1, 2]], "intents": ["camping <i>"]}]
    return lines(tmp_path / "gold.jsonl", rows)


def lines(path: Path, rows: list[dict[str, Any]]) -> Path:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path


def write_result(folder: Path, tasks: Path, data: Path, **more: Any) -> Path:
    """A result named as its folder, with the hits of `HITS`; *more* is put over its scores."""
    folder.mkdir()
    hits = HITS[folder.name]
    mean = sum(hits) / N
    scores = {
        "method": folder.name,
        "key": folder.name,
        "tasks": hash_files(tasks),
        "data": hash_files(data / "items.parquet"),
        "kinds": {"complete": {"tasks": N, "R@10": mean, "coverage@10": 0.5, "novelty": 3.0 + mean}},
        "intervals": {"complete": {"R@10": [0.125, 0.875]}},
        "groups": {"unseen": {"complete": {"tasks": 2, "R@10": mean / 2}}},
        "trivial": {},
        "cost": {"seconds": 4.5, "seconds_per_task": 0.5, "tokens_per_task": None, "kinds": {"complete": 4.0}},
        "training": {"seconds": None, "curve": []},
    }
    write_json(folder / "scores.json", scores | more)
    values = [
        {"kind": "complete", "task": f"c{at}", "metric": "R@10", "value": float(hit)} for at, hit in enumerate(hits)
    ]
    groups = [pl.lit(None, pl.Boolean).alias(name) for name in ("new_user", "unseen", "long_tail")]
    pl.DataFrame(values).with_columns(groups).write_parquet(folder / "values.parquet")
    answers: list[dict[str, Any]] = [{"id": f"c{at}", "ranking": [3, 2]} for at in range(N)]
    lines(folder / "answers.jsonl", [*answers, {"id": "s", "bundles": [[1, 3]], "intents": ["<u>tea"]}])
    return folder


@pytest.fixture
def results(tmp_path: Path, tasks: Path, data: Path) -> list[Path]:
    curve = {"seconds": 90.0, "curve": [[10, 3.0], [20, 2.5]]}
    trivial = {"complete": {"R@10": 0.25}}
    who = {"complete": {"R@10": "popular"}}
    leaks = [{"what": "2 <em>tasks</em>", "fix": "", "count": 2}]
    return [
        write_result(tmp_path / "a", tasks, data, training=curve),
        write_result(tmp_path / "b", tasks, data, trivial=trivial, trivial_methods=who, leaks=leaks),
        write_result(tmp_path / "c", tasks, data),
    ]


def test_the_best_and_its_equals(results: list[Path], tasks: Path, data: Path) -> None:
    # b loses 8 of 8: 2 of 256 signs are as extreme, p = .0078, times 2 is below .05. c loses 1 of 8: p = 1.
    table = main_tables(read_results(results, tasks, data))["complete"]
    at = table.columns.index("R@10")
    a, b, c = (table.rows[name][at] for name in "abc")
    assert (a.value, a.best, a.level) == (1.0, True, False)
    assert (b.value, b.best, b.level, b.beaten) == (0.0, False, False, True) and not c.beaten
    assert table.trivial[at] == (0.25, "popular") and table.trivial.count(None) == 3
    assert (c.value, c.best, c.level, c.interval) == (0.875, False, True, (0.125, 0.875))


def test_counts_and_ties_have_no_best(results: list[Path], tasks: Path, data: Path) -> None:
    table = main_tables(read_results(results, tasks, data))["complete"]
    for name in ("tasks", "coverage@10"):
        assert not any(cells[table.columns.index(name)].best for cells in table.rows.values())


def test_a_figure_without_values_has_a_best_and_no_test(results: list[Path], tasks: Path, data: Path) -> None:
    table = main_tables(read_results(results, tasks, data))["complete"]
    cells = [row[table.columns.index("novelty")] for row in table.rows.values()]
    assert [cell.best for cell in cells] == [True, False, False] and not any(cell.level for cell in cells)


def test_less_can_be_better(tmp_path: Path, tasks: Path, data: Path) -> None:
    folders = [
        write_result(
            tmp_path / name,
            tasks,
            data,
            kinds={"complete": {"gini@10": gini, "calibration@10": 3 * gini}},
            trivial={"complete": {"gini@10": 0.3}},
        )
        for name, gini in (("a", 0.25), ("b", 0.5))
    ]
    table = main_tables(read_results(folders, tasks, data))["complete"]
    assert [[(cell.best, cell.beaten) for cell in row] for row in table.rows.values()] == [
        [(True, False), (True, False)],
        [(False, True), (False, False)],
    ]


def test_tasks_of_one_session_are_swapped_together(results: list[Path], tasks: Path, data: Path) -> None:
    # The eight tasks are of two sessions: b loses both, which 2 of 4 signs do, p = .5.
    for folder in results:
        path = folder / "values.parquet"
        names = [f"shop-{at % 2}-0-complete-{at}" for at in range(N)]
        pl.read_parquet(path).with_columns(pl.Series("task", names)).write_parquet(path)
    table = main_tables(read_results(results, tasks, data))["complete"]
    assert table.rows["b"][table.columns.index("R@10")].level


def test_the_page_is_whole_and_escaped(
    results: list[Path], tasks: Path, gold: Path, data: Path, tmp_path: Path
) -> None:
    out = tmp_path / "new" / "report.html"
    assert report(results, tasks, gold, data, out) == [out, out.with_suffix(".md")]
    text = out.read_text(encoding="utf-8")
    page = Page(text)
    assert not {"script", "link", "img", "b>night", "i", "u"} & set(page.tags)
    assert all(link.startswith("#") for link in page.loads) and page.tags.count("svg") == 3
    assert (
        any(TITLES["1"] in seen for seen in page.texts) and "“<u>tea”" in page.texts and "“camping <i>”" in page.texts
    )
    assert "[0.125, 0.875]" in page.texts and "popular" in page.texts and "Leak: b: 2 <em>tasks</em>" in page.texts
    assert '<td class="beaten">' in text and text.count('<li class="true">Lamp | *bright*</li>') == 3 * 3


def test_ids_of_the_page_are_not_repeated(
    results: list[Path], tasks: Path, gold: Path, data: Path, tmp_path: Path
) -> None:
    report(results, tasks, gold, data, tmp_path / "report.html")
    assert "figure_1" not in (tmp_path / "report.html").read_text(encoding="utf-8")


def test_the_markdown_table(results: list[Path], tasks: Path, gold: Path, data: Path, tmp_path: Path) -> None:
    report(results, tasks, gold, data, tmp_path / "report.html")
    text = (tmp_path / "report.md").read_text(encoding="utf-8")
    assert "| method | tasks | R@10 | coverage@10 | novelty |\n| --- | --- | --- | --- | --- |\n" in text
    assert "\n| a | 8 | **1.000** [0.125, 0.875] | 0.500 | **4.000** |\n" in text
    assert "\n| b | 8 | 0.000 [0.125, 0.875] † | 0.500 | 3.000 |\n" in text
    assert "\n| c | 8 | 0.875 = [0.125, 0.875] | 0.500 | 3.875 |\n" in text
    assert "\n| *trivial* |  | *0.250 popular* |  |  |\n" in text
    assert "\n| a | 4.5 | 0.5 | – | 90 |\n" in text
    assert "## Summary\n\n| method | complete R@10 |\n| --- | --- |\n| a | **1.000** [0.125, 0.875] |\n" in text
    assert "## Unseen items" in text and "\n| c | 2 | 0.438 |\n" in text and "## New users" not in text


def test_the_same_results_give_the_same_bytes(
    results: list[Path], tasks: Path, gold: Path, data: Path, tmp_path: Path
) -> None:
    for name in ("1.html", "2.html"):
        report(results, tasks, gold, data, tmp_path / name)
    for ending in ("html", "md"):
        assert (tmp_path / f"1.{ending}").read_bytes() == (tmp_path / f"2.{ending}").read_bytes()


def read(folders: list[Path], tasks: Path, data: Path) -> list[EvalResult]:
    return read_results(folders, tasks, data)


def test_plots_show_the_figures(results: list[Path], tasks: Path, data: Path) -> None:
    found = read(results, tasks, data)
    cost, covering, curves = accuracy_against_cost(found), coverage_and_novelty(found), learning_curves(found)
    assert cost and covering and curves
    assert [tuple(map(float, line.get_xydata()[0])) for line in cost.axes[0].lines] == [
        (0.5, 1),
        (0.5, 0),
        (0.5, 0.875),
    ]
    assert [float(line.get_ydata()[0]) for line in covering.axes[0].lines] == [4, 3, 3.875]
    (line,) = curves.axes[0].lines
    assert list(line.get_xdata()) == [10, 20] and list(line.get_ydata()) == [3.0, 2.5]


def test_a_method_looks_the_same_in_all_plots(results: list[Path], tasks: Path, data: Path) -> None:
    found = read([*results[1:], results[0]], tasks, data)  # the trained one is the last
    cost, curves = accuracy_against_cost(found), learning_curves(found)
    assert cost and curves
    assert cost.axes[0].lines[2].get_color() == curves.axes[0].lines[0].get_color()
    assert len({line.get_color() for line in cost.axes[0].lines}) == 3


def test_nothing_to_draw_is_no_plot(tmp_path: Path, tasks: Path, data: Path) -> None:
    bare = write_result(tmp_path / "b", tasks, data, kinds={"complete": {"R@10": 0.0}}, cost={})
    found = read([bare], tasks, data)
    assert [draw(found) for draw in (accuracy_against_cost, coverage_and_novelty, learning_curves)] == [None] * 3


def test_methods_of_one_name_are_told_apart(tmp_path: Path, tasks: Path, data: Path) -> None:
    folders = [write_result(tmp_path / name, tasks, data, method="run") for name in "ab"]
    assert [result.name for result in read(folders, tasks, data)] == ["run (a)", "run (b)"]
    with pytest.raises(BundlesmithError, match=r'Two results are named "run \(a\)"'):
        read([folders[0], folders[0]], tasks, data)


@pytest.mark.parametrize("what", ["tasks", "data"])
def test_results_of_other_tasks_or_data_are_refused(
    what: str, results: list[Path], tasks: Path, gold: Path, data: Path, tmp_path: Path
) -> None:
    path = results[1] / "scores.json"
    write_json(path, json.loads(path.read_text()) | {what: "0123"})
    with pytest.raises(BundlesmithError, match=rf'result ".*b" is of other {what} \(0123\) than'):
        report(results, tasks, gold, data, tmp_path / "report.html")
    assert not (tmp_path / "report.html").exists()


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("scores.json", None, r'b" is not a result: it has no scores\.json'),
        ("scores.json", '{"method": ', r'scores\.json" is not JSON'),
        ("scores.json", '{"method": "b"}', r'scores\.json" is not what eval writes: key: Field required'),
        ("values.parquet", None, r'There is no file ".*values\.parquet"'),
        ("values.parquet", "no table", r'values\.parquet" is not what eval writes'),
        ("answers.jsonl", None, r'There is no file ".*answers\.jsonl"'),
        ("answers.jsonl", '{"id": "c0"}\n{"id":', r"answers\.jsonl:2 is not JSON"),
        ("answers.jsonl", "[1]", r'answers\.jsonl:1 is not a JSON object with "id"'),
    ],
)
def test_missing_and_broken_files_are_named(
    name: str, content: str | None, said: str, results: list[Path], tasks: Path, data: Path
) -> None:
    path = results[1] / name
    path.unlink()
    if content is not None:
        path.write_text(content)
    with pytest.raises(BundlesmithError, match=said):
        read(results, tasks, data)


def test_columns_that_are_missing_are_named(results: list[Path], tasks: Path, data: Path) -> None:
    path = results[0] / "values.parquet"
    pl.read_parquet(path).drop("unseen").write_parquet(path)
    with pytest.raises(BundlesmithError, match=r"not what eval writes: .*unseen"):
        read(results, tasks, data)


def test_other_bad_arguments(results: list[Path], tasks: Path, gold: Path, data: Path, tmp_path: Path) -> None:
    out = tmp_path / "report.html"
    with pytest.raises(BundlesmithError, match=r"does not end in \.html"):
        report(results, tasks, gold, data, tmp_path / "report.pdf")
    with pytest.raises(BundlesmithError, match="neither a run nor prepared data"):
        report(results, tasks, gold, tmp_path, out)
    with pytest.raises(BundlesmithError, match="has no answer to any task"):
        report(results, tasks, lines(tmp_path / "other.jsonl", [{"id": "x"}]), data, out)
    with pytest.raises(BundlesmithError, match="No result is given"):
        report([], tasks, gold, data, out)
    with pytest.raises(BundlesmithError, match="could not be written"):
        report(results, tasks, gold, data, tasks / "report.html")
