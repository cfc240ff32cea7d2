"""Numbers in digits and words."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bundlesmith.understanding import numerals
from bundlesmith.understanding.text import MONEY, NUMBER, read_message

SMALL = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen "
    "eighteen nineteen"
)
TENS = "twenty thirty forty fifty sixty seventy eighty ninety"
HAN = "零一二三四五六七八九"


def english(number: int) -> str:
    if number < 20:
        return SMALL.split()[number]
    if number < 100:
        return TENS.split()[number // 10 - 2] + (f"-{english(number % 10)}" if number % 10 else "")
    if number < 1000:
        return f"{english(number // 100)} hundred" + (f" and {english(number % 100)}" if number % 100 else "")
    return f"{english(number // 1000)} thousand" + (f" {english(number % 1000)}" if number % 1000 else "")


def chinese(number: int) -> str:
    text, pending_zero = "", False
    for unit, sign in ((1000, "千"), (100, "百"), (10, "十"), (1, "")):
        digit = number // unit % 10
        if digit:
            text += ("零" if pending_zero and text else "") + HAN[digit] + sign
            pending_zero = False
        else:
            pending_zero = True
    return text


@given(st.integers(0, 999_999))
def test_english_words_are_read(number):
    text = english(number)
    match = numerals.ENGLISH.fullmatch(text)
    assert match and numerals.read_english(match[0]) == number


@given(st.integers(1, 9999), st.integers(0, 9999))
def test_chinese_numerals_are_read(low, high):
    assert numerals.read_chinese(chinese(low)) == low
    if high and low >= 1000:
        assert numerals.read_chinese(f"{chinese(high)}万{chinese(low)}") == high * 10_000 + low


@given(st.decimals(0, 999_999_999, places=2))
def test_amounts_are_read_with_any_separators(amount):
    for text in (f"{amount:.2f}", f"{amount:,.2f}", f"{amount:,.2f}".translate(str.maketrans(",.", ".,"))):
        assert numerals.read_digits(text) == float(amount), text
    assert numerals.read_digits(f"{int(amount):,}") == int(amount)


@pytest.mark.parametrize(
    ("text", "value"),
    [("1'200.50", 1200.5), ("0.500", 0.5), ("1.200", 1200), ("1,2000,3", None), ("9" * 13, None), ("12.5", 12.5)],
)
def test_odd_digits(text, value):
    assert numerals.read_digits(text) == value


@pytest.mark.parametrize(
    ("text", "value"),
    [("二百五", 250), ("两千", 2000), ("十二", 12), ("一千零五", 1005), ("1千5", 1500), ("百万万", None)],
)
def test_odd_chinese_numerals(text, value):
    assert numerals.read_chinese(text) == value


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("half a grand", 500),
        ("two and a half thousand", 2500),
        ("two grand and a half", 2500),
        ("a grand and a half", 1500),
        ("quarter of a grand", 250),
        ("half a dozen", 6),
    ],
)
def test_halves_and_quarters_are_read(text, value):
    assert numerals.ENGLISH.fullmatch(text) and numerals.read_english(text) == value


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("under $250", [("$250", True)]),
        ("250€ or 30 US dollars", [("250€", True), ("30 us dollars", True)]),
        ("2k, 25l, a5, 20%, two-man, 1/2, #4, usb-3", [("2k", False)]),
        ("$20-50", [("$20", True), ("50", False)]),
        ("三件，两个人，一点", [("三", False), ("两", False)]),
        ("each one of the three", [("three", False)]),
        ("-5 and 3-4", [("-5", False), ("3", False), ("4", False)]),
    ],
)
def test_numbers_are_found_where_they_are_no_parts_of_words(text, found):
    message = read_message(text)
    assert [(message.folded[n.start : n.end], n.money) for n in message.numbers.values()] == found
    assert sum(sign in (NUMBER, MONEY) for sign in message.shadow) == len(found)
    assert len(message.shadow) == len(message.folded) == len(text)
