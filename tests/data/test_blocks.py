"""A large file that is read in blocks is the same table as at once."""

import gzip
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

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
    for module in (blocks, folder):
        monkeypatch.setattr(module, "BLOCK_BYTES", 300)
    monkeypatch.setattr(row_blocks, "__defaults__", (300,))
    parts = read_tables(tmp_path, config)
    assert parts.events.equals(whole.events) and parts.events.height == 400
    assert parts.changes == whole.changes and parts.readings == whole.readings
    assert set(parts.events["user_id"]) == set("0123456") and set(parts.events["item_id"]) == set("012")


def test_a_broken_line_has_its_number_in_the_file(tmp_path: Path) -> None:
    path = tmp_path / "e.csv"
    path.write_text("a,b\n" + "1,2\n" * 100 + "1,2,3\n" + "1,2\n" * 50)
    with pytest.raises(BundlesmithError, match="line 102 has 3 fields"):
        list(row_blocks(path, Layout(file="e.csv"), 64))
