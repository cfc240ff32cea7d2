"""Numbers as times -> seconds since 1970: of a unit that their size tells, dates in digits, days of Excel, or counts.

    table, said = read_numbers(parts, ColumnFormat(), "events.timestamp")

What a number counts is decided from all of a column; if they don't tell, that is asked.
"""

import polars as pl

from bundlesmith.data.values.dates import ASK, to_seconds
from bundlesmith.data.values.formats import ColumnFormat
from bundlesmith.errors import BundlesmithError

_DAY = 86_400
UNITS = {
    "s": ("seconds", 1),
    "ms": ("milliseconds", 10**3),
    "us": ("microseconds", 10**6),
    "ns": ("nanoseconds", 10**9),
}
"""What a unit is called, and how many of it are a second."""
_EARLIEST, _LATEST = 1e8, 1e10  # seconds that are told by their size: from 1973 to 2286
_EARLIEST_NS = 7e17  # from 1992: below are ticks of .NET and of Windows, which count from the years 1 and 1601
_DIGITS = {8: "%Y%m%d", 12: "%Y%m%d%H%M", 14: "%Y%m%d%H%M%S"}
_EXCEL_EPOCH = 25_569  # 1970-01-01 as days of Excel
_EXCEL_DAYS = (32_874, 73_050)  # 1990 to 2099
_YEARS = (1990, 2060)


def read_numbers(parts: pl.DataFrame, how: ColumnFormat, where: str) -> tuple[pl.DataFrame, list[str]]:
    """Read the numbers `number`, in digits `plain`, of *parts*: the table with `value`, and what they count.

    Raises:
        BundlesmithError: if nothing tells what they count.
    """
    if how.unit == "days":
        return parts.with_columns(value=(pl.col("number") * _DAY).cast(pl.Int64, strict=False)), ["days"]
    if how.unit == "excel":
        return _excel(parts, how, where), ["days of Excel"]
    if how.unit in UNITS:
        return _of_units(parts.with_columns(unit=pl.lit(how.unit)))
    parts = parts.with_columns(unit=_by_size(pl.col("number")))
    if how.unit == "epoch":
        return _of_units(parts.with_columns(pl.col("unit").fill_null("s")))
    parts, said = _in_digits(parts, how, where)
    unknown = pl.col("unit").is_null() & pl.col("value").is_null()
    counts = parts.filter(unknown & (pl.col("number") < _EARLIEST))
    if counts.height and parts.filter(~unknown).is_empty():
        return _counts(counts, how, where)
    parts, units = _of_units(parts)
    return parts, [*units, *said]


def _by_size(number: pl.Expr) -> pl.Expr:
    return pl.coalesce(
        pl.when(
            number.is_between(_EARLIEST * each if unit != "ns" else _EARLIEST_NS, _LATEST * each, closed="left")
        ).then(pl.lit(unit))
        for unit, (_, each) in UNITS.items()
    )


def _of_units(parts: pl.DataFrame) -> tuple[pl.DataFrame, list[str]]:
    """Numbers of a unit as seconds; whole ones exactly."""
    each = pl.col("unit").replace_strict({unit: each for unit, (_, each) in UNITS.items()}, return_dtype=pl.Int64)
    whole = pl.col("plain").cast(pl.Int64, strict=False) // each
    seconds = pl.coalesce(whole, (pl.col("number") / each).floor().cast(pl.Int64, strict=False))
    known = pl.col("value") if "value" in parts.columns else pl.lit(None, pl.Int64)
    said = [name for unit, (name, _) in UNITS.items() if (parts["unit"] == unit).any()]
    return parts.with_columns(value=pl.coalesce(known, seconds)), said


def _in_digits(parts: pl.DataFrame, how: ColumnFormat, where: str) -> tuple[pl.DataFrame, list[str]]:
    """Read 20101201 and 20101201083000 as what they say; 201012010830 only if all numbers of its length are so."""
    plain = pl.col("plain").str.replace(r"\.0+$", "")
    size = pl.col("size")
    found = parts.with_columns(size=plain.str.len_chars())
    moment = pl.coalesce(
        pl.when(size == digits).then(plain.str.to_datetime(form, strict=False)) for digits, form in _DIGITS.items()
    )
    found = found.with_columns(moment=pl.when(moment.dt.year().is_between(1970, 2100)).then(moment))
    long, short = found.filter(size == 12), found.filter((size == 8) & pl.col("unit").is_null())
    for digits, doubtful in (
        (12, long.height and (long["moment"].null_count() or (found["size"] == 13).any())),
        (8, short.height and short["moment"].null_count() > short.height // 2),
    ):
        if doubtful:
            found = found.with_columns(moment=pl.when(size != digits).then("moment"))
    sizes = sorted(set(found.filter(pl.col("moment").is_not_null())["size"]))
    found = found.with_columns(value=to_seconds(found["moment"], how, where))
    found = found.with_columns(unit=pl.when(pl.col("value").is_null()).then("unit"))
    return found.drop("moment", "size"), ["yyyymmddhhmmss"[:digits] for digits in sizes]


def _counts(parts: pl.DataFrame, how: ColumnFormat, where: str) -> tuple[pl.DataFrame, list[str]]:
    """Small numbers: days of Excel, or counts from the beginning, which are no days since 1970 and no years."""
    numbers = parts["number"]
    several = numbers.len() > 1
    low, high = float(numbers.min()), float(numbers.max())  # type: ignore[arg-type]
    whole = bool((numbers == numbers.floor()).all())
    days = numbers.is_between(*_EXCEL_DAYS)
    share = float(days.mean() or 0)  # type: ignore[arg-type]
    if (not whole and share > 0.5) or (several and share > 0.9):
        return _excel(parts.filter(days), how, where), ["days of Excel"]
    between = bool(numbers.is_between(20_000, _EXCEL_DAYS[0]).any())  # where counts that go so far have been, too
    dates = several and ((whole and numbers.is_between(*_YEARS).all()) or (low > 14_000 and high < 20_000))
    if low >= 20_000 or dates or (share > 0 and not between):
        raise BundlesmithError(f'{where}: nothing tells what numbers such as "{low:.15g}" count.', ASK)
    return parts.with_columns(value=numbers.floor().cast(pl.Int64)), ["counts, not dates: they say the order alone"]


def _excel(parts: pl.DataFrame, how: ColumnFormat, where: str) -> pl.DataFrame:
    seconds = ((pl.col("number") - _EXCEL_EPOCH) * _DAY).round().cast(pl.Int64, strict=False)
    local = parts.select(value=(seconds * 1_000_000).cast(pl.Datetime("us")))["value"]
    return parts.with_columns(value=to_seconds(local, how, where))
