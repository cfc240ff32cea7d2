"""Rows of one product of which one alone holds what they share, such as the title of Shopify's variants."""

import re
from pathlib import Path

import polars as pl

from bundlesmith.data.names import names, plain_name
from bundlesmith.data.readers.cells import as_text
from bundlesmith.data.readers.files import require

SHARED = ("title", "category")
_GROUP, _TITLE = "\0group", "\0title"


def fill_groups(
    file: Path, table: pl.DataFrame, named: dict[str, str], group: str | None, flags: list[str]
) -> tuple[pl.DataFrame, str]:
    """Fill titles, categories and flags from the first row of the group that has them; and say so.

    Without *group*, a column is taken that has the name of such a key, and in which every row without a title has
    exactly one title in its group. It may name another row's id, as a variant's parent, or be blank where the title is.

    Args:
        file: for errors.
        table: the rows.
        named: their columns of `item_id`, `title` and `category`.
        group: the key's column, if it is known.
        flags: the columns that say whether a product is sold.
    """
    title = named.get("title", "title")
    if group:
        require(file, table, group)
        keys: pl.Series | None = as_text(table[group])
    elif title not in table.columns or as_text(table[title]).is_not_null().all():
        return table, ""
    else:
        group, keys = _find_group(table, title, named.get("item_id", "item_id"))
    if keys is None:
        return table, ""
    shared = [name for name in (*(named.get(ours, ours) for ours in SHARED), *flags) if name in table.columns]
    texts = [as_text(table[name]) for name in shared if table.schema[name] == pl.String]
    table = table.with_columns(keys.alias(_GROUP), *texts)
    first = [pl.col(name).drop_nulls().first().over(_GROUP) for name in shared]
    filled = [
        pl.when(pl.col(_GROUP).is_not_null()).then(pl.col(name).fill_null(value)).otherwise(pl.col(name)).alias(name)
        for name, value in zip(shared, first, strict=True)
    ]
    return table.with_columns(filled).drop(_GROUP), f'rows without one take that of the rows with the same "{group}"'


def _find_group(table: pl.DataFrame, title: str, item_id: str) -> tuple[str | None, pl.Series | None]:
    """The name and the values of the key with most groups that fits."""
    found: list[tuple[int, str, pl.Series]] = []
    for name in table.columns:
        if name == title or plain_name(name) not in names()["group"] or table.schema[name].is_nested():
            continue
        keys = [as_text(table[name])]
        if item_id in table.columns and name != item_id:
            own = as_text(table[item_id])
            parents = keys[0].is_in(own.implode()).fill_null(False)
            keys.append(keys[0].set(~parents, None).fill_null(own))
        found += [(key.n_unique(), name, key) for key in keys if _fits(key, as_text(table[title]))]
    if not found:
        return _below(table, title)
    _, name, key = max(found, key=lambda one: one[0])
    return name, key


def _below(table: pl.DataFrame, title: str) -> tuple[str | None, pl.Series | None]:
    """A key that is blank in just the rows without a title: they belong to the row above."""
    titled = as_text(table[title]).is_not_null()
    for name in table.columns:
        if plain_name(re.sub(r"[(\[].*", "", name)) in names()["group"] and not table.schema[name].is_nested():
            keys = as_text(table[name])
            if (keys.is_not_null() == titled).all() and titled[0] and not keys.drop_nulls().is_duplicated().any():
                return name, keys.forward_fill()
    return None, None


def _fits(keys: pl.Series, titles: pl.Series) -> bool:
    rows = pl.DataFrame({_GROUP: keys, _TITLE: titles})
    groups = rows.drop_nulls(_GROUP).group_by(_GROUP)
    counted = groups.agg(
        pl.col(_TITLE).drop_nulls().n_unique().alias("titles"), pl.col(_TITLE).null_count().alias("without")
    )
    lacking = counted.filter(pl.col("without") > 0)
    covered = int(lacking["without"].sum()) == titles.null_count()
    return bool(lacking.height and covered and (lacking["titles"] == 1).all())
