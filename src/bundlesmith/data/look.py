"""A first look at a folder of data, without any YAML: which file is which table, and which column is which of ours.

    bundlesmith look FOLDER --out shop.yaml

Columns are told by their names (names.yaml), the items' ids in other files by their values. What comes out is a YAML
file to read, to mend and to go on with; nothing is prepared.
"""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import polars as pl
import yaml
from rich.console import Console
from rich.table import Table
from rich.text import Text

from bundlesmith.data.names import names, plain_name
from bundlesmith.data.presets import preset, preset_names
from bundlesmith.data.readers.cells import as_lists, as_text
from bundlesmith.data.readers.files import ENDINGS, inner_ending, read_rows
from bundlesmith.data.readers.folder import matching
from bundlesmith.errors import BundlesmithError

_OURS = {
    "items": ("item_id", "title", "category", "price", "stock"),
    "events": ("session_id", "user_id", "item_id", "timestamp", "kind"),
    "bundles": ("bundle_id", "user_id", "timestamp", "items", "item_id", "intent"),
}
_EXAMPLES, _SAMPLE = 3, 20_000
_SHARED = 0.2  # of a column's values are ids of the catalogue: then it holds items


@dataclass
class LookedAtFile:
    """One file: its rows, and the table and columns that it seems to hold."""

    path: Path
    table: pl.DataFrame
    kind: str = ""
    columns: dict[str, str] = field(default_factory=dict)


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
            for place, (ours, theirs) in enumerate((seen.columns or {"": ""}).items()):
                shown = as_text(seen.table[theirs]).drop_nulls().head(_EXAMPLES) if theirs else seen.table.columns[:8]
                cells = first if place == 0 else ("", "", "")
                table.add_row(*cells, ours, theirs, Text(", ".join(shown)))
        console.print(table)
        for name, why in self.unread.items():
            console.print(Text(f"Not read: {name}: {why}", style="yellow"))
        for name in self.presets:
            console.print(f"It looks like {name}: bundlesmith prepare --source {name} --path FOLDER --out DATA")


def look(folder: Path) -> Look:
    """Look at the files of *folder*.

    Raises:
        BundlesmithError: if it is no folder, or none of its files can be read.
    """
    if not folder.is_dir():
        raise BundlesmithError(f'"{folder}" is not a folder.', "Name the folder that holds the files.")
    seen, unread = [], {}
    for path in sorted(path for path in folder.iterdir() if path.is_file() and inner_ending(path) in ENDINGS):
        try:
            seen.append(LookedAtFile(path, read_rows(path).table))
        except BundlesmithError as error:
            unread[path.name] = str(error)
    if not seen:
        why = next(iter(unread.values()), f"It has no files of the kinds {', '.join(ENDINGS)}.")
        raise BundlesmithError(f'"{folder}" has nothing to read. {why}', "Check the path.")
    _tell(seen)
    return Look(seen, unread, _as_yaml(seen), [name for name in preset_names() if _fits(name, folder, seen)])


def _named(table: pl.DataFrame, ours: str) -> str | None:
    """The column that has the likeliest name for ours."""
    theirs = {plain_name(name): name for name in reversed(table.columns)}
    return next((theirs[name] for name in names()[ours] if name in theirs), None)


def _tell(seen: list[LookedAtFile]) -> None:
    catalogues = [one for one in seen if _named(one.table, "title") and _key(one.table)]
    catalogue = max(catalogues, key=lambda one: (_unique(one), len(_mapped(one.table, "items"))), default=None)
    if catalogue is None:
        return
    catalogue.kind, catalogue.columns = "items", _mapped(catalogue.table, "items")
    ids = as_text(catalogue.table[catalogue.columns["item_id"]]).unique()
    for one in seen:
        if one is catalogue and _unique(one) > 0.5:
            continue
        item, lists = _holds(one.table, ids)
        kind = "bundles" if lists or (item and _named(one.table, "bundle_id")) else "events" if item else ""
        if not kind or one is catalogue:
            continue
        columns = _mapped(one.table, kind)
        columns = {ours: theirs for ours, theirs in columns.items() if theirs not in (item, lists)}
        columns |= {"items": lists} if lists else {"item_id": str(item)}
        if kind == "events" and "user_id" not in columns and "session_id" in columns:
            columns["user_id"] = columns["session_id"]
        if kind == "events" and not {"user_id", "timestamp"} <= columns.keys():
            continue
        one.kind, one.columns = kind, {ours: columns[ours] for ours in _OURS[kind] if ours in columns}


def _key(table: pl.DataFrame) -> str | None:
    return _named(table, "item_id")


def _unique(one: LookedAtFile) -> float:
    column = as_text(one.table[str(_key(one.table))])
    return round(column.n_unique() / max(column.len(), 1), 2)


def _mapped(table: pl.DataFrame, kind: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for ours in _OURS[kind]:
        name = _named(table, ours)
        if name is not None and name not in found.values():
            found[ours] = name
    return found


def _holds(table: pl.DataFrame, ids: pl.Series) -> tuple[str | None, str | None]:
    """The column that holds an item's id, and the one that holds lists of them, by their values."""
    best: dict[str, tuple[float, str]] = {}
    for name in table.columns:
        column = table[name].head(_SAMPLE)
        single = as_text(column).str.replace(r"^(\d+)\.0+$", "$1") if not column.dtype.is_nested() else None
        values = (
            {"list": as_lists(column, None, ids).explode().drop_nulls()} if single is None or _listed(single) else {}
        )
        if single is not None:
            values["item"] = single.drop_nulls()
        for kind, texts in values.items():
            share = float(texts.is_in(ids.implode()).mean() or 0)  # type: ignore[arg-type]
            if share > max(_SHARED, best.get(kind, (0.0, ""))[0]):
                best[kind] = (share, name)
    item, lists = (best.get(kind, (0.0, None))[1] for kind in ("item", "list"))
    return (None, lists) if lists and item in (None, lists) else (item, None)


def _listed(texts: pl.Series) -> bool:
    return bool(texts.str.contains(r"^[\[({]|\S[,;|]\s?\S").any())


def _as_yaml(seen: list[LookedAtFile]) -> str:
    tables: dict[str, Any] = {}
    for kind in _OURS:
        of_kind = [one for one in seen if one.kind == kind]
        if of_kind:
            largest = max(of_kind, key=lambda one: (len(one.columns), one.table.height))
            tables[kind] = {"file": largest.path.name, "columns": largest.columns}
    return yaml.safe_dump(tables, sort_keys=False, allow_unicode=True, default_flow_style=None, width=120)


def _fits(name: str, folder: Path, seen: list[LookedAtFile]) -> bool:
    config = preset(name)
    paths = set(matching(folder, config.items.file))
    wanted = {column for column in config.items.mentioned() if column[:1].isalpha()}
    return any(one.path in paths and len(wanted & set(one.table.columns)) >= 0.8 * len(wanted) for one in seen)
