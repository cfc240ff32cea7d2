"""Which of a folder's files holds the items, which the events and bundles, and in which columns.

    told = tell_tables(views_of_files)

Columns are told by their names, the items' ids in other files by their values.
"""

from typing import Any

import polars as pl

from bundlesmith.data.likely import (
    ids_of,
    item_columns,
    key_columns,
    likeliest,
    likely_columns,
    other_keys,
    shared,
    sibling_columns,
    time_column,
)
from bundlesmith.data.names import names, plain_name
from bundlesmith.data.readers.cells import as_text
from bundlesmith.data.readers.folder import inner_name
from bundlesmith.data.readers.shape import joined
from bundlesmith.data.selling import is_lines, shape_items, stock_said
from bundlesmith.data.views import FileView

OURS = {
    "items": ("item_id", "title", "category", "price", "stock"),
    "events": ("session_id", "user_id", "item_id", "timestamp", "kind"),
    "bundles": ("bundle_id", "user_id", "timestamp", "items", "item_id", "intent"),
}


def tell_tables(files: list[list[FileView]]) -> list[FileView]:
    """The view of each file that tells most, with its table and columns."""
    catalogue = _catalogue([view for of_file in files for view in of_file])
    if catalogue is None:
        return [of_file[0] for of_file in files]
    others = [of_file for of_file in files if all(view is not catalogue for view in of_file)]
    key = _key_of(catalogue.table, others)
    catalogue.kind, catalogue.columns = "items", _mapped(catalogue.table, "items") | {"item_id": key}
    shape_items(catalogue)
    ids = ids_of(catalogue.table[key]).unique()
    told = [catalogue]
    if catalogue.table[key].is_duplicated().any() or is_lines(catalogue.table):
        same = {key: catalogue.keys[key] for key in catalogue.keys if key in ("sheet", "explode")}
        again = FileView(catalogue.path, catalogue.table, keys=same)
        whole = next(of_file[0].table for of_file in files if any(view is catalogue for view in of_file))
        if (_tell_one(again, ids) and again.kind == "events") or _tell_lists(again, whole, key):
            told.append(again)
    for of_file in others:
        fitting = [view for view in of_file if _tell_one(view, ids)]
        told.append(max(fitting, key=lambda one: (one.kind == "events", len(one.columns)), default=of_file[0]))
        if not fitting:
            _join(catalogue, of_file[0], ids)
    untold = [view for view in told if not view.kind]
    for view in untold:
        _with_orders(view, untold, ids)
    return told


def _catalogue(views: list[FileView]) -> FileView | None:
    """The view whose ids tell its rows apart best and that has most of an item's columns; a plain one if several do."""

    def rank(view: FileView) -> tuple[float, int, bool]:
        column = as_text(view.table[_keys(view.table)[0]])
        return (
            round(column.n_unique() / max(column.len(), 1), 2),
            len(_mapped(view.table, "items")),
            "explode" not in view.keys,
        )

    titled = [view for view in views if _titles(view.table)]
    named = [view for view in titled if key_columns(view.table)]
    return max(named or [view for view in titled if other_keys(view.table)], key=rank, default=None)


def _key_of(table: pl.DataFrame, others: list[list[FileView]]) -> str:
    """The column of the catalogue's ids: the first whose values other files hold, or else the first."""
    found = _keys(table)
    for name in found:
        ids = ids_of(table[name]).unique()
        if any(any(item_columns(view.table, ids)) for of_file in others for view in of_file):
            return name
    return found[0]


def _keys(table: pl.DataFrame) -> list[str]:
    return [*key_columns(table), *other_keys(table)]


def _mapped(table: pl.DataFrame, kind: str) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for ours in OURS[kind]:
        if (kind, ours) == ("items", "item_id"):
            name = next(iter(_keys(table)), None)
        elif (kind, ours) == ("items", "title"):
            name = _title(table, found["item_id"])
        else:
            name = likeliest(table, ours)
        if ours == "category" and name is not None and _is_item_type(table[name]):
            name = None
        if name is not None and name not in found.values():
            found[ours] = name
    return found


def _title(table: pl.DataFrame, key: str) -> str | None:
    """The likeliest title of which each item has one; a playlist's name beside its tracks is none of theirs."""
    titles = _titles(table)
    items = table.group_by(key).agg(pl.col(titles).drop_nulls().n_unique())
    single = (name for name in titles if (items[name] <= 1).all())
    return next(single, titles[0] if titles else None)


def _is_item_type(column: pl.Series) -> bool:
    """Whether a column says how an item is sold, such as "simple" and "variable", and not what it is."""
    return all(plain_name(text) in names()["item_type"] for text in as_text(column).unique().drop_nulls().head(20))


def _titles(table: pl.DataFrame) -> list[str]:
    """The columns that are named as a title; or else one named as an item ("Product" beside "SKU") that holds words."""
    named = likely_columns(table, "title")
    return named or [name for name in key_columns(table)[1:] if _worded(as_text(table[name]))]


def _worded(texts: pl.Series) -> bool:
    """Whether most texts hold letters, and some hold several words."""
    letters, words = texts.str.contains(r"\pL{3}").mean(), texts.str.contains(r"\pL\S* \S*\pL").mean()
    return bool(letters and words and float(letters) > 0.8 and float(words) > 0.2)  # type: ignore[arg-type]


def _join(catalogue: FileView, other: FileView, ids: pl.Series) -> None:
    """Take what the catalogue lacks, such as stocks, from a further file that has it for its items."""
    item, _ = item_columns(other.table, ids)
    lacking = [ours for ours in OURS["items"] if ours not in catalogue.columns]
    found = {ours: theirs for ours in lacking if (theirs := likeliest(other.table, ours))}
    if (
        item and len(set(ids_of(other.table[item]))) < other.table.height
    ):  # a price for each list, a stock for each place
        found.pop("price", None)
    if item and found and not set(found.values()) & {item, *catalogue.table.columns}:
        other.kind, other.columns = "items (joined)", {"item_id": item, **found}
        by = {catalogue.columns["item_id"]: item}
        sheet = {key: other.keys[key] for key in other.keys if key == "sheet"}
        catalogue.keys.setdefault("join", []).append({"file": inner_name(other.path), **sheet, "by": by})
        catalogue.columns |= found


def _with_orders(lines: FileView, others: list[FileView], ids: pl.Series) -> bool:
    """Say that a view holds the lines of orders that stand in another file, which says who bought when."""
    item, lists = item_columns(lines.table, ids)
    if item is None or lists:
        return False
    for order in likely_columns(lines.table, "session_id"):
        theirs = ids_of(lines.table[order])
        for other in others:
            keys = [
                name
                for name in ("id", order, *likely_columns(other.table, "session_id"))
                if name in other.table.columns
            ]
            apart = (name for name in keys if _tells_apart(other.table, name))
            key = next((name for name in apart if shared(theirs, ids_of(other.table[name])) > _MOST_LINES), None)
            if other is lines or key is None or not likeliest(other.table, "timestamp"):
                continue
            table = joined(lines.path, lines.table, other.path, other.table, {order: key})
            whole = FileView(lines.path, table, keys=dict(lines.keys))
            sheet = {name: other.keys[name] for name in other.keys if name == "sheet"}
            if _tell_one(whole, ids) and whole.kind == "events":
                lines.table, lines.kind, lines.columns, lines.keys = whole.table, whole.kind, whole.columns, whole.keys
                lines.keys["join"] = [{"file": inner_name(other.path), **sheet, "by": {order: key}}]
                lines.columns = {"session_id": order, **lines.columns}
                other.kind, other.columns = "events (joined)", {"session_id": key}
                return True
    return False


def _tells_apart(table: pl.DataFrame, key: str) -> bool:
    ids = ids_of(table[key])
    return ids.len() == table.height == ids.n_unique()


_OWN = ("id", "key", "no", "nr", "number", "nummer")
_MOST_LINES = 0.8


def _tell_one(one: FileView, ids: pl.Series) -> bool:
    """Say whether a view holds events or bundles of the items with these ids, and which columns."""
    item, lists = item_columns(one.table, ids)
    if item and plain_name(item) in _OWN and _tells_apart(one.table, item):
        item = None  # the number of an order, which some item has, too
    several = sibling_columns(one.table, item, ids) if item else []
    kind = "bundles" if lists or several or (item and likeliest(one.table, "bundle_id")) else "events" if item else ""
    if not kind or (kind == "bundles" and "explode" in one.keys):
        return False
    columns = _mapped(one.table, kind)
    columns = {ours: theirs for ours, theirs in columns.items() if theirs not in (item, lists, *several)}
    if several:
        columns["items"] = {"column": several, "join": "|"}
    else:
        columns |= {"items": lists} if lists else {"item_id": str(item)}
    if kind == "events" and not _shape_events(one, columns):
        return False
    one.kind, one.columns = kind, {ours: columns[ours] for ours in OURS[kind] if ours in columns}
    return True


def _tell_lists(again: FileView, whole: pl.DataFrame, item: str) -> bool:
    """Say that lists whose items come again in other lists are bundles, if a column tells them apart."""
    named = [*likely_columns(whole, "bundle_id"), *key_columns(whole), *other_keys(whole)]
    owner = next((name for name in named if ids_of(whole[name]).n_unique() == whole.height), None)
    if "explode" not in again.keys or owner is None:
        return False
    again.kind, again.columns = "bundles", {"bundle_id": owner, "item_id": item}
    return True


def _shape_events(one: FileView, columns: dict[str, Any]) -> bool:
    """Say who bought when, if that is told, and leave out what came to nothing."""
    if "explode" in one.keys and "id" in one.table.columns and columns["item_id"] != "id":
        columns.setdefault("session_id", "id")
    if "session_id" in columns:
        columns.setdefault("user_id", columns["session_id"])
    parts = {plain_name(name): name for name in one.table.columns}
    if {"year", "month", "day"} <= parts.keys() and columns.get("timestamp") in (None, parts["day"]):
        columns["timestamp"] = {"column": [parts["year"], parts["month"], parts["day"]], "join": "-"}
    if "timestamp" not in columns and (time := time_column(one.table)):
        columns["timestamp"] = time
    if lacking := [ours for ours in ("user_id", "timestamp") if ours not in columns]:
        one.lacking = lacking
        return False
    named = [name for name in columns.values() if isinstance(name, str)]
    if missing := [name for name in named if one.table[name].null_count() and name != columns["item_id"]]:
        one.keys |= _filled(one.table, columns, missing)
    if isinstance(columns["timestamp"], str) and (clock := _clock(one.table, columns["timestamp"])):
        columns["timestamp"] = [columns["timestamp"], clock]
    if where := _bought(one.table):
        one.keys["where"] = where
    return True


def _filled(table: pl.DataFrame, columns: dict[str, Any], missing: list[str]) -> dict[str, Any]:
    """What only the first row of an order has, as many programs write them, for its other rows."""
    order = columns.get("session_id")
    if order and order not in missing:
        first = table.filter(pl.col(order).is_first_distinct())
        filled = [name for name in missing if not first[name].null_count()]
        return {"fill": {order: filled}} if filled else {}
    blank = [table[name].is_null() for name in missing]
    together = len(missing) > 1 and all((one == blank[0]).all() for one in blank)
    return {"fill_down": missing} if together and not blank[0][0] else {}


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
    for name in likely_columns(table, "cancelled_at"):
        texts = as_text(table[name])
        if texts.null_count():
            where[name] = {"matches_not": "."}
    for name in likely_columns(table, "is_cancelled"):
        values = ids_of(table[name]).unique().sort().to_list()
        if yes := [value for value in values if stock_said(value) != 0]:
            where[name] = {"is_not": yes}
    for name in likely_columns(table, "order_status"):
        values = as_text(table[name]).unique().drop_nulls().sort().to_list()
        if nothing := [value for value in values if plain_name(value) in names()["cancelled"]]:
            where[name] = {"is_not": nothing}
    return where
