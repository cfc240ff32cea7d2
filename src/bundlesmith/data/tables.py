"""The three tables that every source becomes: items, events, bundles; and the folder that holds them.

 Item ids are strings in the tables; `data.json` says whether the
source wrote them as integers (`integer_ids`), so that answers can write them the same way.
"""

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import polars as pl

from bundlesmith.errors import BundlesmithError
from bundlesmith.files import read_json, recover

ITEMS: dict[str, Any] = {
    "item_id": pl.String,
    "title": pl.String,
    "category": pl.List(pl.String),  # the path, from the department down
    "price": pl.Float64,  # null: not known
    "stock": pl.Int64,  # null: not counted, always in stock
    "attributes": pl.String,  # a JSON object of free attributes, "{}" if there are none
}
EVENTS: dict[str, Any] = {
    "user_id": pl.String,
    "item_id": pl.String,
    "timestamp": pl.Int64,  # seconds since 1970, UTC; counts from 0 in a session whose time is not known
    "kind": pl.String,
    "session_id": pl.String,  # null: the source knows no sessions
    "split": pl.String,
}
BUNDLES: dict[str, Any] = {
    "bundle_id": pl.String,
    "user_id": pl.String,  # null: not known
    "session_id": pl.String,  # null: the source knows no sessions
    "timestamp": pl.Int64,  # null: not known
    "items": pl.List(pl.String),
    "intent": pl.String,  # null: not known
    "explanation": pl.String,  # null: not known
    "split": pl.String,
}
SPLITS = ("train", "valid", "test")

FORMAT = 1
TABLE_NAMES = ("items", "events", "bundles")


@dataclass(frozen=True)
class Tables:
    """A prepared folder: what `data.json` says, and the tables with the schemas above, each read when asked for."""

    folder: Path
    integer_ids: bool
    hash: str
    currency: str = ""

    @cached_property
    def items(self) -> pl.DataFrame:
        """The catalogue."""
        return pl.read_parquet(self.folder / "items.parquet")

    @cached_property
    def events(self) -> pl.DataFrame:
        """The histories."""
        return pl.read_parquet(self.folder / "events.parquet")

    @cached_property
    def bundles(self) -> pl.DataFrame:
        """The bundles of all splits."""
        return pl.read_parquet(self.folder / "bundles.parquet")


def coded(table: pl.DataFrame) -> pl.DataFrame:
    """The table with ids and kinds as numbers of a dictionary, until it is written: a fraction of memory and time."""
    return table.cast({name: pl.Categorical() for name in _REPEATED if name in table.columns})


_REPEATED = ("user_id", "item_id", "session_id", "kind", "split")
CODED_BUNDLES: dict[str, Any] = BUNDLES | {
    "user_id": pl.Categorical(),
    "session_id": pl.Categorical(),
    "items": pl.List(pl.Categorical()),
}


def text_numbers(texts: pl.Series) -> pl.Series:
    """A number for each text: group, join and sort by it."""
    return texts.cast(pl.Categorical).to_physical().cast(pl.Int64)


def set_keys(lists: pl.Series) -> pl.Series:
    """A text for each list of ids, the same for all lists of the same ids."""
    rows = lists.alias("item").to_frame().with_row_index("row")
    members = rows.explode("item").drop_nulls("item").cast({"item": pl.String})
    members = members.sort("row", "item")  # `list.sort` is slow
    keys = members.group_by("row", maintain_order=True).agg("item").select("row", key=pl.col("item").list.join("\n"))
    return rows.join(keys, on="row", how="left", maintain_order="left")["key"].fill_null("")


def set_numbers(lists: pl.Series) -> pl.DataFrame:
    """Numbers for each list of different ids, the same for all lists of the same ids: faster than `set_keys`.

    Sums of two hashes of 64 bits, so that other lists have others, as good as surely.
    """
    rows = lists.alias("item").to_frame().with_row_index("row")
    members = rows.explode("item").with_columns(one=pl.col("item").hash(1), two=pl.col("item").hash(2))
    sums = members.group_by("row", maintain_order=True).agg(pl.col("one").sum(), pl.col("two").sum())
    return sums.select("one", "two")


def load(folder: Path) -> Tables:
    """Open a folder that `prepare` wrote.

    Raises:
        BundlesmithError: if it isn't such a folder, has another format, or a table is missing or broken.
    """
    if not (folder / "data.json").exists():
        recover(folder)
    about = _about(folder)
    for name, schema in zip(TABLE_NAMES, (ITEMS, EVENTS, BUNDLES), strict=True):
        _check_table(folder / f"{name}.parquet", schema)
    return Tables(folder, bool(about["integer_ids"]), str(about["hash"]), str(about.get("currency", "")))


def _about(folder: Path) -> dict[str, Any]:
    path = folder / "data.json"
    if not path.is_file():
        raise BundlesmithError(f'"{folder}" is not a folder of prepared data: it has no data.json.', PREPARE)
    about = read_json(path)
    if not isinstance(about, dict) or not {"format", "integer_ids", "hash"} <= about.keys():
        raise BundlesmithError(f'"{path}" does not describe prepared data.', PREPARE)
    if about["format"] != FORMAT:
        raise BundlesmithError(
            f'"{folder}" has data format {about["format"]}; this version reads format {FORMAT}.',
            "Prepare it again with this version, or update Bundlesmith.",
        )
    return about


def _check_table(path: Path, schema: dict[str, Any]) -> None:
    try:
        found = dict(pl.read_parquet_schema(path))
    except (OSError, pl.exceptions.PolarsError) as error:
        raise BundlesmithError(f'"{path}" could not be read: {str(error).splitlines()[0]}', PREPARE) from error
    if found != schema:
        raise BundlesmithError(f'"{path}" has the columns {found}, not {schema}.', PREPARE)


PREPARE = "Write it with `bundlesmith prepare`."
