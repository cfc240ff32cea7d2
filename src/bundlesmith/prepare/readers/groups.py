"""Rows of one product whose first row alone holds what they share, such as the title of Shopify's variants.

Knows nothing about files.
"""

from pathlib import Path

import polars as pl

from bundlesmith.prepare.readers.cells import as_text
from bundlesmith.prepare.readers.files import require

SHARED = ("title", "category")
_KEYS = {
    "handle",
    "parent",
    "parentsku",
    "parentid",
    "parentasin",
    "itemgroupid",
    "groupid",
    "productid",
    "productgroup",
}
_KEYS |= {
    "spu",
    "spuid",
    "modelid",
    "productgroupid",
    "styleid",
    "variantof",
    "group",
    "style",
    "stylecode",
    "model",
    "master",
}
_KEYS |= {
    "mastersku",
    "modelcode",
    "urlhandle",
    "produktid",
    "hauptartikel",
    "elternartikel",
    "vaterartikel",
    "spu编码",
    "款号",
}


def fill_groups(file: Path, table: pl.DataFrame, named: dict[str, str], group: str | None) -> tuple[pl.DataFrame, str]:
    """Fill titles and categories from the first row of the group that has them; and say so.

    Without *group*, a column is taken that has the name of such a key, and in which every row without a title has
    exactly one title in its group, in the group's first row.
    """
    titles = named.get("title", "title")
    if group:
        require(file, table, group)
    elif titles in table.columns:
        group = _find_group(table, titles, set(named.values()))
    if group is None:
        return table, ""
    shared = [name for ours in SHARED if (name := named.get(ours, ours)) in table.columns]
    blank = {name: as_text(table[name]) if table.schema[name] == pl.String else table[name] for name in shared}
    filled = [pl.col(name).fill_null(pl.col(name).drop_nulls().first().over(group)).alias(name) for name in shared]
    key = pl.col(group).is_not_null()
    with_blanks = table.with_columns(list(blank.values()))
    done = with_blanks.with_columns(
        pl.when(key).then(expression).otherwise(pl.col(name)).alias(name)
        for name, expression in zip(shared, filled, strict=True)
    )
    return done, f'rows without one take that of the first row with the same "{group}"'


def _find_group(table: pl.DataFrame, titles: str, taken: set[str]) -> str | None:
    has = as_text(table[titles]).is_not_null()
    if has.all():
        return None
    best: tuple[int, str] | None = None
    for name in table.columns:
        if (
            name == titles
            or "".join(char for char in name.casefold() if char.isalnum()) not in _KEYS
            or table.schema[name].is_nested()
        ):
            continue
        groups = (
            pl.DataFrame({"key": table[name], "title": as_text(table[titles]), "has": has})
            .drop_nulls("key")
            .group_by("key", maintain_order=True)
            .agg(
                pl.col("title").drop_nulls().n_unique().alias("titles"),
                pl.col("has").first().alias("first"),
                (~pl.col("has")).sum().alias("without"),
            )
        )
        lacking = groups.filter(pl.col("without") > 0)
        fits = lacking.height and bool(((lacking["titles"] == 1) & lacking["first"]).all())
        if fits and int(lacking["without"].sum()) == int((~has).sum()) and (best is None or groups.height > best[0]):
            best = (groups.height, name)
    return best[1] if best else None
