"""Cleaning: the steps of `mending`, in an order that matters: ids first, so that every later count is of rows that
could have been kept.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import polars as pl

from bundlesmith.data.baskets import bundles_of_baskets
from bundlesmith.data.mending import (
    Result,
    changed,
    drop_events,
    drop_members,
    drop_repeated,
    drop_repeated_members,
    drop_small_bundles,
    drop_timeless_events,
    drop_without,
    fill_from_repeated,
    mend_html,
    mend_negative_stock,
    mend_space,
    other_prices,
    part_guests,
)
from bundlesmith.data.readers import Raw
from bundlesmith.data.readers.cells import without_nothing
from bundlesmith.data.report import Reading, RowChange, count
from bundlesmith.data.tables import CODED_BUNDLES, ITEMS, coded
from bundlesmith.data.values.formats import ColumnFormat, Values
from bundlesmith.data.values.numbers import read_prices
from bundlesmith.data.values.stock import read_stock
from bundlesmith.data.values.times import read_times
from bundlesmith.errors import BundlesmithError

_UNTITLED, _UNKNOWN = "the item has no title", "the item is not in the catalogue"


@dataclass(frozen=True, slots=True)
class Clean:
    """The three tables after cleaning, with their final columns but splits that may still be null, and ids `coded`.

    *read* is how many rows of each there were.
    """

    items: pl.DataFrame
    events: pl.DataFrame
    bundles: pl.DataFrame
    changes: list[RowChange]
    readings: list[Reading]
    read: dict[str, int]
    integer_ids: bool
    currency: str = ""


def clean(raw: Raw) -> Clean:
    """Take every step. Texts of large tables go as soon as they are read, if the caller doesn't keep *raw*.

    Raises:
        BundlesmithError: if no item is left, or neither an event nor a bundle.
    """
    read, integer_ids, baskets = count(raw.items, raw.events, raw.bundles), raw.integer_ids, raw.baskets
    notes = _Notes(list(raw.changes), list(raw.readings), raw.formats)
    items, untitled = _clean_items(raw.items, notes)
    if items.is_empty():
        raise BundlesmithError(
            f"The catalogue is empty: {raw.items.height:,} items read, none with an id and a title.",
            "Check the items' file and the columns for item_id and title.",
        )
    events = _clean_events(raw.events, items["item_id"], untitled, notes)
    bundles = _clean_bundles(raw.bundles, items["item_id"], untitled, notes)
    del raw
    if events.is_empty() and bundles.is_empty() and read["events"] + read["bundles"]:
        raise BundlesmithError(
            f"Nothing is left of {read['events']:,} events and {read['bundles']:,} bundles{notes.most_of_it()}.",
            notes.advice(items["item_id"][0]),
        )
    if not read["bundles"]:
        made, changes = bundles_of_baskets(events, baskets)
        bundles = made if made.height else bundles
        notes.changes += changes
    tables = (items.cast(ITEMS), events, bundles.cast(CODED_BUNDLES))  # type: ignore[arg-type]
    changes = [change for change in notes.changes if change.count]
    return Clean(*tables, changes, notes.readings, read, integer_ids, notes.currency)


@dataclass(slots=True)
class _Notes:
    """What was dropped, mended and decided so far, and what is known of how columns are written."""

    changes: list[RowChange]
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

    def worst(self) -> RowChange | None:
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
    notes.changes.append(
        changed("items", "mended", "price is not one number, or in another currency; now not known", read.unread)
    )
    return items.with_columns(read.values.alias("price"))


def _read_stock(items: pl.DataFrame, notes: _Notes) -> pl.DataFrame:
    decimal = _decimal(notes)
    texts = without_nothing(items["stock"], errors=False)
    read = read_stock(texts, notes.how("items.stock"), "items.stock", decimal)
    notes.read("items", "stock", read)
    notes.changes.append(changed("items", "mended", "stock can't be read; now 0", read.unread))
    blank = items.filter(texts.is_null() & read.values.is_null())["item_id"]
    if blank.len() < items.height:
        notes.changes.append(changed("items", "mended", "blank stock; not counted, always in stock", blank))
    return items.with_columns(read.values.alias("stock"))


def _decimal(notes: _Notes) -> str | None:
    """The decimal sign that the prices have shown."""
    for reading in notes.readings:
        if (reading.table, reading.column) == ("items", "price") and not reading.read_as.startswith("whole"):
            signs = {"decimal point": ".", "decimal comma": ","}
            return signs.get(reading.read_as.split(", ")[0])
    return None


def _clean_events(events: pl.DataFrame, known: pl.Series, untitled: pl.Series, notes: _Notes) -> pl.DataFrame:
    events = notes.of(part_guests(coded(events)))
    events = notes.of(drop_without(events, "events", "user_id", "no user id"))
    events = notes.of(drop_events(events, untitled, _UNTITLED, outside=False))
    events = notes.of(drop_events(events, known, _UNKNOWN, outside=True))
    times = events["timestamp"]
    if times.dtype == pl.String:
        read = read_times(without_nothing(times), notes.how("events.timestamp"), "events.timestamp")
        notes.read("events", "timestamp", read)
        times = read.values
    return notes.of(drop_timeless_events(events, times))


def _clean_bundles(bundles: pl.DataFrame, known: pl.Series, untitled: pl.Series, notes: _Notes) -> pl.DataFrame:
    bundles = notes.of(drop_without(bundles, "bundles", "bundle_id", "no bundle id"))
    seen_before = "bundle id seen before; the first is kept"
    bundles = notes.of(drop_repeated(bundles, "bundles", "bundle_id", seen_before))
    texts = ["intent", "explanation"]
    bundles = notes.of(mend_html(bundles, "bundles", texts))
    bundles = notes.of(mend_space(bundles, "bundles", texts))
    read = read_times(without_nothing(bundles["timestamp"]), notes.how("bundles.timestamp"), "bundles.timestamp")
    notes.read("bundles", "timestamp", read)
    notes.changes.append(changed("bundles", "mended", "broken timestamp; now not known", read.unread))
    bundles = bundles.with_columns(read.values.alias("timestamp"))
    bundles = notes.of(drop_members(bundles, untitled, _UNTITLED, outside=False))
    bundles = notes.of(drop_members(bundles, known, _UNKNOWN, outside=True))
    bundles = notes.of(drop_repeated_members(bundles))
    return notes.of(drop_small_bundles(bundles))
