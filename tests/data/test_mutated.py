# ruff: noqa: E501 - one kind of value a line
"""Tables as shops might write them, by chance: what is read is what was meant, or it is refused or counted.

A table of items with prices, stocks and times is made, written in one of many ways (encoding, separator, quotes, decimal
sign, dates, format of the file), and perhaps spoilt. Whatever comes out may be missing, but it is never another value.
"""

import csv
import gzip
import io
import json
import os
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st

from bundlesmith.data.clean import Clean, clean
from bundlesmith.data.readers.tabular import read_tables
from bundlesmith.errors import BundlesmithError

EXAMPLES = int(os.environ.get("BUNDLESMITH_EXAMPLES", "60"))

WORDS = {
    "utf-8": ["Kettle", "Größe", "茶壶", 'TV 55"', "Tea, green", "a;b", "Pot | pan", "l'été", "Ünïcode", "Чай", "x\ty"],
    "utf-8-sig": ["Kettle", "Größe", "茶壶"],
    "utf-16": ["Kettle", "Größe", "茶壶", 'TV 55"', "Tea, green"],
    "cp1252": ["Löffel", "Größe", "Théière", "Señor", "Kettle"],
    "gbk": ["不锈钢保温杯", "陶瓷茶具套装", "紫砂茶壶", "Kettle"],
    "cp1251": ["Чайник", "Кружка большая", "Kettle"],
    "cp932": ["ティーポット", "ガラスの茶碗", "Kettle"],
}
Spell = Callable[[int], str]
PRICES: dict[str, Spell] = {
    "plain": lambda cents: f"{cents / 100:.2f}",
    "float": lambda cents: repr(cents / 100),
    "comma": lambda cents: f"{cents / 100:.2f}".replace(".", ","),
    "english": lambda cents: f"{cents / 100:,.2f}",
    "german": lambda cents: f"{cents / 100:,.2f}".translate(str.maketrans(",.", ".,")),
    "swiss": lambda cents: f"CHF {cents / 100:,.2f}".replace(",", "'"),
    "french": lambda cents: f"{cents / 100:,.2f} €".replace(",", " ").replace(".", ","),
    "dollar": lambda cents: f"${cents / 100:,.2f}",
    "round german": lambda cents: f"{cents // 100:,}".replace(",", "."),
    "round english": lambda cents: f"{cents // 100:,}",
    "wan": lambda cents: f"{cents // 100 / 10000}万",
}
STOCKS: dict[str, Spell] = {
    "plain": str,
    "float": lambda count: f"{count}.0",
    "english": lambda count: f"{count:,}",
    "words": lambda count: f"{count} in stock" if count else "out of stock",
    "plus": lambda count: f"{count}+" if count else "0",
    "three decimals": lambda count: f"{count}.000",
}
TIMES: dict[str, Callable[[datetime], str]] = {
    "iso": lambda at: at.strftime("%Y-%m-%d %H:%M:%S"),
    "zoned": lambda at: at.astimezone().strftime("%Y-%m-%dT%H:%M:%S%z"),
    "slashes": lambda at: f"{at.year}/{at.month}/{at.day} {at.hour}:{at.minute:02}:{at.second:02}",
    "american": lambda at: at.strftime("%m/%d/%Y %I:%M:%S %p"),
    "british": lambda at: at.strftime("%d/%m/%Y %H:%M:%S"),
    "german": lambda at: at.strftime("%d.%m.%Y %H:%M:%S"),
    "seconds": lambda at: str(int(at.timestamp())),
    "milliseconds": lambda at: str(int(at.timestamp() * 1000)),
    "nanoseconds": lambda at: str(int(at.timestamp()) * 10**9),
    "compact": lambda at: at.strftime("%Y%m%d%H%M%S"),
    "chinese": lambda at: at.strftime("%Y年%m月%d日 %H:%M:%S"),
    "excel": lambda at: repr((at - datetime(1899, 12, 30, tzinfo=UTC)) / timedelta(days=1)),
}
JUNK = [
    "",
    " ",
    "NULL",
    "nan",
    "n/a",
    "?",
    "-5",
    "12 34",
    "(3)",
    "10%",
    "ask",
    "1.2.3",
    "12-13",
    "0x10",
    "１２",
    "½",
    "1e400",
    "abc 5 def",
]


@dataclass
class Shop:
    """What is meant: titles, prices in cents, stocks and times by id; and where a cell was spoilt."""

    titles: dict[str, str]
    prices: dict[str, int]
    stocks: dict[str, int]
    times: dict[str, datetime]
    spoilt: set[tuple[str, str]] = field(default_factory=set)


@st.composite
def shops(draw: st.DrawFn) -> tuple[Shop, dict[str, str], list[dict[str, str]], list[dict[str, str]]]:
    how = {
        "encoding": draw(st.sampled_from(sorted(WORDS))),
        "separator": draw(st.sampled_from([",", ";", "\t", "|"])),
        "file": draw(
            st.sampled_from(["csv", "csv", "csv", "quoted", "bare", "jsonl", "json", "python", "gz", "parquet", "xlsx"])
        ),
        "price": draw(st.sampled_from(sorted(PRICES))),
        "stock": "plain",
        "time": draw(st.sampled_from(sorted(TIMES))),
        "line end": draw(st.sampled_from(["\n", "\r\n"])),
    }
    point = how["price"] in ("plain", "float", "english", "dollar", "swiss", "round english")
    how["stock"] = draw(st.sampled_from(sorted(STOCKS) if point else ["plain", "float", "words", "plus"]))
    ids = [f"p{number}" for number in range(draw(st.integers(2, 7)))]
    words = st.sampled_from(WORDS[how["encoding"]])
    moments = st.datetimes(datetime(1995, 1, 1), datetime(2060, 1, 1)).map(
        lambda at: at.replace(microsecond=0, tzinfo=UTC)
    )
    cents = (
        st.integers(1, 10**7)
        if not how["price"].startswith(("round", "wan"))
        else st.integers(1, 10**5).map(lambda euros: euros * 100)
    )
    shop = Shop(
        {name: draw(words) + f" {name}" for name in ids},
        {name: draw(cents) for name in ids},
        {name: draw(st.integers(0, 20_000)) for name in ids},
        {name: draw(moments) for name in ids},
    )
    items = [
        {"item_id": name, "title": shop.titles[name], "price": PRICES[how["price"]](shop.prices[name])}
        | {"stock": STOCKS[how["stock"]](shop.stocks[name])}
        for name in ids
    ]
    events = [{"user_id": "u", "item_id": name, "timestamp": TIMES[how["time"]](shop.times[name])} for name in ids]
    for _ in range(draw(st.integers(0, 2))):
        table, columns = draw(st.sampled_from([(items, ("price", "stock")), (events, ("timestamp",))]))
        row, column = draw(st.sampled_from(table)), draw(st.sampled_from(columns))
        row[column] = draw(st.sampled_from(JUNK))
        shop.spoilt.add((row["item_id"], column))
    try:
        str(items + events).encode(how["encoding"])
    except UnicodeEncodeError:
        how["encoding"] = "utf-8"
    return shop, how, items, events


def write(folder: Path, name: str, rows: list[dict[str, str]], how: dict[str, str]) -> None:
    kind, encoding = how["file"], how["encoding"]
    if kind == "parquet":
        pl.DataFrame(rows).write_parquet(folder / f"{name}.parquet")
    elif kind == "xlsx":
        pl.DataFrame(rows).write_excel(folder / f"{name}.xlsx")
    elif kind in ("jsonl", "python"):
        lines = [json.dumps(row, ensure_ascii=False) if kind == "jsonl" else repr(row) for row in rows]
        (folder / f"{name}.jsonl").write_bytes(how["line end"].join(lines).encode(encoding))
    elif kind == "json":
        (folder / f"{name}.json").write_bytes(json.dumps(rows, ensure_ascii=False, indent=1).encode(encoding))
    else:
        sink = io.StringIO()
        quoting: Any = csv.QUOTE_ALL if kind == "quoted" else csv.QUOTE_MINIMAL
        writer = csv.writer(sink, delimiter=how["separator"], quoting=quoting, lineterminator=how["line end"])
        table = [list(rows[0]), *(list(row.values()) for row in rows)]
        if kind == "bare":  # as careless exports do: no quotes at all
            text = "".join(how["separator"].join(row) + how["line end"] for row in table)
        else:
            writer.writerows(table)
            text = sink.getvalue()
        data = text.encode(encoding)
        ending, data = (".csv.gz", gzip.compress(data)) if kind == "gz" else (".csv", data)
        (folder / f"{name}{ending}").write_bytes(data)


def read(items: list[dict[str, str]], events: list[dict[str, str]], how: dict[str, str]) -> Clean:
    with tempfile.TemporaryDirectory() as folder:
        write(Path(folder), "items", items, how)
        write(Path(folder), "events", events, how)
        return clean(read_tables(Path(folder), None))


@settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck))
@given(shops())
def test_right_or_refused_or_counted_but_never_another_value(made):
    shop, how, items, events = made
    try:
        tidy = read(items, events, how)
    except BundlesmithError as error:
        event("refused")
        assert error.what and len(error.what) < 600
        return
    event("read")
    for name, title, price, stock in tidy.items.select("item_id", "title", "price", "stock").iter_rows():
        assert title == " ".join(shop.titles[name].split()), (title, how)
        if (name, "price") not in shop.spoilt:
            assert price is None or price == pytest.approx(shop.prices[name] / 100), (items, tidy.readings)
        if (name, "stock") not in shop.spoilt:
            assert stock in (shop.stocks[name], 0), (items, tidy.readings)
    for name, time in tidy.events.select("item_id", "timestamp").iter_rows():
        if (name, "timestamp") not in shop.spoilt:
            assert abs(time - shop.times[name].timestamp()) <= (1 if how["time"] == "excel" else 0), (
                events,
                tidy.readings,
            )
    unread = [
        change.count for change in tidy.changes if "not one number" in change.reason or "timestamp" in change.reason
    ]
    lost = tidy.items["price"].null_count() + (len(events) - tidy.events.height)
    assert lost <= sum(unread) + len(shop.spoilt), tidy.changes


@settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck))
@given(shops(), st.data())
def test_broken_bytes_give_no_traceback(made, data):
    _, how, items, events = made
    with tempfile.TemporaryDirectory() as folder:
        write(Path(folder), "items", items, how)
        write(Path(folder), "events", events, how)
        path = data.draw(st.sampled_from(sorted(Path(folder).iterdir())))
        broken = bytearray(path.read_bytes())
        for _ in range(data.draw(st.integers(1, 4))):
            place = data.draw(st.integers(0, 10**6)) % len(broken)
            piece = data.draw(
                st.binary(max_size=4) | st.sampled_from([b'"', b"\n", b"\r", b";", b",", b"\x00", b"\xff", b"{", b"]"])
            )
            broken[place : place + data.draw(st.integers(0, 3))] = piece
            broken = broken or bytearray(b"x")
        path.write_bytes(bytes(broken))
        try:
            clean(read_tables(Path(folder), None))
        except BundlesmithError as error:
            assert error.what
