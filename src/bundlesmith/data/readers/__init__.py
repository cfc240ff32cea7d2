"""Readers: one small module a source, each turning it into the same three raw tables.

A raw table has the columns of the final one, but prices, stocks and timestamps are still the source's text (of events,
timestamps may be seconds already), and splits may be null.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import polars as pl

from bundlesmith.data.baskets import Baskets
from bundlesmith.data.report import Reading, RowChange
from bundlesmith.data.tables import BUNDLES, EVENTS, ITEMS
from bundlesmith.data.values.formats import ColumnFormat

RAW_ITEMS: dict[str, Any] = {**ITEMS, "price": pl.String, "stock": pl.String}
RAW_EVENTS: dict[str, Any] = {**EVENTS, "timestamp": pl.String}
RAW_BUNDLES: dict[str, Any] = {**BUNDLES, "timestamp": pl.String}


@dataclass(frozen=True, slots=True)
class Raw:
    """What a reader gives: raw tables, whether the source's item ids are integers, what it mended and how it read.

    *formats* has what is known of how values are written, by table and column, as in "items.price"; *baskets* says of
    what bundles are made if there are none.
    """

    items: pl.DataFrame
    events: pl.DataFrame
    bundles: pl.DataFrame
    integer_ids: bool
    changes: tuple[RowChange, ...] = ()
    readings: tuple[Reading, ...] = ()
    formats: Mapping[str, ColumnFormat] = field(default_factory=dict)
    baskets: Baskets = "none"


def conform(table: pl.DataFrame, schema: dict[str, Any]) -> pl.DataFrame:
    """Give *table* the columns of *schema*: missing ones are null, others go; blank ids are null."""
    present = set(table.columns)
    columns = [
        (pl.col(name) if name in present else pl.lit(None)).cast(kind).alias(name) for name, kind in schema.items()
    ]
    ids = [pl.col(name).str.strip_chars().replace("", None) for name in schema if name.endswith("_id")]
    table = table.select(columns).with_columns(ids)
    if "items" in schema:
        table = table.with_columns(pl.col("items").list.eval(pl.element().str.strip_chars()))
    return table


def whole_numbers(ids: pl.Series) -> bool:
    """Say whether every id of *ids* (text) is an integer in its usual spelling: `str(int(id)) == id`."""
    return bool(ids.len() > 0 and ids.str.contains(r"^(0|-?[1-9][0-9]{0,17})$").all())
