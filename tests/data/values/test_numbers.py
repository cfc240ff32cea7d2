import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bundlesmith.data.values.formats import ColumnFormat
from bundlesmith.data.values.numbers import currency_in, read_prices
from bundlesmith.errors import BundlesmithError


def prices(*texts, **how):
    return read_prices(pl.Series(texts, dtype=pl.String), ColumnFormat(**how), "items.price")


@pytest.mark.parametrize(
    ("texts", "values"),
    [
        (["1.499,50", "29,90", "1.499"], [1499.5, 29.9, 1499.0]),
        (["1,499.50", "29.90", "1,499"], [1499.5, 29.9, 1499.0]),
        (["3.25", "1.499"], [3.25, 1.499]),
        (["1 234,50 €", "7 €", "8,- €"], [1234.5, 7.0, 8.0]),
        (["CHF 1'249.-", "CHF 3.20"], [1249.0, 3.2]),
        (["1\u202f234,50", "7,1"], [1234.5, 7.1]),
        (["1.499 €", "80 €"], [1499.0, 80.0]),
        (["2,499", "80"], [2499.0, 80.0]),
        (["2.5万", "3万元", "900"], [25000.0, 30000.0, 900.0]),
        (["1,5 Mio", "2,25"], [1_500_000.0, 2.25]),
        (["2.5k", "300"], [2500.0, 300.0]),
        (["$1,299.00", "USD 5", "7.50 dollars"], [1299.0, 5.0, 7.5]),
        (["12 kr", "8:-"], [12.0, 8.0]),
        (["1,23,456.00", "50.00"], [123456.0, 50.0]),
        (["0.500", "1.250"], [0.5, 1.25]),
        (["2.500 KWD", "1.250 KD"], [2.5, 1.25]),
        (["Rp 150.000", "Rp 20.000"], [150000.0, 20000.0]),
        (["１２．５０", "￥5"], [12.5, 5.0]),
        (["1e-05", "1E3", "2.5"], [1e-05, 1000.0, 2.5]),
        ([".50", "1.25"], [0.5, 1.25]),
        (["0", "007"], [0.0, 7.0]),
    ],
)
def test_read_by_the_column(texts, values):
    assert prices(*texts).values.to_list() == values


@pytest.mark.parametrize(
    "text",
    [
        "12.99 19.99",
        "12.34.56",
        "(12.00)",
        "10%",
        "-3",
        "€ -3",
        "$10 - $20",
        "ask us",
        "nan",
        "inf",
        "1e999",
        "12 kg",
        "from 12",
        "12.50/pc",
        "1,2.3,4",
        "12 99",
        "1_000",
        "1,2345.6,7",
        "½",
        "12²",
        "12€50",
        "k",
        "€",
    ],
)
def test_what_is_not_one_number_is_unread(text):
    read = prices("5.25", text)
    assert read.values.to_list() == [5.25, None] and read.unread.to_list() == [text]


def test_the_decimal_sign_can_be_named():
    assert prices("1.499", decimal=",").values.to_list() == [1499.0]
    assert prices("1.499", decimal=".").values.to_list() == [1.499]


@pytest.mark.parametrize("texts", [["1.499", "12"], ["1.499", "2,499"]])
def test_a_number_of_two_readings_is_asked(texts):
    with pytest.raises(BundlesmithError, match=r'may be 1499 or 1.499|may be 2499 or 2.499.*decimal: ","'):
        prices(*texts)


def test_a_column_of_both_signs_reads_what_is_certain():
    read = prices("12.5", "12,5", "1.499")
    assert read.values.to_list() == [12.5, 12.5, None] and read.unread.to_list() == ["1.499"]


def test_one_currency_counts():
    read = prices("5 EUR", "6 €", "7 USD", "8")
    assert read.values.to_list() == [5.0, 6.0, None, 8.0] and "EUR" in read.read_as
    assert prices("5 EUR", "7 USD", currency="USD").values.to_list() == [None, 7.0]
    assert prices("5 CAD", "$6").values.to_list() == [5.0, 6.0]
    assert prices("5 CAD", "US$ 6", "7 CAD").values.to_list() == [5.0, None, 7.0]
    with pytest.raises(BundlesmithError, match="several currencies: EUR, USD"):
        prices("5 EUR", "$6")


AMOUNTS = st.lists(st.integers(0, 10**9), min_size=1, max_size=8)


@settings(deadline=None)
@given(
    AMOUNTS,
    st.sampled_from([(",", "."), (".", ","), ("'", "."), (" ", ","), ("", ","), ("", ".")]),
    st.sampled_from(["", "€", "CHF"]),
)
def test_amounts_with_two_decimals_are_read_exactly(cents, style, currency):
    thousands, decimal = style
    texts = [f"{amount // 100:,}.{amount % 100:02}" for amount in cents]
    texts = [text.replace(",", "T").replace(".", decimal).replace("T", thousands) + currency for text in texts]
    assert prices(*texts).values.to_list() == [amount / 100 for amount in cents]


@settings(deadline=None)
@given(st.lists(st.text("0123456789.,'€ k%-", max_size=9), min_size=1, max_size=6))
def test_anything_is_read_asked_or_unread_and_never_negative(texts):
    try:
        read = prices(*texts)
    except BundlesmithError:
        return
    for text, value in zip(texts, read.values.to_list(), strict=True):
        digits = "".join(char for char in text if char.isdigit())
        assert value is None or (value >= 0 and digits)
    assert read.unread.len() == read.values.null_count()


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("eur", "EUR"),
        ("price_usd", "USD"),
        ("Preis (€)", "EUR"),
        ("priceGBP", "GBP"),
        ("price_all", None),
        ("top price", None),
        ("price", None),
        ("eur_usd", None),
    ],
)
def test_the_name_of_a_column_may_say_its_currency(name: str, code: str | None) -> None:
    assert currency_in(name) == code


def test_what_values_say_of_their_currency_comes_before_the_name_of_their_column() -> None:
    assert prices("5", "7", named_currency="EUR").currency == "EUR"
    assert prices("5 USD", "7", named_currency="EUR").currency == "USD"
