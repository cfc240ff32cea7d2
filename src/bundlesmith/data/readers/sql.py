"""A database's tables or queries, mapped to ours as files are.

    bundlesmith prepare --source sql --path shop.yaml --out data/shop
    bundlesmith prepare --source sql --path postgresql://shop@db/shop --out data/shop

The YAML file is that of `--source tables`, with `table` or `query` in place of `file`, and the database's `url`. With
a URL alone, tables called items, events and bundles are read.
"""

import json
import os
import tempfile
from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import polars as pl
import yaml
from pydantic import ValidationError

from bundlesmith.data.readers import Raw
from bundlesmith.data.readers.config import TablesConfig
from bundlesmith.data.readers.database import SourceDatabase, open_database
from bundlesmith.data.readers.files import read_text
from bundlesmith.data.readers.tabular import read_tables
from bundlesmith.data.tables import TABLE_NAMES
from bundlesmith.errors import BundlesmithError, nearest

Parts = dict[str, dict[str, Any]]
"""For each of our tables: the `table` or the `query` that it comes from, and the keys of `--source tables`."""


def read_sql(path: Path | None, url: str | None) -> Raw:
    """Read a database by the YAML file *path*, or the one at *url*, whose tables have our names.

    Raises:
        BundlesmithError: if the config, the database, a table or a column is missing or broken.
    """
    if path is not None:
        url, parts = load_parts(path)
        config = _tables_config(parts, path)
    elif url is not None:
        parts, config = {}, None
    else:
        raise BundlesmithError('The source "sql" needs a path.', "Name a YAML file, or the URL of a database.")
    with (
        tempfile.TemporaryDirectory(prefix="bundlesmith-") as kept,
        open_database(url, path and path.parent) as database,
    ):
        parts = parts or _named_as_ours(database)
        config = config or _tables_config(parts, path)
        for name, part in parts.items():
            _read_part(database, part).write_parquet(Path(kept) / f"{name}.parquet")
        try:
            return read_tables(Path(kept), config)
        except BundlesmithError as error:
            what = error.what
            for name, part in parts.items():
                source = f'table "{part["table"]}"' if "table" in part else f"query of {name}"
                what = what.replace(f'"{Path(kept) / name}.parquet"', f"The {source}")
            raise BundlesmithError(what, error.fix) from error


def load_parts(path: Path) -> tuple[str, Parts]:
    """Read the YAML file: the database's URL, which may be in a variable of the environment (`$SHOP`), and its tables.

    Raises:
        BundlesmithError: if it isn't YAML or lacks something; it repeats no value, since one may be a password.
    """
    try:
        data = yaml.safe_load(read_text(path))
    except yaml.MarkedYAMLError as error:
        line = f", line {error.problem_mark.line + 1}" if error.problem_mark else ""
        raise BundlesmithError(f'"{path}"{line} is not YAML: {error.problem}.', "Mend it.") from None
    except yaml.YAMLError:
        raise BundlesmithError(f'"{path}" is not YAML.', "Mend it.") from None
    if not isinstance(data, dict):
        raise BundlesmithError(f'"{path}" holds no keys.', "Write `url:` and `items:`.")
    url, parts = data.pop("url", None), data
    if not isinstance(url, str):
        raise BundlesmithError(f'"{path}" has no `url`.', "Name the database: `url: postgresql://USER@HOST/NAME`.")
    if url.startswith("$"):
        name = url.removeprefix("$").strip("{}")
        if name not in os.environ:
            raise BundlesmithError(f'"{path}": there is no variable {name} in the environment.', f"Set {name}.")
        url = os.environ[name]
    for name, part in parts.items():
        if name not in TABLE_NAMES:
            raise BundlesmithError(f'"{path}" has the unknown key "{name}".', nearest(str(name), ["url", *TABLE_NAMES]))
        given = {"table", "query"} & part.keys() if isinstance(part, dict) else set()
        if len(given) != 1 or not isinstance(part[given.copy().pop()], str):
            raise BundlesmithError(f'"{path}": {name} needs a `table` or a `query`.', "Write one of the two.")
    return url, parts


def _tables_config(parts: Parts, path: Path | None) -> TablesConfig:
    """The config of the files that the tables are brought into."""
    values = {
        name: {key: value for key, value in part.items() if key not in ("table", "query")} | {"file": f"{name}.parquet"}
        for name, part in parts.items()
    }
    try:
        return TablesConfig.model_validate(values)
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(map(str, first["loc"]))
        raise BundlesmithError(f'"{path}": {place}: {first["msg"]}.', "Mend it.") from None


def _named_as_ours(database: SourceDatabase) -> Parts:
    there = database.tables()
    parts: Parts = {name: {"table": name} for name in TABLE_NAMES if name in there}
    if "items" not in parts:
        what = f'{database.name} has no table "items"; its tables are {", ".join(there) or "none"}.'
        raise BundlesmithError(what, "Name tables and columns in a YAML file; see docs/data.md.")
    return parts


def _read_part(database: SourceDatabase, part: dict[str, Any]) -> pl.DataFrame:
    names, batches = database.table(part["table"]) if "table" in part else database.query(part["query"])
    read = [
        [_series(name, column) for name, column in zip(names, zip(*rows, strict=True), strict=True)] for rows in batches
    ]
    whole = [_joined([columns[at] for columns in read]) for at in range(len(names))] if read else []
    return pl.DataFrame(whole or [pl.Series(name, [], dtype=pl.String) for name in names])


def _joined(parts: Sequence[pl.Series]) -> pl.Series:
    """One column of its batches; where their types differ, as in SQLite, numbers become floats, and all else text."""
    kinds = {part.dtype for part in parts} - {pl.Null()}
    if len(kinds) > 1:
        kind: Any = pl.Float64() if all(kind.is_numeric() for kind in kinds) else pl.String()
        parts = [_as_text(part) if kind == pl.String() else part.cast(kind) for part in parts]
        kinds = {kind}
    kind = kinds.pop() if kinds else pl.String()
    return pl.concat([part.cast(kind) for part in parts], rechunk=True)


def _as_text(part: pl.Series) -> pl.Series:
    if part.dtype.is_temporal():
        return part.dt.to_string("iso")
    return part.cast(pl.String)


def _series(name: str, values: Sequence[Any]) -> pl.Series:
    """A column of what a driver gives, with the type that its values have in common."""
    kinds = {type(value) for value in values if value is not None}
    if not kinds:
        return pl.Series(name, values, dtype=pl.Null)
    if kinds == {bool}:
        return pl.Series(name, values, dtype=pl.Boolean)
    if kinds == {int} and all(value is None or abs(value) < 2**63 for value in values):
        return pl.Series(name, values, dtype=pl.Int64)
    if kinds <= {int, float}:
        return pl.Series(name, [None if value is None else float(value) for value in values], dtype=pl.Float64)
    if kinds == {date}:
        return pl.Series(name, values, dtype=pl.Date)
    if kinds == {datetime}:
        return pl.Series(name, [value and _utc(value) for value in values], dtype=pl.Datetime("us"))
    if kinds <= {list, tuple}:
        lists = [None if value is None else [_text(member) for member in value] for value in values]
        return pl.Series(name, lists, dtype=pl.List(pl.String))
    if kinds <= {bytes, bytearray, memoryview} and not _are_texts(values):
        return pl.Series(name, [value and bytes(value) for value in values], dtype=pl.Binary)
    return pl.Series(name, [_text(value) for value in values], dtype=pl.String)


def _utc(at: datetime) -> datetime:
    """Without a zone; one that has none is in UTC already."""
    return at.astimezone(UTC).replace(tzinfo=None) if at.tzinfo else at


def _are_texts(values: Iterable[Any]) -> bool:
    try:
        return all(bytes(value).decode() is not None for value in values if value is not None)
    except UnicodeDecodeError:
        return False


def _text(value: Any) -> str | None:
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, bytes | bytearray | memoryview):
        return bytes(value).decode(errors="replace")
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, dict | list | tuple):
        return json.dumps(value, ensure_ascii=False, default=str)
    return value.isoformat() if isinstance(value, date) else str(value)
