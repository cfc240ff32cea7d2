"""Times, orders and variants as other shops and programs write them; all values are made up."""

import json
from datetime import datetime
from pathlib import Path

import polars as pl
import pytest

from bundlesmith.errors import BundlesmithError
from tests.data.shops import parquet, prepared

PLAIN = "item_id,title,price\n1,One,1.50\n2,Two,2.50\n"


TIMES = {
    "Excel's days as text": (["45413.5", "45415.25"], ["2024-05-01 12:00", "2024-05-03 06:00"]),
    "offsets": (["2024-05-01T12:00:00+02:00", "2024-05-01 12:00:00.5-0530"], ["2024-05-01 10:00", "2024-05-01 17:30"]),
    "names of zones": (
        ["2024-05-01 12:00:00 PDT", "2024-05-01 12:00:00 CET"],
        ["2024-05-01 19:00", "2024-05-01 11:00"],
    ),
    "American": (["05/01/2024 1:30 PM", "12/31/2024 12:00 AM"], ["2024-05-01 13:30", "2024-12-31 00:00"]),
    "European": (["01/05/2024 13:30", "31/12/2024 00:00"], ["2024-05-01 13:30", "2024-12-31 00:00"]),
    "14 digits": (["20240501133000", "20241231000000"], ["2024-05-01 13:30", "2024-12-31 00:00"]),
    "Chinese": (["2024年5月1日 13时30分", "2024/12/31 上午 8:00:00"], ["2024-05-01 13:30", "2024-12-31 08:00"]),
    "French": (["1er mai 2024 à 14h30", "31 déc. 2024"], ["2024-05-01 14:30", "2024-12-31 00:00"]),
    "Spanish and Russian": (["1 de mayo de 2024", "31 мая 2024 г."], ["2024-05-01 00:00", "2024-05-31 00:00"]),
    "JavaScript's and Java's": (
        ["Wed May 01 2024 12:00:00 GMT+0200 (CEST)", "Wed May 01 12:00:00 MSK 2024"],
        ["2024-05-01 10:00", "2024-05-01 09:00"],
    ),
    "a zone that is meant in several places": (
        ["2024-05-01 12:00:00 CST", "2024-05-01 12:00:00"],
        [None, "2024-05-01 12:00"],
    ),
}


@pytest.mark.parametrize("name", TIMES)
def test_times_as_they_come(name: str, tmp_path: Path) -> None:
    texts, wanted = TIMES[name]
    rows = "".join(f"u{number};1;{text}\n" for number, text in enumerate(texts))
    files: dict[str, str | bytes] = {"a.csv": "item_id;title\n1;One\n", "e.csv": f"user_id;item_id;timestamp\n{rows}"}
    events = prepared(tmp_path, files, {"items": {"file": "a.csv"}, "events": {"file": "e.csv"}}).events
    read = dict(events.select("user_id", pl.from_epoch("timestamp").dt.strftime("%Y-%m-%d %H:%M")).iter_rows())
    assert [read.get(f"u{number}") for number in range(len(texts))] == wanted


def test_years_alone_are_no_times(tmp_path: Path) -> None:
    files: dict[str, str | bytes] = {"a.csv": PLAIN, "e.csv": "user_id,item_id,timestamp\nu,1,2019\nu,2,2021\n"}
    with pytest.raises(BundlesmithError, match="nothing tells what numbers"):
        prepared(tmp_path, files, {"items": {"file": "a.csv"}, "events": {"file": "e.csv"}})


@pytest.mark.parametrize("unit", ["ns", "us", "ms"])
def test_moments_of_parquet_in_the_zone_that_is_named(tmp_path: Path, unit: str) -> None:
    moments = pl.Series([datetime(2024, 5, 1, 12), datetime(2024, 1, 1)], dtype=pl.Datetime(unit))  # type: ignore[arg-type]
    files: dict[str, str | bytes] = {
        "a.csv": PLAIN,
        "e.parquet": parquet(user_id=["u", "v"], item_id=[1, 2], timestamp=moments),
    }
    columns = {"timestamp": {"column": "timestamp", "zone": "Europe/Berlin"}}
    events = {"file": "e.parquet", "columns": columns}
    found = prepared(tmp_path, files, {"items": {"file": "a.csv"}, "events": events}).events
    assert sorted(found["timestamp"]) == [1704063600, 1714557600]


def test_orders_whose_lines_are_in_them(tmp_path: Path) -> None:
    lines = [{"id": 91, "sku": "1", "qty": 2}, {"id": 92, "sku": "2", "qty": 1}]
    order = json.dumps({"id": "N7", "customer": {"id": "c"}, "at": "2024-05-01", "lines": lines})
    columns = {"session_id": "id", "user_id": "customer.id", "timestamp": "at", "item_id": "lines.sku"}
    config = {"items": {"file": "a.csv"}, "events": {"file": "o.jsonl", "explode": "lines", "columns": columns}}
    assert prepared(tmp_path, {"a.csv": PLAIN, "o.jsonl": order}, config).bundles["items"].to_list() == [["1", "2"]]
    config = {
        "items": {"file": "a.csv"},
        "bundles": {"file": "o.jsonl", "columns": {"bundle_id": "id", "items": "lines"}},
    }
    assert prepared(tmp_path, {"a.csv": PLAIN, "o.jsonl": order}, config).bundles["items"].to_list() == [["1", "2"]]


def test_blank_cells_that_mean_the_row_above(tmp_path: Path) -> None:
    """Squarespace, and merged cells."""
    text = "Product ID,Title,SKU,Option,Price\na,Mug,S1,small,12\n,,S2,large,15\nb,Cup,S3,,9\n"
    columns = {"item_id": "SKU", "title": {"column": ["Title", "Option"], "join": ", "}, "price": "Price"}
    config = {"items": {"file": "a.csv", "columns": columns, "fill_down": ["Title"]}}
    assert prepared(tmp_path, {"a.csv": text}, config).items["title"].to_list() == ["Mug, small", "Mug, large", "Cup"]


def test_an_id_with_two_prices_is_counted(tmp_path: Path) -> None:
    done = prepared(tmp_path, {"a.csv": PLAIN + "1,One,9\n1,One,1.5\n"}, {"items": {"file": "a.csv"}})
    assert [(change.count, change.examples) for change in done.changes if "further price" in change.reason] == [
        (1, ("9 of item 1",))
    ]
