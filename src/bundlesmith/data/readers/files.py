"""Files of rows, as they come -> Polars tables, or an error that names the file and the place.

    rows = read_rows(path, Layout(file="items.csv"))

CSV and what is called so, JSON, Parquet, Excel, packed by gzip, Zstandard or ZIP: the first bytes say which. Knows
nothing about what the columns mean.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl
from pydantic import BaseModel, ConfigDict

from bundlesmith.data.readers.delimited import read_delimited
from bundlesmith.data.readers.encodings import decode, unpack
from bundlesmith.data.readers.excel import read_excel, sheet_names
from bundlesmith.data.readers.json_rows import json_lines, read_json_rows
from bundlesmith.data.readers.xml_rows import read_xml_rows
from bundlesmith.data.readers.zips import read_member, zip_of
from bundlesmith.errors import BundlesmithError, nearest

TEXTS = (".csv", ".tsv", ".txt", ".dat", ".data", ".tab", ".psv")
ENDINGS = (*TEXTS, ".json", ".jsonl", ".ndjson", ".parquet", ".xlsx", ".xls", ".feather", ".arrow", ".xml")
PACKED = (".gz", ".zip", ".zst")


class Layout(BaseModel):
    """How a file is written, as far as it isn't told by the file itself.

    Args:
        file: its name, in the folder of the YAML file.
        encoding: such as cp1252, of a text file.
        separator: between fields of a text file.
        header: the names of the columns, if no line of the file says them.
        skip: lines above the one of names, of a text file or a sheet; without it titles and notes are told by filling
            one field alone.
        sheet: the sheet of an Excel file, if several have rows and differ; or those of one layout that count.
        file_as: a column that gets the name of the file, where several fit a pattern.
        element: the name of an XML element that is a row, if it isn't the most frequent of the usual ones.
    """

    model_config = ConfigDict(extra="forbid")
    file: str
    encoding: str | None = None
    separator: str | None = None
    header: list[str] | None = None
    skip: int | None = None
    sheet: str | list[str] | None = None
    file_as: str | None = None
    element: str | None = None


@dataclass(frozen=True, slots=True)
class FileRows:
    """A table, how its file was read, and whether its values have no types (all are text, or cells of Excel)."""

    table: pl.DataFrame
    read_as: str
    untyped: bool


def read_rows(path: Path, layout: Layout | None = None) -> FileRows:
    """Read one file of rows.

    Raises:
        BundlesmithError: if the file is missing, empty, broken, of another kind, or its encoding can't be told.
    """
    layout = layout or Layout(file=path.name)
    data = unpack(path, _read_bytes(path))
    if not data:
        raise BundlesmithError(f'"{path}" is empty.', "Check how it was written.")
    if data.startswith((b"PK\x03\x04", b"\xd0\xcf\x11\xe0")):
        table, how = read_excel(path, data, layout.sheet, layout.skip)
        return FileRows(table, how, True)
    if data.startswith(b"PAR1"):
        return FileRows(_read_binary(path, data, pl.read_parquet), "Parquet", False)
    if data.startswith((b"ARROW1", b"FEA1")):
        return FileRows(_read_binary(path, data, pl.read_ipc), "Arrow", False)
    ending, start = inner_ending(path), data[:1000].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if start.startswith((b"<!doctype html", b"<html", b"<head", b"<body", b"<table")):
        raise BundlesmithError(f'"{path}" is a web page.', "Load it down again, perhaps logged in, or save it as CSV.")
    if ending in (".xml", ".rss", ".atom") or start.startswith(b"<?xml"):
        return FileRows(read_xml_rows(path, data, layout.element), "XML", True)
    if ending not in ENDINGS or ending in (".parquet", ".xlsx", ".feather", ".arrow"):
        _refuse(path, ending)
    text, encoding = decode(path, data, layout.encoding)
    del data  # it may be large
    said = "" if encoding == "utf-8" else f"{encoding}, "
    if ending in (".jsonl", ".ndjson", ".json") or (ending == ".txt" and text.lstrip()[:1] in ("{", "[")):
        return FileRows(read_json_rows(path, text), f"{said}JSON", False)
    separator = layout.separator or ("\t" if ending in (".tsv", ".tab") and "\t" in text[:10_000] else None)
    table, how = read_delimited(path, text, separator, '"', layout.header, layout.skip)
    return FileRows(without_marks(table), f"{said}{how}", True)


def sheets_of(path: Path) -> list[str]:
    """The names of a workbook's sheets; none if it is no workbook."""
    if zip_of(path):
        return []
    with path.open("rb") as file:
        known = file.read(8).startswith((b"PK\x03\x04", b"\xd0\xcf\x11\xe0"))
    return sheet_names(path) if known and path.suffix.lower().startswith(".xls") else []


def without_marks(table: pl.DataFrame) -> pl.DataFrame:
    """Take out what keeps numbers text in programs of tables, where a whole column has it: ="00123", '00123."""
    columns = []
    for name in table.columns:
        first = table[name].drop_nulls().head(1)
        if first.len() and (mark := first[0][:1]) in ("=", "'"):
            pattern = r'^="(.*)"$' if mark == "=" else r"^'(\d[\d.,-]*)$"
            if table[name].drop_nulls().str.contains(pattern).all():
                columns.append(table[name].str.replace(pattern, "$1"))
    return table.with_columns(columns)


def inner_ending(path: Path) -> str:
    """The ending of a file, in lower case, without that of its packing."""
    ending = path.suffix.lower()
    return Path(path.stem).suffix.lower() if ending in PACKED and Path(path.stem).suffix else ending


def _refuse(path: Path, ending: str) -> None:
    if ending in (".parquet", ".xlsx", ".feather", ".arrow"):
        kind = {".parquet": "Parquet", ".xlsx": "Excel"}.get(ending, "Arrow")
        raise BundlesmithError(f'"{path}" could not be read: it is no {kind} file.', "Check how it was written.")
    if ending in PACKED:
        return
    raise BundlesmithError(f'"{path}" has the unknown ending "{path.suffix}".', f"Known: {', '.join(ENDINGS)}.")


def read_csv(path: Path, separator: str | None = None, quote: str | None = '"') -> pl.DataFrame:
    """Read a CSV file with a header as text columns; *separator* is read off the header if it isn't given."""
    return read_delimited(path, read_text(path), separator, quote)[0]


def read_json_lines(path: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    """Yield (line number, object) for every line that isn't blank."""
    return json_lines(path, read_text(path))


def read_text(path: Path) -> str:
    """Read a text file whole, without a byte-order mark.

    Raises:
        BundlesmithError: if it is missing or empty, or its encoding can't be told.
    """
    data = _read_bytes(path)
    if not data.strip():
        raise BundlesmithError(f'"{path}" is empty.', "Check how it was written.")
    return decode(path, unpack(path, data))[0]


def require(path: Path, table: pl.DataFrame, *columns: str) -> None:
    """Raise a BundlesmithError for the first of *columns* that *table*, read from *path*, doesn't have."""
    for column in columns:
        if f"{column} (1)" in table.columns and column not in table.columns:
            what = f'"{path}" has several columns "{column}".'
            raise BundlesmithError(
                what, f'Name the one that counts: "{column} (1)" is the first, "{column} (2)" the next.'
            )
        if column not in table.columns:
            shown = ", ".join(table.columns)[:500]
            if column == "?":
                what = f'The YAML has "?" in the place of a column of "{path}"; its columns are {shown}.'
                raise BundlesmithError(what, 'Write the one that is meant in the place of "?".')
            what = f'"{path}" has no column "{column}"; its columns are {shown}.'
            fix = nearest(column, table.columns)
            raise BundlesmithError(what, _one_column(table.columns[0]) if table.width == 1 else fix)


def _one_column(name: str) -> str:
    """What to do about a file of one column."""
    if mark := re.search(r"::|[^\w\s.\-'\"]", name):
        return f'If fields are parted by another character, name it: `separator: "{mark[0]}"`.'
    return "Fields need a separator between them, such as a comma: columns of a fixed width aren't read."


def _read_bytes(path: Path) -> bytes:
    if archive := zip_of(path):
        return read_member(archive, path)
    try:
        return path.read_bytes()
    except FileNotFoundError as error:
        raise BundlesmithError(f'There is no file "{path}".', "Check the path.") from error
    except OSError as error:
        raise BundlesmithError(f'"{path}" could not be read: {error.strerror}.', "Check the path.") from error


def _read_binary(path: Path, data: bytes, read: Any) -> pl.DataFrame:
    try:
        table: pl.DataFrame = read(data)
    except (KeyboardInterrupt, SystemExit, MemoryError):
        raise
    except BaseException as error:  # a panic of Polars is no Exception
        raise BundlesmithError(f'"{path}" could not be read: {str(error).splitlines()[0]}', "Mend the file.") from error
    return table
