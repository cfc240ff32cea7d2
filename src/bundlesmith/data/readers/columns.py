"""How the columns of a table are written: as the YAML file says, and as their types and names say."""

import json
from pathlib import Path

import polars as pl

from bundlesmith.data.names import names, plain_name
from bundlesmith.data.readers.cells import as_text
from bundlesmith.data.readers.config import ColumnSource, ItemsFile
from bundlesmith.data.values.dates import to_seconds
from bundlesmith.data.values.formats import ColumnFormat
from bundlesmith.data.values.numbers import currency_in, divisor, is_currency
from bundlesmith.errors import BundlesmithError


def with_currency(config: ItemsFile, table: pl.DataFrame) -> ItemsFile:
    """The price together with the column beside it that says its currency, if there is one."""
    source = config.source("price") or ColumnSource(column="price")
    if len(source.columns) > 1 or source.columns[0] not in table.columns:
        return config
    for name in table.columns:
        if plain_name(name) in names()["currency"] and name not in config.mentioned() | set(config.attributes):
            codes = as_text(table[name]).unique().drop_nulls().to_list()
            if codes and all(map(is_currency, codes)):
                known = {"decimal": source.decimal or "."} if table.schema[source.columns[0]].is_numeric() else {}
                both = source.model_copy(update={"column": [source.columns[0], name], **known})
                return config.model_copy(update={"columns": config.columns | {"price": both}})
    return config


def column_format(source: ColumnSource, column: pl.Series) -> ColumnFormat:
    """How a column is written: as the YAML file says, and as its type and its name say."""
    how = ColumnFormat(**{name: getattr(source, name) for name in ColumnFormat.model_fields})
    if column.name == "price":
        divide = how.divide or divisor(source.columns[0], as_text(column), "items.price")
        named = how.named_currency or currency_in(source.columns[0])
        how = how.model_copy(update={"divide": divide, "named_currency": named})
    if column.dtype.is_numeric() and how.decimal is None:
        return how.model_copy(update={"decimal": "."})
    if column.dtype.is_temporal():
        return how.model_copy(update={"unit": "s", "zone": None, "format": None})
    return how


def in_zone(column: pl.Series, source: ColumnSource, table: str) -> pl.Series:
    """Moments that have no zone, as seconds since 1970 in the zone that is named."""
    if not source.zone or not (column.dtype == pl.Date or isinstance(column.dtype, pl.Datetime)):
        return column
    return to_seconds(column.cast(pl.Datetime("us")), source, f"{table}.{column.name}") if _naive(column) else column


def _naive(column: pl.Series) -> bool:
    return getattr(column.dtype, "time_zone", None) is None


def refuse_objects(file: Path, chosen: pl.DataFrame) -> None:
    """Refuse objects as ids and titles: a part of them is meant, such as "name.en"."""
    for ours in ("item_id", "title"):
        first = as_text(chosen[ours]).drop_nulls().head(1)
        if not first.len() or not first[0].startswith('{"'):
            continue
        try:
            parts = list(json.loads(first[0]))
        except ValueError:
            continue
        what = f'"{file}": the column for {ours} holds objects, such as {first[0][:80]}.'
        raise BundlesmithError(what, f"Name the part that counts, after a point: `{ours}: COLUMN.{parts[0]}`.")


def as_attributes(table: pl.DataFrame) -> pl.Series:
    """The columns of a table as JSON objects."""
    table = table.with_columns(as_text(table[name]) for name in table.columns if table.schema[name] == pl.String)
    rows = [
        json.dumps({name: value for name, value in row.items() if value is not None}, ensure_ascii=False, default=str)
        for row in table.iter_rows(named=True)
    ]
    return pl.Series("attributes", rows, dtype=pl.String)


def checked_attributes(file: Path, texts: pl.Series) -> pl.Series:
    """Attributes that are JSON objects already; anything else is refused."""
    for text in texts.unique().drop_nulls():
        try:
            good = isinstance(json.loads(text), dict)
        except (TypeError, ValueError):
            good = False
        if not good:
            what = f'"{file}": the attributes {str(text)[:80]!r} are not a JSON object.'
            raise BundlesmithError(what, "List the columns to keep under `attributes` instead.")
    return texts
