"""Times as text -> seconds since 1970, UTC, decided by the column.

    read_times(texts, ColumnFormat(), "events.timestamp").values

Numbers are told by their size: seconds, milli-, micro- and nanoseconds; 20101201 is a day, 40513.35 a day of Excel.
Text is ISO or one of the common spellings; whether 12/1/2010 is in January or in December, the other dates of
the column say, and if they don't, that is asked. Knows nothing about tables.
"""

import polars as pl

from bundlesmith.errors import BundlesmithError
from bundlesmith.prepare.dates import ASK, WEEKDAY, read_words, to_seconds
from bundlesmith.prepare.formats import ColumnFormat, Values, unread
from bundlesmith.prepare.numbers import alike

DAY = 86_400
_LAST = 7_258_118_400  # the year 2200
_EXCEL_EPOCH = 25_569  # 1970-01-01 as days of Excel
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
        found, how_read = _by_shape(parts, rest, how, where)
        said += [part for part in how_read if part not in said]
        others = texts.replace_strict(found["text"], found["value"], default=None, return_dtype=pl.Int64)
        read = read.zip_with(read.is_not_null(), others)
    read = read.set(((read < 0) | (read > _LAST)).fill_null(False), None)
    return Values(read, (", ".join(said) or "nothing that is a time") + _zone_said(how), unread(texts, read))


def _plain(texts: pl.Series, how: ColumnFormat) -> tuple[pl.Series, list[str]]:
    """Read what needs no look at the other values: numbers of one unit, ISO times; the rest is null."""
    empty = pl.Series(texts.name, [None], dtype=pl.Int64).new_from_index(0, texts.len())
    numbers = texts.cast(pl.Int64, strict=False)
    if numbers.null_count() == texts.null_count() < texts.len():
        for unit, divisor in (("s", 1), ("ms", 10**3), ("us", 10**6), ("ns", 10**9)):
            low, high = 10**9 * divisor, _LAST * divisor
            if how.unit in (None, "epoch", unit) and numbers.is_between(low, min(high, 2**63 - 1)).all():
                return numbers // divisor, [_UNITS[unit]]
    if how.zone:
        return empty, []
    read, said = empty, []
    for pattern in _PLAIN:
        rest = texts.filter(read.is_null() & texts.is_not_null())
        sample = rest.head(1000).str.to_datetime(pattern, strict=False)
        if sample.null_count() < sample.len():
            seconds = texts.str.to_datetime(pattern, strict=False).dt.epoch("s")
            read = read.zip_with(
                read.is_not_null(), seconds.set(((seconds < 0) | (seconds > _LAST)).fill_null(False), None)
            )
            said = ["ISO"] if read.null_count() < read.len() else []
    return read, said


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


def _by_shape(parts: pl.DataFrame, rest: pl.Series, how: ColumnFormat, where: str) -> tuple[pl.DataFrame, list[str]]:
    text = alike(pl.col("text")).str.to_lowercase().str.replace(WEEKDAY, "")
    for half, name in (("上午", "am"), ("下午", "pm")):
        text = text.str.replace(rf"\s*{half}\s*(\d{{1,2}}:\d{{2}}(?::\d{{2}})?)", f" $1 {name}")
    parts = parts.with_columns(plain=text)
    number = pl.col("plain").str.replace(r"^(\d+),(\d+)$", "$1.$2").cast(pl.Float64, strict=False)
    parts = parts.with_columns(number=pl.when(pl.col("plain").str.contains(r"^\d+([.,]\d+)?(e\+?\d+)?$")).then(number))
    numbers, words = parts.filter(pl.col("number").is_not_null()), parts.filter(pl.col("number").is_null())
    tables, said = [], []
    for table, read in ((numbers, _numbers), (words, read_words)):
        if table.height:
            found, names = read(table, how, where)
            tables.append(found.select("text", "value").drop_nulls())
            said += names
    return pl.concat(tables), said


def _numbers(parts: pl.DataFrame, how: ColumnFormat, where: str) -> tuple[pl.DataFrame, list[str]]:
    number = pl.col("number")
    scale = {"s": 1.0, "ms": 1e-3, "us": 1e-6, "ns": 1e-9, "days": DAY}
    if how.unit in scale:
        return parts.with_columns(value=(number * scale[how.unit]).cast(pl.Int64, strict=False)), [_UNITS[how.unit]]
    if how.unit == "excel":
        return _excel(parts, how, where), ["days of Excel"]
    parts = parts.with_columns(unit=_unit(number))
    if how.unit == "epoch":
        parts = parts.with_columns(unit=pl.col("unit").fill_null("s"))
    else:
        parts, calendar = _calendar(parts, how, where)
        dated = parts.filter(pl.col("unit").is_not_null() | pl.col("value").is_not_null())
        open_ones = parts.filter(pl.col("unit").is_null() & pl.col("value").is_null() & (number < 1e8))
        if calendar:
            return _scaled(parts), [*_said(parts), *calendar]
        if dated.is_empty() and open_ones.height:
            return _counts(open_ones, how, where)
    return _scaled(parts), _said(parts)


_UNITS = {"s": "seconds", "ms": "milliseconds", "us": "microseconds", "ns": "nanoseconds", "days": "days"}
_SCALES = {"s": 1.0, "ms": 1e-3, "us": 1e-6, "ns": 1e-9}


def _unit(number: pl.Expr) -> pl.Expr:
    """What a number since 1970 counts, by its size: from 1973 to 2286."""
    bounds = (("s", 1e8, 1e10), ("ms", 1e11, 1e13), ("us", 1e14, 1e16), ("ns", 1e17, 1e19))
    unit: pl.Expr = pl.lit(None, pl.String)
    for name, low, high in bounds:
        unit = pl.when((number >= low) & (number < high)).then(pl.lit(name)).otherwise(unit)
    return unit


def _scaled(parts: pl.DataFrame) -> pl.DataFrame:
    scale = pl.col("unit").replace_strict(_SCALES, default=None, return_dtype=pl.Float64)
    whole = pl.col("plain").cast(pl.Int64, strict=False)
    divisor = (1 / scale).round(0).cast(pl.Int64, strict=False)
    exact = pl.coalesce(whole // divisor, (pl.col("number") * scale).floor().cast(pl.Int64, strict=False))
    value = pl.coalesce("value", exact) if "value" in parts.columns else exact
    return parts.with_columns(value=value)


def _said(parts: pl.DataFrame) -> list[str]:
    return [_UNITS[unit] for unit in _SCALES if (parts["unit"] == unit).any()]


def _calendar(parts: pl.DataFrame, how: ColumnFormat, where: str) -> tuple[pl.DataFrame, list[str]]:
    """Read 20101201 and 20101201083000 as what they say; 201012010830 only if all numbers of its length are so."""
    plain = pl.col("plain").str.replace(r"\.0+$", "")
    size = plain.str.len_chars()
    moment = (
        pl.when(size == 8)
        .then(plain.str.to_datetime("%Y%m%d", strict=False))
        .when(size == 12)
        .then(plain.str.to_datetime("%Y%m%d%H%M", strict=False))
        .when(size == 14)
        .then(plain.str.to_datetime("%Y%m%d%H%M%S", strict=False))
    )
    dated = pl.when(moment.dt.year().is_between(1970, 2100)).then(moment)
    found = parts.with_columns(moment=dated, size=size)
    long = found.filter(size == 12)
    if long.height and (long["moment"].null_count() or (found["size"] == 13).any()):
        found = found.with_columns(moment=pl.when(size != 12).then("moment"))
    eight = found.filter((pl.col("size") == 8) & pl.col("unit").is_null())
    if eight.height and eight["moment"].null_count() > eight.height // 2:
        found = found.with_columns(moment=pl.when(size != 8).then("moment"))
    read = found["moment"].is_not_null()
    found = found.with_columns(value=to_seconds(found["moment"], how, where))
    found = found.with_columns(unit=pl.when(pl.col("value").is_null()).then("unit"))
    sizes = {8: "yyyymmdd", 12: "yyyymmddhhmm", 14: "yyyymmddhhmmss"}
    said = [sizes[size] for size in sorted(set(found.filter(read)["size"]))]
    return found.drop("moment", "size"), said


def _counts(parts: pl.DataFrame, how: ColumnFormat, where: str) -> tuple[pl.DataFrame, list[str]]:
    """Numbers below 100,000,000: days of Excel, or counts from the beginning."""
    numbers = parts["number"]
    low, high = float(numbers.min()), float(numbers.max())  # type: ignore[arg-type]
    broken = bool((numbers != numbers.floor()).any())
    days = numbers.is_between(32_874, 73_050)  # 1990 to 2099
    share = float(days.mean() or 0)  # type: ignore[arg-type]
    if (broken and share > 0.5) or (numbers.len() > 1 and share > 0.9):
        return _excel(parts.filter(days), how, where), ["days of Excel"]
    between = bool(numbers.is_between(20_000, 32_874).any())  # where counts that go so far have been, too
    years = broken is False and numbers.len() > 1 and bool(numbers.is_between(1990, 2060).all())
    if (
        not years
        and low < 20_000
        and (share == 0 or between)
        and not (numbers.len() > 1 and low > 14_000 and high < 20_000)
    ):
        return parts.with_columns(value=numbers.floor().cast(pl.Int64)), ["counts, not dates: they say the order alone"]
    shown = f"{low:.15g}"
    raise BundlesmithError(f'{where}: nothing tells what numbers such as "{shown}" count.', ASK)


def _excel(parts: pl.DataFrame, how: ColumnFormat, where: str) -> pl.DataFrame:
    seconds = ((pl.col("number") - _EXCEL_EPOCH) * DAY).round().cast(pl.Int64, strict=False)
    local = parts.select(value=(seconds * 1_000_000).cast(pl.Datetime("us")))["value"]
    return parts.with_columns(value=to_seconds(local, how, where))
