"""Ids that programs and people have changed: 1001.0, as pandas writes whole numbers beside blank ones, 123 for 00123,
ab-1 for AB-1.
"""

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


def lost_zeros(texts: pl.Series, known: pl.Series) -> dict[str, str]:
    """Which of some ids are ones of the catalogue but for leading zeros, that one of both has lost.

    Numbers of one width, some with leading zeros, have lost them where they are shorter; ids that the catalogue has are
    what they are.
    """
    catalogue_has = _of_one_width(known)
    if not catalogue_has and not _of_one_width(texts):
        return {}
    others = texts.unique().drop_nulls()
    others = others.filter(others.str.contains(r"^\d+$") & ~others.is_in(known.implode()))
    if not catalogue_has:
        others = others.filter(others.str.starts_with("0"))
    bare = pl.DataFrame({"known": known.unique().drop_nulls()}).with_columns(bare=_bare(pl.col("known")))
    single = bare.filter(pl.col("bare").is_unique())
    found = others.to_frame("text").with_columns(bare=_bare(pl.col("text"))).join(single, on="bare")
    return dict(found.select("text", "known").iter_rows())


def other_case(texts: pl.Series, known: pl.Series) -> dict[str, str]:
    """Which of some ids are ones of the catalogue but for small and capital letters, where that tells one alone."""
    others = texts.unique().drop_nulls()
    others = others.filter(~others.is_in(known.implode()))
    if not others.len():
        return {}
    folded = pl.DataFrame({"known": known.unique().drop_nulls()}).with_columns(low=_low(pl.col("known")))
    single = folded.filter(pl.col("low").is_unique())
    found = others.to_frame("text").with_columns(low=_low(pl.col("text"))).join(single, on="low")
    return dict(found.select("text", "known").iter_rows())


def without_point_zero(ids: pl.Series, known: pl.Series) -> pl.Series:
    """Ids that are all whole numbers, some written as 1001.0, without it, where the catalogue's are of digits alone."""
    if not has_whole_floats(ids) or not known.str.contains(r"^\d+$").all():
        return ids
    return ids.str.strip_chars().str.replace(r"\.0+$", "")


def _low(text: pl.Expr) -> pl.Expr:
    return text.str.strip_chars().str.to_lowercase()


def _of_one_width(ids: pl.Series) -> bool:
    zeros = ids.filter(ids.str.contains(r"^0\d"))
    if not zeros.len():
        return False
    return bool(ids.drop_nulls().str.contains(r"^\d+$").all() and ids.drop_nulls().str.len_chars().n_unique() == 1)


def _bare(text: pl.Expr) -> pl.Expr:
    return text.str.strip_chars_start("0")
