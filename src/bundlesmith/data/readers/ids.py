"""Ids that are whole numbers, which pandas writes as 1001.0 beside blank ones -> 1001."""

import polars as pl


def has_whole_floats(ids: pl.Series) -> bool:
    """Whether ids are whole numbers some of which are written as 1001.0."""
    if not ids.str.contains(".0", literal=True).any():
        return False
    texts = ids.drop_nulls().str.strip_chars()
    return bool(texts.len() and texts.str.contains(r"^\d+\.0+$").any() and texts.str.contains(r"^\d+(\.0+)?$").all())


def whole_ids(table: pl.DataFrame) -> pl.DataFrame:
    """Write item ids such as 1001.0 as 1001."""
    if "items" in table.columns:
        return table.with_columns(pl.col("items").list.eval(pl.element().str.replace(r"^(\d+)\.0+$", "$1")))
    return table.with_columns(pl.col("item_id").str.replace(r"^(\d+)\.0+$", "$1"))


def whole_coded(ids: pl.Series) -> pl.Series:
    """Ids that are whole numbers without a ".0" that pandas gives them beside blank ones."""
    if not has_whole_floats(ids.unique().cast(pl.String)):
        return ids
    return ids.cast(pl.String).str.strip_chars().str.replace(r"\.0+$", "").cast(ids.dtype)


def whole_text(texts: pl.Series) -> pl.Series:
    """As `whole_coded`, of ids that are no items'."""
    if texts.name.endswith("_id") and texts.name != "item_id" and has_whole_floats(texts):
        return texts.str.strip_chars().str.replace(r"\.0+$", "")
    return texts
