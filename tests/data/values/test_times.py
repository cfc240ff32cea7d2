from datetime import UTC, datetime

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bundlesmith.data.values.formats import ColumnFormat
from bundlesmith.data.values.times import read_times
from bundlesmith.errors import BundlesmithError

DAY = 1714521600  # 2024-05-01


def times(*texts, **how):
    return read_times(pl.Series(texts, dtype=pl.String), ColumnFormat(**how), "events.timestamp")


@pytest.mark.parametrize("ticks", ["638500608000000000", "133589952000000000"])
def test_ticks_of_windows_are_no_nanoseconds(ticks):
    assert times(ticks).values.to_list() == [None]


@pytest.mark.parametrize(
    "text",
    [
        "1714521600",
        "1714521600.0",
        "1714521600123",
        "1714521600123456",
        "1714521600123456789",
        "20240501",
        "20240501000000",
        "2024-05-01",
        "2024-05-01 00:00:00",
        "2024-05-01T00:00:00Z",
        "2024-05-01T02:00:00+02:00",
        "/Date(1714521600000)/",
        "May-01-24",
        "2024-05-01 02:00:00 +0200",
        "2024-05-01 00:00:00 UTC",
        "2024-05-01T00:00:00.123Z",
        "2024/5/1 00:00",
        "2024.05.01",
        "20240501T000000Z",
        "1.5.2024",
        "01.05.2024 00:00 Uhr",
        "01.05.24",
        "2024年5月1日",
        "2024年05月01日 00:00:00",
        "2024年5月1日0时00分",
        "1 May 2024",
        "May 1, 2024",
        "01-May-2024",
        "1. Mai 2024",
        "Wed, 01 May 2024 00:00:00 +0000",
        "Wed May  1 00:00:00 2024",
        "01/May/2024:00:00:00 +0000",
        "Wed May 01 00:00:00 +0000 2024",
        "05 1, 2024",
        "2024-04-30 19:00:00-05",
        "2024-05-01 12:00 AM",
    ],
)
def test_one_reading(text):
    assert times(text).values.to_list() == [DAY]


@pytest.mark.parametrize(
    ("texts", "first"),
    [
        (["5/1/2024 0:00", "5/13/2024 1:00"], DAY),
        (["1/5/2024 0:00", "13/5/2024 1:00"], DAY),
        (["5/1/24, 12:00 AM", "5/30/24, 3:00 PM"], DAY),
        (["5/1/24, 12:00\u202fAM", "5/30/24, 3:00\u202fPM"], DAY),
        (["1/5/24", "31/5/24"], DAY),
        (["45413", "45414.25"], DAY),
        (["45413,5", "45414"], DAY + 43200),
        (["202405010000", "202405011230"], DAY),
        (["0", "1", "7"], 0),
    ],
)
def test_read_by_the_column(texts, first):
    read = times(*texts)
    assert read.values[0] == first and read.unread.is_empty()


@pytest.mark.parametrize(
    "texts",
    [
        ["5/1/2024", "6/7/2024"],
        ["13/5/2024", "5/13/2024"],
        ["24-05-01", "24-05-02"],
        ["24/05/13", "24/06/14"],
        ["101201", "101202"],
        ["201012", "201101"],
        ["19844", "19845"],
        ["5000000", "6000000"],
        ["12", "36526", "36527"],
        ["2024-05-01", "2024-13-05", "2024-14-05"],
    ],
)
def test_two_readings_are_asked(texts):
    with pytest.raises(BundlesmithError, match=r"events.timestamp: .*format: "):
        times(*texts)


@pytest.mark.parametrize(
    "text", ["-1", "nan", "yesterday", "1969-12-31", "9999-12-31", "2024-13-01", "2024-02-30", "12:30", "2024-05"]
)
def test_what_is_no_time_is_unread(text):
    read = times(text, "2024-05-01")
    assert read.values.to_list() == [None, DAY] and read.unread.to_list() == [text]


def test_a_small_number_beside_times_is_none():
    assert times("0", "1714521600").values.to_list() == [None, DAY]
    assert times("0", "1714521600", unit="epoch").values.to_list() == [0, DAY]


def test_named_formats_units_and_zones():
    assert times("01/05/2024 02:00", format="%d/%m/%Y %H:%M", zone="Europe/Berlin").values.to_list() == [DAY]
    assert times("2024-05-01 02:00:00", zone="Europe/Berlin").values.to_list() == [DAY]
    assert times("2024-05-01 00:00:00Z", zone="Europe/Berlin").values.to_list() == [DAY]
    assert times("3", unit="days").values.to_list() == [3 * 86400]
    assert times("19844", unit="days").values.to_list() == [DAY]
    assert times("5000000", unit="s").values.to_list() == [5_000_000]
    assert times("45413", unit="excel").values.to_list() == [DAY]
    for how, said in (({"zone": "Mars"}, 'no time zone "Mars"'), ({"format": "%Y"}, 'no time is written as "%Y"')):
        with pytest.raises(BundlesmithError, match=said):
            times("01/05/2024", **how) if "format" in how else times("2024-05-01 10:00", **how)


MOMENTS = st.datetimes(datetime(1990, 1, 1), datetime(2090, 1, 1)).map(lambda moment: moment.replace(microsecond=0))
FORMATS = ["%Y-%m-%d %H:%M:%S", "%Y-%m-%dT%H:%M:%SZ", "%d.%m.%Y %H:%M:%S", "%Y/%m/%d %H:%M:%S", "%m/%d/%Y %I:%M:%S %p"]
FORMATS += [
    "%d/%m/%Y %H:%M:%S",
    "%Y%m%d%H%M%S",
    "%d %B %Y %H:%M:%S",
    "%Y年%m月%d日 %H:%M:%S",
    "%a, %d %b %Y %H:%M:%S +0000",
]


@settings(deadline=None)
@given(st.lists(MOMENTS, min_size=1, max_size=6), st.sampled_from(FORMATS))
def test_moments_are_read_exactly_or_asked(moments, form):
    try:
        read = times(*[moment.strftime(form) for moment in moments])
    except BundlesmithError:
        assert "/%m/" in form or "%m/%d" in form
        return
    assert read.values.to_list() == [int(moment.replace(tzinfo=UTC).timestamp()) for moment in moments]


@settings(deadline=None)
@given(st.lists(st.text("0123456789-/.: TZ+,", max_size=14), min_size=1, max_size=6))
def test_anything_is_read_asked_or_unread(texts):
    try:
        read = times(*texts)
    except BundlesmithError:
        return
    assert all(value is None or 0 <= value <= 7_258_118_400 for value in read.values.to_list())
