"""Columns of any type -> text and lists; words for nothing are nothing.

lists = as_lists(column, separator=None, known=catalogue_ids)
"""

import ast
import csv
import json
import re
from typing import Any

import polars as pl

_NOTHING = (
    *("", "NULL", "null", "Null", "\\N", "nan", "NaN", "NAN", "None", "<NA>", "N/A", "n/a", "NA", "NaT", "nil"),
    *("(null)", "(none)", "-", "--", "undefined"),
)
_ERRORS = (  # of programs of tables, in some languages
    *("#N/A", "#VALUE!", "#REF!", "#NAME?", "#DIV/0!", "#NUM!", "#NULL!", "#NV", "#WERT!", "#BEZUG!", "#ZAHL!"),
    *("#N/D", "#VALEUR!", "#NOM?", "#NOMBRE?", "#¡VALOR!", "#¡REF!", "#VALOR!", "#ADR!", "#ARG!", "#Н/Д", "#ЗНАЧ!"),
)
BRACKETS = {"[": "]", "(": ")", "{": "}"}
_SEPARATORS = (",", ";", "|", " ")
_ANY = (*_SEPARATORS, "\n", "\t", "/", "&", "+", "-")
_WRAPPED = re.compile(r"^(?:set|frozenset|array|np\.array|tuple|list)\((.*?)(?:,\s*dtype=[^)]*)?\)$", re.DOTALL)
_QUOTED_APART = re.compile(r"""(['"])\s+['"]""")
_SAMPLE = 2000


def without_nothing(texts: pl.Series, errors: bool = True) -> pl.Series:
    """Take words for nothing, such as NULL and nan, out of a column of text; *errors*, such as #REF!, too."""
    blank = texts.str.strip_chars().is_in(_NOTHING + (_ERRORS if errors else ()))
    return texts.set(blank.fill_null(False), None) if blank.any() else texts


def as_stock(column: pl.Series) -> pl.Series:
    """As `as_text`, but an error of a program of tables is left: it is no blank cell, whose item is always in stock."""
    return without_nothing(column, errors=False) if column.dtype == pl.String else as_text(column)


def as_text(column: pl.Series) -> pl.Series:
    """Cast to text, and take words for nothing out.

    Whole floats lose their ".0", dates and times are written as in ISO 8601, bytes are UTF-8 or nothing, lists and
    structures JSON.
    """
    dtype = column.dtype
    if dtype.is_temporal():
        column = column.dt.to_string("iso")
    elif dtype.is_float():
        column = column.set(~column.is_finite().fill_null(True), None)
        if ((column == column.floor()) & (column.abs() < 2**53)).all():
            column = column.cast(pl.Int64)
    elif dtype == pl.Binary:
        column = pl.Series(column.name, [_bytes(value) for value in column], dtype=pl.String)
    elif dtype.is_nested():
        values = (
            value if value is None else json.dumps(_opened(value), ensure_ascii=False, default=str)
            for value in column.to_list()
        )
        column = pl.Series(column.name, list(values), dtype=pl.String)
    elif dtype == pl.Object:
        column = pl.Series(column.name, [None if v is None else str(v) for v in column.to_list()], dtype=pl.String)
    return without_nothing(column.cast(pl.String))


def _opened(value: Any) -> Any:
    """Members of a list that are texts of JSON objects, as objects."""
    if isinstance(value, list) and value and isinstance(value[0], str) and value[0].startswith("{"):
        try:
            return [json.loads(part) for part in value]
        except ValueError:
            return value
    return value


def as_seconds(column: pl.Series) -> pl.Series:
    """As `as_text`, but moments are seconds since 1970."""
    if column.dtype == pl.Date or isinstance(column.dtype, pl.Datetime):
        zone = getattr(column.dtype, "time_zone", None)
        return column.cast(pl.Datetime("us", zone)).dt.epoch("s").cast(pl.String)
    return as_text(column)


def _bytes(value: bytes | None) -> str | None:
    if value is None:
        return None
    try:
        return value.decode("utf-8")
    except UnicodeDecodeError:
        return None


def unreadable_bytes(column: pl.Series) -> list[bytes]:
    """The first values of a column of bytes that are not UTF-8."""
    if column.dtype != pl.Binary:
        return []
    return [value for value in column if value is not None and _bytes(value) is None][:3]


def as_lists(column: pl.Series, separator: str | None, known: pl.Series | None = None) -> pl.Series:
    """Make lists of texts of lists, arrays, and of lists that are written as text.

    Text may be in brackets, with or without quotes; else its parts are between *separator*, or between the one that
    gives most ids of *known*.
    """
    if isinstance(column.dtype, pl.Array):
        column = column.cast(pl.List(column.dtype.inner))
    if isinstance(column.dtype, pl.List):
        return _inner_texts(column, known)
    texts = as_text(column).str.strip_chars()
    bracketed = texts.str.contains(_BRACKETED).fill_null(False)
    plain = texts.set(bracketed, None)
    separator = separator or _separator(plain.drop_nulls(), known)
    lists = plain.str.split(separator).list.eval(pl.element().str.strip_chars())
    if bracketed.any():
        read = [
            None if text is None else flat_texts(members(text), known is not None)
            for text in texts.set(~bracketed, None)
        ]
        lists = pl.Series(column.name, read, dtype=pl.List(pl.String)).zip_with(bracketed, lists)
    lists = lists.list.eval(_kept(pl.element()))
    if known is None:
        return lists
    if lists.explode().str.starts_with("{").any():
        lists = _inner_texts(lists, known)
    ids = set(known)
    return _without_counts(_otherwise(plain, lists, ids), ids)


def _without_counts(lists: pl.Series, known: set[str]) -> pl.Series:
    """Take quotes and numbers of pieces off members that are ids of the catalogue without them: 2xA1, A1:2, A1 (2)."""
    texts = lists.explode().unique().drop_nulls().head(_MOST_CELLS)
    ids = {text: bare for text in texts if (bare := _bare(text, known)) != text}
    return lists.list.eval(pl.element().replace(ids)) if ids else lists


def _bare(text: str, known: set[str]) -> str:
    """The id in a text, if it is one alone."""
    forms = {mark.sub("", text.strip(" \"'")).strip(" \"'") for mark in _COUNTS} & known
    return text if text in known or len(forms) != 1 else forms.pop()


_COUNTS = [re.compile(r"^\d+\s*[x×*]\s*"), re.compile(r"\s*[x×*:]\s*\d+$|\s*\(\d+\)$")]
_BRACKETED = r"(?s)^(?:\w+\()?[\[({<].*[\])}>](?:,\s*dtype=[^)]*)?\)?$"
_MOST_CELLS = 100_000


def _otherwise(texts: pl.Series, lists: pl.Series, known: set[str]) -> pl.Series:
    """Read cells that another separator parts into ids of the catalogue, where the column's doesn't."""
    odd = texts.is_not_null() & (lists.list.len() == 1)
    places = odd.arg_true().head(_MOST_CELLS)
    better: dict[int, list[str]] = {}
    for place, text in zip(places, texts.gather(places), strict=True):
        if text not in known:
            for mark in _ANY:
                parts = [part.strip() for part in text.strip("[](){}<>").split(mark)]
                if len(parts := [part for part in parts if part]) > 1 and all(part in known for part in parts):
                    better[place] = parts
                    break
    if not better:
        return lists
    values = lists.to_list()
    for place, parts in better.items():
        values[place] = parts
    return pl.Series(lists.name, values, dtype=pl.List(pl.String))


def _kept(element: pl.Expr) -> pl.Expr:
    return element.filter(element.is_not_null() & ~element.str.strip_chars().is_in(_NOTHING + _ERRORS))


def _inner_texts(column: pl.Series, known: pl.Series | None) -> pl.Series:
    while isinstance(column.dtype, pl.List) and isinstance(column.dtype.inner, pl.List | pl.Array):
        if isinstance(column.dtype.inner, pl.Array):
            column = column.cast(pl.List(pl.List(column.dtype.inner.inner)))
        column = column.list.eval(pl.element().explode())
    table = pl.DataFrame({"list": column}).with_row_index()
    flat = table.explode("list").drop_nulls("list")
    flat = flat.with_columns(_named(as_text(flat["list"]), known).alias("list")).drop_nulls("list")
    lists = flat.group_by("index", maintain_order=True).agg("list")
    joined = table.select("index", empty=pl.col("list").is_not_null()).join(
        lists, on="index", how="left", maintain_order="left"
    )
    none = pl.when("empty").then(pl.lit([], dtype=pl.List(pl.String)))
    return joined.select(pl.coalesce(pl.col("list").cast(pl.List(pl.String)), none).alias(column.name or "list"))[
        column.name or "list"
    ]


def _named(texts: pl.Series, known: pl.Series | None) -> pl.Series:
    """Members of a list that are JSON objects are what they have of *known* ids, or else their names."""
    objects = texts.str.starts_with("{").fill_null(False)
    if not objects.any():
        return texts
    sample = [json.loads(text) for text in texts.filter(objects).head(_SAMPLE)]
    keys = dict.fromkeys(key for value in sample for key in value)
    if known is None:
        keys = dict.fromkeys(key for key in ("name", "title", "item_id", "id") if key in keys)
    else:
        ids = set(known)
        hits = {key: sum(_plain(value.get(key)) in ids for value in sample) for key in keys}
        keys = dict.fromkeys(sorted(hits, key=lambda key: -hits[key])[:1])
    fields = [texts.str.json_path_match(f"$['{key}']") for key in keys]
    return pl.select(pl.when(objects).then(pl.coalesce(*fields, texts)).otherwise(texts)).to_series()


def _separator(texts: pl.Series, known: pl.Series | None) -> str:
    """The separator that gives most ids of the catalogue; of equal ones the first that occurs."""
    sample = texts.head(_SAMPLE)
    there = [mark for mark in _SEPARATORS if sample.str.contains(mark, literal=True).any()]
    if len(there) < 2 or known is None:
        return there[0] if there else ","
    ids = set(known)

    def share(mark: str) -> float:
        parts = [part.strip() for text in sample for part in text.split(mark)]
        return sum(_bare(part, ids) in ids for part in parts) / max(len(parts), 1)

    return max(there, key=share)


def members(text: str) -> list[Any]:
    """The members of a list that is written as text in brackets: JSON, Python, PostgreSQL, NumPy; none is lost."""
    if wrapped := _WRAPPED.match(text):
        return members(wrapped[1]) if wrapped[1][:1] in BRACKETS else []
    inner = text[1:-1].strip()
    if _QUOTED_APART.search(inner) and "," not in inner:  # NumPy puts blanks between; Python would join such texts
        return [one or two for one, two in re.findall(r"'([^']*)'|\"([^\"]*)\"", inner)]
    for read in (json.loads, ast.literal_eval):
        for spelling in (text, f"[{inner}]"):
            try:
                value = read(spelling)
            except (ValueError, SyntaxError, MemoryError, RecursionError, TypeError):
                continue
            if isinstance(value, list | tuple | dict):
                return list(value)
    marks = [mark for mark in (",", ";", "|") if mark in inner]
    if not marks and "'" not in inner and '"' not in inner:
        return inner.split()
    rows = list(csv.reader([inner.replace("\n", " ")], delimiter=marks[0] if marks else ",", skipinitialspace=True))
    return [part.strip().strip("'\"").strip() for part in rows[0]] if rows else []


def flat_texts(values: list[Any], keep: bool = False) -> list[str]:
    """Members of a list, and of lists in it, as text; objects as their names, or, to *keep* them, as JSON."""
    found: list[str] = []
    for value in values:
        if isinstance(value, list | tuple | set | frozenset):
            found += flat_texts(list(value), keep)
        elif value is not None:
            found.append(_plain(value, keep))
    return found


def _plain(value: Any, keep: bool = False) -> str:
    """A value as text; an object is its name or id, or, to *keep* it, JSON."""
    if isinstance(value, float) and value.is_integer() and abs(value) < 2**53:
        return str(int(value))
    if isinstance(value, dict) and not keep:
        named = next((value[key] for key in ("name", "title", "id", "item_id") if key in value), None)
        return str(named) if named is not None else json.dumps(value, ensure_ascii=False)
    return value if isinstance(value, str) else json.dumps(value)
