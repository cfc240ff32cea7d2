import json

import polars as pl
import pytest
from rich.console import Console

from bundlesmith.data.prepare import DataSource, checked_source, prepare
from bundlesmith.data.report import Report
from bundlesmith.data.tables import load
from bundlesmith.errors import BundlesmithError
from tests.data.shops import bundlerec, session, write_lines

FILES = [".bundlesmith.json", "bundles.parquet", "data.json", "events.parquet", "items.parquet", "report.json"]


def contents(folder):
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir())}


def source(tmp_path):
    folder = tmp_path / "source"
    folder.mkdir(exist_ok=True)
    return DataSource(kind="bundlerec", path=bundlerec(folder), domain="home")


def test_folder_and_what_load_gives(tmp_path):
    prepare(source(tmp_path), tmp_path / "data")
    assert list(contents(tmp_path / "data")) == FILES
    tables = load(tmp_path / "data")
    assert tables.integer_ids and len(tables.hash) == 16
    assert tables.items["item_id"].to_list() == ["3", "7", "12"]
    assert tables.items["title"].to_list() == ["Chair", "Oak desk", "Desk lamp & bulb"]
    assert tables.events["user_id"].to_list() == ["5"] * 3 + ["6"] * 3 + ["session-2"] * 3
    assert tables.events["item_id"].to_list() == ["12", "7", "3"] * 3
    assert tables.bundles["split"].to_list() == ["train", "test"]


def test_report(tmp_path):
    report = prepare(source(tmp_path), tmp_path / "data")
    assert report.read == {"items": 4, "events": 12, "bundles": 2, "sessions": 3}
    assert report.kept == {"items": 3, "events": 9, "bundles": 2, "sessions": 3}
    assert report.splits["events"] == {"train": 3, "valid": 3, "test": 3}
    assert report.splits["sessions"] == {"train": 1, "valid": 1, "test": 1}
    assert report.shared_sessions == 0
    assert report.seen["test"].in_train_bundles == 1.0 and report.seen["test"].bundles_identical_to_train == 1
    assert report.seen["valid"].items == 0 and report.seen["valid"].in_train_bundles is None
    saved = Report.model_validate_json((tmp_path / "data" / "report.json").read_text())
    assert saved == report


def test_shares_of_what_training_has_seen(tmp_path):
    given = source(tmp_path)
    sessions = [session(0, "train"), session(1, "test"), session(2, "test")]
    sessions[0]["bundles"][0]["items"] = [7, 3]
    sessions[1]["bundles"][0]["items"] = [7, 12, 3]
    write_lines(given.path / "home.sessions.jsonl", sessions)
    seen = prepare(given, tmp_path / "data").seen["test"]
    assert seen.items == 3 and seen.bundles_identical_to_train == 0
    assert seen.in_train_bundles == pytest.approx(2 / 3)
    assert seen.occurrences_in_train_bundles == pytest.approx(3 / 5)
    assert seen.in_train_events == 1.0


def test_a_failure_while_splitting_leaves_no_folder_behind(tmp_path):
    given = source(tmp_path)
    write_lines(given.path / "home.sessions.jsonl", [session(0, "train"), session(0, "test")])
    with pytest.raises(BundlesmithError, match="into two splits"):
        prepare(given, tmp_path / "data")
    assert [path.name for path in tmp_path.iterdir()] == ["source"]


def test_show_prints_counts_and_examples(tmp_path):
    console = Console(record=True, width=200)
    prepare(source(tmp_path), tmp_path / "data").show(console)
    text = console.export_text()
    assert "no title" in text and '"99"' in text and "100.0%" in text and "sessions in two splits: 0" in text


def test_two_runs_give_the_same_bytes(tmp_path):
    for name in ("one", "two"):
        prepare(source(tmp_path), tmp_path / name)
    assert contents(tmp_path / "one") == contents(tmp_path / "two")


def test_other_data_has_another_hash(tmp_path):
    prepare(source(tmp_path), tmp_path / "one")
    given = source(tmp_path)
    write_lines(given.path / "home.sessions.jsonl", [session(0, "train")])
    prepare(given, tmp_path / "two")
    assert load(tmp_path / "one").hash != load(tmp_path / "two").hash


def test_a_failure_leaves_the_old_folder_whole(tmp_path):
    given = source(tmp_path)
    prepare(given, tmp_path / "data")
    before = contents(tmp_path / "data")
    with (given.path / "home.sessions.jsonl").open("a") as file:
        file.write("{broken\n")
    with pytest.raises(BundlesmithError, match="line 4 is not JSON"):
        prepare(given, tmp_path / "data")
    assert contents(tmp_path / "data") == before
    assert sorted(path.name for path in tmp_path.iterdir()) == ["data", "source"]


def test_tables_and_recbole_sources(tmp_path):
    (tmp_path / "items.csv").write_text("item_id,title\nx,X\ny,Y\n")
    (tmp_path / "bundles.csv").write_text('bundle_id,items\n1,"x,y"\n')
    assert prepare(DataSource(kind="tables", path=tmp_path), tmp_path / "a").kept["bundles"] == 1
    assert load(tmp_path / "a").integer_ids is False
    (tmp_path / "r.item").write_text("item_id:token\ttitle:token_seq\n10\tX\n9\tY\n")
    (tmp_path / "r.inter").write_text("user_id:token\titem_id:token\ttimestamp:float\nu\t9\t4\nu\t10\t3\n")
    prepare(DataSource(kind="recbole", path=tmp_path, domain="r"), tmp_path / "b")
    assert load(tmp_path / "b").items["item_id"].to_list() == ["9", "10"]
    assert load(tmp_path / "b").events["item_id"].to_list() == ["10", "9"]


def test_a_source_without_its_path(tmp_path):
    with pytest.raises(BundlesmithError, match=r'"recbole" needs a path'):
        prepare(DataSource(kind="recbole", domain="x"), tmp_path / "data")


def test_load_refuses_what_is_no_data_folder(tmp_path):
    with pytest.raises(BundlesmithError, match="not a folder of prepared data"):
        load(tmp_path)
    (tmp_path / "data.json").write_text('{"name": "x"}')
    with pytest.raises(BundlesmithError, match="does not describe prepared data"):
        load(tmp_path)


def test_load_refuses_a_newer_format_and_broken_tables(tmp_path):
    folder = tmp_path / "data"
    prepare(source(tmp_path), folder)
    (folder / "items.parquet").write_bytes(b"broken")
    with pytest.raises(BundlesmithError, match=r'items.parquet" could not be read'):
        load(folder)
    pl.DataFrame({"item_id": ["a"]}).write_parquet(folder / "items.parquet")
    with pytest.raises(BundlesmithError, match=r'items.parquet" has the columns'):
        load(folder)
    about = json.loads((folder / "data.json").read_text())
    (folder / "data.json").write_text(json.dumps(about | {"format": 2}))
    with pytest.raises(BundlesmithError, match="has data format 2; this version reads format 1"):
        load(folder)


@pytest.mark.slow
def test_folds_of_the_sample_shop_partition_its_sessions(tmp_path):
    tested: list[str] = []
    for fold in range(3):
        prepare(checked_source(kind="sample", seed=7, folds=3, fold=fold), tmp_path / "data")
        bundles = load(tmp_path / "data").bundles
        tested += bundles.filter(pl.col("split") == "test")["bundle_id"].to_list()
        about = json.loads((tmp_path / "data" / "data.json").read_text())["source"]
        assert (about["folds"], about["fold"]) == (3, fold)
    assert sorted(tested) == sorted(bundles["bundle_id"].to_list())


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"folds": 5}, "go together"),
        ({"fold": 0}, "go together"),
        ({"folds": 5, "fold": 5}, "5 folds are numbered from 0 to 4"),
        ({"folds": 2, "fold": 0}, '"folds" is 2'),
        ({"folds": 5, "fold": -1}, '"fold" is -1'),
    ],
)
def test_folds_that_make_no_sense_are_refused(given, said):
    with pytest.raises(BundlesmithError, match=said):
        checked_source(kind="sample", **given)
