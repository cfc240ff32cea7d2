"""Cleaning: one small rule a function, each giving back its table and what it dropped or mended, and why.

Knows nothing about sources and splits. `clean` applies the rules in an order that matters: ids first, so that
every later count is of rows that could have been kept.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

import polars as pl

from bundlesmith.errors import BundlesmithError
from bundlesmith.prepare.baskets import bundles_of_baskets
from bundlesmith.prepare.formats import ColumnFormat, Values
from bundlesmith.prepare.numbers import read_prices
from bundlesmith.prepare.readers import Raw, conform
from bundlesmith.prepare.readers.cells import without_nothing
from bundlesmith.prepare.report import EXAMPLES, Change, Reading
from bundlesmith.prepare.stock import read_stock
from bundlesmith.prepare.tables import BUNDLES, EVENTS, ITEMS
from bundlesmith.prepare.times import read_times
from bundlesmith.prepare.values import MAY_BE_HTML, MAY_BE_UNTIDY, one_line, unescape

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
    readings: list[Reading]
    currency: str = ""


def clean(raw: Raw) -> Clean:
    """Apply every rule.

    Raises:
        BundlesmithError: if no item is left, or neither an event nor a bundle.
    """
    notes = _Notes(list(raw.changes), list(raw.readings), raw.formats)
    items, untitled = _clean_items(raw.items, notes)
    if items.is_empty():
        raise BundlesmithError(
            f"The catalogue is empty: {raw.items.height:,} items read, none with an id and a title.",
            "Check the items' file and the columns for item_id and title.",
        )
    events = _clean_events(raw.events, items["item_id"], untitled, notes)
    bundles = _clean_bundles(raw.bundles, items["item_id"], untitled, notes)
    if events.is_empty() and bundles.is_empty() and not (raw.events.is_empty() and raw.bundles.is_empty()):
        raise BundlesmithError(
            f"Nothing is left of {raw.events.height:,} events and {raw.bundles.height:,} bundles{notes.most_of_it()}.",
            notes.advice(items["item_id"][0]),
        )
    if raw.bundles.is_empty():
        made, changes = bundles_of_baskets(conform(events, EVENTS), raw.baskets)
        bundles = made if made.height else bundles
        notes.changes += changes
    tables = (conform(items, ITEMS), conform(events, EVENTS), conform(bundles, BUNDLES))
    return Clean(*tables, [change for change in notes.changes if change.count], notes.readings, notes.currency)


@dataclass(slots=True)
class _Notes:
    """What was dropped, mended and decided so far, and what is known of how columns are written."""

    changes: list[Change]
    readings: list[Reading]
    formats: Mapping[str, ColumnFormat]
    currency: str = ""

    def of(self, result: Result) -> pl.DataFrame:
        self.changes.append(result[1])
        return result[0]

    def how(self, column: str) -> ColumnFormat:
        return self.formats.get(column, ColumnFormat())

    def read(self, table: Literal["items", "events", "bundles"], column: str, values: Values) -> None:
        if values.values.count() or values.unread.len():
            self.readings.append(Reading(table=table, column=column, read_as=values.read_as))

    def worst(self) -> Change | None:
        """What most rows of events went by."""
        lost = [change for change in self.changes if change.table in ("events", "bundle items") and change.count]
        return max(lost, key=lambda change: change.count, default=None)

    def advice(self, item: str) -> str:
        """What to do if nothing is left."""
        if (worst := self.worst()) and "timestamp" in worst.reason:
            return 'Say how times are written: `timestamp: {column: …, format: "%d.%m.%Y %H:%M"}`.'
        return f'Check that item ids are written as in the catalogue, such as "{item}".'

    def most_of_it(self) -> str:
        """The reason why most rows of events went, in words."""
        if not (worst := self.worst()):
            return ""
        shown = f', such as "{worst.examples[0]}"' if worst.examples else ""
        return f": {worst.reason} ({worst.table}{shown})"


def _clean_items(items: pl.DataFrame, notes: _Notes) -> tuple[pl.DataFrame, pl.Series]:
    items = notes.of(drop_without(items, "items", "item_id", "no item id"))
    notes.changes.append(other_prices(items))
    items = fill_from_repeated(items)
    items = notes.of(
        drop_repeated(items, "items", "item_id", "item id seen before; what it lacks is filled from others")
    )
    items = notes.of(mend_html(items, "items", ["title", "category"]))
    items = notes.of(mend_space(items, "items", ["title", "category"]))
    before = items["item_id"]
    items = notes.of(drop_without(items, "items", "title", "no title"))
    items = _read_prices(items, notes)
    items = _read_stock(items, notes)
    items = notes.of(mend_negative_stock(items))
    items = items.with_columns(pl.col("category").fill_null([]), pl.col("attributes").fill_null("{}"))
    return items, before.filter(~before.is_in(items["item_id"].implode()))


def _read_prices(items: pl.DataFrame, notes: _Notes) -> pl.DataFrame:
    read = read_prices(without_nothing(items["price"]), notes.how("items.price"), "items.price")
    notes.read("items", "price", read)
    notes.currency = read.currency
    notes.changes.append(_change("items", "mended", "price is not one number; now not known", read.unread))
    return items.with_columns(read.values.alias("price"))


def _read_stock(items: pl.DataFrame, notes: _Notes) -> pl.DataFrame:
    decimal = _decimal(notes)
    texts = without_nothing(items["stock"])
    read = read_stock(texts, notes.how("items.stock"), "items.stock", decimal)
    notes.read("items", "stock", read)
    notes.changes.append(_change("items", "mended", "stock can't be read; now 0", read.unread))
    blank = items.filter(texts.is_null())["item_id"]
    if blank.len() < items.height:
        notes.changes.append(_change("items", "mended", "blank stock; not counted, always in stock", blank))
    return items.with_columns(read.values.alias("stock"))


def _decimal(notes: _Notes) -> str | None:
    """The decimal sign that the prices have shown."""
    for reading in notes.readings:
        if (reading.table, reading.column) == ("items", "price") and not reading.read_as.startswith("whole"):
            signs = {"decimal point": ".", "decimal comma": ","}
            return signs.get(reading.read_as.split(", ")[0])
    return None


def _clean_events(events: pl.DataFrame, known: pl.Series, untitled: pl.Series, notes: _Notes) -> pl.DataFrame:
    events = notes.of(drop_without(events, "events", "user_id", "no user id"))
    events = notes.of(drop_events_of(events, untitled, "the item has no title"))
    events = notes.of(drop_events_outside(events, known))
    read = read_times(without_nothing(events["timestamp"]), notes.how("events.timestamp"), "events.timestamp")
    notes.read("events", "timestamp", read)
    return notes.of(drop_timeless_events(events, read.values))


def _clean_bundles(bundles: pl.DataFrame, known: pl.Series, untitled: pl.Series, notes: _Notes) -> pl.DataFrame:
    bundles = notes.of(drop_without(bundles, "bundles", "bundle_id", "no bundle id"))
    seen_before = "bundle id seen before; the first is kept"
    bundles = notes.of(drop_repeated(bundles, "bundles", "bundle_id", seen_before))
    texts = ["intent", "explanation"]
    bundles = notes.of(mend_html(bundles, "bundles", texts))
    bundles = notes.of(mend_space(bundles, "bundles", texts))
    read = read_times(without_nothing(bundles["timestamp"]), notes.how("bundles.timestamp"), "bundles.timestamp")
    notes.read("bundles", "timestamp", read)
    notes.changes.append(_change("bundles", "mended", "broken timestamp; now not known", read.unread))
    bundles = bundles.with_columns(read.values.alias("timestamp"))
    bundles = notes.of(drop_members_of(bundles, untitled, "the item has no title"))
    bundles = notes.of(drop_members_outside(bundles, known))
    bundles = notes.of(drop_repeated_members(bundles))
    return notes.of(drop_small_bundles(bundles))


def drop_without(table: pl.DataFrame, name: TableName, column: str, reason: str) -> Result:
    """Drop rows whose *column* is null or blank."""
    full = pl.col(column).is_not_null() & (pl.col(column).str.strip_chars() != "")
    return _dropped(table, name, full, reason, table.columns[0])


def drop_repeated(table: pl.DataFrame, name: TableName, column: str, reason: str) -> Result:
    """Drop rows whose *column* an earlier row has too."""
    return _dropped(table, name, pl.col(column).is_first_distinct(), reason, column)


def other_prices(items: pl.DataFrame) -> Change:
    """Count rows of an item whose price is another one than its first row's."""
    price = pl.coalesce(pl.col("price").cast(pl.Float64, strict=False).cast(pl.String), "price")  # 1.50 is 1.5
    first = price.drop_nulls().first().over("item_id")
    others = items.filter(price != first) if items["item_id"].is_duplicated().any() else items.clear()
    reason = "further price of the same item id; the first counts"
    return _change("items", "mended", reason, _labels(others, "item_id", "price"))


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


def mend_html(table: pl.DataFrame, name: TableName, columns: list[str]) -> Result:
    """Turn HTML entities into characters and take tags out."""
    return _mended_texts(table, name, columns, unescape, MAY_BE_HTML, "HTML entities or tags")


def mend_space(table: pl.DataFrame, name: TableName, columns: list[str]) -> Result:
    """Turn control characters and white space into single blanks; texts that are blank become null."""
    table, change = _mended_texts(table, name, columns, one_line, MAY_BE_UNTIDY, "white space or control characters")
    for column in columns:
        if table.schema[column] == pl.String:
            table = table.with_columns(pl.when(pl.col(column) != "").then(column))
        else:
            table = table.with_columns(pl.col(column).list.eval(pl.element().filter(pl.element() != "")))
    return table, change


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


def drop_timeless_events(events: pl.DataFrame, times: pl.Series) -> Result:
    """Put the times that were read in the place of their texts; drop events whose time is missing or broken."""
    texts = events.with_columns(times.alias("timestamp"), text=pl.col("timestamp").fill_null("(none)"))
    kept, change = _dropped(texts, "events", pl.col("timestamp").is_not_null(), "broken timestamp", "text")
    return kept.drop("text"), change


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


def _mended_texts(
    table: pl.DataFrame, name: TableName, columns: list[str], mend: Callable[[str], str], may: str, reason: str
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
        changed = [place for place in range(len(before)) if before[place] != after[place]]
        for place in changed:
            examples.setdefault(int(rows[place]), str(before[place]))
        if changed:
            new = pl.Series(column, after, dtype=old.dtype)
            numbers = pl.int_range(table.height, eager=True, dtype=pl.UInt32)
            places = pl.DataFrame({"row": rows.cast(pl.UInt32), column: new})
            joined = pl.DataFrame({"row": numbers}).join(places, on="row", how="left", maintain_order="left")
            table = table.with_columns(joined[column].zip_with(found.fill_null(False), old).alias(column))
    return table, _change(name, "mended", reason, [examples[row] for row in sorted(examples)])


def _mended(value: str | list[str | None] | None, mend: Callable[[str], str]) -> Any:
    if value is None:
        return None
    return mend(value) if isinstance(value, str) else [mend(part or "") for part in value]


def _labels(table: pl.DataFrame, key: str, column: str) -> pl.Series:
    return table.select(pl.format("{} of item {}", column, key).alias("label"))["label"]


def _change(name: TableName, action: Literal["dropped", "mended"], reason: str, values: Iterable[Any]) -> Change:
    column = values if isinstance(values, pl.Series) else pl.Series(list(values), dtype=pl.String)
    shown = column.head(10_000).unique(maintain_order=True).head(EXAMPLES).cast(pl.String)
    texts = ["(none)" if value is None else value[:LONGEST_EXAMPLE] for value in shown]
    return Change(table=name, action=action, reason=reason, count=column.len(), examples=tuple(dict.fromkeys(texts)))
