"""Which of a folder's files holds the items, which the events and bundles, and in which columns.

    told = tell_tables(views_of_files)

Columns are told by their names, the items' ids in other files by their values.
"""

import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import polars as pl

from bundlesmith.data.likely import (
    begun_alike,
    ids_of,
    item_columns,
    key_columns,
    likeliest,
    likely_columns,
    other_keys,
    shop_flags,
    sibling_columns,
    time_column,
)
from bundlesmith.data.names import names, plain_name
from bundlesmith.data.readers.cells import as_text
from bundlesmith.data.values.formats import ColumnFormat
from bundlesmith.data.values.stock import read_stock

OURS = {
    "items": ("item_id", "title", "category", "price", "stock"),
    "events": ("session_id", "user_id", "item_id", "timestamp", "kind"),
    "bundles": ("bundle_id", "user_id", "timestamp", "items", "item_id", "intent"),
}


@dataclass
class FileView:
    """The rows of a file, and the table and columns that they seem to hold; *keys* are further ones of the YAML;
    *lacking* says which columns of events aren't there."""

    path: Path
    table: pl.DataFrame
    kind: str = ""
    columns: dict[str, Any] = field(default_factory=dict)
    keys: dict[str, Any] = field(default_factory=dict)
    lacking: list[str] = field(default_factory=list)

    @property
    def name(self) -> str:
        """Of the file, with the sheet."""
        return f"{self.path.name}, {self.keys['sheet']}" if "sheet" in self.keys else self.path.name


def tell_tables(files: list[list[FileView]]) -> list[FileView]:
    """The view of each file that tells most, with its table and columns."""
    catalogue = _catalogue([view for of_file in files for view in of_file])
    if catalogue is None:
        return [of_file[0] for of_file in files]
    others = [of_file for of_file in files if all(view is not catalogue for view in of_file)]
    key = _key_of(catalogue.table, others)
    catalogue.kind, catalogue.columns = "items", _mapped(catalogue.table, "items") | {"item_id": key}
    _shape_items(catalogue)
    ids = ids_of(catalogue.table[key]).unique()
    told = [catalogue]
    if catalogue.table[key].is_duplicated().any() or _is_lines(catalogue.table):
        same = {key: catalogue.keys[key] for key in catalogue.keys if key in ("sheet", "explode")}
        again = FileView(catalogue.path, catalogue.table, keys=same)
        whole = next(of_file[0].table for of_file in files if any(view is catalogue for view in of_file))
        if (_tell_one(again, ids) and again.kind == "events") or _tell_lists(again, whole, key):
            told.append(again)
    for of_file in others:
        fitting = [view for view in of_file if _tell_one(view, ids)]
        told.append(max(fitting, key=lambda one: (one.kind == "events", len(one.columns)), default=of_file[0]))
        if not fitting:
            _join(catalogue, of_file[0], ids)
    return told


def _catalogue(views: list[FileView]) -> FileView | None:
    """The view whose ids tell its rows apart best and that has most of an item's columns; a plain one if several do."""

    def rank(view: FileView) -> tuple[float, int, bool]:
        column = as_text(view.table[_keys(view.table)[0]])
        return (
            round(column.n_unique() / max(column.len(), 1), 2),
            len(_mapped(view.table, "items")),
            "explode" not in view.keys,
        )

    titled = [view for view in views if likeliest(view.table, "title")]
    named = [view for view in titled if key_columns(view.table)]
    return max(named or [view for view in titled if other_keys(view.table)], key=rank, default=None)


def _key_of(table: pl.DataFrame, others: list[list[FileView]]) -> str:
    """The column of the catalogue's ids: the first whose values other files hold, or else the first."""
    found = _keys(table)
    for name in found:
        ids = ids_of(table[name]).unique()
        if any(any(item_columns(view.table, ids)) for of_file in others for view in of_file):
            return name
    return found[0]


def _keys(table: pl.DataFrame) -> list[str]:
    return [*key_columns(table), *other_keys(table)]


def _mapped(table: pl.DataFrame, kind: str) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for ours in OURS[kind]:
        if (kind, ours) == ("items", "item_id"):
            name = next(iter(_keys(table)), None)
        elif (kind, ours) == ("items", "title"):
            name = _title(table, found["item_id"])
        else:
            name = likeliest(table, ours)
        if name is not None and name not in found.values():
            found[ours] = name
    return found


def _title(table: pl.DataFrame, key: str) -> str | None:
    """The likeliest title of which each item has one; a playlist's name beside its tracks is none of theirs."""
    titles = likely_columns(table, "title")
    items = table.group_by(key).agg(pl.col(titles).drop_nulls().n_unique())
    single = (name for name in titles if (items[name] <= 1).all())
    return next(single, titles[0] if titles else None)


def _join(catalogue: FileView, other: FileView, ids: pl.Series) -> None:
    """Take what the catalogue lacks, such as stocks, from a further file that has it for its items."""
    item, _ = item_columns(other.table, ids)
    lacking = [ours for ours in OURS["items"] if ours not in catalogue.columns]
    found = {ours: theirs for ours in lacking if (theirs := likeliest(other.table, ours))}
    if item and found and not set(found.values()) & {item, *catalogue.table.columns}:
        other.kind, other.columns = "items (joined)", {"item_id": item, **found}
        by = {catalogue.columns["item_id"]: item}
        sheet = {key: other.keys[key] for key in other.keys if key == "sheet"}
        catalogue.keys.setdefault("join", []).append({"file": other.path.name, **sheet, "by": by})
        catalogue.columns |= found


def _tell_one(one: FileView, ids: pl.Series) -> bool:
    """Say whether a view holds events or bundles of the items with these ids, and which columns."""
    item, lists = item_columns(one.table, ids)
    several = sibling_columns(one.table, item, ids) if item else []
    kind = "bundles" if lists or several or (item and likeliest(one.table, "bundle_id")) else "events" if item else ""
    if not kind or (kind == "bundles" and "explode" in one.keys):
        return False
    columns = _mapped(one.table, kind)
    columns = {ours: theirs for ours, theirs in columns.items() if theirs not in (item, lists, *several)}
    if several:
        columns["items"] = {"column": several, "join": "|"}
    else:
        columns |= {"items": lists} if lists else {"item_id": str(item)}
    if kind == "events" and not _shape_events(one, columns):
        return False
    one.kind, one.columns = kind, {ours: columns[ours] for ours in OURS[kind] if ours in columns}
    return True


def _tell_lists(again: FileView, whole: pl.DataFrame, item: str) -> bool:
    """Say that lists whose items come again in other lists are bundles, if a column tells them apart."""
    named = [*likely_columns(whole, "bundle_id"), *key_columns(whole), *other_keys(whole)]
    owner = next((name for name in named if ids_of(whole[name]).n_unique() == whole.height), None)
    if "explode" not in again.keys or owner is None:
        return False
    again.kind, again.columns = "bundles", {"bundle_id": owner, "item_id": item}
    return True


def _shape_events(one: FileView, columns: dict[str, Any]) -> bool:
    """Say who bought when, if that is told, and leave out what came to nothing."""
    if "explode" in one.keys and "id" in one.table.columns and columns["item_id"] != "id":
        columns.setdefault("session_id", "id")
    if "session_id" in columns:
        columns.setdefault("user_id", columns["session_id"])
    parts = {plain_name(name): name for name in one.table.columns}
    if {"year", "month", "day"} <= parts.keys() and columns.get("timestamp") in (None, parts["day"]):
        columns["timestamp"] = {"column": [parts["year"], parts["month"], parts["day"]], "join": "-"}
    if "timestamp" not in columns and (time := time_column(one.table)):
        columns["timestamp"] = time
    if lacking := [ours for ours in ("user_id", "timestamp") if ours not in columns]:
        one.lacking = lacking
        return False
    named = [name for name in columns.values() if isinstance(name, str)]
    if missing := [name for name in named if one.table[name].null_count() and name != columns["item_id"]]:
        one.keys |= _filled(one.table, columns, missing)
    if isinstance(columns["timestamp"], str) and (clock := _clock(one.table, columns["timestamp"])):
        columns["timestamp"] = [columns["timestamp"], clock]
    if where := _bought(one.table):
        one.keys["where"] = where
    return True


def _filled(table: pl.DataFrame, columns: dict[str, Any], missing: list[str]) -> dict[str, Any]:
    """What only the first row of an order has, as many programs write them, for its other rows."""
    order = columns.get("session_id")
    if order and order not in missing:
        first = table.filter(pl.col(order).is_first_distinct())
        filled = [name for name in missing if not first[name].null_count()]
        return {"fill": {order: filled}} if filled else {}
    blank = [table[name].is_null() for name in missing]
    together = len(missing) > 1 and all((one == blank[0]).all() for one in blank)
    return {"fill_down": missing} if together and not blank[0][0] else {}


def _clock(table: pl.DataFrame, date: str) -> str | None:
    """The column that holds the times of day of dates that have none."""
    if as_text(table[date]).str.contains(r":\d\d|^\d+$").any():
        return None
    texts = {name: as_text(table[name]).drop_nulls() for name in table.columns if table.schema[name] == pl.String}
    times = (
        name for name, text in texts.items() if text.len() and text.str.contains(r"^\d{1,2}:\d{2}(:\d{2})?$").all()
    )
    return next(times, None)


def _bought(table: pl.DataFrame) -> dict[str, Any]:
    """Conditions that leave out returns, and orders that came to nothing."""
    where: dict[str, Any] = {}
    for name in likely_columns(table, "quantity")[:1]:
        if (as_text(table[name]).cast(pl.Float64, strict=False) <= 0).any():
            where[name] = {"above": 0}
    for name in likely_columns(table, "cancelled_at"):
        texts = as_text(table[name])
        if texts.null_count():
            where[name] = {"matches_not": "."}
    for name in likely_columns(table, "is_cancelled"):
        values = ids_of(table[name]).unique().sort().to_list()
        if yes := [value for value in values if _stock_of(value) != 0]:
            where[name] = {"is_not": yes}
    for name in likely_columns(table, "order_status"):
        values = as_text(table[name]).unique().drop_nulls().sort().to_list()
        if nothing := [value for value in values if plain_name(value) in names()["cancelled"]]:
            where[name] = {"is_not": nothing}
    return where


def _shape_items(catalogue: FileView) -> None:
    """Say how prices are written, and take no stock of what a further column says isn't sold."""
    table, columns = catalogue.table, catalogue.columns
    if "price" in columns:
        columns["price"] = _price(table, columns["price"])
    for name in likely_columns(table, "not_for_sale"):
        values = {text: _stock_of(text) for text in ids_of(table[name]).unique()}
        if gone := sorted(text for text, stock in values.items() if stock != 0):
            catalogue.keys.setdefault("where", {})[name] = {"is_not": gone}
    _sold_somewhere(catalogue)
    for name in likely_columns(table, "online_or_2"):
        if set(ids_of(table[name])) <= {"1", "2"}:
            catalogue.keys.setdefault("where", {})[name] = {"is_not": ["2"]}
    flags = [name for name in likely_columns(table, "for_sale") if _is_flag(as_text(table[name]))]
    counts = [] if _is_lines(table) else likely_columns(table, "stock")[:2]
    stocks = list(dict.fromkeys([*counts, *flags]))
    if not counts:
        columns.pop("stock", None)
    places = begun_alike(table, "stock") if not counts else []
    if places:  # one a warehouse
        columns["stock"] = {"column": places, "sum": True}
        for name in flags:
            if gone := sorted(text for text in ids_of(table[name]).unique() if _stock_of(text) == 0):
                catalogue.keys.setdefault("where", {})[name] = {"is_not": gone}
    elif len(stocks) == 1 and stocks == flags and "1" in ids_of(table[stocks[0]]):
        columns["stock"] = {"column": stocks[0], "values": {"1": "yes"}}
    elif stocks:
        columns["stock"] = stocks if len(stocks) > 1 else stocks[0]


def _sold_somewhere(catalogue: FileView) -> None:
    """Leave out what no shop sells, where a column for each shop says so."""
    table = catalogue.table
    shops = [name for name in shop_flags(table) if _is_flag(as_text(table[name]))]
    texts = sorted({text for name in shops for text in ids_of(table[name])})
    if sold := [re.escape(text) for text in texts if _stock_of(text) != 0]:
        catalogue.keys["make"] = {"sold at": {"column": shops, "join": "|"}}
        catalogue.keys.setdefault("where", {})["sold at"] = {"matches": rf"(^|\|)({'|'.join(sold)})(\||$)"}


def _is_lines(table: pl.DataFrame) -> bool:
    """Whether the rows are lines of orders: their quantities are no stocks."""
    return all(likeliest(table, ours) for ours in ("session_id", "user_id", "timestamp"))


def _price(table: pl.DataFrame, price: str) -> Any:
    """A sale price where there is one; with its currency, if that is a part of an object; not in cents."""
    prices = likely_columns(table, "price")[:2]
    digits = [as_text(table[name]).drop_nulls().head(1) for name in table.columns if name.endswith("minor_unit")]
    if digits and digits[0].len():
        return {"column": price, "divide": 10 ** int(digits[0][0])}
    over = [name for name in likely_columns(table, "sale_dates") if as_text(table[name]).count()]
    if over and prices[0].lower().startswith("sale"):  # a sale that may be over by now
        return prices[1] if len(prices) == 2 else price
    if len(prices) == 2 and prices[0].lower().startswith("sale"):
        texts = as_text(table[prices[0]])
        zeros = texts.filter(texts.cast(pl.Float64, strict=False) == 0).unique().to_list()
        if zeros or texts.null_count():
            return {"column": prices, "first": True} | ({"without": zeros} if zeros else {})
    for name in likely_columns(table, "price_per")[:1]:
        numbers = ids_of(table[name])
        if (numbers != "1").any() and numbers.str.contains(r"^\d+$").all():  # a price per 100 is none of one
            return {"column": price, "only": {name: "1"}}
    parts = [name for name in likely_columns(table, "currency") if "." in name]  # others `prepare` finds
    return [price, parts[0]] if parts else price


def _stock_of(text: str) -> int | None:
    """The stock that a text says, None for one that isn't counted; 0 if it says none."""
    stock: int | None = read_stock(pl.Series([text]), ColumnFormat(), "", None).values[0]
    return stock


def _is_flag(texts: pl.Series) -> bool:
    """Whether all values say in words, or as 0 and 1, whether an item is sold; other numbers are codes."""
    known = texts.drop_nulls().str.strip_chars()
    if not known.len() or read_stock(known, ColumnFormat(), "", None).unread.len():
        return False
    numbers = known.cast(pl.Float64, strict=False).drop_nulls()
    return bool(numbers.is_in([-1.0, 0.0, 1.0]).all()) and (not numbers.len() or known.n_unique() > 1)
