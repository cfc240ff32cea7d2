import polars as pl
import pytest

from bundlesmith.data.values.formats import ColumnFormat
from bundlesmith.data.values.stock import read_stock
from bundlesmith.errors import BundlesmithError


def stock(*texts, beside=None, **how):
    return read_stock(pl.Series(texts, dtype=pl.String), ColumnFormat(**how), "items.stock", beside)


@pytest.mark.parametrize(
    "text",
    [
        "Out Of Stock",
        "out-of-stock",
        "OutOfStock",
        "https://schema.org/OutOfStock",
        "False",
        "No",
        "n",
        "SOLD OUT!",
        "none",
        "ausverkauft",
        "Nicht lieferbar",
        "épuisé",
        "agotado",
        "esaurito",
        "uitverkocht",
        "нет в наличии",
        "无货",
        "售罄",
        "在庫なし",
        "품절",
        "preorder",
        "backorder",
        "discontinued",
        "0",
        "0 left",
        "-3 pcs",
    ],
)
def test_what_is_not_there_is_0(text):
    read = stock(text)
    assert read.values[0] is not None and read.values[0] <= 0 and read.unread.is_empty()


@pytest.mark.parametrize(
    "text", ["in stock", "In_Stock", "InStock", "http://schema.org/InStock", "TRUE", "yes", "auf Lager", "有货", "∞"]
)
def test_in_stock_without_a_number_is_not_counted(text):
    read = stock(text, "sold out")
    assert read.values.to_list() == [None, 0] and read.unread.is_empty()


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("12", 12),
        ("12.0", 12),
        ("2.7", 2),
        ("1,200", 1200),
        ("1 200", 1200),
        ("1'200", 1200),
        ("10+", 10),
        (">10", 10),
        ("3 left", 3),
        ("Only 3 left in stock", 3),
        ("5 in stock", 5),
        ("noch 4 Stück", 4),
        ("5件", 5),
        ("剩余3", 3),
        ("1e3", 1000),
        ("-4", -4),
    ],
)
def test_numbers(text, count):
    assert stock(text).values.to_list() == [count]


@pytest.mark.parametrize(
    "text", ["many", "in 3 days", "back in 2 weeks", "<5", "3-5", "2024-05-01", "?", "a lot", "12 34"]
)
def test_what_cannot_be_read_is_not_sold(text):
    read = stock("7", text)
    assert read.values.to_list() == [7, 0] and read.unread.to_list() == [text]


def test_blank_is_not_counted():
    assert stock(None, "3").values.to_list() == [None, 3]


def test_points_between_thousands_or_before_decimals():
    assert stock("12", "1.200", beside=",").values.to_list() == [12, 1200]
    assert stock("12", "1.200").values.to_list() == [12, 1200]
    assert stock("0.000", "12.000").values.to_list() == [0, 12]
    assert stock("3.000", "12.000", beside=".").values.to_list() == [3, 12]
    assert stock("12", "1.200", beside=".").values.to_list() == [12, 0]
    with pytest.raises(BundlesmithError, match=r'"12\.000" may be 12000 or 12\.000'):
        stock("3.000", "12.000", "7.000")
    assert stock("3.000", "12.000", "7.000", decimal=".").values.to_list() == [3, 12, 7]


def test_a_number_without_end_is_no_stock():
    assert stock("4", "1e400").values.to_list() == [4, 0]
    assert stock("1.200", "5", "1e400", "-1e400", beside=".").values.to_list() == [0, 5, 0, 0]
