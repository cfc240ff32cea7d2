"""A first look at a folder of data, without any YAML: which file is which table, and which column is which of ours.

    bundlesmith look FOLDER --out shop.yaml

Columns are told by their names (names.yaml), the items' ids in other files by their values. What comes out is a YAML
file to read, to mend and to go on with; nothing is prepared.
"""

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import polars as pl
import yaml
from rich.console import Console
from rich.table import Table
from rich.text import Text

from bundlesmith.data.likely import ids_of, item_columns, likeliest, likely_columns
from bundlesmith.data.names import names, plain_name
from bundlesmith.data.presets import preset, preset_names
from bundlesmith.data.readers.cells import as_text
from bundlesmith.data.readers.files import ENDINGS, inner_ending, read_rows
from bundlesmith.data.readers.folder import matching
from bundlesmith.data.readers.shape import exploded, opened
from bundlesmith.data.values.formats import ColumnFormat
from bundlesmith.data.values.stock import read_stock
from bundlesmith.errors import BundlesmithError

_OURS = {
    "items": ("item_id", "title", "category", "price", "stock"),
    "events": ("session_id", "user_id", "item_id", "timestamp", "kind"),
    "bundles": ("bundle_id", "user_id", "timestamp", "items", "item_id", "intent"),
}
_EXAMPLES = 3


@dataclass
class LookedAtFile:
    """One file: its rows, and the table and columns that it seems to hold; *keys* are further ones of the YAML."""

    path: Path
    table: pl.DataFrame
    kind: str = ""
    columns: dict[str, Any] = field(default_factory=dict)
    keys: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Look:
    """What a folder seems to hold: its files, what could not be read, the YAML, and presets that fit."""

    seen: list[LookedAtFile]
    unread: dict[str, str]
    yaml: str
    presets: list[str]

    def show(self, console: Console) -> None:
        """Print it with examples."""
        table = Table("file", "rows", "table", "ours", "theirs", "for example", title="What seems to be there")
        for seen in self.seen:
            first = (seen.path.name, f"{seen.table.height:,}", seen.kind or "(not told)")
            for place, (ours, source) in enumerate((seen.columns or {"": ""}).items()):
                theirs = _columns_of(source)
                there = [name for name in theirs if name in seen.table.columns]
                values: list[str] = (
                    as_text(seen.table[there[0]]).drop_nulls().head(_EXAMPLES).to_list() if there else []
                )
                shown = values if source else seen.table.columns[:8]
                cells = first if place == 0 else ("", "", "")
                table.add_row(*cells, ours, ", ".join(theirs), Text(", ".join(shown)))
        console.print(table)
        for name, why in self.unread.items():
            console.print(Text(f"Not read: {name}: {why}", style="yellow"))
        if not any(seen.kind == "items" for seen in self.seen):
            console.print(
                Text("No file has columns that are known as an item's id and title: map them.", style="yellow")
            )
        for name in self.presets:
            console.print(f"It looks like {name}: bundlesmith prepare --source {name} --path FOLDER --out DATA")


def _columns_of(source: Any) -> list[str]:
    """The columns that a line of the YAML names."""
    names = source["column"] if isinstance(source, dict) else source
    return names if isinstance(names, list) else [names]


def look(folder: Path) -> Look:
    """Look at the files of *folder*.

    Raises:
        BundlesmithError: if it is no folder, or none of its files can be read.
    """
    if not folder.is_dir():
        raise BundlesmithError(f'"{folder}" is not a folder.', "Name the folder that holds the files.")
    read: list[list[LookedAtFile]] = []
    unread = {}
    for path in sorted(path for path in folder.iterdir() if path.is_file() and inner_ending(path) in ENDINGS):
        try:
            read.append(_views(path, read_rows(path).table))
        except BundlesmithError as error:
            unread[path.name] = str(error)
    if not read:
        why = next(iter(unread.values()), f"It has no files of the kinds {', '.join(ENDINGS)}.")
        raise BundlesmithError(f'"{folder}" has nothing to read. {why}', "Check the path.")
    seen = _tell(read)
    return Look(seen, unread, _as_yaml(seen), [name for name in preset_names() if _fits(name, folder, seen)])


def _views(path: Path, table: pl.DataFrame) -> list[LookedAtFile]:
    """The rows of a file, with parts of objects as columns: as they are, and with a row for each member of a list."""
    lists = [
        name for name, kind in table.schema.items() if kind == pl.List(pl.String) and _objects(table[name].explode())
    ]
    exploded_ones = [LookedAtFile(path, exploded(path, table, name), keys={"explode": name}) for name in lists]
    views = [LookedAtFile(path, table), *exploded_ones]
    for view in views:
        objects = [name for name, kind in view.table.schema.items() if kind == pl.String and _objects(view.table[name])]
        keys = {
            f"{name}.{key}"
            for name in objects
            for key in json.loads(view.table[name].drop_nulls()[0])
            if key.isidentifier()
        }
        view.table = opened(view.table, keys)
    return views


def _objects(texts: pl.Series) -> bool:
    first = texts.drop_nulls().head(1)
    try:
        return bool(first.len()) and isinstance(json.loads(first[0]), dict)
    except ValueError:
        return False


def _tell(seen: list[list[LookedAtFile]]) -> list[LookedAtFile]:
    """The view of each file that tells most, with its table and columns."""
    views = [view for of_file in seen for view in of_file if likeliest(view.table, "title") and _key(view.table)]
    catalogue = max(views, key=lambda one: (_unique(one), len(_mapped(one.table, "items"))), default=None)
    if catalogue is None:
        return [of_file[0] for of_file in seen]
    others = [of_file for of_file in seen if of_file[0].path != catalogue.path]
    key = _found_elsewhere(catalogue.table, others)
    catalogue.kind, catalogue.columns = "items", _mapped(catalogue.table, "items") | {"item_id": key}
    _shape_items(catalogue)
    ids = ids_of(catalogue.table[key]).unique()
    told = [catalogue]
    if catalogue.table[key].is_duplicated().any() and not catalogue.keys:
        again = LookedAtFile(catalogue.path, catalogue.table)
        told += [again] if _tell_one(again, ids) and again.kind == "events" else []
    for of_file in others:
        fitting = [view for view in of_file if _tell_one(view, ids)]
        told.append(max(fitting, key=lambda one: (one.kind == "events", len(one.columns)), default=of_file[0]))
        if not fitting:
            _join(catalogue, of_file[0], ids)
    return told


def _join(catalogue: LookedAtFile, other: LookedAtFile, ids: pl.Series) -> None:
    """Take what the catalogue lacks, such as stocks, from a further file that has it for its items."""
    item, _ = item_columns(other.table, ids)
    lacking = [ours for ours in _OURS["items"] if ours not in catalogue.columns]
    found = {ours: theirs for ours in lacking if (theirs := likeliest(other.table, ours))}
    if item and found and not set(found.values()) & {item, *catalogue.table.columns}:
        other.kind, other.columns = "items (joined)", {"item_id": item, **found}
        by = {catalogue.columns["item_id"]: item}
        catalogue.keys.setdefault("join", []).append({"file": other.path.name, "by": by})
        catalogue.columns |= found


def _tell_one(one: LookedAtFile, ids: pl.Series) -> bool:
    """Say whether a view holds events or bundles of the items with these ids, and which columns."""
    item, lists = item_columns(one.table, ids)
    kind = "bundles" if lists or (item and likeliest(one.table, "bundle_id")) else "events" if item else ""
    if not kind:
        return False
    columns = _mapped(one.table, kind)
    columns = {ours: theirs for ours, theirs in columns.items() if theirs not in (item, lists)}
    columns |= {"items": lists} if lists else {"item_id": str(item)}
    if kind == "events":
        columns.pop("items", None)
        if "explode" in one.keys and "id" in one.table.columns and item != "id":
            columns.setdefault("session_id", "id")
        if "session_id" in columns:
            columns.setdefault("user_id", columns["session_id"])
        if not {"user_id", "timestamp"} <= columns.keys():
            return False
        if clock := _clock(one.table, columns["timestamp"]):
            columns["timestamp"] = [columns["timestamp"], clock]
        if where := _bought(one.table):
            one.keys["where"] = where
    elif one.keys:
        return False
    one.kind, one.columns = kind, {ours: columns[ours] for ours in _OURS[kind] if ours in columns}
    return True


def _clock(table: pl.DataFrame, date: str) -> str | None:
    """The column that holds the times of day of dates that have none."""
    if as_text(table[date]).str.contains(r":\d\d|^\d+$").any():
        return None
    texts = {name: as_text(table[name]).drop_nulls() for name in table.columns if table.schema[name] == pl.String}
    times = (
        name for name, text in texts.items() if text.len() and text.str.contains(r"^\d{1,2}:\d{2}(:\d{2})?$").all()
    )
    return next(times, None)


def _bought(table: pl.DataFrame) -> dict[str, Any]:
    """Conditions that leave out returns, and orders that came to nothing."""
    where: dict[str, Any] = {}
    for name in likely_columns(table, "quantity")[:1]:
        if (as_text(table[name]).cast(pl.Float64, strict=False) <= 0).any():
            where[name] = {"above": 0}
    for name in likely_columns(table, "order_status"):
        values = as_text(table[name]).unique().drop_nulls().sort().to_list()
        if nothing := [value for value in values if plain_name(value) in names()["cancelled"]]:
            where[name] = {"is_not": nothing}
    return where


def _shape_items(catalogue: LookedAtFile) -> None:
    """Take a sale price where there is one, and no stock of what a further column says isn't sold."""
    table, columns = catalogue.table, catalogue.columns
    prices = likely_columns(table, "price")[:2]
    if len(prices) == 2 and prices[0].lower().startswith("sale"):
        texts = as_text(table[prices[0]])
        zeros = texts.filter(texts.cast(pl.Float64, strict=False) == 0).unique().to_list()
        if zeros or texts.null_count():
            columns["price"] = {"column": prices, "first": True} | ({"without": zeros} if zeros else {})
    parts = [name for name in likely_columns(table, "currency") if "." in name]  # others `prepare` finds
    if parts and "price" in columns:
        columns["price"] = [columns["price"], parts[0]]
    for name in likely_columns(table, "not_for_sale"):
        said = {text: read_stock(pl.Series([text]), ColumnFormat(), "", None) for text in ids_of(table[name]).unique()}
        if gone := sorted(text for text, one in said.items() if one.values[0] != 0 and not one.unread.len()):
            catalogue.keys["where"] = {name: {"is_not": gone}}
    flags = [name for name in likely_columns(table, "for_sale") if _all_told(as_text(table[name]))]
    stocks = list(dict.fromkeys([*filter(None, [columns.get("stock")]), *likely_columns(table, "stock")[:2], *flags]))
    if stocks:
        columns["stock"] = stocks if len(stocks) > 1 else stocks[0]


def _all_told(texts: pl.Series) -> bool:
    """Whether all values say in words whether an item is sold."""
    return bool(texts.count()) and not read_stock(texts, ColumnFormat(), "", None).unread.len()


def _key(table: pl.DataFrame) -> str | None:
    """Of the columns that are named as an item's id, the first that tells rows apart, or else the first."""
    found = likely_columns(table, "item_id")
    unique = (name for name in found if not table[name].drop_nulls().is_duplicated().any())
    return next(unique, found[0] if found else None)


def _found_elsewhere(table: pl.DataFrame, others: list[list[LookedAtFile]]) -> str:
    """As `_key`; but a column whose values other files hold comes first."""
    found = sorted(likely_columns(table, "item_id"), key=lambda name: name != _key(table))
    for name in found:
        ids = ids_of(table[name]).unique()
        if any(any(item_columns(view.table, ids)) for of_file in others for view in of_file):
            return name
    return found[0]


def _unique(one: LookedAtFile) -> float:
    column = as_text(one.table[str(_key(one.table))])
    return round(column.n_unique() / max(column.len(), 1), 2)


def _mapped(table: pl.DataFrame, kind: str) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for ours in _OURS[kind]:
        name = _key(table) if (kind, ours) == ("items", "item_id") else likeliest(table, ours)
        if name is not None and name not in found.values():
            found[ours] = name
    return found


def _as_yaml(seen: list[LookedAtFile]) -> str:
    tables: dict[str, Any] = {}
    for kind in _OURS:
        of_kind = [one for one in seen if one.kind == kind]
        if of_kind:
            largest = max(of_kind, key=lambda one: (len(one.columns), one.table.height))
            tables[kind] = {"file": largest.path.name, **largest.keys, "columns": largest.columns}
    if "items" not in tables:
        largest = max(seen, key=lambda one: one.table.height)
        tables = {"items": {"file": largest.path.name, "columns": {"item_id": "?", "title": "?"}}} | tables
    return yaml.safe_dump(tables, sort_keys=False, allow_unicode=True, default_flow_style=None, width=120)


def _fits(name: str, folder: Path, seen: list[LookedAtFile]) -> bool:
    config = preset(name)
    paths = set(matching(folder, config.items.file))
    wanted = {column for column in config.items.mentioned() if column[:1].isalpha()}
    return any(one.path in paths and len(wanted & set(one.table.columns)) >= 0.8 * len(wanted) for one in seen)
