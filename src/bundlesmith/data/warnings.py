"""What looks like success and isn't: warnings about prepared tables, each with the likely cause by what was seen.

It compares what was read with what is left.
"""

import re
from collections.abc import Mapping, Sequence

import polars as pl

from bundlesmith.data.report import RowChange
from bundlesmith.data.tables import SPLITS

LOST = 0.1  # of a table's rows
_MOST = 0.5
_ADVICE = (
    ("not in the catalogue", "check that item ids are written as in the catalogue, such as {item!r}"),
    ("timestamp", "say how times are written: `timestamp: {{column: …, format: …}}`"),
    ("no title", "check the column for the title; for variants name the column that they share: `group: …`"),
    ("no user id", "check the column for user_id"),
    ("seen before", "check that the column for the id tells rows apart"),
    ("fewer than 2", "sets of one item teach nothing"),
)


def find_warnings(
    read: Mapping[str, int],
    items: pl.DataFrame,
    events: pl.DataFrame,
    bundles: pl.DataFrame,
    changes: Sequence[RowChange],
    currency: str,
) -> list[str]:
    """Compare what was read with the final tables; *currency* is that of the prices, "" if it isn't known."""
    tables = {"items": items, "events": events, "bundles": bundles}
    first = items["item_id"][0]
    repeated = sum(change.count for change in changes if change.table == "items" and "seen before" in change.reason)
    read = {**read, "items": read.get("items", 0) - repeated}  # further rows of an item are no loss
    found = [_lost(name, read.get(name, 0), table.height, changes, first) for name, table in tables.items()]
    found += [
        _cut_ids(items),
        _members(bundles, changes, first),
        _prices(items, changes),
        _several_prices(changes),
        _free(items),
        _stock(items, changes),
    ]
    found += [no_currency("items", items["price"].count(), currency)]
    if bundles.height:
        found += [_empty_splits(bundles), _unknown(bundles, "timestamp", "time"), _unknown(bundles, "user_id", "user")]
    return [warning for warning in found if warning]


def _lost(name: str, read: int, kept: int, changes: Sequence[RowChange], item: str) -> str | None:
    if read - kept <= LOST * read:
        return None
    what = f"{name}: {read - kept:,} of {read:,} rows are lost ({(read - kept) / read:.0%})"
    dropped = [change for change in changes if change.table == name and change.action == "dropped"]
    return what + _cause([change for change in dropped if not _MEANT.search(change.reason)], item)


def _cut_ids(items: pl.DataFrame) -> str | None:
    cut = items.filter(pl.col("item_id").str.contains(r"^\d[.,]\d+[eE]\+\d+$"))["item_id"]
    if cut.is_empty():
        return None
    what = f'items: {cut.len():,} item ids have lost digits in a spreadsheet, such as "{cut[0]}".'
    return f"{what} Export the file again with that column as text."


_MEANT = re.compile("already|^staples|^further row of|beside its variants")  # no loss


def _members(bundles: pl.DataFrame, changes: Sequence[RowChange], item: str) -> str | None:
    dropped = [change for change in changes if change.table == "bundle items" and not _MEANT.search(change.reason)]
    gone = sum(change.count for change in dropped)
    kept = int(bundles["items"].list.len().sum() or 0)
    if gone <= LOST * (gone + kept):
        return None
    return f"bundles: {gone:,} of {gone + kept:,} places for items are lost" + _cause(dropped, item)


def _cause(dropped: Sequence[RowChange], item: str) -> str:
    if not dropped:
        return "."
    worst = max(dropped, key=lambda change: change.count)
    shown = f', such as "{worst.examples[0]}"' if worst.examples else ""
    advice = next((text.format(item=item) for reason, text in _ADVICE if reason in worst.reason), "")
    return f", most of them by: {worst.reason}{shown}." + (f" {advice[0].upper()}{advice[1:]}." if advice else "")


def _prices(items: pl.DataFrame, changes: Sequence[RowChange]) -> str | None:
    without = items["price"].null_count()
    if without <= _MOST * items.height:
        return None
    unread = [change for change in changes if change.table == "items" and change.reason.startswith("price")]
    if unread:
        cause = f'{unread[0].count:,} prices are not one number, such as "{unread[0].examples[0]}".'
    elif without == items.height:
        cause = "No column for the price is known: map `price`."
    else:
        cause = "Their cells are blank."
    return f"items: {without:,} of {items.height:,} have no price, and are left out where there is a budget. {cause}"


def _several_prices(changes: Sequence[RowChange]) -> str | None:
    """That rows of an item say several prices, as lists of old and new ones do."""
    further = [change for change in changes if change.reason.startswith("further price")]
    if not further or not further[0].count:
        return None
    fix = "If a column says from when each holds, name it: `latest: COLUMN`; else leave out the others by `where`."
    return f"items: {further[0].count:,} further prices of items, such as {further[0].examples[0]}, don't count. {fix}"


def _free(items: pl.DataFrame) -> str | None:
    """That something costs nothing, as where a shop writes 0 for a price that it doesn't know."""
    free = items.filter(pl.col("price") == 0)["item_id"]
    if free.is_empty() or free.len() == items.height:
        return None
    fix = 'If that is not meant, leave it empty: `price: {column: …, without: ["0", "0.00"]}`.'
    return f'items: {free.len():,} cost 0, such as "{free[0]}", and fit any budget. {fix}'


def no_currency(where: str, prices: int, currency: str) -> str | None:
    """That amounts stand alone where there are *prices* of which nobody knows the currency."""
    if currency or not prices:
        return None
    fix = "Say `price: {column: …, currency: EUR}` to `prepare`."
    return f"{where}: no currency is known, so {prices:,} prices are shown as bare numbers. {fix}"


def _stock(items: pl.DataFrame, changes: Sequence[RowChange]) -> str | None:
    gone = int((items["stock"] == 0).sum())
    if gone <= _MOST * items.height:
        return None
    unread = [change for change in changes if change.table == "items" and change.reason.startswith("stock")]
    cause = f' {unread[0].count:,} stocks can\'t be read, such as "{unread[0].examples[0]}".' if unread else ""
    return f"items: {gone:,} of {items.height:,} are not in stock, and are never written.{cause}"


def _empty_splits(bundles: pl.DataFrame) -> str | None:
    empty = [name for name in SPLITS if not (bundles["split"] == name).any()]
    if not empty:
        return None
    moments = bundles["timestamp"].drop_nulls().n_unique()
    units = bundles.select(pl.coalesce("session_id", "user_id", "bundle_id")).to_series().n_unique()
    if units < 3:
        cause = f"All bundles are of {units} user{'s' * (units != 1)} or session{'s' * (units != 1)}."
    elif 1 < moments < len(SPLITS):
        cause = f"They have {moments} different times alone."
    else:
        cause = "The data gives the splits, or a few moments hold most bundles."
    return f"bundles: none is in the split {' or '.join(empty)}. {cause}"


def _unknown(bundles: pl.DataFrame, column: str, what: str) -> str | None:
    without = bundles[column].null_count()
    if without <= _MOST * bundles.height:
        return None
    effect = "they are split by chance, not by time" if column == "timestamp" else "their buyers have no history"
    advice = f"Map `{column}` if there is a column for it."
    return f"bundles: {without:,} of {bundles.height:,} have no {what}: {effect}. {advice}"
