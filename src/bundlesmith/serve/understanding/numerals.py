"""Numbers as people write them: digits with any separators, words, and Chinese numerals.

Knows nothing about money, sizes or shops.
"""

import re

MOST_DIGITS = 12
"""What has more digits before its decimals is not an amount of anything that a shop sells."""

_UNITS = [
    "zero",
    "one",
    "two",
    "three",
    "four",
    "five",
    "six",
    "seven",
    "eight",
    "nine",
    "ten",
    "eleven",
    "twelve",
    "thirteen",
    "fourteen",
    "fifteen",
    "sixteen",
    "seventeen",
    "eighteen",
    "nineteen",
]
_TENS = ["twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"]
_VALUES: dict[str, float] = {
    **{word: at for at, word in enumerate(_UNITS)},
    **{word: 20 + 10 * at for at, word in enumerate(_TENS)},
    "half": 0.5,
    "couple": 2,
    "few": 3,
    "fiver": 5,
    "tenner": 10,
}
_UNIT, _TEN = "|".join(reversed(_UNITS)), "|".join(_TENS)
_SMALL = rf"(?:(?:{_TEN})(?:[ -](?:{'|'.join(_UNITS[1:10])})(?![a-z]))?|{_UNIT})"
_HUNDREDS = rf"(?:(?:{_SMALL}|an?) hundred(?:(?: and)? {_SMALL}(?![a-z]))?|{_SMALL})"
_HALF = r"half an? (?:grand|thousand|hundred|dozen)|(?:an? )?(?:couple|few)(?: of)? hundred"
ENGLISH = re.compile(
    rf"(?<![\w'-])(?:{_HALF}|(?:{_HUNDREDS}|an?) (?:thousand|grand)(?:(?: and)? {_HUNDREDS}(?![a-z]))?|(?:an? )?dozen|"
    rf"a (?:fiver|tenner)|{_HUNDREDS})(?![a-z'])"
)
"""A number in English words, in lower case: "two hundred and fifty", "a dozen", "half a grand"."""
MONEY_WORDS = ("grand", "fiver", "tenner")
"""What a number ends with that is an amount of money."""
TIMES = re.compile(" ?(hundred|thousand|grand)(?![a-z])|([百千万])")
"""What stands after digits and multiplies them."""
FACTORS = {"hundred": 100, "thousand": 1000, "grand": 1000, "百": 100, "千": 1000, "万": 10_000}

_CHINESE = {"零": 0, "〇": 0, "一": 1, "二": 2, "两": 2, "三": 3, "四": 4, "五": 5, "六": 6, "七": 7, "八": 8, "九": 9}
_CHINESE_UNITS = {"十": 10, "百": 100, "千": 1000}
CHINESE = re.compile("[零〇一二两三四五六七八九十百千万]+")
DIGITS = re.compile(r"[0-9]+(?:[.,'][0-9]+)*")


def read_digits(text: str) -> float | None:
    """The value of digits with separators ("1,200.50", "1.200,50", "1'200"); None if they are no number.

    A single separator before exactly three digits separates thousands, as in prices; any other is a decimal one.
    """
    whole, decimals = _split(text)
    groups = re.split("[.,']", whole)
    grouped = len(groups) == 1 or (1 <= len(groups[0]) <= 3 and all(len(group) == 3 for group in groups[1:]))
    digits = "".join(groups)
    if not grouped or len(digits.lstrip("0")) > MOST_DIGITS or len(decimals) > MOST_DIGITS:
        return None
    return float(f"{digits}.{decimals or 0}")


def _split(text: str) -> tuple[str, str]:
    """The part before the decimal separator, and the decimals."""
    marks = [mark for mark in text if not mark.isdigit()]
    if not marks or marks[-1] == "'":
        return text, ""
    whole, _, decimals = text.rpartition(marks[-1])
    thousands = marks.count(marks[-1]) > 1 or (len(marks) == 1 and len(decimals) == 3 and whole.strip("0"))
    return (text, "") if thousands else (whole, decimals)


def read_english(text: str) -> float:
    """The value of what `ENGLISH` finds."""
    total, part = 0.0, 0.0
    for word in re.findall("[a-z]+", text):
        if word == "hundred":
            part = (part or 1) * 100
        elif word in ("thousand", "grand"):
            total, part = (part or 1) * 1000, 0
        elif word == "dozen":
            part = (part or 1) * 12
        else:
            part += _VALUES.get(word, 0)
    return total + part


def read_chinese(text: str) -> float | None:
    """The value of what `CHINESE` finds ("二百五十", "二百五", "两千"); None if it is no number."""
    if len(text) > 2 * MOST_DIGITS:
        return None
    above, _, below = text.rpartition("万")
    if "万" in above:
        return None
    high = _below_ten_thousand(above) if above else 1 if "万" in text else 0
    low = _below_ten_thousand(below) if below else 0
    return None if high is None or low is None else float(high * 10_000 + low)


def _below_ten_thousand(text: str) -> int | None:
    if len(text) > 1 and all(sign in _CHINESE for sign in text):  # 二五〇, digit by digit
        return None if len(text) > MOST_DIGITS else int("".join(str(_CHINESE[sign]) for sign in text))
    total, digit, unit, spelt_zero = 0, 0, 10_000, False
    for sign in text:
        if sign in _CHINESE:
            if digit:
                return None
            digit, spelt_zero = _CHINESE[sign], spelt_zero or _CHINESE[sign] == 0
        elif _CHINESE_UNITS[sign] >= unit:
            return None
        else:
            unit = _CHINESE_UNITS[sign]
            total, digit, spelt_zero = total + max(digit, 1) * unit, 0, False
    if digit and 100 <= unit < 10_000 and not spelt_zero:  # 二百五: the unit after the last one is left out
        digit *= unit // 10
    return total + digit
