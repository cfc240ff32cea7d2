"""Tables of one's own: files of rows whose columns a YAML file maps to ours.

    items: {file: goods.csv, columns: {item_id: sku, title: name, price: {column: preis, decimal: ","}}}

Knows nothing about cleaning; it says at once which column is missing and which one may be meant.
"""

import json
from pathlib import Path
from typing import Any, Literal

import polars as pl
import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from bundlesmith.errors import BundlesmithError, nearest
from bundlesmith.prepare.formats import ColumnFormat
from bundlesmith.prepare.readers import RAW_BUNDLES, RAW_EVENTS, RAW_ITEMS, Raw, conform, whole_numbers
from bundlesmith.prepare.readers.cells import as_lists, as_paths, as_text, unreadable_bytes
from bundlesmith.prepare.readers.files import ENDINGS, PACKED, Layout, Rows, read_rows, read_text, require
from bundlesmith.prepare.readers.groups import fill_groups
from bundlesmith.prepare.report import Reading
from bundlesmith.prepare.tables import NAMES

TableName = Literal["items", "events", "bundles"]


class Column(ColumnFormat):
    """One of their columns, and how its values are written."""

    column: str


class TableFile(Layout):
    """A table's file: *columns* maps our column to theirs; a column that has our name needs no line."""

    columns: dict[str, str | Column] = Field(default_factory=dict)

    def named(self) -> dict[str, str]:
        """Our columns with theirs."""
        return {ours: theirs if isinstance(theirs, str) else theirs.column for ours, theirs in self.columns.items()}


class ItemsFile(TableFile):
    """The items' file.

    Args:
        category_separator: between the parts of a category, ">" if it isn't given.
        attributes: further columns to keep.
        group: the column that rows of one product share, such as its variants; what the others lack, the first row has.
    """

    category_separator: str | None = None
    attributes: list[str] = Field(default_factory=list)
    group: str | None = None


class EventsFile(TableFile):
    """The events' file; without a column for `kind` every event is an "interaction"."""


class BundlesFile(TableFile):
    """The bundles' file: a column `items` (lists, or text with *item_separator*), or one `item_id` a row."""

    item_separator: str | None = None


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
    reader = _Reader(folder)
    items, integer_ids = reader.items(config.items)
    events, bundles = pl.DataFrame(schema=RAW_EVENTS), pl.DataFrame(schema=RAW_BUNDLES)
    if config.events:
        events = reader.events(config.events)
    if config.bundles:
        bundles = reader.bundles(config.bundles, items["item_id"])
    if integer_ids:
        events, bundles = whole_ids(events), whole_ids(bundles)
    return Raw(items, events, bundles, integer_ids, readings=tuple(reader.readings), formats=reader.formats)


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
    place = ".".join(str(part) for part in first["loc"] if part not in ("str", "Column"))
    if first["type"] != "extra_forbidden":
        return BundlesmithError(f'"{path}": {place}: {first["msg"]}, not {first["input"]!r}.', "Mend it.")
    models: dict[str, type[BaseModel]] = {"items": ItemsFile, "events": EventsFile, "bundles": BundlesFile}
    model = models.get(str(first["loc"][0]), TablesConfig) if len(first["loc"]) > 1 else TablesConfig
    if "Column" in first["loc"]:
        model = Column
    known = nearest(str(first["loc"][-1]), list(model.model_fields))
    return BundlesmithError(f'"{path}" has the unknown key "{place}".', known)


def _find_files(folder: Path) -> TablesConfig:
    endings = [f"{ending}{packed}" for packed in ("", *PACKED) for ending in ENDINGS]
    found: dict[str, dict[str, str]] = {}
    for name in NAMES:
        there = [f"{name}{ending}" for ending in endings if (folder / f"{name}{ending}").is_file()]
        if len(there) > 1:
            raise BundlesmithError(f'"{folder}" has {" and ".join(there)}.', "Name one of them in a YAML file.")
        if there:
            found[name] = {"file": there[0]}
    if "items" not in found:
        shown = ", ".join(ENDINGS)
        raise BundlesmithError(f'"{folder}" has no file "items" with one of {shown}.', "Or name a YAML file.")
    return TablesConfig.model_validate(found)


class _Reader:
    """Reads the files of a folder, and notes how."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.readings: list[Reading] = []
        self.formats: dict[str, ColumnFormat] = {}

    def items(self, config: ItemsFile) -> tuple[pl.DataFrame, bool]:
        """The raw items, and whether their ids are whole numbers."""
        file, rows = self._rows("items", config)
        table = rows.table
        require(file, table, *config.attributes)
        named = config.named()
        table, said = fill_groups(file, table, named, config.group)
        if said:
            self.readings.append(Reading(table="items", column="title", read_as=said))
        chosen = self._choose("items", file, table, config, RAW_ITEMS, ("item_id", "title"))
        ids = as_text(chosen["item_id"])
        ids = ids.str.strip_chars().str.replace(r"\.0+$", "") if _whole_floats(ids) else ids
        integer_ids = chosen["item_id"].dtype.is_integer() or (rows.untyped and whole_numbers(ids.drop_nulls()))
        columns = {name: as_text(chosen[name]) for name in chosen.columns if name not in ("category", "attributes")}
        columns["item_id"] = ids
        if "category" in chosen.columns:
            columns["category"], said = as_paths(chosen["category"], config.category_separator)
            self.readings.append(Reading(table="items", column="category", read_as=said))
        if config.attributes:
            columns["attributes"] = _attributes(table.select(config.attributes))
        elif "attributes" in chosen.columns:
            columns["attributes"] = _given_attributes(file, as_text(chosen["attributes"]))
        return conform(pl.DataFrame(columns), RAW_ITEMS), integer_ids

    def events(self, config: EventsFile) -> pl.DataFrame:
        """The raw events."""
        file, rows = self._rows("events", config)
        chosen = self._choose("events", file, rows.table, config, RAW_EVENTS, ("user_id", "item_id", "timestamp"))
        chosen = conform(chosen.select(_texts(chosen)), RAW_EVENTS)
        return chosen.with_columns(pl.col("kind").fill_null("interaction"))

    def bundles(self, config: BundlesFile, known: pl.Series) -> pl.DataFrame:
        """The raw bundles; *known* are the ids of the catalogue."""
        file, rows = self._rows("bundles", config)
        table = rows.table
        if "item_id" in config.columns or ("items" not in config.columns and "items" not in table.columns):
            return self._by_row(config, file, table)
        chosen = self._choose("bundles", file, table, config, RAW_BUNDLES, ("items",))
        if "bundle_id" not in chosen.columns:
            chosen = chosen.with_columns(bundle_id=pl.int_range(pl.len()).cast(pl.String))
        items = as_lists(chosen["items"], config.item_separator, known)
        return conform(chosen.select(items.alias("items"), *_texts(chosen, "items")), RAW_BUNDLES)

    def _by_row(self, config: BundlesFile, file: Path, table: pl.DataFrame) -> pl.DataFrame:
        schema = {**RAW_BUNDLES, "item_id": pl.String}
        chosen = self._choose("bundles", file, table, config, schema, ("bundle_id", "item_id"))
        chosen = chosen.select(_texts(chosen))
        rest = [pl.col(name).drop_nulls().first() for name in chosen.columns if name not in ("bundle_id", "item_id")]
        grouped = chosen.group_by("bundle_id", maintain_order=True).agg(pl.col("item_id").alias("items"), *rest)
        return conform(grouped, RAW_BUNDLES)

    def _rows(self, name: TableName, config: TableFile) -> tuple[Path, Rows]:
        file = self.folder / config.file
        rows = read_rows(file, config)
        self.readings.append(Reading(table=name, column="", read_as=f"{config.file}: {rows.read_as}"))
        return file, rows

    def _choose(
        self,
        name: TableName,
        file: Path,
        table: pl.DataFrame,
        config: TableFile,
        schema: dict[str, Any],
        needed: tuple[str, ...],
    ) -> pl.DataFrame:
        """Our columns of *table* under our names: mapped and needed ones must be there, others may be."""
        mapping = config.named()
        for ours in mapping:
            if ours not in schema:
                raise BundlesmithError(f'"{file}": "{ours}" is not a column of ours.', nearest(ours, list(schema)))
        must = {ours: mapping.get(ours, ours) for ours in (*needed, *mapping)}
        require(file, table, *must.values())
        may = {ours: ours for ours in schema if ours not in must and ours in table.columns}
        chosen = table.select(pl.col(theirs).alias(ours) for ours, theirs in (must | may).items())
        for ours in chosen.columns:
            self._check_bytes(file, must.get(ours, ours), chosen[ours])
            self.formats[f"{name}.{ours}"] = _format(config.columns.get(ours), chosen[ours].dtype)
        return chosen

    def _check_bytes(self, file: Path, name: str, column: pl.Series) -> None:
        if broken := unreadable_bytes(column):
            what = f'"{file}": the column "{name}" holds bytes that are not UTF-8, such as {broken[0]!r}.'
            raise BundlesmithError(what, "Write it as text.")


def _format(given: str | Column | None, dtype: pl.DataType) -> ColumnFormat:
    """How a column is written: as the YAML file says, and as its type says."""
    how = (
        ColumnFormat()
        if given is None or isinstance(given, str)
        else ColumnFormat(**given.model_dump(exclude={"column"}))
    )
    if dtype.is_numeric() and how.decimal is None:
        return how.model_copy(update={"decimal": "."})
    if dtype.is_temporal():
        return how.model_copy(update={"unit": "s", "zone": None, "format": None})
    return how


def _whole_floats(ids: pl.Series) -> bool:
    """Whether ids are whole numbers some of which are written as 1001.0."""
    texts = ids.drop_nulls().str.strip_chars()
    return bool(texts.len() and texts.str.contains(r"^\d+\.0+$").any() and texts.str.contains(r"^\d+(\.0+)?$").all())


def whole_ids(table: pl.DataFrame) -> pl.DataFrame:
    """Write item ids such as 1001.0 as 1001."""
    if "items" in table.columns:
        return table.with_columns(pl.col("items").list.eval(pl.element().str.replace(r"^(\d+)\.0+$", "$1")))
    return table.with_columns(pl.col("item_id").str.replace(r"^(\d+)\.0+$", "$1"))


def _attributes(table: pl.DataFrame) -> pl.Series:
    table = table.with_columns(as_text(table[name]) for name in table.columns if table.schema[name] == pl.String)
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


def _texts(table: pl.DataFrame, *but: str) -> list[pl.Series]:
    return [as_text(table[name]) for name in table.columns if name not in but]
