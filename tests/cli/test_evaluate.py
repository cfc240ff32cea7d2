import json
import shutil
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from bundlesmith.data.tables import BUNDLES
from bundlesmith.finetune.runs import read_run
from bundlesmith.hashes import hash_files
from tests.cli.run import bundlesmith
from tests.shops import write_prepared

Capture = pytest.CaptureFixture[str]
Files = dict[str, Path]


def lines(path: Path, rows: list[dict[str, Any]]) -> Path:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


@pytest.fixture
def small(tmp_path: Path) -> Files:
    """A shop of eight items with a training and two test sessions, the tasks of these, and answers to them."""
    items = [{"item_id": str(n), "title": f"Item {n}", "category": ["A" if n < 5 else "B"]} for n in range(1, 9)]
    held = {"1": ("ann", "train", "12345"), "2": ("ann", "test", "456"), "3": ("eve", "test", "678")}
    events = [
        {"user_id": user, "item_id": item, "timestamp": 0, "session_id": session, "split": split}
        for session, (user, split, inside) in held.items()
        for item in inside
    ]
    data = write_prepared(tmp_path / "data", items, events, integer_ids=True)
    bundles = [("1", "12", "train"), ("2", "45", "test"), ("3", "67", "test")]
    rows = [
        {"bundle_id": session, "session_id": session, "items": list(inside), "intent": "x", "split": split}
        for session, inside, split in bundles
    ]
    pl.DataFrame(rows, schema=BUNDLES).write_parquet(data / "bundles.parquet")
    tasks, gold, answers = [], [], []
    for session, (a, b) in {"2": (4, 5), "3": (6, 7)}.items():
        of_session = {
            f"s-{session}-0-complete-{b}": ("complete", {"items": [a]}, {"target": b}, {"ranking": [8, b]}),
            f"s-{session}-0-generate": ("generate", {"request": "x"}, {"bundle": [a, b]}, {"bundles": [[a, b]]}),
            f"s-{session}-sessions": (
                "sessions",
                {"items": [a, b]},
                {"bundles": [[a, b]], "intents": ["x"]},
                {"bundles": [[a, b]], "intents": ["x"]},
            ),
        }
        for name, (kind, asked, true, said) in of_session.items():
            tasks.append({"id": name, "kind": kind, "history": [], **asked})
            gold.append({"id": name, "kind": kind, **true})
            answers.append({"id": name, **said})
    return {
        "--data": data,
        "--tasks": lines(tmp_path / "tasks.jsonl", tasks),
        "--gold": lines(tmp_path / "gold.jsonl", gold),
        "--predictions": lines(tmp_path / "said.jsonl", answers),
        "--out": tmp_path / "results" / "file",
    }


def evaluate(files: Files, *more: object) -> int:
    return bundlesmith("eval", *(word for pair in files.items() for word in pair), *more)


def test_a_file_of_answers_is_scored(small: Files, capsys: Capture) -> None:
    assert evaluate(small) == 0
    said = capsys.readouterr()
    assert "complete: 2 tasks, 2 answered" in said.out and "NDCG@10" in said.out and "Leak" not in said.err
    out = small["--out"]
    found = json.loads((out / "scores.json").read_text())
    assert found["method"] == "said" and found["kinds"]["complete"]["MRR@20"] == 1 / 2
    assert found["kinds"]["sessions"]["soft-F1"] == 1 and found["kinds"]["generate"]["exact@1"] == 1
    assert (out / "answers.jsonl").read_text() == small["--predictions"].read_text()
    values = pl.read_parquet(out / "values.parquet")
    assert set(values["session"]) == {"s-2", "s-3"}
    assert values.filter(pl.col("session") == "s-3")["new_user"].all()
    assert not values.filter(pl.col("session") == "s-2")["new_user"].any()


def test_json_is_what_was_written(small: Files, capsys: Capture) -> None:
    assert evaluate(small, "--json") == 0
    assert json.loads(capsys.readouterr().out) == json.loads((small["--out"] / "scores.json").read_text())


def leak(small: Files) -> None:
    """Training gets the bundle of the first session, too."""
    path = small["--data"] / "bundles.parquet"
    table = pl.read_parquet(path)
    extra = table[1].with_columns(split=pl.lit("train"), items=pl.col("items").list.reverse())
    pl.concat([table, extra]).write_parquet(path)


def test_a_leak_fails_before_anything_is_written(small: Files, capsys: Capture) -> None:
    leak(small)
    assert evaluate(small) == 2
    error = capsys.readouterr().err
    assert "3 tasks use bundles that training" in error and "--allow-leaks" in error
    assert not small["--out"].exists()


def test_an_allowed_leak_is_said_and_kept_and_all_tasks_count(small: Files, capsys: Capture) -> None:
    leak(small)
    assert evaluate(small, "--allow-leaks") == 0
    assert "Leak: 3 tasks" in capsys.readouterr().err
    found = json.loads((small["--out"] / "scores.json").read_text())
    assert found["leaks"][0]["count"] == 3 and found["kinds"]["generate"]["tasks"] == 2


@pytest.mark.parametrize("given", [[], ["--run", "r", "--method", "popularity"]])
def test_one_of_three_is_scored(small: Files, given: list[str], capsys: Capture) -> None:
    del small["--predictions"]
    assert evaluate(small, *given) == 2
    assert "Give one of --run, --url, --method and --predictions." in capsys.readouterr().err


def test_only_a_run_has_a_ranker_to_leave_out(small: Files, capsys: Capture) -> None:
    assert evaluate(small, "--no-ranker") == 2
    assert "Only a run can be scored without its ranker." in capsys.readouterr().err


def test_a_method_that_is_not_known_writes_nothing(small: Files, capsys: Capture) -> None:
    del small["--predictions"]
    assert evaluate(small, "--method", "popular") == 2
    assert "popularity" in capsys.readouterr().err and not small["--out"].exists()


def test_answers_need_data(small: Files, capsys: Capture) -> None:
    del small["--data"]
    assert evaluate(small) == 2
    assert "--data is not given" in capsys.readouterr().err


def test_answers_that_are_not_there(small: Files, capsys: Capture) -> None:
    small["--predictions"] = Path("none.jsonl")
    assert evaluate(small) == 2
    assert '"none.jsonl" could not be copied' in capsys.readouterr().err


def test_a_reference_is_answered_and_scored(small: Files, capsys: Capture) -> None:
    del small["--predictions"]
    path = small["--data"] / "bundles.parquet"  # references are tuned on the valid split
    table = pl.read_parquet(path)
    valid = table[0].with_columns(split=pl.lit("valid"), session_id=pl.lit("9"), items=pl.lit(["3", "8"]))
    pl.concat([table, valid]).write_parquet(path)
    assert evaluate(small, "--method", "popularity") == 0
    found = json.loads((small["--out"] / "scores.json").read_text())
    assert found["method"] == "Popularity" and found["kinds"]["complete"]["answered"] == 2
    assert found["cost"]["seconds"] > 0 and set(found["cost"]["kinds"]) == {"complete", "generate", "sessions"}
    assert found["cost"]["tokens_per_task"] is None


@pytest.fixture
def shop_tasks(tmp_path: Path, shop: Path) -> Files:
    """A task of each kind, of a test session of the sample shop."""
    bundles = pl.read_parquet(shop / "bundles.parquet")
    train = {frozenset(items) for items in bundles.filter(pl.col("split") != "test")["items"]}
    row = next(row for row in bundles.filter(split="test").rows(named=True) if frozenset(row["items"]) not in train)
    items, name = row["items"], f"sample-{row['session_id']}"
    ids = (f"{name}-0-complete-{items[0]}", f"{name}-0-generate", f"{name}-sessions")
    tasks = [
        {"id": ids[0], "kind": "complete", "history": [], "items": items[1:], "intent": row["intent"]},
        {"id": ids[1], "kind": "generate", "history": [], "request": row["intent"]},
        {"id": ids[2], "kind": "sessions", "items": items},
    ]
    gold = [
        {"id": ids[0], "kind": "complete", "target": items[0]},
        {"id": ids[1], "kind": "generate", "bundle": items},
        {"id": ids[2], "kind": "sessions", "bundles": [items], "intents": [row["intent"]]},
    ]
    return {
        "--tasks": lines(tmp_path / "tasks.jsonl", tasks),
        "--gold": lines(tmp_path / "gold.jsonl", gold),
        "--out": tmp_path / "results" / "run",
    }


def test_a_run_is_answered_scored_and_keeps_its_scores(
    shop_tasks: Files, tiny_run: Path, shop: Path, tmp_path: Path, capsys: Capture
) -> None:
    run = shutil.copytree(tiny_run, tmp_path / "runs" / "mine")
    assert evaluate(shop_tasks, "--run", run) == 0
    assert "name --data to check" in capsys.readouterr().err  # a run keeps no bundles
    found = json.loads((shop_tasks["--out"] / "scores.json").read_text())
    assert found["method"] == "mine" and [figures["valid"] for figures in found["kinds"].values()] == [1, 1, 1]
    assert found["cost"]["seconds"] > 0 and found["training"]["seconds"] > 0 and found["training"]["curve"]
    assert found["data"] == hash_files(shop / "items.parquet")  # what a report looks at
    kept = read_run(run, "mine").scores
    assert kept.keys() == found["kinds"].keys()
    assert all(figures.items() <= found["kinds"][kind].items() for kind, figures in kept.items())
    assert "pairwise" not in kept["complete"]


def test_a_run_is_checked_against_its_data(
    shop_tasks: Files, tiny_run: Path, shop: Path, tmp_path: Path, capsys: Capture
) -> None:
    other = shutil.copytree(shop, tmp_path / "other")
    about = json.loads((other / "data.json").read_text())
    (other / "data.json").write_text(json.dumps(about | {"hash": "0"}))
    assert evaluate(shop_tasks | {"--data": other}, "--run", tiny_run) == 2
    assert "learnt from other data" in capsys.readouterr().err


def test_tasks_of_prepared_data_are_written_answered_and_reported(
    small: Files, tmp_path: Path, capsys: Capture
) -> None:
    data, asked = small["--data"], tmp_path / "asked"
    assert bundlesmith("tasks", "--data", data, "--out", asked) == 0
    assert "8 tasks" in capsys.readouterr().out  # two bundles of two items, each with its session
    given = ("--tasks", asked / "tasks.jsonl", "--gold", asked / "gold.jsonl", "--data", data)
    first = json.loads((asked / "tasks.jsonl").read_text().splitlines()[0])["id"]
    results = [tmp_path / "results" / name for name in ("one", "two")]
    for out in results:
        answers = lines(tmp_path / f"{out.name}.jsonl", [{"id": first, "ranking": [8]}])
        assert bundlesmith("eval", "--predictions", answers, *given, "--out", out) == 0
    assert bundlesmith("report", *results, *given, "--out", tmp_path / "report.html") == 0
    assert "| two" in (tmp_path / "report.md").read_text() and "<svg" in (tmp_path / "report.html").read_text()
