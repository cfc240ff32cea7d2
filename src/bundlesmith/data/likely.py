"""Which columns of a table are likely one of ours: by what shops call them (names.yaml), and by what they hold.

likeliest(table, "price")
"""

import re
from collections.abc import Callable
from typing import Any

import polars as pl

from bundlesmith.data.names import names, plain_name
from bundlesmith.data.readers.cells import as_lists, as_text
from bundlesmith.data.values.formats import ColumnFormat, Values
from bundlesmith.data.values.numbers import read_prices
from bundlesmith.data.values.stock import read_stock
from bundlesmith.data.values.times import read_times
from bundlesmith.errors import BundlesmithError

SAMPLE = 20_000
_LONG = 3  # letters
_SHARED = 0.2  # of a column's values are ids of the catalogue: then it holds items


def likely_columns(table: pl.DataFrame, ours: str) -> list[str]:
    """The columns that have a name for ours, the likeliest first; or else the one that begins with the longest."""
    theirs: dict[str, str] = {}
    for name in table.columns:
        if not table.schema[name].is_nested():
            for form in (name, re.sub(r"[(（].*?[)）]", "", name), name.rpartition(".")[2]):
                theirs.setdefault(plain_name(form), name)
    found = list(dict.fromkeys(theirs[name] for name in names()[ours] if name in theirs))
    if not found and ours in _CHECKED:
        begun = [(len(name), theirs[plain]) for plain in theirs for name in names()[ours] if plain.startswith(name)]
        longest = {name for size, name in begun if size == max(begun)[0] >= _LONG}
        found = list(longest) if len(longest) == 1 else []
    good = _CHECKED.get(ours)
    return [name for name in found if good is None or good(as_text(table[name].head(SAMPLE)))]


def _reads(read: Callable[..., Values], *more: Any) -> Callable[[pl.Series], bool]:
    def good(texts: pl.Series) -> bool:
        try:
            values = read(texts, ColumnFormat(), "", *more)
        except BundlesmithError:
            return True  # a question of how it is written
        return 2 * values.unread.len() <= texts.count()

    return good


_CHECKED = {"price": _reads(read_prices), "stock": _reads(read_stock, None), "timestamp": _reads(read_times)}


def likeliest(table: pl.DataFrame, ours: str) -> str | None:
    """The first of `likely_columns`, if there is one."""
    return next(iter(likely_columns(table, ours)), None)


def ids_of(column: pl.Series) -> pl.Series:
    """A column as ids: text without blanks, whole numbers without a ".0"."""
    return as_text(column).str.strip_chars().str.replace(r"^(\d+)\.0+$", "$1").drop_nulls()


def item_columns(table: pl.DataFrame, ids: pl.Series) -> tuple[str | None, str | None]:
    """The column that holds an item's id, and the one that holds lists of them, by their values."""
    best: dict[str, tuple[float, str]] = {}
    for name in table.columns:
        column = table[name].head(SAMPLE)
        single = ids_of(column) if not column.dtype.is_nested() else None
        values = (
            {"list": as_lists(column, None, ids).explode().drop_nulls()} if single is None or _listed(single) else {}
        )
        if single is not None:
            values["item"] = single
        for kind, texts in values.items():
            share = float(texts.is_in(ids.implode()).mean() or 0)  # type: ignore[arg-type]
            if share > max(_SHARED, best.get(kind, (0.0, ""))[0]):
                best[kind] = (share, name)
    item, lists = (best.get(kind, (0.0, None))[1] for kind in ("item", "list"))
    return (None, lists) if lists and item in (None, lists) else (item, None)


def _listed(texts: pl.Series) -> bool:
    return bool(texts.str.contains(r"^[\[({]|\S[,;|]\s?\S").any())
