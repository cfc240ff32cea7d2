"""Times as text -> seconds since 1970, UTC, decided by the column.

    read_times(texts, ColumnFormat(), "events.timestamp").values

Numbers are told by their size: seconds, milli-, micro- and nanoseconds; 20101201 is a day, 40513.35 a day of Excel.
Text is ISO or one of the common spellings; whether 12/1/2010 is in January or in December, the other dates of
the column say, and if they don't, that is asked.
"""

import polars as pl

from bundlesmith.data.values.dates import WEEKDAY, read_words, to_seconds
from bundlesmith.data.values.epochs import UNITS, read_numbers
from bundlesmith.data.values.formats import ColumnFormat, Values, unread
from bundlesmith.data.values.numbers import alike
from bundlesmith.errors import BundlesmithError

_LAST = 7_258_118_400  # the year 2200
_FORMAT = "The letters are those of strftime: %d day, %m month, %Y year, %H hour, %M minute, %S second."
_PLAIN = (
    "%Y-%m-%d %H:%M:%S",
    "%Y-%m-%dT%H:%M:%S",
    "%Y-%m-%d",
    "%Y-%m-%d %H:%M:%S UTC",
    "%Y-%m-%dT%H:%M:%SZ",
    "%Y-%m-%dT%H:%M:%S%.fZ",
)


def read_times(texts: pl.Series, how: ColumnFormat, where: str) -> Values:
    """Read times; what isn't one from 1970 to 2200 is null.

    Raises:
        BundlesmithError: if nothing tells what a number counts, or which number is the month; or if the format that is
            named isn't one.
    """
    if how.format:
        read = _by_format(texts, how, where)
        return Values(read, f"format {how.format}" + _zone_said(how), unread(texts, read))
    read, said = _plain(texts, how)
    rest = texts.filter(read.is_null() & texts.is_not_null())
    if rest.len():
        parts = pl.DataFrame({"text": rest.unique()})
        found, how_read = _by_shape(parts, how, where)
        said += [part for part in how_read if part not in said]
        others = texts.replace_strict(found["text"], found["value"], default=None, return_dtype=pl.Int64)
        read = read.zip_with(read.is_not_null(), others)
    read = _within(read)
    return Values(read, (", ".join(said) or "nothing that is a time") + _zone_said(how), unread(texts, read))


def read_plain_times(texts: pl.Series, how: ColumnFormat) -> Values | None:
    """Read times that need no look at others: a block of a large column. None if some do.

    `as_iso` writes them so that they are read alike beside others that do.
    """
    if how.format:
        return None
    read, said = _plain(texts, how)
    read = _within(read)
    return Values(read, ", ".join(said), texts.clear()) if read.null_count() == texts.null_count() else None


def as_iso(times: pl.Series) -> pl.Series:
    """Seconds since 1970 as ISO times; texts as they are."""
    if times.dtype == pl.String:
        return times
    return pl.select(pl.from_epoch(times, "s").dt.strftime("%Y-%m-%dT%H:%M:%SZ")).to_series().alias(times.name)


def _plain(texts: pl.Series, how: ColumnFormat) -> tuple[pl.Series, list[str]]:
    """Read what needs no look at the other values: numbers of one unit, ISO times; the rest is null."""
    empty = pl.repeat(None, texts.len(), dtype=pl.Int64, eager=True).alias(texts.name)
    numbers = texts.cast(pl.Int64, strict=False)
    if numbers.null_count() == texts.null_count() < texts.len():
        for unit, (name, each) in UNITS.items():
            low, high = 10**9 * each, min(_LAST * each, 2**63 - 1)
            if how.unit in (None, "epoch", unit) and numbers.is_between(low, high).all():
                return numbers // each, [name]
    if how.zone:
        return empty, []
    read, said = empty, []
    for pattern in _PLAIN:
        rest = texts.filter(read.is_null() & texts.is_not_null())
        sample = rest.head(1000).str.to_datetime(pattern, strict=False)
        if sample.null_count() < sample.len():
            seconds = _within(texts.str.to_datetime(pattern, strict=False).dt.epoch("s"))
            read = read.zip_with(read.is_not_null(), seconds)
            said = ["ISO"] if read.null_count() < read.len() else []
    return read, said


def _within(seconds: pl.Series) -> pl.Series:
    return seconds.set(~seconds.is_between(0, _LAST).fill_null(True), None)


def _zone_said(how: ColumnFormat) -> str:
    return f" in {how.zone}" if how.zone else ""


def _by_format(texts: pl.Series, how: ColumnFormat, where: str) -> pl.Series:
    try:
        moments = texts.str.strip_chars().str.to_datetime(how.format, strict=False)
    except pl.exceptions.PolarsError as error:
        what = f'{where}: "{how.format}" is not a format of times: {str(error).splitlines()[0]}'
        raise BundlesmithError(what, "Such as %Y-%m-%d %H:%M:%S.") from error
    if moments.null_count() == moments.len() and texts.count():
        raise BundlesmithError(
            f'{where}: no time is written as "{how.format}", such as "{texts.drop_nulls()[0]}".', _FORMAT
        )
    return to_seconds(moments, how, where)


def _by_shape(parts: pl.DataFrame, how: ColumnFormat, where: str) -> tuple[pl.DataFrame, list[str]]:
    text = alike(pl.col("text")).str.to_lowercase().str.replace(WEEKDAY, "")
    text = text.str.replace(r"^\\?/date\((\d+)(?:[+-]\d{4})?\)\\?/$", "$1")  # JSON of .NET
    for half, name in (("上午", "am"), ("下午", "pm")):
        text = text.str.replace(rf"\s*{half}\s*(\d{{1,2}}:\d{{2}}(?::\d{{2}})?)", f" $1 {name}")
    parts = parts.with_columns(plain=text)
    number = pl.col("plain").str.replace(r"^(\d+),(\d+)$", "$1.$2").cast(pl.Float64, strict=False)
    parts = parts.with_columns(number=pl.when(pl.col("plain").str.contains(r"^\d+([.,]\d+)?(e\+?\d+)?$")).then(number))
    numbers, words = parts.filter(pl.col("number").is_not_null()), parts.filter(pl.col("number").is_null())
    tables, said = [], []
    for table, read in ((numbers, read_numbers), (words, read_words)):
        if table.height:
            found, names = read(table, how, where)
            tables.append(found.select("text", "value").drop_nulls())
            said += names
    return pl.concat(tables), said
