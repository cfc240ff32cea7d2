"""Columns of categories -> paths, from the department down.

paths, said = as_paths(column, separator=" > ")
"""

import re

import polars as pl

from bundlesmith.data.readers.cells import BRACKETS, as_lists, as_text, flat_texts, members

_PATHS = re.compile(r"\s*(?:>|›|»|→)\s*")
_BARS = re.compile(r"\s*(?:\||::)\s*")


def as_paths(column: pl.Series, separator: str | None, apart: str | None = None) -> tuple[pl.Series, str]:
    """Make paths, from the department down, of categories; of several in a cell the first is kept.

    Args:
        column: lists; or text with *separator* between the parts, or a list that is written as text.
        separator: None for ">", or for "|" where there is no ">".
        apart: what stands between several paths, if it is known.

    Returns:
        The lists, and what to say about them.
    """
    if isinstance(column.dtype, pl.List | pl.Array):
        nested = isinstance(column.dtype.inner, pl.List | pl.Array)
        return as_lists(
            column.list.first() if nested else column, ","
        ), "lists; the first of several is kept" if nested else "lists"
    texts = as_text(column)
    unique = texts.unique().drop_nulls().to_list()
    parts = (
        re.compile(rf"\s*{re.escape(separator.strip() or separator)}\s*")
        if separator and ">" not in separator
        else _PATHS
    )
    if separator is None and not any(_PATHS.search(text) for text in unique) and any(map(_BARS.search, unique)):
        parts, separator = _BARS, "|"  # no name has one in it
    apart = apart or _path_separator(unique, parts)
    paths = {text: _path(text, parts, apart) for text in unique}
    read = [None if text is None else paths[text] for text in texts]
    several = f"; paths are apart by {apart!r}, the first is kept" if apart else ""
    return pl.Series(column.name, read, dtype=pl.List(pl.String)), f"parts between {separator or '>'!r}{several}"


def _path(text: str, parts: "re.Pattern[str]", apart: str | None) -> list[str]:
    text = text.strip()
    if text[:1] in BRACKETS and text.endswith(BRACKETS[text[0]]):
        values = members(text)
        while values and isinstance(values[0], list | tuple):
            values = list(values[0])
        return flat_texts(values)
    if apart:
        text = re.split(rf"(?<!\\){re.escape(apart)}", text)[0]
    return [part.strip().replace("\\,", ",") for part in parts.split(text) if part.strip()]


def _path_separator(texts: list[str], parts: "re.Pattern[str]") -> str | None:
    """What stands between several paths of a cell: a "|" or ";", or a comma after which a path begins that others begin
    with, too (so "Food, Beverages > Tea" is one path)."""
    deep = [text for text in texts if parts.search(text)]
    for mark in ("|", ";", "\n"):
        if any(mark in text for text in deep) and not parts.fullmatch(mark):
            return mark
    roots = {parts.split(re.split(r"(?<!\\),", text)[0])[0].strip() for text in texts}
    for text in deep:
        pieces = re.split(r"(?<!\\),", text)
        if any(parts.search(piece) and parts.split(piece)[0].strip() in roots for piece in pieces[1:]):
            return ","
    return None
