import pytest

from bundlesmith.prepare.values import one_line, parse_price, parse_timestamp, unescape


@pytest.mark.parametrize(
    ("text", "price"),
    [
        ("12", 12.0),
        ("12.5", 12.5),
        ("$1,299.00", 1299.0),
        ("12,50 €", 12.5),
        ("1.299,00 €", 1299.0),
        ("EUR 1 299,00", 1299.0),
        ("1,299", 1299.0),
        ("0,500", 0.5),
        ("1'299.50 CHF", 1299.5),
        ("1,299,000", 1299000.0),
        ("1.299.000", 1299000.0),
        ("0", 0.0),
        ("-3", None),
        ("-$3", None),
        ("nan", None),
        ("inf", None),
        ("$10 - $20", None),
        ("ask us", None),
        ("1,2.3,4", None),
    ],
)
def test_parse_price(text, price):
    assert parse_price(text) == price


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("1714521600", 1714521600),
        ("1714521600.0", 1714521600),
        ("1714521600123", 1714521600),
        ("1714521600123456", 1714521600),
        ("2024-05-01", 1714521600),
        ("2024-05-01 00:00:00", 1714521600),
        ("2024-05-01T00:00:00Z", 1714521600),
        ("2024-05-01T02:00:00+02:00", 1714521600),
        ("0", 0),
        ("-1", None),
        ("nan", None),
        ("yesterday", None),
        ("1969-01-01", None),
    ],
)
def test_parse_timestamp(text, seconds):
    assert parse_timestamp(text) == seconds


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("Tom &amp; Co", "Tom & Co"),
        ("Tom &amp;amp; Co", "Tom & Co"),
        ("60&quot; wide &#169; &#xA9;", '60" wide © ©'),
        ("R&D black&copper", "R&D black&copper"),
        ("<b>Bold</b><br/>next", " Bold  next"),
        ("&lt;p class=x&gt;Text", " Text"),
        ("1 < 2 <3 <M> size", "1 < 2 <3 <M> size"),
    ],
)
def test_unescape(text, plain):
    assert unescape(text) == plain


def test_one_line():
    assert one_line("  a\t\tb\u00a0c\r\nd\x00e\u200bf ") == "a b c d ef"
    assert one_line("👨\u200d👩") == "👨\u200d👩"
