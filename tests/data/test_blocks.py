"""A large file that is read in blocks is the same table as at once."""

import gzip
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bundlesmith.data.clean import clean
from bundlesmith.data.readers import blocks, folder
from bundlesmith.data.readers.blocks import row_blocks
from bundlesmith.data.readers.config import TablesConfig
from bundlesmith.data.readers.files import Layout, read_rows
from bundlesmith.data.readers.tabular import read_tables
from bundlesmith.errors import BundlesmithError

CELLS = st.sampled_from(["1", "", "tea", "Ünïcode 茶", '"two\nlines"', '"a, b"', '"say ""yes"""', " x "])


@given(
    st.lists(st.tuples(CELLS, CELLS, CELLS), min_size=1, max_size=30),
    st.integers(20, 200),
    st.sampled_from(["\n", "\r\n"]),
)
def test_the_same_rows(tmp_path_factory, rows, size, end):
    path = tmp_path_factory.mktemp("blocks") / "events.csv"
    path.write_bytes("".join(",".join(row) + end for row in [("a", "b", "c"), *rows]).encode())
    layout = Layout(file=path.name)
    try:
        whole = read_rows(path, layout).table
    except BundlesmithError:  # a quote that can be read in two ways
        with pytest.raises(BundlesmithError):
            list(row_blocks(path, layout, size))
        return
    assert pl.concat([part.table for part in row_blocks(path, layout, size)]).equals(whole)


def small_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (blocks, folder):
        monkeypatch.setattr(module, "BLOCK_BYTES", 300)
    monkeypatch.setattr(row_blocks, "__defaults__", (300,))


@pytest.mark.parametrize("name", ["e.csv", "e.csv.gz"])
def test_events_in_blocks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    rows = "".join(
        f"{n % 7}.0,{n % 3}.0,2024-05-01 10:00:{n % 60:02},{'gone' if n % 5 == 0 else 'paid'}\n" for n in range(500)
    )
    data = ("who,sku,at,state\n" + rows).encode()
    (tmp_path / name).write_bytes(gzip.compress(data) if name.endswith("gz") else data)
    (tmp_path / "i.csv").write_text("sku,title\n0,Nil\n1,One\n2,Two\n")
    columns = {"item_id": "sku", "user_id": "who", "timestamp": "at"}
    events = {"file": name, "columns": columns, "where": {"state": {"is_not": ["gone"]}}}
    config = TablesConfig.model_validate({"items": {"file": "i.csv", "columns": {"item_id": "sku"}}, "events": events})
    whole = read_tables(tmp_path, config)
    small_blocks(monkeypatch)
    parts = read_tables(tmp_path, config)
    assert clean(parts).events.equals(clean(whole).events) and parts.events.height == 400
    assert parts.changes == whole.changes and set(clean(parts).readings) == set(clean(whole).readings)
    assert set(parts.events["user_id"]) == set("0123456") and set(parts.events["item_id"]) == set("012")


def test_a_broken_line_has_its_number_in_the_file(tmp_path: Path) -> None:
    path = tmp_path / "e.csv"
    path.write_text("a,b\n" + "1,2\n" * 100 + "1,2,3\n" + "1,2\n" * 50)
    with pytest.raises(BundlesmithError, match="line 102 has 3 fields"):
        list(row_blocks(path, Layout(file="e.csv"), 64))


def test_items_beside_events_in_one_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each different row of an item is kept once, in the order of the file, whatever block it is in."""
    rows = "".join(
        f"2024-05-01 10:00:{n % 60:02} UTC,{('view', 'purchase')[n % 2]},{n % 9},{'' if n < 40 else f'Thing {n % 9}'},"
        f"{n % 9 + (0.5 if n < 300 else 0.75)},u{n % 4},s{n // 5}\n"
        for n in range(500)
    )
    (tmp_path / "one.csv").write_text("event_time,event_type,product_id,name,price,user_id,user_session\n" + rows)
    columns = {"user_id": "user_id", "item_id": "product_id", "timestamp": "event_time", "kind": "event_type"}
    given = {
        "items": {"file": "one.csv", "columns": {"item_id": "product_id", "title": "name"}},
        "events": {"file": "one.csv", "columns": columns | {"session_id": "user_session"}},
    }
    config = TablesConfig.model_validate(given)
    whole = clean(read_tables(tmp_path, config))
    small_blocks(monkeypatch)
    raw = read_tables(tmp_path, config)
    parts = clean(raw)
    assert parts.items.equals(whole.items) and parts.events.equals(whole.events) and parts.bundles.equals(whole.bundles)
    assert raw.items.height < 50 and parts.items["title"].to_list() == [f"Thing {n}" for n in range(9)]
    assert parts.items["price"].to_list() == [n + 0.5 for n in range(9)]
    assert any(reading.read_as == f"one.csv: {raw.items.height} different rows of 500" for reading in raw.readings)


@pytest.mark.parametrize("last", ["12/31/2023 08:00", "1704009600", "soon"])
def test_times_that_are_told_by_others_in_a_later_block(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, last: str
) -> None:
    rows = "".join(f"u{n % 3},{n % 2},2023-12-30T10:{n % 60:02}:00Z\n" for n in range(200))
    (tmp_path / "e.csv").write_text(f"user_id,item_id,timestamp\n{rows}u9,1,{last}\n")
    (tmp_path / "i.csv").write_text("item_id,title\n0,Nil\n1,One\n")
    config = TablesConfig.model_validate({"items": {"file": "i.csv"}, "events": {"file": "e.csv"}})
    whole = clean(read_tables(tmp_path, config))
    small_blocks(monkeypatch)
    parts = clean(read_tables(tmp_path, config))
    assert parts.events.equals(whole.events) and parts.events.height == (200 if last == "soon" else 201)
    assert parts.changes == whole.changes and parts.readings == whole.readings


def test_a_column_that_is_missing_in_a_large_file_is_said_with_all_columns(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "i.csv").write_text("item_id,label,extra\n" + "".join(f"{n},Thing,x\n" for n in range(200)))
    small_blocks(monkeypatch)
    with pytest.raises(BundlesmithError, match='no column "title"; its columns are item_id, label, extra'):
        read_tables(tmp_path, TablesConfig.model_validate({"items": {"file": "i.csv"}}))
