import gzip
import json
import zipfile
from datetime import date, datetime, time
from decimal import Decimal

import polars as pl
import pyarrow
import pytest

from bundlesmith.data.readers.cells import as_seconds, as_text
from bundlesmith.data.readers.files import Layout, read_json_lines, read_rows
from bundlesmith.errors import BundlesmithError

ROWS = [{"item_id": "a", "title": "Teapot"}, {"item_id": "b", "title": "Cup"}]
CSV = "item_id,title\na,Teapot\nb,Cup\n"


def rows(path, **layout):
    return read_rows(path, Layout(file=path.name, **layout)).table.to_dicts()


@pytest.mark.parametrize("ending", ["csv", "jsonl", "parquet", "json", "xlsx", "csv.gz"])
def test_missing_and_empty_files(tmp_path, ending):
    path = tmp_path / f"a.{ending}"
    with pytest.raises(BundlesmithError, match="There is no file"):
        read_rows(path)
    path.write_bytes(b"")
    with pytest.raises(BundlesmithError, match="is empty"):
        read_rows(path)


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ('{"a": 1', "line 3 is not JSON"),
        ("[1]", "line 3 is not a JSON object"),
        (r'{"a": "\ud83d"}', "line 3 is not JSON"),
        ("{'a': open('x')}", "line 3 is not JSON"),
    ],
)
def test_broken_json_line(tmp_path, line, message):
    path = tmp_path / "a.jsonl"
    path.write_text('{"a": 1}\n\n' + line + "\n")
    with pytest.raises(BundlesmithError, match=message):
        list(read_json_lines(path))
    with pytest.raises(BundlesmithError, match=message):
        read_rows(path)


def test_broken_binary_files_and_csv(tmp_path):
    for name in ("a.parquet", "a.xlsx", "a.feather"):
        (tmp_path / name).write_bytes(b"nothing")
        with pytest.raises(BundlesmithError, match=f'{name}" could not be read'):
            read_rows(tmp_path / name)
    for name, head in (
        ("b.parquet", b"PAR1"),
        ("b.xlsx", b"\xd0\xcf\x11\xe0"),
        ("b.csv.gz", b"\x1f\x8b"),
        ("b.zip", b"PK\x03\x04"),
    ):
        (tmp_path / name).write_bytes(head + b"nothing")
        with pytest.raises(BundlesmithError, match=r'b\.\S+" could not be (read|unpacked)'):
            read_rows(tmp_path / name)


def test_unknown_ending(tmp_path):
    (tmp_path / "items.pkl").write_text("x")
    with pytest.raises(BundlesmithError, match=r'unknown ending ".pkl"'):
        read_rows(tmp_path / "items.pkl")


def test_byte_order_mark_and_windows_line_ends(tmp_path):
    path = tmp_path / "a.csv"
    path.write_bytes("\ufeffitem_id,title\r\n1,X\r\n".encode())
    assert rows(path) == [{"item_id": "1", "title": "X"}]


def test_packed_files(tmp_path):
    (tmp_path / "a.csv.gz").write_bytes(gzip.compress(CSV.encode()))
    with zipfile.ZipFile(tmp_path / "b.zip", "w") as archive:
        archive.writestr("export/b.csv", CSV)
        archive.writestr("__MACOSX/._b.csv", "x")
    for name in ("a.csv.gz", "b.zip"):
        assert rows(tmp_path / name) == ROWS
    with zipfile.ZipFile(tmp_path / "d.zip", "w") as archive:
        archive.writestr("one.csv", CSV)
        archive.writestr("two.csv", CSV)
    with pytest.raises(BundlesmithError, match=r"holds 2 files: one.csv, two.csv"):
        read_rows(tmp_path / "d.zip")


def test_zstandard(tmp_path):
    with pyarrow.output_stream(tmp_path / "c.csv.zst", compression="zstd") as packed:
        packed.write(CSV.encode())
    assert rows(tmp_path / "c.csv.zst") == ROWS


@pytest.mark.parametrize(
    "text",
    [
        json.dumps(ROWS),
        json.dumps(ROWS, indent=2),
        json.dumps({"count": 2, "products": ROWS}, indent=1),
        json.dumps({"products": ROWS}),
        "\n".join(json.dumps(row) + ";" for row in ROWS),
        ",\n".join(json.dumps(row) for row in ROWS),
        "\n".join(repr(row) for row in ROWS),
        repr(ROWS),
    ],
)
@pytest.mark.parametrize("ending", ["json", "jsonl", "txt"])
def test_json_in_all_its_clothes(tmp_path, text, ending):
    (tmp_path / f"a.{ending}").write_text(text)
    assert rows(tmp_path / f"a.{ending}") == ROWS


@pytest.mark.parametrize(
    "text", ['{"a":\n {"b": 1}}', "[1, 2]", '{"a": [{"x": 1}], "b": [{"x": 1}]}', "[" * 5000, "3", "[]", '{"a":\n [1]}']
)
def test_other_json_is_refused(tmp_path, text):
    (tmp_path / "a.json").write_text(text)
    with pytest.raises(BundlesmithError, match=r'a\.json"'):
        rows(tmp_path / "a.json")


def test_excel(tmp_path):
    table = pl.DataFrame(
        {"sku": [1001, 1002], "name": ["Teapot", "Cup"], "price": [12.5, 3.0], "at": [datetime(2024, 5, 1, 8), None]}
    )
    table.write_excel(tmp_path / "a.xlsx", worksheet="goods")
    read = read_rows(tmp_path / "a.xlsx")
    assert read.untyped
    texts = {name: as_text(read.table[name]).to_list() for name in read.table.columns}
    assert texts == {
        "sku": ["1001", "1002"],
        "name": ["Teapot", "Cup"],
        "price": ["12.5", "3.0"],
        "at": ["2024-05-01 08:00:00.000", None],
    }
    with pytest.raises(BundlesmithError, match="sheet"):
        read_rows(tmp_path / "a.xlsx", Layout(file="a.xlsx", sheet="nope"))


def test_parquet_of_any_type(tmp_path):
    table = pl.DataFrame(
        {
            "bytes": [b"abc", None],
            "decimal": pl.Series([Decimal("12.50"), None], dtype=pl.Decimal(10, 2)),
            "kind": pl.Series(["x", None], dtype=pl.Categorical),
            "day": [date(2024, 5, 1), None],
            "zoned": pl.Series([datetime(2024, 5, 1), None]).dt.replace_time_zone("Asia/Tokyo"),
            "nanos": pl.Series([1714521600 * 10**9, None]).cast(pl.Datetime("ns")),
            "clock": [time(1, 2), None],
            "flag": [True, None],
            "float": [1.0, float("nan")],
            "struct": [{"a": 1}, None],
            "nothing": [None, None],
        }
    )
    table.write_parquet(tmp_path / "a.parquet")
    read = read_rows(tmp_path / "a.parquet").table
    texts = {name: as_text(read[name])[0] for name in read.columns}
    assert texts.pop("clock") and texts.pop("nothing") is None
    assert texts == {
        "bytes": "abc",
        "decimal": "12.50",
        "kind": "x",
        "day": "2024-05-01",
        "zoned": "2024-05-01 00:00:00.000000+09:00",
        "nanos": "2024-05-01 00:00:00.000000000",
        "flag": "true",
        "float": "1",
        "struct": '{"a": 1}',
    }
    assert all(as_text(read[name])[1] is None for name in read.columns)
    seconds = {name: as_seconds(read[name])[0] for name in ("day", "zoned", "nanos")}
    assert seconds == {"day": "1714521600", "zoned": "1714489200", "nanos": "1714521600"}


def test_numbers_of_json_keep_what_they_say(tmp_path):
    path = tmp_path / "a.jsonl"
    path.write_text('{"a": 1, "b": 2.0, "c": 2.5, "d": 123456789012345678901}\n{"a": null, "b": 3, "c": 1e999}\n')
    table = read_rows(path).table
    texts = {name: as_text(table[name]).to_list() for name in table.columns}
    assert texts["a"] == ["1", None] and texts["b"] == ["2", "3"]
    assert texts["c"] == ["2.5", None]  # beyond any number
    assert texts["d"] == ["123456789012345678901", None]


def test_marks_of_spreadsheets_go_where_a_whole_column_has_them(tmp_path):
    (tmp_path / "a.csv").write_text('a,b,c\n="001",\'7,\'t Hof\n="002",\'08,\'t Kof\n="003",9,\n')
    table = read_rows(tmp_path / "a.csv").table
    assert table.rows() == [("001", "'7", "'t Hof"), ("002", "'08", "'t Kof"), ("003", "9", None)]
    (tmp_path / "a.csv").write_text("a,b\n'007,x\n'008,y\n")
    assert read_rows(tmp_path / "a.csv").table["a"].to_list() == ["007", "008"]
