"""Files of rows (CSV, JSON lines, Parquet) -> Polars tables, or an error that names the file and the place.

Knows nothing about what the columns mean.
"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import polars as pl

from bundlesmith.errors import BundlesmithError, nearest
from bundlesmith.files import RECODE

ENDINGS = (".csv", ".tsv", ".jsonl", ".ndjson", ".parquet")


def read_rows(path: Path) -> pl.DataFrame:
    """Read one file of rows; its ending says how.

    Raises:
        BundlesmithError: if the file is missing, empty, broken, not UTF-8, or has another ending.
    """
    ending = path.suffix.lower()
    if ending == ".parquet":
        return _read_parquet(path)
    if ending in (".csv", ".tsv"):
        return read_csv(path)
    if ending in (".jsonl", ".ndjson"):
        return _table([record for _, record in read_json_lines(path)])
    raise BundlesmithError(f'"{path}" has the unknown ending "{path.suffix}".', f"Known: {', '.join(ENDINGS)}.")


def read_csv(path: Path, separator: str | None = None, quote: str | None = '"') -> pl.DataFrame:
    """Read a CSV file with a header as text columns; *separator* is read off the header if it isn't given."""
    text = read_text(path)
    header = text.split("\n", 1)[0]
    separator = separator or max(",;\t", key=header.count)
    try:
        return pl.read_csv(text.encode(), separator=separator, quote_char=quote, infer_schema=False)
    except pl.exceptions.PolarsError as error:
        raise _broken(path, error) from error


def read_json_lines(path: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    """Yield (line number, object) for every line that isn't blank."""
    for number, line in enumerate(read_text(path).split("\n"), 1):
        if line.strip():
            yield number, _json_object(path, number, line)


def read_text(path: Path) -> str:
    """Read a UTF-8 file whole, without a byte-order mark.

    Raises:
        BundlesmithError: if it is missing, empty, or not UTF-8 (with the byte's offset).
    """
    data = _read_bytes(path)
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        what = f'"{path}" is not UTF-8: {error.reason} at byte {error.start}.'
        raise BundlesmithError(what, RECODE) from error
    text = text.removeprefix("\ufeff")
    if not text.strip():
        raise BundlesmithError(f'"{path}" is empty.', "Check how it was written.")
    return text


def require(path: Path, table: pl.DataFrame, *columns: str) -> None:
    """Raise a BundlesmithError for the first of *columns* that *table*, read from *path*, doesn't have."""
    for column in columns:
        if column not in table.columns:
            raise BundlesmithError(
                f'"{path}" has no column "{column}"; its columns are {", ".join(table.columns)}.',
                nearest(column, table.columns),
            )


def as_text(column: pl.Series) -> pl.Series:
    """Cast to text: whole floats lose their ".0", dates and times become seconds since 1970."""
    if column.dtype.is_temporal():
        column = column.cast(pl.Datetime("us", getattr(column.dtype, "time_zone", None))).dt.epoch("s")
    elif column.dtype.is_float() and ((column == column.floor()) & (column.abs() < 2**53)).all():
        column = column.cast(pl.Int64)
    return column.cast(pl.String)


def _read_bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except FileNotFoundError as error:
        raise BundlesmithError(f'There is no file "{path}".', "Check the path.") from error
    except OSError as error:
        raise BundlesmithError(f'"{path}" could not be read: {error.strerror}.', "Check the path.") from error


def _read_parquet(path: Path) -> pl.DataFrame:
    data = _read_bytes(path)
    if not data:
        raise BundlesmithError(f'"{path}" is empty.', "Check how it was written.")
    try:
        return pl.read_parquet(data)
    except pl.exceptions.PolarsError as error:
        raise _broken(path, error) from error


def _broken(path: Path, error: Exception) -> BundlesmithError:
    return BundlesmithError(f'"{path}" could not be read: {str(error).splitlines()[0]}', "Mend the file.")


def _json_object(path: Path, number: int, line: str) -> dict[str, Any]:
    try:
        record = json.loads(line)
        if "\\ud" in line.lower():
            json.dumps(record, ensure_ascii=False).encode()  # half a surrogate pair can't be written anywhere
    except ValueError as error:
        raise BundlesmithError(f'"{path}" line {number} is not JSON: {error}.', "Mend that line.") from error
    if not isinstance(record, dict):
        raise BundlesmithError(f'"{path}" line {number} is not a JSON object.', "Write one object a line.")
    return record


def _table(records: list[dict[str, Any]]) -> pl.DataFrame:
    names = dict.fromkeys(name for record in records for name in record)
    return pl.DataFrame([_series(name, [record.get(name) for record in records]) for name in names])


def _series(name: str, values: list[Any]) -> pl.Series:
    known = [value for value in values if value is not None]
    if known and all(isinstance(value, list) for value in known):
        texts = [value and [_plain(part) for part in value] for value in values]
        return pl.Series(name, texts, dtype=pl.List(pl.String))
    kinds = {type(value) for value in known}
    if kinds == {int} and all(abs(value) < 2**63 for value in known):
        return pl.Series(name, values, dtype=pl.Int64)
    if float in kinds and kinds <= {int, float}:
        return pl.Series(name, values, dtype=pl.Float64, strict=False)
    return pl.Series(name, [_plain(value) for value in values], dtype=pl.String)


def _plain(value: Any) -> str | None:
    if value is None or isinstance(value, str):
        return value
    return json.dumps(value, ensure_ascii=False)
