"""Dates and times in words and signs -> seconds since 1970: ISO, 1.5.2024, 5/1/24, 2024年5月1日, 1 May 2024 and such.

    table, said = read_words(parts, ColumnFormat(), "events.timestamp")

Whether 12/1/2010 is in January or in December, the other dates say; if they don't, that is asked.
"""

from importlib.resources import files
from zoneinfo import ZoneInfo

import polars as pl
import yaml

from bundlesmith.data.values.formats import ColumnFormat
from bundlesmith.errors import BundlesmithError

ASK = 'Say how they are written: `timestamp: {column: …, format: "%d/%m/%Y %H:%M"}`, or `unit: s`, ms, days or excel.'
_BEGINNINGS: dict[int, list[str]] = yaml.safe_load(
    files("bundlesmith.data").joinpath("months.yaml").read_text(encoding="utf-8")
)
_NAMES = {name: number for number, names in _BEGINNINGS.items() for name in names}
_MONTH = rf"(?P<name>{'|'.join(sorted(_NAMES, key=len, reverse=True))})\p{{L}}*\.?"
_AMERICA = "est -5 edt -4 cdt -5 mst -7 mdt -6 pst -8 pdt -7 "
_EAST = (_AMERICA + "wet 0 west 1 cet 1 cest 2 mez 1 mesz 2 eet 2 eest 3 msk 3 jst 9 kst 9").split()
_ZONES = dict(zip(_EAST[::2], map(int, _EAST[1::2]), strict=True))
"""Hours east of UTC of abbreviations that have one meaning; CST and BST, among others, have several."""
_ZONE = rf"z|utc|gmt|{'|'.join(sorted(_ZONES, key=len, reverse=True))}|(?:utc|gmt)?[+-]\d{{2}}(?::?\d{{2}})?"
_TIME = (
    r"(?:\s?г\.?)?"
    r"(?:(?:日|,|\s|t|,\s|,?\s(?:at|um|à|a las|às|alle|в)\s|:)\s*(?P<hour>\d{1,2})[:.时点h](?P<minute>\d{2})"
    r"(?:[:.分](?P<second>\d{2})秒?)?分?(?:[.,](?P<part>\d+))?\s*(?P<half>[ap]\.?m\.?)?(?:\s*(?:uhr|h))?)?"
    rf"日?\s*(?P<zone>{_ZONE})?(?:\s*\([a-z ]+\))?$"
)
_DATES = {
    "year first": r"(?P<year>\d{4})[-/.](?P<month>\d{1,2})[-/.](?P<day>\d{1,2})",
    "Chinese": r"(?P<year>\d{4})\s*年\s*(?P<month>\d{1,2})\s*月\s*(?P<day>\d{1,2})",
    "compact": r"(?P<year>\d{4})(?P<month>\d{2})(?P<day>\d{2})",
    "dots": r"(?P<day>\d{1,2})\.\s?(?P<month>\d{1,2})\.\s?(?P<year>\d{4}|\d{2})",
    "day first by name": rf"(?P<day>\d{{1,2}})(?:st|nd|rd|th|er|º|\.)?[-/ ](?:de )?{_MONTH}[-/, ]+(?:de )?"
    r"(?P<year>\d{4}|\d{2})",
    "month first by name": rf"{_MONTH}[-/ ](?P<day>\d{{1,2}})(?:st|nd|rd|th)?,?[-/ ]+(?P<year>\d{{4}}|\d{{2}})",
    "slashes": r"(?P<one>\d{1,2})[-/](?P<two>\d{1,2})[-/](?P<year>\d{4}|\d{2})",
    "month day, year": r"(?P<month>\d{1,2}) (?P<day>\d{1,2}), (?P<year>\d{4})",
}
_COMPACT_TIME = r"t?(?P<hour>\d{2})(?P<minute>\d{2})(?P<second>\d{2})?" + r"(?P<zone>z)?$"
_CTIME = (
    rf"^{_MONTH} +(?P<day>\d{{1,2}}) (?P<hour>\d{{2}}):(?P<minute>\d{{2}}):(?P<second>\d{{2}}) "
    rf"(?:(?P<zone>{_ZONE}) )?(?P<year>\d{{4}})$"
)
WEEKDAY = r"^(?:mon|tue|wed|thu|fri|sat|sun|mo|di|mi|do|fr|sa|so)[a-z]*[.,]* "


def to_seconds(moments: pl.Series, how: ColumnFormat, where: str) -> pl.Series:
    """Moments as seconds since 1970, in the zone that is named, or UTC."""
    if how.zone and getattr(moments.dtype, "time_zone", None) is None:
        try:
            ZoneInfo(how.zone)
        except (KeyError, ValueError, OSError) as error:
            raise BundlesmithError(f'{where}: there is no time zone "{how.zone}".', "Such as Europe/Berlin.") from error
        moments = moments.dt.replace_time_zone(how.zone, ambiguous="earliest", non_existent="null")
    return moments.dt.epoch("us") // 1_000_000


def read_words(parts: pl.DataFrame, how: ColumnFormat, where: str) -> tuple[pl.DataFrame, list[str]]:
    """Read the texts `plain` (in lower case) of *parts*: a table of `text` and `value`, and the spellings seen."""
    tables, said = [], []
    left = parts.select("text", "plain")
    patterns = {name: rf"^{date}{_TIME}" for name, date in _DATES.items()}
    patterns |= {"compact time": rf"^{_DATES['compact']}{_COMPACT_TIME}", "ctime": _CTIME}
    for name, pattern in patterns.items():
        fits = left.filter(pl.col("plain").str.contains(pattern))
        if fits.is_empty():
            continue
        left = left.filter(~pl.col("plain").str.contains(pattern))
        fields = fits.with_columns(pl.col("plain").str.extract_groups(pattern).struct.unnest())
        if name == "year first":
            _check_month(fields, where)
        if name == "slashes":
            fields, name = _ordered(fields, where)
        moments = _moments(fields)
        seconds = to_seconds(moments, how, where)
        offset = _offset(fields["zone"])
        zoned = fields["zone"].is_not_null()
        shifted = moments.dt.epoch("us") // 1_000_000 - offset
        tables.append(fields.select("text", value=shifted.zip_with(zoned, seconds)))
        said.append(_SAID.get(name, name))
    empty = pl.DataFrame(schema={"text": pl.String, "value": pl.Int64})
    return pl.concat([empty, *tables]), said


_SAID = {
    "dots": "day.month.year",
    "year first": "year first",
    "compact": "yyyymmdd",
    "compact time": "yyyymmdd and time",
}


def _check_month(fields: pl.DataFrame, where: str) -> None:
    """Refuse dates such as 2024-13-05, whose day is in the place of the month: so may those be that could be others."""
    month, day = (fields[name].cast(pl.Int64) for name in ("month", "day"))
    turned = fields.filter(month.is_between(13, 31) & day.is_between(1, 12))
    if turned.height > 1:  # one may be a slip
        raise BundlesmithError(f'{where}: "{turned["text"].sort()[0]}" has no month.', ASK)


def _ordered(fields: pl.DataFrame, where: str) -> tuple[pl.DataFrame, str]:
    """Which of the first two numbers is the month, by those above 12."""
    one, two = (fields[name].cast(pl.Int64) for name in ("one", "two"))
    day_first, month_first = int((one > 12).sum()), int((two > 12).sum())
    if not day_first and not month_first:
        if (one == two).all():
            return fields.rename({"one": "month", "two": "day"}), "month/day/year"
        text = fields.filter(one != two)["text"].sort()[0]
        raise BundlesmithError(f'{where}: nothing tells which number of "{text}" is the month.', ASK)
    if day_first and month_first:
        texts = [fields.filter(number > 12)["text"].sort()[0] for number in (one, two)]
        raise BundlesmithError(f'{where}: the day is first in "{texts[0]}" and second in "{texts[1]}".', ASK)
    if day_first and _maybe_year_first(fields):
        text = fields["text"].sort()[0]
        raise BundlesmithError(f'{where}: nothing tells which number of "{text}" is the year.', ASK)
    if day_first:
        return fields.rename({"one": "day", "two": "month"}), "day/month/year"
    return fields.rename({"one": "month", "two": "day"}), "month/day/year"


def _maybe_year_first(fields: pl.DataFrame) -> bool:
    """Whether dates such as 24-05-01 may begin with the year."""
    if (fields["year"].str.len_chars() > 2).any():
        return False
    first, last = fields["one"].cast(pl.Int64), fields["year"].cast(pl.Int64)
    if (last > 31).any():
        return False
    more = last.n_unique() - first.n_unique()
    dashes = bool(fields["plain"].str.contains("-").any())
    return dashes or more > 0 or (more == 0 and bool(first.is_between(15, 40).all()))


def _moments(fields: pl.DataFrame) -> pl.Series:
    def whole(name: str, default: int = 0) -> pl.Expr:
        return (
            pl.col(name).cast(pl.Int64, strict=False).fill_null(default) if name in fields.columns else pl.lit(default)
        )

    year, hour = whole("year"), whole("hour")
    year = (
        pl.when(pl.col("year").str.len_chars() > 2).then(year).when(year < 70).then(year + 2000).otherwise(year + 1900)
    )
    month = whole("month")
    if "name" in fields.columns:
        month = pl.col("name").replace_strict(_NAMES, default=None, return_dtype=pl.Int64)
    good = pl.lit(True)
    if "half" in fields.columns:
        half = pl.col("half").str.slice(0, 1)
        good = half.is_null() | hour.is_between(1, 12)
        hour = pl.when(half.is_null()).then(hour).when(half == "p").then(hour % 12 + 12).otherwise(hour % 12)
    text = pl.format(
        "{}-{}-{} {}:{}:{}",
        *(
            part.cast(pl.String).str.zfill(size)
            for part, size in zip(
                (year, month, whole("day"), hour, whole("minute"), whole("second")), (4, 2, 2, 2, 2, 2), strict=True
            )
        ),
    )
    return fields.select(
        moment=pl.when(good).then(text.str.to_datetime("%Y-%m-%d %H:%M:%S", strict=False, time_unit="us"))
    )["moment"]


def _offset(zone: pl.Series) -> pl.Series:
    """Seconds east of UTC of "+0200", "-05", "utc" or "cest"."""
    hours = zone.replace_strict(_ZONES, default=None, return_dtype=pl.Int64)
    digits = zone.str.replace_all("utc|gmt|z|:| ", "")
    signed = digits.str.slice(0, 3).cast(pl.Int64, strict=False).fill_null(0) * 3600
    minutes = digits.str.slice(3, 2).cast(pl.Int64, strict=False).fill_null(0) * 60
    west = digits.str.starts_with("-").fill_null(False)
    return (hours * 3600).fill_null(signed + (-minutes).zip_with(west, minutes))
