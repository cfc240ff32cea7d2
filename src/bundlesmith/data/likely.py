"""Which columns of a table are likely one of ours: by what shops call them (names.yaml), and by what they hold.

likeliest(table, "price")
"""

import re
from collections.abc import Callable
from typing import Any

import polars as pl

from bundlesmith.data.names import names, plain_name
from bundlesmith.data.readers.cells import as_text
from bundlesmith.data.values.formats import ColumnFormat, Values
from bundlesmith.data.values.numbers import read_prices
from bundlesmith.data.values.stock import read_stock
from bundlesmith.data.values.times import read_times
from bundlesmith.errors import BundlesmithError

SAMPLE = 20_000
_LONG = 3  # letters


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
    return [name for name in found if _CHECKED.get(ours, lambda _: True)(as_text(table[name].head(SAMPLE)))]


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
