"""The steps of cleaning, each a small function that gives back its table and what it dropped or mended, and why."""

from collections.abc import Callable, Iterable
from typing import Any, Literal

import polars as pl

from bundlesmith.data.names import names
from bundlesmith.data.report import EXAMPLES, RowChange
from bundlesmith.data.values.text import MAY_BE_HTML, MAY_BE_UNTIDY, clean_line, unescape

Result = tuple[pl.DataFrame, RowChange]
MendedTable = Literal["items", "events", "bundles", "bundle items"]
LONGEST_EXAMPLE = 80


def drop_without(table: pl.DataFrame, name: MendedTable, column: str, reason: str) -> Result:
    """Drop rows whose *column* is null or blank."""
    full = pl.col(column).is_not_null()
    if table.schema[column] == pl.String:
        full &= pl.col(column).str.strip_chars() != ""
    return _dropped(table, name, full, reason, table.columns[0])


def drop_repeated(table: pl.DataFrame, name: MendedTable, column: str, reason: str) -> Result:
    """Drop rows whose *column* an earlier row has too."""
    return _dropped(table, name, pl.col(column).is_first_distinct(), reason, column)


def other_prices(items: pl.DataFrame) -> RowChange:
    """Count rows of an item whose price is another one than its first row's."""
    price = pl.coalesce(pl.col("price").cast(pl.Float64, strict=False).cast(pl.String), "price")  # 1.50 is 1.5
    first = price.drop_nulls().first().over("item_id")
    others = items.filter(price != first) if items["item_id"].is_duplicated().any() else items.clear()
    reason = "further price of the same item id; the first counts"
    return changed("items", "mended", reason, _labels(others, "item_id", "price"))


def fill_from_repeated(items: pl.DataFrame) -> pl.DataFrame:
    """Fill what the first row of an item lacks from the later rows that have its id."""
    if not items["item_id"].is_duplicated().any():
        return items
    blank = pl.col("title").str.strip_chars() == ""
    items = items.with_columns(title=pl.when(~blank).then("title"))
    rest = [name for name in items.columns if name != "item_id"]
    return items.with_columns(
        pl.col(name).fill_null(pl.col(name).drop_nulls().first().over("item_id")) for name in rest
    )


def mend_html(table: pl.DataFrame, name: MendedTable, columns: list[str]) -> Result:
    """Turn HTML entities into characters and take tags out."""
    return _mended_texts(table, name, columns, unescape, MAY_BE_HTML, "HTML entities or tags")


def mend_space(table: pl.DataFrame, name: MendedTable, columns: list[str]) -> Result:
    """Turn control characters and white space into single blanks; texts that are blank become null."""
    table, change = _mended_texts(table, name, columns, clean_line, MAY_BE_UNTIDY, "white space or control characters")
    for column in columns:
        if table.schema[column] == pl.String:
            table = table.with_columns(pl.when(pl.col(column) != "").then(column))
        else:
            table = table.with_columns(pl.col(column).list.eval(pl.element().filter(pl.element() != "")))
    return table, change


def mend_negative_stock(items: pl.DataFrame) -> Result:
    """Turn negative stocks into 0."""
    below = items.filter(pl.col("stock") < 0)
    change = changed("items", "mended", "negative stock; now 0", _labels(below, "item_id", "stock"))
    return items.with_columns(pl.col("stock").clip(lower_bound=0)), change


def part_guests(events: pl.DataFrame) -> Result:
    """Make customers that are nobody (blank, "guest", a 0 that is no number of a row) a customer of each order."""
    users = events["user_id"].unique().cast(pl.String).drop_nulls()
    nobody = users.filter(users.str.to_lowercase().str.strip_chars().is_in(names()["guest"]))
    if not users.is_in(["1"]).any():
        nobody = pl.concat([nobody, users.filter(users.is_in(["0", "-1"]))])
    guest = pl.col("user_id").is_null()
    if nobody.len():
        guest |= pl.col("user_id").cast(pl.String).is_in(nobody.implode())
    guests = events.select(guest.fill_null(True) & pl.col("session_id").is_not_null()).to_series()
    change = changed(
        "events", "mended", "no customer, or a guest: each order is a customer", events["session_id"].filter(guests)
    )
    if not change.count:
        return events, change
    named = pl.format("guest {}", pl.col("session_id").cast(pl.String)).cast(events.schema["user_id"])
    return events.with_columns(user_id=pl.when(guests).then(named).otherwise("user_id")), change


def drop_events(events: pl.DataFrame, items: pl.Series, reason: str, outside: bool) -> Result:
    """Drop events of one of *items*; or those of all items *outside* of them."""
    return _dropped(events, "events", _among("item_id", items) == outside, reason, "item_id")


def drop_timeless_events(events: pl.DataFrame, times: pl.Series) -> Result:
    """Put the times that were read in the place of their texts; drop events whose time is missing or broken."""
    texts = events["timestamp"].filter(times.is_null())
    kept = events.with_columns(times.alias("timestamp"))
    return kept.drop_nulls("timestamp") if texts.len() else kept, changed(
        "events", "dropped", "broken timestamp", texts
    )


def drop_members(bundles: pl.DataFrame, items: pl.Series, reason: str, outside: bool) -> Result:
    """Take *items* out of all bundles; or all items *outside* of them."""
    return _dropped_members(bundles, _among("items", items) == outside, reason)


def drop_repeated_members(bundles: pl.DataFrame) -> Result:
    """Keep each item of a bundle once."""
    first = pl.struct("index", "items").is_first_distinct()
    return _dropped_members(bundles, first, "the bundle has the item already")


def drop_small_bundles(bundles: pl.DataFrame) -> Result:
    """Drop bundles of fewer than 2 items."""
    return _dropped(bundles, "bundles", pl.col("items").list.len() >= 2, "fewer than 2 items left", "bundle_id")


def _among(column: str, values: pl.Series) -> pl.Expr:
    return pl.col(column).is_in(values.implode()).fill_null(False)


def _dropped(table: pl.DataFrame, name: MendedTable, keep: pl.Expr, reason: str, example: str) -> Result:
    kept = table.select(keep).to_series()
    left = table if kept.all(ignore_nulls=False) else table.filter(kept)  # no copy of a large one without need
    return left, changed(name, "dropped", reason, table[example].filter(~kept))


def _dropped_members(bundles: pl.DataFrame, keep: pl.Expr, reason: str) -> Result:
    rows = bundles.with_row_index()
    members = rows.select("index", "bundle_id", "items").explode("items").drop_nulls("items")
    kept, change = _dropped(members.with_columns(member=_member()), "bundle items", keep, reason, "member")
    lists = kept.group_by("index", maintain_order=True).agg("items")
    joined = rows.drop("items").join(lists, on="index", how="left", maintain_order="left")
    return joined.with_columns(pl.col("items").fill_null([])).select(bundles.columns), change


def _member() -> pl.Expr:
    return pl.format("{} in bundle {}", "items", "bundle_id")


def _mended_texts(
    table: pl.DataFrame, name: MendedTable, columns: list[str], mend: Callable[[str], str], may: str, reason: str
) -> Result:
    """Mend the texts that match the regular expression *may*; a list is mended part by part."""
    examples: dict[int, str] = {}
    for column in columns:
        old = table[column]
        match = pl.element().str.contains(may) if old.dtype == pl.List else pl.col(column).str.contains(may)
        found = table.select(pl.col(column).list.eval(match).list.any() if old.dtype == pl.List else match).to_series()
        rows = found.fill_null(False).arg_true()
        before = old.gather(rows).to_list()
        after = [_mended(value, mend) for value in before]
        places = [place for place in range(len(before)) if before[place] != after[place]]
        for place in places:
            examples.setdefault(int(rows[place]), str(before[place]))
        if places:
            new = pl.Series(column, after, dtype=old.dtype)
            numbers = pl.int_range(table.height, eager=True, dtype=pl.UInt32)
            others = pl.DataFrame({"row": rows.cast(pl.UInt32), column: new})
            joined = pl.DataFrame({"row": numbers}).join(others, on="row", how="left", maintain_order="left")
            table = table.with_columns(joined[column].zip_with(found.fill_null(False), old).alias(column))
    return table, changed(name, "mended", reason, [examples[row] for row in sorted(examples)])


def _mended(value: str | list[str | None] | None, mend: Callable[[str], str]) -> Any:
    if value is None:
        return None
    return mend(value) if isinstance(value, str) else [mend(part or "") for part in value]


def _labels(table: pl.DataFrame, key: str, column: str) -> pl.Series:
    return table.select(pl.format("{} of item {}", column, key).alias("label"))["label"]


def changed(name: MendedTable, action: Literal["dropped", "mended"], reason: str, values: Iterable[Any]) -> RowChange:
    """What was done to *values*, a few of which are shown."""
    column = values if isinstance(values, pl.Series) else pl.Series(list(values), dtype=pl.String)
    shown = column.head(10_000).unique(maintain_order=True).head(EXAMPLES).cast(pl.String)
    texts = ["(none)" if value is None else value[:LONGEST_EXAMPLE] for value in shown]
    return RowChange(table=name, action=action, reason=reason, count=column.len(), examples=tuple(dict.fromkeys(texts)))
