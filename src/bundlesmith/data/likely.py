"""Which columns of a table are likely one of ours: by what shops call them (names.yaml), and by what they hold.

likeliest(table, "price")
"""

import re
from collections.abc import Callable
from typing import Any

import polars as pl

from bundlesmith.data.names import names, plain_name
from bundlesmith.data.readers.cells import as_lists, as_text
from bundlesmith.data.readers.ids import lost_zeros, other_case
from bundlesmith.data.values.formats import ColumnFormat, Values
from bundlesmith.data.values.numbers import read_prices
from bundlesmith.data.values.stock import read_stock
from bundlesmith.data.values.times import read_times
from bundlesmith.errors import BundlesmithError

SAMPLE = 20_000
_LONG = 3  # letters
_SHARED = 0.2  # of a column's values are ids of the catalogue: then it holds items
_LANGUAGE = re.compile(r"^[A-Z]{2}_(?=[A-Z])|[._ -]\(?(?!id$)[a-z]{2}(?:[-_][A-Za-z]{2})?\)?$")
_NET = {
    "net",
    "netto",
    "excl",
    "exkl",
    "excluding",
    "excluded",
    "excludingtax",
    "ex",
    "ht",
    "nett",
    "neto",
    "netta",
    "nettó",
    "bez",
}
_ELSE = {
    "per",
    "pro",
    "min",
    "minimum",
    "max",
    "maximum",
    "pack",
    "unit",
    "reserved",
    "sold",
    "ordered",
    "value",
    "location",
}
_ELSE |= {"weight", "gewicht", "poids", "peso", "kg"}
_ELSE |= {
    "alert",
    "threshold",
    "reorder",
    "incoming",
    "group",
    "date",
    "valid",
    "until",
    "type",
    "tracking",
    "policy",
    "id",
}
_SOME = 0.2  # of stocks can be read: the others are not in stock
_THING = re.compile(
    r"^(?:product|item|variant|article|artikel|produkt|variation|merchant[ _]product)[ _]", re.IGNORECASE
)


def likely_columns(table: pl.DataFrame, ours: str) -> list[str]:
    """The columns that have a name for ours, the likeliest first; or else the one that begins with the longest."""
    found = named_alike(table, ours)
    if not found and ours in _CHECKED:
        longest = _begun([name for name in table.columns if not table.schema[name].is_nested()], ours)
        found = longest if len(longest) == 1 else []
    if ours == "price":
        found.sort(key=_is_net)
    good = _CHECKED.get(ours)
    return [name for name in found if good is None or good(as_text(table[name].head(SAMPLE)))]


def named_alike(table: pl.DataFrame, ours: str) -> list[str]:
    """The columns that have a name for ours, the likeliest first, whatever they hold."""
    theirs: dict[str, str] = {}
    flat = [name for name in table.columns if not table.schema[name].is_nested()]
    for form in (str, _without_note, _last_part, _last_two, _without_thing, _without_language):
        for name in flat:
            theirs.setdefault(plain_name(form(name)), name)
    return list(dict.fromkeys(theirs[name] for name in names()[ours] if name in theirs))


def begun_alike(table: pl.DataFrame, ours: str) -> list[str]:
    """Several columns that begin with the same name for ours and read well: one for each warehouse, say."""
    found = _begun([name for name in table.columns if not table.schema[name].is_nested()], ours)
    good = [name for name in found if _CHECKED[ours](as_text(table[name].head(SAMPLE)))]
    return good if len(found) == len(good) > 1 else []


def _begun(columns: list[str], ours: str) -> list[str]:
    """The columns that begin with the longest name for ours, and don't go on with what makes them something else."""
    begun = [(len(word), name) for name in columns for word in names()[ours] if _begins(name, word)]
    longest = max((size for size, _ in begun), default=0)
    found = dict.fromkeys(name for size, name in begun if size == longest >= _LONG)
    return [name for name in found if _ELSE.isdisjoint(re.split(r"[\W_]+", name.lower()))]


def _is_net(name: str) -> bool:
    """Whether a price is without tax: where there is one with it, too, that is what customers pay."""
    return not _NET.isdisjoint(re.split(r"[\W_]+", re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name).lower()))


def _without_note(name: str) -> str:
    """ "Price (EUR)" without what is in brackets, "Price, EUR" without what follows a comma."""
    return re.sub(r"[(（\[].*?[)）\]]|,.*", "", name)


def _last_part(name: str) -> str:
    return re.split(r"[./]", name)[-1]


def _last_two(name: str) -> str:
    return "".join(re.split(r"[./]", name)[-2:])


def _without_thing(name: str) -> str:
    """ "product_price" as "price"."""
    return _THING.sub("", _last_part(name))


def _without_language(name: str) -> str:
    """ "product.name.en" and "name_de" as "name"."""
    return _last_part(_LANGUAGE.sub("", name))


def _begins(name: str, word: str) -> bool:
    """Whether a column's name begins with a word: "Price EUR" with "price", "standard_price" not with "stan"."""
    if not word.isascii():
        return plain_name(name).startswith(word)
    parts = re.findall(r"[A-Z]*[^\W_A-Z]+|[A-Z]+", name)
    return any(plain_name("".join(parts[: place + 1])) == word for place in range(len(parts)))


def _reads(read: Callable[..., Values], *more: Any, share: float = 0.5) -> Callable[[pl.Series], bool]:
    def good(texts: pl.Series) -> bool:
        try:
            values = read(texts, ColumnFormat(), "", *more)
        except BundlesmithError:
            return True  # a question of how it is written
        return bool(values.unread.len() <= (1 - share) * texts.count())

    return good


_CHECKED = {
    "price": _reads(read_prices),
    "stock": _reads(read_stock, None, share=_SOME),
    "timestamp": _reads(read_times),
}


def likeliest(table: pl.DataFrame, ours: str) -> str | None:
    """The first of `likely_columns`, if there is one."""
    return next(iter(likely_columns(table, ours)), None)


def shop_flags(table: pl.DataFrame) -> list[str]:
    """The columns that say where an item is sold, one for each shop: "Enabled Hall", "Available for sale [Kiosk]"."""
    flat = [name for name in table.columns if not table.schema[name].is_nested()]
    return [name for name in _begun(flat, "sold_at") if plain_name(name) not in names()["for_sale"]]


def key_columns(table: pl.DataFrame) -> list[str]:
    """The columns that are named as an item's id: first those that tell all rows apart, then those that tell some."""

    def rank(name: str) -> tuple[bool, bool]:
        column = table[name].drop_nulls()
        return column.is_duplicated().any(), column.len() < table.height

    return sorted(likely_columns(table, "item_id"), key=rank)


def other_keys(table: pl.DataFrame) -> list[str]:
    """Further columns that may be an item's id: named as the id of something, all there and all different."""
    known = {*names()["item_id"], *names()["user_id"], *names()["session_id"]}
    named = [name for name in table.columns if plain_name(name).endswith("id") and plain_name(name) not in known]
    flat = [name for name in named if not table.schema[name].is_nested()]
    return [name for name in flat if (ids := ids_of(table[name])).len() == table.height == ids.n_unique()]


def time_column(table: pl.DataFrame) -> str | None:
    """The one column that holds nothing but dates or times, whatever its name."""
    found = []
    for name, kind in table.schema.items():
        texts = (
            as_text(table[name].head(SAMPLE)).drop_nulls() if not kind.is_nested() else pl.Series([], dtype=pl.String)
        )
        if not texts.len() or not texts.str.contains(r"^\D{0,5}\d{1,4}[-/.年 ]\S{1,4}[-/.月 ]\s?\d").all():
            continue
        if texts.n_unique() > 1 and _CHECKED["timestamp"](texts):
            found.append(name)
    return found[0] if len(found) == 1 else None


def ids_of(column: pl.Series) -> pl.Series:
    """A column as ids: text without blanks, whole numbers without a ".0"."""
    return as_text(column).str.strip_chars().str.replace(r"^(\d+)\.0+$", "$1").drop_nulls()


def item_columns(table: pl.DataFrame, ids: pl.Series) -> tuple[str | None, str | None]:
    """The column that holds an item's id, and the one that holds lists of them, by their values."""
    best: dict[str, tuple[float, str]] = {}
    named = likely_columns(table, "item_id")
    for name in dict.fromkeys([*(name for name in named if name in table.columns), *table.columns]):
        column = table[name].head(SAMPLE)
        single = ids_of(column) if not column.dtype.is_nested() else None
        if single is not None and name in named and (mended := lost_zeros(single, ids) | other_case(single, ids)):
            single = single.replace(mended)
        values = {} if single is None else {"item": single}
        if single is None or _listed(single):
            values["list"] = as_lists(column, None, ids).explode().drop_nulls()
        for kind, texts in values.items():
            share = shared(texts, ids)
            if share > max(_SHARED, best.get(kind, (0.0, ""))[0]):
                best[kind] = (share, name)
    item, lists = (best.get(kind, (0.0, None))[1] for kind in ("item", "list"))
    return (None, lists) if lists and item in (None, lists) else (item, None)


def shared(texts: pl.Series, ids: pl.Series) -> float:
    """Which share of some texts are ids of the catalogue."""
    return float(texts.is_in(ids.implode()).mean() or 0)  # type: ignore[arg-type]


def sibling_columns(table: pl.DataFrame, item: str, ids: pl.Series) -> list[str]:
    """The columns that differ from *item* by a number alone, and hold items, too: item1, item2, item3."""
    stem = re.sub(r"\d+", "#", item)
    alike = [name for name in table.columns if re.sub(r"\d+", "#", name) == stem] if stem != item else []
    return [name for name in alike if not (texts := ids_of(table[name])).len() or shared(texts, ids) > _SHARED]


def _listed(texts: pl.Series) -> bool:
    return bool(texts.str.contains(r"^[\[({]|\S[,;|]\s?\S").any())
