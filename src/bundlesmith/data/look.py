"""A first look at a folder of data, without any YAML: which file is which table, and which column is which of ours.

    bundlesmith look FOLDER --out shop.yaml

`telling` decides. What comes out is a YAML file to read, to mend and to go on with; nothing is prepared.
"""

import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl
import yaml
from rich.console import Console
from rich.table import Table
from rich.text import Text

from bundlesmith.data.likely import begun_alike, likely_columns, named_alike
from bundlesmith.data.presets import preset, preset_names
from bundlesmith.data.readers.cells import as_text
from bundlesmith.data.readers.files import ENDINGS, PACKED, Layout, inner_ending, read_rows, sheets_of
from bundlesmith.data.readers.folder import inner_name, matching
from bundlesmith.data.readers.shape import exploded, opened
from bundlesmith.data.readers.zips import zip_members, zip_of
from bundlesmith.data.telling import OURS, tell_tables
from bundlesmith.data.views import FileView
from bundlesmith.errors import BundlesmithError

_EXAMPLES = 3
_DEEPEST = 3  # objects in objects


@dataclass(frozen=True)
class Look:
    """What a folder seems to hold: its files, what could not be read, the YAML, and presets that fit."""

    seen: list[FileView]
    unread: dict[str, str]
    yaml: str
    presets: list[str]

    def show(self, console: Console) -> None:
        """Print it with examples."""
        table = Table("file", "rows", "table", "ours", "theirs", "for example", title="What seems to be there")
        for view in self.seen:
            first = (view.name, f"{view.table.height:,}", view.kind or "(not told)")
            for place, (ours, source) in enumerate((view.columns or {"": view.table.columns[:8]}).items()):
                theirs = _columns_of(source)
                there = [name for name in theirs if name in view.table.columns]
                values = as_text(view.table[there[0]]).drop_nulls().head(_EXAMPLES).to_list() if ours and there else []
                cells = first if place == 0 else ("", "", "")
                table.add_row(*cells, ours, ", ".join(theirs), Text(", ".join(values)))
        console.print(table)
        for note in self.notes():
            console.print(Text(note, style="yellow"))
        for name in self.presets:
            console.print(f"It looks like {name}: bundlesmith prepare --source {name} --path FOLDER --out DATA")

    def notes(self) -> list[str]:
        """What a reader should know: what is not read, or not told."""
        notes = [f"Not read: {name}: {why}" for name, why in self.unread.items()]
        untold = {view.name: _why_not(view) for view in self.seen if not view.kind}
        if any(view.kind == "items" for view in self.seen):
            notes += [
                f"{name} may say what is in stock, but can't be read: map `stock`." for name in self._unread_stocks()
            ]
            notes += [f"Not told, and left out: {name}: {why}." for name, why in untold.items()]
            if left := _left(self.seen):
                notes.append(f"Left out, since another file is read for that table: {', '.join(left)}.")
            return notes + self._untold()
        return [*notes, "No file has columns that are known as an item's id and title: map them."]

    def _untold(self) -> list[str]:
        """What no column of the items is known to hold."""
        items = [view for view in self.seen if view.kind == "items"]
        notes = []
        for view in items:
            if "stock" not in view.columns:
                notes.append(f"{view.name}: no column is known as the stock: all items are always in stock.")
            if "price" not in view.columns and (several := begun_alike(view.table, "price")):
                notes.append(f"{view.name}: {', '.join(several)} may be the price: map one as `price`.")
            price = view.columns.get("price")
            if isinstance(price, dict) and "only" in price:
                notes.append(f"{view.name}: prices of several pieces, as {', '.join(price['only'])} says, stay empty.")
        return notes

    def _unread_stocks(self) -> list[str]:
        """Columns of the items that have a name for the stock, where none can be read: all would always be in stock."""
        items = [view for view in self.seen if view.kind == "items" and "stock" not in view.columns]
        return [
            f'{view.name}: "{name}"'
            for view in items
            for name in named_alike(view.table, "stock")
            if name not in likely_columns(view.table, "stock")
        ]


def _why_not(view: FileView) -> str:
    if view.lacking:
        return f"it holds ids of the items, but no column is known as {' and '.join(view.lacking)}: map them"
    return "no column holds ids of the items"


def _columns_of(source: Any) -> list[str]:
    """The columns that a line of the YAML names."""
    names = source["column"] if isinstance(source, dict) else source
    return names if isinstance(names, list) else [names]


def look(folder: Path, base: Path | None = None) -> Look:
    """Look at the files of *folder*; the YAML names them as from the folder *base*, where it is written.

    Raises:
        BundlesmithError: if it is no folder, or none of its files can be read.
    """
    if not folder.is_dir():
        raise BundlesmithError(f'"{folder}" is not a folder.', "Name the folder that holds the files.")
    read: list[list[FileView]] = []
    unread: dict[str, str] = {}
    for path in _files_of(folder):
        try:
            read.append(_views(path, read_rows(path).table))
        except BundlesmithError as error:
            sheets = _sheets(path)
            read += sheets
            unread |= {} if sheets else {path.name: str(error)}
    if not read:
        why = next(iter(unread.values()), f"It has no files of the kinds {', '.join(ENDINGS)}.")
        databases = [path for path in sorted(folder.iterdir()) if path.suffix.lower() in _DATABASES]
        fix = (
            f"Read the database: prepare --source sql --path sqlite:///{databases[0]}"
            if databases
            else "Check the path"
        )
        raise BundlesmithError(f'"{folder}" has nothing to read. {why}', f"{fix}.")
    seen = tell_tables(read)
    return Look(
        seen,
        unread,
        _as_yaml(seen, Path(os.path.relpath(folder, base or folder))),
        [name for name in preset_names() if _fits(name, folder, seen)],
    )


_DATABASES = (".db", ".sqlite", ".sqlite3", ".db3")


def _files_of(folder: Path) -> list[Path]:
    """The files of a folder that may be read, and those in a ZIP of several."""
    found = []
    for path in sorted(folder.iterdir()):
        members = zip_members(path) if path.suffix.lower() == ".zip" else []
        found += members if len(members) > 1 else [path] if path.is_file() else []
    return [path for path in found if inner_ending(path) in (*ENDINGS, *PACKED)]


def _sheets(path: Path) -> list[list[FileView]]:
    """Each sheet of a workbook whose sheets differ."""
    found = []
    for sheet in sheets_of(path):
        try:
            table = read_rows(path, Layout(file=path.name, sheet=sheet)).table
        except BundlesmithError:  # it has no rows
            continue
        views = _views(path, table)
        for view in views:
            view.keys["sheet"] = sheet
        found.append(views)
    return found


def _views(path: Path, table: pl.DataFrame) -> list[FileView]:
    """The rows of a file as they are, and with a row for each member of a list; parts of objects are columns."""
    views = [FileView(path, _with_parts(table))]
    for name, kind in views[0].table.schema.items():
        if _is_list(views[0].table[name], kind):
            rows = exploded(path, views[0].table, name)
            views.append(FileView(path, _with_parts(rows), keys={"explode": name}))
    return views


def _is_list(column: pl.Series, kind: pl.DataType) -> bool:
    """Whether a column has lists of objects, or such lists as text, as the parts of objects are."""
    if kind == pl.String:
        first = column.drop_nulls().head(1)
        return bool(first.len()) and first[0].startswith("[{")
    return kind == pl.List(pl.String) and bool(_keys(column.explode()))


def _with_parts(table: pl.DataFrame) -> pl.DataFrame:
    """The table with the parts of objects as columns, in the place of the objects."""
    table = table.with_columns(as_text(table[name]) for name, kind in table.schema.items() if _holds_parts(kind))
    for _ in range(_DEEPEST):
        keys = {name: _keys(table[name]) for name, kind in table.schema.items() if kind == pl.String}
        objects = {name: parts for name, parts in keys.items() if parts}
        if not objects:
            break
        table = opened(table, {f"{name}.{key}" for name, parts in objects.items() for key in parts})
        table = table.drop(objects)
    return table


def _holds_parts(kind: pl.DataType) -> bool:
    return isinstance(kind, pl.Struct)


def _keys(texts: pl.Series) -> list[str]:
    """The names in the first of a column's objects, or none if it has no objects."""
    first = texts.drop_nulls().head(1)
    try:
        found = json.loads(first[0]) if first.len() and first[0].startswith("{") else None
    except ValueError:
        return []
    return [key for key in found if key.isidentifier()] if isinstance(found, dict) else []


def _as_yaml(seen: list[FileView], place: Path) -> str:
    tables: dict[str, Any] = {}
    for kind in OURS:
        of_kind = [one for one in seen if one.kind == kind]
        if of_kind:
            largest = max(of_kind, key=lambda one: (len(one.columns), one.table.height))
            file, keys = _together(largest, of_kind)
            tables[kind] = {"file": file, **keys, "columns": largest.columns}
            for layout in (tables[kind], *keys.get("join", [])):
                layout["file"] = str(place / layout["file"])
    if "items" not in tables:
        largest = max(seen, key=lambda one: one.table.height)
        tables = {
            "items": {"file": str(place / inner_name(largest.path)), "columns": {"item_id": "?", "title": "?"}}
        } | tables
    return yaml.safe_dump(tables, sort_keys=False, allow_unicode=True, default_flow_style=None, width=120)


def _together(one: FileView, of_kind: list[FileView]) -> tuple[str, dict[str, Any]]:
    """The file and further keys of a table, with the sheets or files that have the same columns: a month each, say."""
    same = _like(one, of_kind)
    if len(same) == 1:
        return inner_name(one.path), one.keys
    if all(other.path == one.path for other in same):
        return inner_name(one.path), one.keys | {"sheet": [other.keys["sheet"] for other in same]}
    return _pattern(same), one.keys


def _like(one: FileView, of_kind: list[FileView]) -> list[FileView]:
    """The views of one table that can be read with *one*: sheets of its workbook, or files that one pattern fits."""
    alike = [other for other in of_kind if other.columns == one.columns and other.table.columns == one.table.columns]
    sheets = [other for other in alike if other.path == one.path]
    if len(sheets) > 1:
        return sheets
    files = [other for other in alike if other.keys == one.keys and "join" not in one.keys]
    fitting = matching(one.path.parent, _pattern(files)) if len(files) > 1 and not zip_of(one.path) else []
    return files if fitting and set(fitting) == {other.path for other in files} else [one]


def _pattern(views: list[FileView]) -> str:
    """A name with * that fits the files of some views: what their names begin and end with."""
    names = [view.path.name for view in views]
    same = [len(set(letters)) == 1 for letters in zip(*names, strict=False)]
    begin = same.index(False) if False in same else len(same)
    back = [len(set(letters)) == 1 for letters in zip(*(name[begin:][::-1] for name in names), strict=False)]
    end = back.index(False) if False in back else len(back)
    return f"{names[0][:begin]}*{names[0][len(names[0]) - end :]}"


def _left(seen: list[FileView]) -> list[str]:
    """The names of views that the YAML doesn't read, because another one of their table is read."""
    found = []
    for kind in OURS:
        if of_kind := [one for one in seen if one.kind == kind]:
            largest = max(of_kind, key=lambda one: (len(one.columns), one.table.height))
            read = _like(largest, of_kind)
            found += [f"{one.name} ({kind})" for one in of_kind if all(one is not other for other in read)]
    return found


def _fits(name: str, folder: Path, seen: list[FileView]) -> bool:
    config = preset(name)
    paths = set(matching(folder, config.items.file))
    wanted = {column for column in config.items.mentioned() if column[:1].isalpha()}
    return any(one.path in paths and len(wanted & set(one.table.columns)) >= 0.8 * len(wanted) for one in seen)
