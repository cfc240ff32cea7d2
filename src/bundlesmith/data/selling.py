"""How a catalogue that was told is sold: at which price, and which of its columns say that an item isn't there."""

import re
from typing import Any

import polars as pl

from bundlesmith.data.likely import begun_alike, ids_of, likeliest, likely_columns, shop_flags
from bundlesmith.data.readers.cells import as_text
from bundlesmith.data.values.formats import ColumnFormat
from bundlesmith.data.values.stock import read_stock
from bundlesmith.data.views import FileView


def shape_items(catalogue: FileView) -> None:
    """Say how prices are written, and take no stock of what a further column says isn't sold."""
    table, columns = catalogue.table, catalogue.columns
    if "price" in columns:
        columns["price"] = _price(table, columns["price"])
    for name in likely_columns(table, "not_for_sale"):
        values = {text: stock_said(text) for text in ids_of(table[name]).unique()}
        if gone := sorted(text for text, stock in values.items() if stock != 0 or text in _MARKS):
            catalogue.keys.setdefault("where", {})[name] = {"is_not": gone}
    _sold_somewhere(catalogue)
    for name in likely_columns(table, "online_or_2"):
        if set(ids_of(table[name])) <= {"1", "2"}:
            catalogue.keys.setdefault("where", {})[name] = {"is_not": ["2"]}
    for name in likely_columns(table, "deleted_at"):
        if as_text(table[name]).null_count():
            catalogue.keys.setdefault("where", {})[name] = {"matches_not": "[1-9]"}
    if table[str(columns["item_id"])].is_duplicated().any() and (since := likely_columns(table, "valid_from")):
        catalogue.keys["latest"] = since[0]
    _fill_merged(catalogue)
    flags = [name for name in likely_columns(table, "for_sale") if _is_flag(as_text(table[name]))]
    counts = [] if is_lines(table) else likely_columns(table, "stock")[:2]
    stocks = list(dict.fromkeys([*counts, *flags]))
    if not counts:
        columns.pop("stock", None)
    places = begun_alike(table, "stock") if not counts else []
    if places:  # one a warehouse
        columns["stock"] = {"column": places, "sum": True}
        for name in flags:
            if gone := sorted(text for text in ids_of(table[name]).unique() if stock_said(text) == 0):
                catalogue.keys.setdefault("where", {})[name] = {"is_not": gone}
    elif len(stocks) == 1 and stocks == flags and "1" in ids_of(table[stocks[0]]):
        columns["stock"] = {"column": stocks[0], "values": {"1": "yes"}}
    elif stocks:
        columns["stock"] = stocks if len(stocks) > 1 else stocks[0]


_MARKS = ("x", "X", "*", "✓", "✔")


def _sold_somewhere(catalogue: FileView) -> None:
    """Leave out what no shop sells, where a column for each shop says so."""
    table = catalogue.table
    shops = [name for name in shop_flags(table) if _is_flag(as_text(table[name]))]
    texts = sorted({text for name in shops for text in ids_of(table[name])})
    if sold := [re.escape(text) for text in texts if stock_said(text) != 0]:
        catalogue.keys["make"] = {"sold at": {"column": shops, "join": "|"}}
        catalogue.keys.setdefault("where", {})["sold at"] = {"matches": rf"(^|\|)({'|'.join(sold)})(\||$)"}


_RUN = 3  # of three rows more than one is blank


def _fill_merged(catalogue: FileView) -> None:
    """Say that blank categories of a sheet mean the one above, as merged cells do, if the first row has one."""
    category = catalogue.columns.get("category")
    if isinstance(category, str) and catalogue.path.suffix.lower().startswith(".xls"):
        texts = as_text(catalogue.table[category])
        if texts.len() and texts[0] is not None and texts.null_count() > texts.len() / _RUN:
            catalogue.keys["fill_down"] = [category]


def is_lines(table: pl.DataFrame) -> bool:
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


def stock_said(text: str) -> int | None:
    """The stock that a text says, None for one that isn't counted; 0 if it says none."""
    stock: int | None = read_stock(pl.Series([text]), ColumnFormat(), "", None).values[0]
    return stock


def _is_flag(texts: pl.Series) -> bool:
    """Whether most values say in words, or as 0 and 1, whether an item is sold; other numbers are codes.

    Some words that nobody knows, beside some that say both yes and no, are not sold.
    """
    known = texts.drop_nulls().str.strip_chars()
    read = read_stock(known, ColumnFormat(), "", None)
    if not known.len() or read.unread.len() > known.len() / 2:
        return False
    if read.unread.len() and (read.values.fill_null(1) > 0).mean() in (0, None):
        return False
    numbers = known.cast(pl.Float64, strict=False).drop_nulls()
    return bool(numbers.is_in([-1.0, 0.0, 1.0]).all()) and (not numbers.len() or known.n_unique() > 1)
