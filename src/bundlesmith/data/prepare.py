"""The one way from a source to a folder of prepared data: read (`readers`), clean, split, write."""

from collections.abc import Callable
from pathlib import Path
from typing import Self

import numpy as np
import polars as pl
from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    SecretStr,
    ValidationError,
    field_serializer,
    field_validator,
    model_validator,
)
from rich.console import Console

from bundlesmith.data.clean import clean
from bundlesmith.data.presets import preset, preset_names
from bundlesmith.data.readers import RAW_BUNDLES, RAW_EVENTS, RAW_ITEMS, Raw, conform
from bundlesmith.data.readers.bundlerec import read_bundlerec
from bundlesmith.data.readers.config import TablesConfig
from bundlesmith.data.readers.database import parse_source_url, shown_url
from bundlesmith.data.readers.folder import Part
from bundlesmith.data.readers.recbole import read_recbole
from bundlesmith.data.readers.sql import read_sql
from bundlesmith.data.readers.tabular import read_tables
from bundlesmith.data.report import Report, make_report
from bundlesmith.data.split import split
from bundlesmith.data.steps import Steps
from bundlesmith.data.tables import BUNDLES, EVENTS, FORMAT, ITEMS, TABLE_NAMES, text_numbers
from bundlesmith.data.values.formats import ColumnFormat
from bundlesmith.data.warnings import find_warnings
from bundlesmith.errors import BundlesmithError
from bundlesmith.files import write_json, written_whole
from bundlesmith.hashes import hash_files


class DataSource(BaseModel):
    """Where the data comes from.

    - `sample`: the built-in sample shop, made from *seed*;
    - `bundlerec`: the folder *path* and the name of one *domain* in it;
    - `recbole`: the folder *path* and the data set's name as *domain*;
    - `tables`: *path* is a YAML file that names files and columns, or a folder with items, events and bundles
      files whose columns have our names; or *tables* says it here, with files relative to the folder *path*;
    - `sql`: *path* is a YAML file that names a database, its tables and columns; or *url* is a database's, whose
      tables have our names.
    - the name of a preset, such as `shopify`: *path* is the folder, or the one file, that it reads; see `presets`.

    *seed* deals out splits where the data has neither splits nor times. With *folds*, it deals sessions into that many
    folds, and *fold* is the test split; see `bundlesmith.data.split`.
    """

    model_config = ConfigDict(extra="forbid")
    kind: str
    path: Path | None = None
    url: SecretStr | None = None
    domain: str | None = None
    seed: int = 0
    tables: TablesConfig | None = None
    folds: int | None = Field(None, ge=3)
    fold: int | None = Field(None, ge=0)

    @field_serializer("url", when_used="unless-none")
    def _without_password(self, url: SecretStr) -> str:
        return shown_url(parse_source_url(url.get_secret_value()))

    @field_validator("kind")
    @classmethod
    def _a_known_kind(cls, kind: str) -> str:
        if kind not in (known := [*READERS, *preset_names()]):
            raise ValueError(f"the sources are {', '.join(known)}")
        return kind

    @model_validator(mode="after")
    def _a_fold_of_the_folds(self) -> Self:
        if (self.folds is None) != (self.fold is None):
            raise ValueError("`folds` and `fold` go together")
        if self.folds is not None and self.fold is not None and self.fold >= self.folds:
            raise ValueError(f"{self.folds} folds are numbered from 0 to {self.folds - 1}")
        return self


def checked_source(**values: object) -> DataSource:
    """A `DataSource` of these values; a *path* that is a URL is the database's.

    Raises:
        BundlesmithError: if there is no such kind of source, or a value is wrong.
    """
    if "://" in str(values.get("path")):
        url = values.pop("path")
        if values["kind"] != "sql":
            raise BundlesmithError(f'The source "{values["kind"]}" reads no database.', "Write `--source sql`.")
        values["url"] = url
    try:
        return DataSource.model_validate(values)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(map(str, first["loc"]))
        said = f'"{where}" is {first["input"]!r}' if where else "The source doesn't fit together"
        raise BundlesmithError(
            f"{said}: {first['msg'].removeprefix('Value error, ')}.", "Change that value."
        ) from error


def prepare(source: DataSource, out: Path, console: Console | None = None) -> Report:
    """Turn *source* into the folder *out*: items, events and bundles as Parquet, report.json and data.json.

    The same source gives the same bytes. If anything fails, what stood at *out* is untouched.

    Raises:
        BundlesmithError: if the source is missing, broken or empty, or *out* can't be written or holds anything else.
    """
    console = console or Console(stderr=True)
    with written_whole(out, "prepare", source.path) as folder, Steps(console) as steps:
        raw = [read(source, steps.part)]
        steps.next("Cleaning")
        tidy = clean(raw.pop())  # which holds it alone: its texts may be a large part of the memory
        steps.next("Splitting")
        events, bundles = split(tidy.events, tidy.bundles, source.seed, source.folds, source.fold or 0)
        items, events = _in_order(tidy.items, events, tidy.integer_ids)
        steps.next("Writing")
        warnings = find_warnings(tidy.read, items, events, bundles, tidy.changes, tidy.currency)
        report = make_report(tidy.read, items, events, bundles, tidy.changes, tidy.readings, warnings)
        _write(folder, source, tidy.integer_ids, tidy.currency, (items, events, bundles), report)
    return report


def read(source: DataSource, part: Part = lambda name, share: None) -> Raw:
    """Read *source* with its reader, as raw tables.

    *part* is told, before each file, its name and which share of all bytes comes before it.

    Raises:
        BundlesmithError: if the source is missing or broken, or a field that its kind needs isn't given.
    """
    if source.kind in READERS:
        return READERS[source.kind](source, part)
    return read_tables(_folder(source), preset(source.kind), part)


def _folder(source: DataSource) -> Path:
    if source.path is None:
        raise BundlesmithError(f'The source "{source.kind}" needs a path.', "Name the folder that holds it.")
    return source.path


def _read_sample(seed: int) -> Raw:
    from bundlesmith.data.sample import make_shop

    items, events, bundles = make_shop(seed)
    tables = (conform(items, RAW_ITEMS), conform(events, RAW_EVENTS), conform(bundles, RAW_BUNDLES))
    exact = {"items.price": ColumnFormat(decimal=".", currency="EUR"), "events.timestamp": ColumnFormat(unit="epoch")}
    return Raw(*tables, integer_ids=False, formats=exact | {"bundles.timestamp": ColumnFormat(unit="epoch")})


READERS: dict[str, Callable[[DataSource, Part], Raw]] = {
    "sample": lambda source, part: _read_sample(source.seed),
    "tables": lambda source, part: read_tables(source.path, source.tables, part),
    "sql": lambda source, part: read_sql(source.path, source.url.get_secret_value() if source.url else None),
    "bundlerec": lambda source, part: read_bundlerec(_folder(source), source.domain),
    "recbole": lambda source, part: read_recbole(_folder(source), source.domain),
}
"""By the kind of source; presets are read as tables."""


def _in_order(items: pl.DataFrame, events: pl.DataFrame, integer_ids: bool) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Items by id, events by customer and time."""
    items = items.sort(pl.col("item_id").cast(pl.Int64) if integer_ids else pl.col("item_id"))
    if events.is_empty():
        return items, events
    users = text_numbers(events["user_id"].unique().cast(pl.String).sort()).to_numpy()
    places = np.zeros(int(users.max()) + 1, np.int64)
    places[users] = np.arange(users.size)
    order = places[text_numbers(events["user_id"]).to_numpy()] * _LATEST + events["timestamp"].to_numpy()
    return items, events.with_columns(order=order).sort("order", maintain_order=True).drop("order")


_LATEST = 2**33  # times are earlier: one number sorts faster than a text and a number


def _write(
    folder: Path,
    source: DataSource,
    integer_ids: bool,
    currency: str,
    tables: tuple[pl.DataFrame, ...],
    report: Report,
) -> None:
    paths = [folder / f"{name}.parquet" for name in TABLE_NAMES]
    for path, table, schema in zip(paths, tables, (ITEMS, EVENTS, BUNDLES), strict=True):
        table.lazy().cast(schema).sink_parquet(path, compression="zstd", engine="streaming")  # type: ignore[arg-type]
    write_json(folder / "report.json", report.model_dump(mode="json"))
    about = {
        "format": FORMAT,
        "source": source.model_dump(mode="json", exclude_none=True),
        "integer_ids": integer_ids,
        "currency": currency,
        "hash": hash_files(*paths),
    }
    write_json(folder / "data.json", about)
