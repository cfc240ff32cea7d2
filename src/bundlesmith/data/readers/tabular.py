"""Tables of one's own: files of rows whose columns a YAML file maps to ours.

    items: {file: goods.csv, columns: {item_id: sku, title: name, price: {column: preis, decimal: ","}}}

It says at once which column is missing and which one may be meant.
"""

import time
from collections.abc import Callable, Iterator
from itertools import chain, islice
from pathlib import Path
from typing import Any

import polars as pl

from bundlesmith.data.names import names, plain_name
from bundlesmith.data.readers import RAW_BUNDLES, RAW_EVENTS, RAW_ITEMS, Raw, conform, whole_numbers
from bundlesmith.data.readers.cells import as_lists, as_seconds, as_stock, as_text, without_nothing
from bundlesmith.data.readers.columns import (
    as_attributes,
    checked_attributes,
    column_format,
    in_zone,
    refuse_objects,
    with_currency,
)
from bundlesmith.data.readers.config import (
    BundlesFile,
    ColumnSource,
    EventsFile,
    ItemsFile,
    TableFile,
    TablesConfig,
    conditions,
    load_tables_config,
)
from bundlesmith.data.readers.different import Different
from bundlesmith.data.readers.files import FileRows, Layout, require
from bundlesmith.data.readers.folder import Files, Part, config_of
from bundlesmith.data.readers.groups import fill_groups
from bundlesmith.data.readers.ids import (
    has_whole_floats,
    lost_zeros,
    other_case,
    whole_coded,
    whole_ids,
    whole_text,
    without_point_zero,
)
from bundlesmith.data.readers.paths import as_paths
from bundlesmith.data.readers.shape import (
    TableName,
    built,
    exploded,
    filled_down,
    filled_rows,
    further_rows,
    joined,
    kept_rows,
    latest_first,
    made,
    opened,
    renamed,
    sold_out_without,
    without_echoes,
)
from bundlesmith.data.readers.variants import only_variants
from bundlesmith.data.report import EXAMPLES, Reading, RowChange
from bundlesmith.data.tables import coded
from bundlesmith.data.values.formats import ColumnFormat
from bundlesmith.data.values.times import as_iso, read_plain_times, read_times
from bundlesmith.errors import BundlesmithError, nearest


def read_tables(path: Path | None, config: TablesConfig | None, part: Part = lambda name, share: None) -> Raw:
    """Read the files that *config* names in the folder *path*; without it *path* is a YAML file or a folder.

    Raises:
        BundlesmithError: if the config, a file or a column is missing or broken.
    """
    folder = path or Path()
    if config is None:
        if path is None:
            raise BundlesmithError('The source "tables" needs a path.', "Name a YAML file or a folder.")
        config = config_of(path) if path.is_dir() else load_tables_config(path)
        folder = path if path.is_dir() else path.parent
    reader = _Reader(Files(folder, config, part))
    items = reader.items(config.items)
    events, bundles = pl.DataFrame(schema=RAW_EVENTS), pl.DataFrame(schema=RAW_BUNDLES)
    if config.events and reader.files.has(config.events):
        events = reader.events(config.events)
    if config.bundles and reader.files.has(config.bundles):
        bundles = reader.bundles(config.bundles, items["item_id"])
    changes, readings = tuple(_summed(reader.changes)), tuple(dict.fromkeys(reader.readings))
    return Raw(items, events, bundles, reader.integer_ids, changes, readings, reader.formats, config.baskets)


class _Reader:
    """Reads the files of a folder, and notes how."""

    def __init__(self, files: Files) -> None:
        self.files = files
        self.readings: list[Reading] = []
        self.changes: list[RowChange] = []
        self.formats: dict[str, ColumnFormat] = {}
        self.integer_ids = False
        self.joined = set[tuple[TableName, Path]]()
        self.ids = pl.Series("item_id", [], dtype=pl.String)

    def items(self, config: ItemsFile) -> pl.DataFrame:
        """The raw items; `integer_ids` says then whether their ids are whole numbers."""
        file, rows = self._different_rows(config)
        require(file, rows.table, *config.attributes)
        named = {
            name: source.columns[0] for name in ("item_id", "title", "category") if (source := config.source(name))
        }
        table = rows.table if config.group else self._variants(rows.table, config, named)
        stock = config.source("stock")
        flags = [name for name in stock.columns if plain_name(name) in names()["for_sale"]] if stock else []
        table, said = fill_groups(file, table, named, config.group, flags)
        if said:
            self.readings.append(Reading(table="items", column="title", read_as=said))
        config = with_currency(config, table)
        chosen = self._choose("items", file, table, config, RAW_ITEMS, ("item_id", "title"))
        refuse_objects(file, chosen)
        ids = as_text(chosen["item_id"])
        ids = ids.str.strip_chars().str.replace(r"\.0+$", "") if has_whole_floats(ids) else ids
        self.integer_ids = (chosen["item_id"].dtype.is_integer() or rows.untyped) and whole_numbers(ids.drop_nulls())
        columns = {name: as_text(chosen[name]) for name in chosen.columns if name not in ("category", "attributes")}
        if "stock" in columns:
            columns["stock"] = as_stock(chosen["stock"])
        columns["item_id"] = ids
        if "category" in chosen.columns:
            columns["category"], said = as_paths(chosen["category"], config.category_separator, config.category_paths)
            self.readings.append(Reading(table="items", column="category", read_as=said))
        if config.attributes:
            columns["attributes"] = as_attributes(table.select(config.attributes))
        elif "attributes" in chosen.columns:
            columns["attributes"] = checked_attributes(file, as_text(chosen["attributes"]))
        items = conform(pl.DataFrame(columns), RAW_ITEMS)
        self.ids = items["item_id"].unique()
        return items

    def events(self, config: EventsFile) -> pl.DataFrame:
        """The raw events, their ids `coded`; of a large file, which comes in blocks, times are read where they can."""
        parts, read_as = [], set()
        first, *following = islice(blocks := self._blocks("events", config), 2)
        for file, rows in chain([first, *following], blocks):
            chosen = self._choose("events", file, rows.table, config, RAW_EVENTS, ("user_id", "item_id", "timestamp"))
            chosen = conform(chosen.select(_text(chosen[name]) for name in chosen.columns), RAW_EVENTS)
            chosen = whole_ids(chosen) if self.integer_ids else chosen
            chosen = chosen.with_columns(without_point_zero(chosen["item_id"], self.ids))
            chosen = self._known_ids("events", chosen, lost_zeros)
            part = coded(chosen.with_columns(pl.col("kind").fill_null("interaction")))
            if following and (times := read_plain_times(part["timestamp"], self.formats["events.timestamp"])):
                part = part.with_columns(times.values)
                read_as.add(times.read_as)
            parts.append(part)
        if any(part.schema["timestamp"] == pl.String for part in parts):  # then all are read together, later
            parts = [part.with_columns(as_iso(part["timestamp"])) for part in parts]
        elif read_as:
            said = ", ".join(sorted(filter(None, read_as)))
            self.readings.append(Reading(table="events", column="timestamp", read_as=said))
        events = self._known_ids("events", pl.concat(parts), other_case)
        return events.with_columns(whole_coded(events[name]) for name in ("user_id", "session_id"))

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
        return self._bundles(chosen.select(items.alias("items"), *_texts(chosen, "items")))

    def _bundles(self, chosen: pl.DataFrame) -> pl.DataFrame:
        bundles = conform(chosen, RAW_BUNDLES)
        bundles = self._known_ids("bundles", whole_ids(bundles) if self.integer_ids else bundles, lost_zeros)
        return self._known_ids("bundles", bundles, other_case)

    def _known_ids(
        self, name: TableName, table: pl.DataFrame, mend: Callable[[pl.Series, pl.Series], dict[str, str]]
    ) -> pl.DataFrame:
        """Ids of items as the catalogue has them: *mend* finds those that a program or a person has changed."""
        lists = "items" in table.columns
        texts = table["items"].explode() if lists else table["item_id"]
        coded = texts.dtype == pl.Categorical
        if not (mended := mend(texts.unique().cast(pl.String) if coded else texts, self.ids)):
            return table
        texts = texts.cast(pl.String)
        shown = tuple(f"{old} for {new}" for old, new in sorted(mended.items())[:EXAMPLES])
        count = int(texts.is_in(list(mended)).sum())
        reason = f"ids that differ from the catalogue's by {_MENDED[mend]}"
        self.changes.append(RowChange(table=name, action="mended", reason=reason, count=count, examples=shown))
        if not lists:
            return table.with_columns(texts.replace(mended).cast(table.schema["item_id"]))
        return table.with_columns(pl.col("items").list.eval(pl.element().replace(mended)))

    def _by_row(self, config: BundlesFile, file: Path, table: pl.DataFrame) -> pl.DataFrame:
        schema = {**RAW_BUNDLES, "item_id": pl.String}
        del schema["items"]
        chosen = self._choose("bundles", file, table, config, schema, ("bundle_id", "item_id"))
        chosen = chosen.select(_texts(chosen))
        rest = [pl.col(name).drop_nulls().first() for name in chosen.columns if name not in ("bundle_id", "item_id")]
        grouped = chosen.group_by("bundle_id", maintain_order=True).agg(pl.col("item_id").alias("items"), *rest)
        return self._bundles(grouped)

    def _variants(self, table: pl.DataFrame, config: ItemsFile, named: dict[str, str]) -> pl.DataFrame:
        inherited = [*sorted(config.mentioned()), *RAW_ITEMS]
        ids = (named.get("item_id", "item_id"), named.get("title", "title"))
        table, changes, said = only_variants(table, *ids, inherited)
        self.changes += changes
        if said:
            self.readings.append(Reading(table="items", column="", read_as=said))
        return table

    def _different_rows(self, config: ItemsFile) -> tuple[Path, FileRows]:
        """The rows of the items; of a large file, in which they may come again with each event, those that differ."""
        different = Different(
            config.mentioned() | set(RAW_ITEMS), ("item_id", "group", "parent", "row_type", "surcharge", "currency")
        )
        for file, rows in self._blocks("items", config):
            self._choose("items", file, rows.table.head(1), config, RAW_ITEMS, ("item_id", "title"))  # or an error now
            different.add(rows.table)
        table, said = different.rows()
        if said:
            self.readings.append(Reading(table="items", column="", read_as=f"{file.name}: {said}"))
        return file, FileRows(table, rows.read_as, rows.untyped)

    def _rows(self, name: TableName, config: TableFile) -> tuple[Path, FileRows]:
        """The rows of a table that count, with the columns of further files beside them."""
        return self._shaped(name, config, *self._read(name, config))

    def _blocks(self, name: TableName, config: TableFile) -> Iterator[tuple[Path, FileRows]]:
        """As `_rows`, in blocks if rows can be read without knowing the others."""
        if config.fill or config.fill_down or config.number or (isinstance(config, ItemsFile) and config.latest):
            yield self._rows(name, config)
            return
        for file, rows in self.files.blocks(config):
            self.readings.append(Reading(table=name, column="", read_as=f"{file.name}: {rows.read_as}"))
            yield self._shaped(name, config, file, rows)

    def _shaped(self, name: TableName, config: TableFile, file: Path, rows: FileRows) -> tuple[Path, FileRows]:
        unsaid = {"items": RAW_ITEMS, "events": RAW_EVENTS, "bundles": {**RAW_BUNDLES, "item_id": pl.String}}[name]
        table = renamed(rows.table, config.mentioned() | (set(unsaid) - set(config.columns)))
        require(
            file, table, *(ours for ours in unsaid if ours not in config.columns and f"{ours} (1)" in table.columns)
        )
        if rows.untyped:
            table, changes = without_echoes(name, table)
            self.changes += changes
        table = filled_down(file, table, config.fill_down)
        if config.explode:
            table = exploded(file, opened(table, {config.explode}), config.explode)
        table = opened(table, config.mentioned())
        table = table.with_row_index(config.number) if config.number else table
        for further in config.joins:
            if not self.files.has(further):
                continue
            other_file, other = self._read(name, further)
            stocks = _stocks_of(name, config, set(other.table.columns) - set(table.columns))
            table = joined(file, table, other_file, other.table, further.pairs(), further.lists)
            if stocks and not further.lists:
                table, changes = sold_out_without(table, other_file, other.table, further.pairs(), stocks)
                self.changes += changes
            if not further.lists and (name, other_file) not in self.joined:
                self.changes += further_rows(name, other_file, other.table, further.pairs())
                self.joined.add((name, other_file))
        table = made(file, table, config.make)
        table = filled_rows(file, table, config.fill)
        if isinstance(config, ItemsFile) and config.latest:
            require(file, table, config.latest)
            times = read_times(without_nothing(as_text(table[config.latest])), ColumnFormat(), f"items.{config.latest}")
            table = latest_first(table, times.values, time.time())
        table, changes = kept_rows(name, file, table, conditions(config.where))
        self.changes += changes
        return file, FileRows(table, rows.read_as, rows.untyped)

    def _read(self, name: TableName, layout: Layout) -> tuple[Path, FileRows]:
        file, rows = self.files.read(layout)
        self.readings.append(Reading(table=name, column="", read_as=f"{file.name}: {rows.read_as}"))
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
        for ours in config.columns:
            if ours not in schema:
                raise BundlesmithError(f'"{file}": "{ours}" is not a column of ours.', nearest(ours, list(schema)))
        sources = {ours: config.source(ours) or ColumnSource(column=ours) for ours in (*needed, *config.columns)}
        sources |= {ours: ColumnSource(column=ours) for ours in schema if ours not in sources and ours in table.columns}
        sources = {ours: source for ours, source in sources.items() if _there(source, table)}
        columns = [built(file, table, ours, source) for ours, source in sources.items()]
        for column in columns:
            self.formats[f"{name}.{column.name}"] = column_format(sources[column.name], column)
        return pl.DataFrame([in_zone(column, sources[column.name], name) for column in columns])


def _stocks_of(name: TableName, config: TableFile, fresh: set[str]) -> list[str]:
    """The columns of the stock, if they come from a joined file, which has the columns *fresh*."""
    stock = config.source("stock") if name == "items" else None
    return stock.columns if stock and set(stock.columns) <= fresh else []


_MENDED: dict[Callable[[pl.Series, pl.Series], dict[str, str]], str] = {
    lost_zeros: "leading zeros",
    other_case: "small and capital letters",
}


def _there(source: ColumnSource, table: pl.DataFrame) -> bool:
    return not source.optional or any(name in table.columns for name in source.columns)


def _summed(changes: list[RowChange]) -> Iterator[RowChange]:
    """The changes of all blocks, each once, with their counts together."""
    found: dict[tuple[str, str, str], RowChange] = {}
    for change in changes:
        key = (change.table, change.action, change.reason)
        before = found.get(key)
        shown = tuple(dict.fromkeys((*before.examples, *change.examples)))[:EXAMPLES] if before else change.examples
        count = change.count + (before.count if before else 0)
        found[key] = change.model_copy(update={"count": count, "examples": shown})
    yield from found.values()


def _texts(table: pl.DataFrame, *but: str) -> list[pl.Series]:
    return [whole_text(_text(table[name])) for name in table.columns if name not in but]


def _text(column: pl.Series) -> pl.Series:
    return as_seconds(column) if column.name == "timestamp" else as_text(column)
