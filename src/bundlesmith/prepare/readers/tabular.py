"""Tables of one's own: CSV, JSON lines or Parquet files whose columns a YAML file maps to ours.

Knows nothing about cleaning; it says at once which column is missing and which one may be meant.
"""

import json
from pathlib import Path
from typing import Any

import polars as pl
import yaml
from pydantic import BaseModel, ConfigDict, ValidationError

from bundlesmith.errors import BundlesmithError, nearest
from bundlesmith.prepare.readers import RAW_BUNDLES, RAW_EVENTS, RAW_ITEMS, Raw, conform, whole_numbers
from bundlesmith.prepare.readers.files import ENDINGS, as_text, read_rows, read_text, require
from bundlesmith.prepare.tables import NAMES


class ItemsFile(BaseModel):
    """The items' file: *columns* maps our column to theirs, *attributes* lists further columns to keep."""

    model_config = ConfigDict(extra="forbid")
    file: str
    columns: dict[str, str] = {}
    category_separator: str = " > "
    attributes: list[str] = []


class EventsFile(BaseModel):
    """The events' file; without a column for `kind` every event is an "interaction"."""

    model_config = ConfigDict(extra="forbid")
    file: str
    columns: dict[str, str] = {}


class BundlesFile(BaseModel):
    """The bundles' file: a column `items` (lists, or text with *item_separator*), or one `item_id` a row."""

    model_config = ConfigDict(extra="forbid")
    file: str
    columns: dict[str, str] = {}
    item_separator: str = ","


class TablesConfig(BaseModel):
    """What the YAML file holds: a file and its columns for items, and for events or bundles or both."""

    model_config = ConfigDict(extra="forbid")
    items: ItemsFile
    events: EventsFile | None = None
    bundles: BundlesFile | None = None


def read_tables(path: Path | None, config: TablesConfig | None) -> Raw:
    """Read the files that *config* names in the folder *path*; without it *path* is a YAML file or a folder.

    Raises:
        BundlesmithError: if the config, a file or a column is missing or broken.
    """
    folder = path or Path()
    if config is None:
        if path is None:
            raise BundlesmithError('The source "tables" needs a path.', "Name a YAML file or a folder.")
        config = _find_files(path) if path.is_dir() else load_config(path)
        folder = path if path.is_dir() else path.parent
    items, integer_ids = _items(config.items, folder / config.items.file)
    events, bundles = pl.DataFrame(schema=RAW_EVENTS), pl.DataFrame(schema=RAW_BUNDLES)
    if config.events:
        events = _events(config.events, folder / config.events.file)
    if config.bundles:
        bundles = _bundles(config.bundles, folder / config.bundles.file)
    return Raw(items, events, bundles, integer_ids)


def load_config(path: Path) -> TablesConfig:
    """Read the YAML file.

    Raises:
        BundlesmithError: if it isn't YAML, has an unknown key (with the nearest known one) or lacks one.
    """
    try:
        data = yaml.safe_load(read_text(path))
    except yaml.YAMLError as error:
        raise BundlesmithError(f'"{path}" is not YAML: {error}.', "Mend it.") from error
    try:
        return TablesConfig.model_validate(data)
    except ValidationError as error:
        raise _config_error(path, error) from error


def _config_error(path: Path, error: ValidationError) -> BundlesmithError:
    first = error.errors()[0]
    place = ".".join(str(part) for part in first["loc"])
    if first["type"] != "extra_forbidden":
        return BundlesmithError(f'"{path}": {place}: {first["msg"]}, not {first["input"]!r}.', "Mend it.")
    models: dict[str, type[BaseModel]] = {"items": ItemsFile, "events": EventsFile, "bundles": BundlesFile}
    model = models.get(str(first["loc"][0]), TablesConfig) if len(first["loc"]) > 1 else TablesConfig
    known = nearest(str(first["loc"][-1]), list(model.model_fields))
    return BundlesmithError(f'"{path}" has the unknown key "{place}".', known)


def _find_files(folder: Path) -> TablesConfig:
    found = {
        name: {"file": f"{name}{ending}"}
        for name in NAMES
        for ending in ENDINGS
        if (folder / f"{name}{ending}").is_file()
    }
    if "items" not in found:
        endings = ", ".join(ENDINGS)
        raise BundlesmithError(f'"{folder}" has no file "items" with one of {endings}.', "Or name a YAML file.")
    return TablesConfig.model_validate(found)


def _items(config: ItemsFile, file: Path) -> tuple[pl.DataFrame, bool]:
    table = read_rows(file)
    require(file, table, *config.attributes)
    chosen = _choose(file, table, config.columns, RAW_ITEMS, ("item_id", "title"))
    ids = chosen["item_id"]
    integer_ids = ids.dtype.is_integer() or (file.suffix in (".csv", ".tsv") and whole_numbers(ids.drop_nulls()))
    columns = {name: as_text(chosen[name]) for name in chosen.columns if name not in ("category", "attributes")}
    if "category" in chosen.columns:
        columns["category"] = _listed(chosen["category"], config.category_separator)
    if config.attributes:
        columns["attributes"] = _attributes(table.select(config.attributes))
    elif "attributes" in chosen.columns:
        columns["attributes"] = _given_attributes(file, chosen["attributes"])
    return conform(pl.DataFrame(columns), RAW_ITEMS), integer_ids


def _attributes(table: pl.DataFrame) -> pl.Series:
    rows = [
        json.dumps({name: value for name, value in row.items() if value is not None}, ensure_ascii=False, default=str)
        for row in table.iter_rows(named=True)
    ]
    return pl.Series("attributes", rows, dtype=pl.String)


def _given_attributes(file: Path, texts: pl.Series) -> pl.Series:
    for text in texts.unique().drop_nulls():
        try:
            good = isinstance(json.loads(text), dict)
        except (TypeError, ValueError):
            good = False
        if not good:
            what = f'"{file}": the attributes {str(text)[:80]!r} are not a JSON object.'
            raise BundlesmithError(what, "List the columns to keep under `attributes` instead.")
    return texts


def _events(config: EventsFile, file: Path) -> pl.DataFrame:
    table = read_rows(file)
    chosen = _choose(file, table, config.columns, RAW_EVENTS, ("user_id", "item_id", "timestamp"))
    chosen = chosen.select(as_text(chosen[name]) for name in chosen.columns)
    chosen = conform(chosen, RAW_EVENTS)
    return chosen.with_columns(pl.col("kind").fill_null("interaction"))


def _bundles(config: BundlesFile, file: Path) -> pl.DataFrame:
    table = read_rows(file)
    by_row = "item_id" in config.columns or ("items" not in config.columns and "items" not in table.columns)
    if by_row:
        return _bundles_by_row(config, file, table)
    chosen = _choose(file, table, config.columns, RAW_BUNDLES, ("items",))
    if "bundle_id" not in chosen.columns:
        chosen = chosen.with_columns(bundle_id=pl.int_range(pl.len()).cast(pl.String))
    items = _listed(chosen["items"], config.item_separator)
    return conform(chosen.select(items, *_texts(chosen, "items")), RAW_BUNDLES)


def _bundles_by_row(config: BundlesFile, file: Path, table: pl.DataFrame) -> pl.DataFrame:
    schema = {**RAW_BUNDLES, "item_id": pl.String}
    chosen = _choose(file, table, config.columns, schema, ("bundle_id", "item_id"))
    chosen = chosen.select(_texts(chosen))
    rest = [pl.col(name).drop_nulls().first() for name in chosen.columns if name not in ("bundle_id", "item_id")]
    grouped = chosen.group_by("bundle_id", maintain_order=True).agg(pl.col("item_id").alias("items"), *rest)
    return conform(grouped, RAW_BUNDLES)


def _texts(table: pl.DataFrame, *but: str) -> list[pl.Series]:
    return [as_text(table[name]) for name in table.columns if name not in but]


def _choose(
    file: Path, table: pl.DataFrame, mapping: dict[str, str], schema: dict[str, Any], needed: tuple[str, ...]
) -> pl.DataFrame:
    """Our columns of *table* under our names: mapped and needed ones must be there, others may be."""
    for name in mapping:
        if name not in schema:
            raise BundlesmithError(f'"{file}": "{name}" is not a column of ours.', nearest(name, list(schema)))
    must = {name: mapping.get(name, name) for name in (*needed, *mapping)}
    require(file, table, *must.values())
    may = {name: name for name in schema if name not in must and name in table.columns}
    return table.select(pl.col(theirs).alias(ours) for ours, theirs in (must | may).items())


def _listed(column: pl.Series, separator: str) -> pl.Series:
    """Make lists of text: lists stay, text is parted at *separator*."""
    if isinstance(column.dtype, pl.List):
        return column.cast(pl.List(pl.String))
    parts = as_text(column).str.split(separator)
    return parts.list.eval(pl.element().str.strip_chars())
