"""RecBole's atomic files: NAME.item and NAME.inter, tab-separated, each header field as `name:type`.

There are no bundles in them.
"""

import json
import re
from pathlib import Path
from typing import Any

import polars as pl

from bundlesmith.data.readers import RAW_BUNDLES, RAW_EVENTS, RAW_ITEMS, Raw, conform, whole_numbers
from bundlesmith.data.readers.files import read_csv, require
from bundlesmith.errors import BundlesmithError, nearest

TYPES = ["token", "token_seq", "float", "float_seq"]
TITLES = (
    *("title", "name", "item_title", "item_name", "movie_title", "product_title", "product_name", "book_title"),
    *("artist_name", "artist", "track_name", "game_name", "app_name", "business_name"),
)
CATEGORIES = ("category", "categories", "genre", "genres", "class")
_QUOTED = re.compile(r"'((?:[^'\\]|\\.)*)'|\"((?:[^\"\\]|\\.)*)\"")


def read_recbole(path: Path, name: str | None) -> Raw:
    """Read the data set *name* of the folder *path*.

    The title is the first field of TITLES, the category the first of CATEGORIES; other fields of items, but
    price and stock, become attributes. A row without a user but with a session has the user "session-ID". Where no
    field of the interactions is a time, their order in the file stands for it.

    Raises:
        BundlesmithError: if a file is missing or broken, or has no item ids, titles, users or timestamps.
    """
    if name is None or not (path / f"{name}.item").exists() or not (path / f"{name}.inter").exists():
        found = sorted({file.stem for file in path.glob("*.inter")})
        raise BundlesmithError(
            f'"{path}" has no data set "{name or ""}": looked for NAME.item and NAME.inter.',
            f"Data sets found: {', '.join(found) or 'none'}.",
        )
    items = _items(path / f"{name}.item")
    events = _events(path / f"{name}.inter")
    bundles = pl.DataFrame(schema=RAW_BUNDLES)
    return Raw(items, events, bundles, whole_numbers(items["item_id"].drop_nulls()))


def _items(file: Path) -> pl.DataFrame:
    table, types = _read_atomic(file)
    require(file, table, "item_id")
    title = _first_of(table, TITLES)
    if title is None:
        require(file, table, TITLES[0])
    category = _first_of(table, CATEGORIES)
    rest = [field for field in table.columns if field not in ("item_id", title, category, "price", "stock")]
    columns: dict[str, Any] = {
        "item_id": table["item_id"],
        "title": table[str(title)],
        "category": _paths(table, category, types),
        "attributes": [_attributes(row, rest, types) for row in table.iter_rows(named=True)],
        **{field: table[field] for field in ("price", "stock") if field in table.columns},
    }
    return conform(pl.DataFrame(columns, schema_overrides={"category": pl.List(pl.String)}), RAW_ITEMS)


def _events(file: Path) -> pl.DataFrame:
    table, _ = _read_atomic(file)
    if not any("time" in name or "date" in name for name in table.columns):
        table = table.with_columns(timestamp=pl.int_range(pl.len()).cast(pl.String))
    require(file, table, "item_id", "timestamp")
    if "session_id" not in table.columns:
        require(file, table, "user_id")
        session = pl.lit(None, pl.String)
    else:
        session = pl.col("session_id")
    user = pl.col("user_id") if "user_id" in table.columns else pl.lit("session-") + session
    table = table.with_columns(user_id=user, session_id=session, kind=pl.lit("interaction"))
    return conform(table, RAW_EVENTS)


def _read_atomic(file: Path) -> tuple[pl.DataFrame, dict[str, str]]:
    table = read_csv(file, separator="\t", quote=None)
    types: dict[str, str] = {}
    for field in table.columns:
        name, _, kind = field.strip().partition(":")
        if kind not in TYPES:
            what = f'"{file}": the header field "{field}" has no type that RecBole knows.'
            raise BundlesmithError(what, f"Write it as name:type. {nearest(kind, TYPES)}")
        types[name] = kind
    table.columns = list(types)
    return table, types


def _first_of(table: pl.DataFrame, names: tuple[str, ...]) -> str | None:
    return next((name for name in names if name in table.columns), None)


def _paths(table: pl.DataFrame, category: str | None, types: dict[str, str]) -> list[list[str]]:
    if category is None:
        return [[]] * table.height
    return [_path(text, types[category]) for text in table[category]]


def _path(text: str | None, kind: str) -> list[str]:
    """Split a category: quoted parts, parts between ", ", or RecBole's own blanks; a token is one part."""
    if text is None:
        return []
    text = text.strip().strip("[]")
    if kind == "token":
        return [text]
    if text[:1] in "'\"" and (quoted := _QUOTED.findall(text)):
        return [single or double for single, double in quoted]
    return text.split(", ") if ", " in text else text.split()


def _attributes(row: dict[str, Any], names: list[str], types: dict[str, str]) -> str:
    known = {name: _value(row[name], types[name]) for name in names if row[name] is not None}
    return json.dumps(known, ensure_ascii=False)


def _value(text: str, kind: str) -> Any:
    try:
        if kind == "float":
            return float(text)
        return [float(part) for part in text.split()] if kind == "float_seq" else text
    except ValueError:
        return text
