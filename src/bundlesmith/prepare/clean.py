"""Cleaning: one small rule a function, each giving back its table and what it dropped or mended, and why.

Knows nothing about sources and splits. `clean` applies the rules in an order that matters: ids first, so that
every later count is of rows that could have been kept.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, Literal

import polars as pl

from bundlesmith.errors import BundlesmithError
from bundlesmith.prepare.readers import Raw, conform
from bundlesmith.prepare.report import EXAMPLES, Change
from bundlesmith.prepare.tables import BUNDLES, EVENTS, ITEMS
from bundlesmith.prepare.values import one_line, parse_price, parse_timestamp, unescape

Result = tuple[pl.DataFrame, Change]
TableName = Literal["items", "events", "bundles", "bundle items"]
LONGEST_EXAMPLE = 80


@dataclass(frozen=True, slots=True)
class Clean:
    """The three tables after cleaning, with their final schemas but splits that may still be null."""

    items: pl.DataFrame
    events: pl.DataFrame
    bundles: pl.DataFrame
    changes: list[Change]


def clean(raw: Raw) -> Clean:
    """Apply every rule.

    Raises:
        BundlesmithError: if no item is left, or neither an event nor a bundle.
    """
    changes = list(raw.changes)
    items, untitled = _clean_items(raw.items, changes)
    if items.is_empty():
        raise BundlesmithError(
            f"The catalogue is empty: {raw.items.height:,} items read, none with an id and a title.",
            "Check the items' file and the columns for item_id and title.",
        )
    events = _clean_events(raw.events, items["item_id"], untitled, changes)
    bundles = _clean_bundles(raw.bundles, items["item_id"], untitled, changes)
    if events.is_empty() and bundles.is_empty() and not (raw.events.is_empty() and raw.bundles.is_empty()):
        raise BundlesmithError(
            f"Nothing is left of {raw.events.height:,} events and {raw.bundles.height:,} bundles.",
            f'Check that item ids are written as in the catalogue, such as "{items["item_id"][0]}".',
        )
    tables = (conform(items, ITEMS), conform(events, EVENTS), conform(bundles, BUNDLES))
    return Clean(*tables, [change for change in changes if change.count])


def _clean_items(items: pl.DataFrame, changes: list[Change]) -> tuple[pl.DataFrame, pl.Series]:
    items = _noted(changes, drop_without(items, "items", "item_id", "no item id"))
    items = _noted(changes, drop_repeated(items, "items", "item_id", "item id seen before; the first is kept"))
    items = _noted(changes, mend_html(items, "items", ["title", "category"]))
    items = _noted(changes, mend_space(items, "items", ["title", "category"]))
    before = items["item_id"]
    items = _noted(changes, drop_without(items, "items", "title", "no title"))
    items = _noted(changes, mend_prices(items))
    items = _noted(changes, mend_broken_stock(items))
    items = _noted(changes, mend_negative_stock(items))
    items = items.with_columns(pl.col("category").fill_null([]), pl.col("attributes").fill_null("{}"))
    return items, before.filter(~before.is_in(items["item_id"].implode()))


def _clean_events(events: pl.DataFrame, known: pl.Series, untitled: pl.Series, changes: list[Change]) -> pl.DataFrame:
    events = _noted(changes, drop_without(events, "events", "user_id", "no user id"))
    events = _noted(changes, drop_events_of(events, untitled, "the item has no title"))
    events = _noted(changes, drop_events_outside(events, known))
    return _noted(changes, drop_timeless_events(events))


def _clean_bundles(bundles: pl.DataFrame, known: pl.Series, untitled: pl.Series, changes: list[Change]) -> pl.DataFrame:
    bundles = _noted(changes, drop_without(bundles, "bundles", "bundle_id", "no bundle id"))
    seen_before = "bundle id seen before; the first is kept"
    bundles = _noted(changes, drop_repeated(bundles, "bundles", "bundle_id", seen_before))
    texts = ["intent", "explanation"]
    bundles = _noted(changes, mend_html(bundles, "bundles", texts))
    bundles = _noted(changes, mend_space(bundles, "bundles", texts))
    bundles = _noted(changes, mend_timestamps(bundles))
    bundles = _noted(changes, drop_members_of(bundles, untitled, "the item has no title"))
    bundles = _noted(changes, drop_members_outside(bundles, known))
    bundles = _noted(changes, drop_repeated_members(bundles))
    return _noted(changes, drop_small_bundles(bundles))


def _noted(changes: list[Change], result: Result) -> pl.DataFrame:
    changes.append(result[1])
    return result[0]


def drop_without(table: pl.DataFrame, name: TableName, column: str, reason: str) -> Result:
    """Drop rows whose *column* is null or blank."""
    full = pl.col(column).is_not_null() & (pl.col(column).str.strip_chars() != "")
    return _dropped(table, name, full, reason, table.columns[0])


def drop_repeated(table: pl.DataFrame, name: TableName, column: str, reason: str) -> Result:
    """Drop rows whose *column* an earlier row has too."""
    return _dropped(table, name, pl.col(column).is_first_distinct(), reason, column)


def mend_html(table: pl.DataFrame, name: TableName, columns: list[str]) -> Result:
    """Turn HTML entities into characters and take tags out."""
    return _mended_texts(table, name, columns, unescape, "HTML entities or tags")


def mend_space(table: pl.DataFrame, name: TableName, columns: list[str]) -> Result:
    """Turn control characters and white space into single blanks; texts that are blank become null."""
    table, change = _mended_texts(table, name, columns, one_line, "white space or control characters")
    for column in columns:
        if table.schema[column] == pl.String:
            table = table.with_columns(pl.when(pl.col(column) != "").then(column))
        else:
            table = table.with_columns(pl.col(column).list.eval(pl.element().filter(pl.element() != "")))
    return table, change


def mend_prices(items: pl.DataFrame) -> Result:
    """Parse prices; broken ones (negative, not a finite number) become null, the item stays."""
    return _parsed(items, "items", "price", parse_price, pl.Float64, "broken price; now not known")


def mend_broken_stock(items: pl.DataFrame) -> Result:
    """Parse stocks as whole numbers; broken ones become null, which counts as in stock."""
    return _parsed(items, "items", "stock", _parse_count, pl.Int64, "broken stock; now not counted")


def mend_negative_stock(items: pl.DataFrame) -> Result:
    """Turn negative stocks into 0."""
    below = items.filter(pl.col("stock") < 0)
    change = _change("items", "mended", "negative stock; now 0", _labels(below, "item_id", "stock"))
    return items.with_columns(pl.col("stock").clip(lower_bound=0)), change


def drop_events_of(events: pl.DataFrame, items: pl.Series, reason: str) -> Result:
    """Drop events of one of *items*."""
    return _dropped(events, "events", ~_among("item_id", items), reason, "item_id")


def drop_events_outside(events: pl.DataFrame, known: pl.Series) -> Result:
    """Drop events of items that aren't in the catalogue."""
    return _dropped(events, "events", _among("item_id", known), "the item is not in the catalogue", "item_id")


def drop_timeless_events(events: pl.DataFrame) -> Result:
    """Parse timestamps; drop events whose timestamp is missing or broken."""
    texts = events.with_columns(text=pl.col("timestamp").fill_null("(none)"))
    parsed, _ = _parsed(texts, "events", "timestamp", parse_timestamp, pl.Int64, "")
    kept, change = _dropped(parsed, "events", pl.col("timestamp").is_not_null(), "broken timestamp", "text")
    return kept.drop("text"), change


def mend_timestamps(bundles: pl.DataFrame) -> Result:
    """Parse timestamps; broken ones become null, the bundle stays."""
    reason = "broken timestamp; now not known"
    return _parsed(bundles, "bundles", "timestamp", parse_timestamp, pl.Int64, reason)


def drop_members_of(bundles: pl.DataFrame, items: pl.Series, reason: str) -> Result:
    """Take *items* out of all bundles."""
    return _dropped_members(bundles, ~_among("items", items), reason)


def drop_members_outside(bundles: pl.DataFrame, known: pl.Series) -> Result:
    """Take items that aren't in the catalogue out of all bundles."""
    inside = pl.col("items").is_not_null() & _among("items", known)
    return _dropped_members(bundles, inside, "the item is not in the catalogue")


def drop_repeated_members(bundles: pl.DataFrame) -> Result:
    """Keep each item of a bundle once."""
    first = pl.struct("index", "items").is_first_distinct()
    return _dropped_members(bundles, first, "the bundle has the item already")


def drop_small_bundles(bundles: pl.DataFrame) -> Result:
    """Drop bundles of fewer than 2 items."""
    return _dropped(bundles, "bundles", pl.col("items").list.len() >= 2, "fewer than 2 items left", "bundle_id")


def _among(column: str, values: pl.Series) -> pl.Expr:
    return pl.col(column).is_in(values.implode()).fill_null(False)


def _dropped(table: pl.DataFrame, name: TableName, keep: pl.Expr, reason: str, example: str) -> Result:
    marked = table.with_columns(kept=keep)
    gone = marked.filter(~pl.col("kept"))
    return marked.filter("kept").drop("kept"), _change(name, "dropped", reason, gone[example])


def _dropped_members(bundles: pl.DataFrame, keep: pl.Expr, reason: str) -> Result:
    rows = bundles.with_row_index()
    members = rows.select("index", "bundle_id", "items").explode("items").drop_nulls("items")
    kept, change = _dropped(members.with_columns(member=_member()), "bundle items", keep, reason, "member")
    lists = kept.group_by("index", maintain_order=True).agg("items")
    joined = rows.drop("items").join(lists, on="index", how="left", maintain_order="left")
    return joined.with_columns(pl.col("items").fill_null([])).select(bundles.columns), change


def _member() -> pl.Expr:
    return pl.format("{} in bundle {}", "items", "bundle_id")


def _parsed(
    table: pl.DataFrame, name: TableName, column: str, parse: Callable[[str], Any], dtype: Any, reason: str
) -> Result:
    texts = table[column]
    values = {text: parse(text) for text in texts.unique() if text is not None and text.strip()}
    parsed = pl.Series(column, [values.get(text) for text in texts], dtype=dtype)
    broken = [text for text in texts if text in values and values[text] is None]
    return table.with_columns(parsed), _change(name, "mended", reason, broken)


def _parse_count(text: str) -> int | None:
    try:
        return int(float(text))
    except (ValueError, OverflowError):
        return None


def _mended_texts(
    table: pl.DataFrame, name: TableName, columns: list[str], mend: Callable[[str], str], reason: str
) -> Result:
    examples: dict[int, str] = {}
    for column in columns:
        old = table[column].to_list()
        new = [_mended(value, mend) for value in old]
        for row, (before, after) in enumerate(zip(old, new, strict=True)):
            if before != after:
                examples.setdefault(row, str(before))
        table = table.with_columns(pl.Series(column, new, dtype=table.schema[column]))
    return table, _change(name, "mended", reason, [examples[row] for row in sorted(examples)])


def _mended(value: str | list[str | None] | None, mend: Callable[[str], str]) -> Any:
    if value is None:
        return None
    return mend(value) if isinstance(value, str) else [mend(part or "") for part in value]


def _labels(table: pl.DataFrame, key: str, column: str) -> pl.Series:
    return table.select(pl.format("{} of item {}", column, key).alias("label"))["label"]


def _change(name: TableName, action: Literal["dropped", "mended"], reason: str, values: Iterable[Any]) -> Change:
    texts = ["(none)" if value is None else str(value) for value in values]
    shown = dict.fromkeys(text[:LONGEST_EXAMPLE] for text in texts)
    return Change(table=name, action=action, reason=reason, count=len(texts), examples=tuple(shown)[:EXAMPLES])
