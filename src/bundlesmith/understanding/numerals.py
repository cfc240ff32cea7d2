"""Numbers as people write them: digits with any separators, words, and Chinese numerals."""

import re
from collections.abc import Sequence

import cn2an
from price_parser import Price

MOST_DIGITS = 12
"""What has more digits before its decimals is not an amount of anything that a shop sells."""

_UNITS = re.findall(
    "[a-z]+",
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen "
    "eighteen nineteen",
)
_TENS = re.findall("[a-z]+", "twenty thirty forty fifty sixty seventy eighty ninety")
_VALUES: dict[str, float] = {
    **{word: at for at, word in enumerate(_UNITS)},
    **{word: 20 + 10 * at for at, word in enumerate(_TENS)},
    "couple": 2,
    "few": 3,
    "fiver": 5,
    "tenner": 10,
}
_UNIT, _TEN = "|".join(reversed(_UNITS)), "|".join(_TENS)
_SMALL = rf"(?:(?:{_TEN})(?:[ -](?:{'|'.join(_UNITS[1:10])})(?![a-z]))?|{_UNIT})"
_HUNDREDS = rf"(?:(?:{_SMALL}|an?) hundred(?:(?: and)? {_SMALL}(?![a-z]))?|{_SMALL})"
_LARGE = "(?:grand|thousand|hundred)"
_HALF = (
    rf"(?:half|(?:a |three )?quarters?(?: of)?) an? (?:{_LARGE}|dozen)|(?:an? )?(?:couple|few)(?: of)? hundred|"
    rf"(?:{_SMALL}|an?) and a half {_LARGE}|(?:{_SMALL}|an?) {_LARGE} and a half"
)
ENGLISH = re.compile(
    rf"(?<![\w'-])(?:{_HALF}|(?:{_HUNDREDS}|an?) (?:thousand|grand)(?:(?: and)? {_HUNDREDS}(?![a-z]))?|(?:an? )?dozen|"
    rf"(?:a )?(?:fiver|tenner)|(?:hundred|thousand)(?= (?:bucks|quid|euros?|dollars|max|tops|total))|{_HUNDREDS})"
    r"(?:-?ish)?(?![a-z'])"
)
"""A number in English words, in lower case: "two hundred and fifty", "a dozen", "a grand and a half"."""
MONEY_WORDS = (
    "couple hundred",
    "couple of hundred",
    "few hundred",
    "grand",
    "grand and a half",
    "fiver",
    "tenner",
    "ish",
)
"""What a number ends with that is an amount of money."""
TIMES = re.compile(" ?(hundred|thousand|grand)(?![a-z])")
"""What stands after digits and multiplies them."""
FACTORS = {"hundred": 100, "thousand": 1000, "grand": 1000}
_PARTS = {"half": 0.5, "quarter": 0.25, "quarters": 0.75}

CHINESE = re.compile(
    "[半一]打|[零〇一二两三四五六七八九十百千万]+|[0-9]{1,12}(?:[.][0-9]{1,4})?[百千万][0-9零〇一二两三四五六七八九十百千]*"
)
_ROUGH = re.compile("[一二两三四五六七八](?=[二三四五六七八九][十百千万])")
ROUGH = re.compile("(?:一[两二]|[两二]三|三[四五]|四五|五六|六七|七八|八九)(?![零〇一二两三四五六七八九十百千万])")
"""Two numerals that are a range: "两三", "五六"."""
DIGITS = re.compile(r"[0-9]+(?:[.,'][0-9]+)*")


def read_digits(text: str) -> float | None:
    """The value of digits with separators ("1,200.50", "1.200,50", "1'200"); None if they are no number.

    A single separator before exactly three digits separates thousands, as in prices; any other is a decimal one.
    """
    plain = text.replace("'", "")
    if len(plain) > 3 * MOST_DIGITS:
        return None
    amount = Price.fromstring(plain, decimal_separator=plain[1] if re.match("0[.,]", plain) else None).amount_float
    large = any(len(group.lstrip("0")) > MOST_DIGITS for group in re.split("[.,]", plain))
    return None if large or amount is None or amount >= 10**MOST_DIGITS else amount


def read_english(text: str) -> float:
    """The value of what `ENGLISH` finds."""
    words = re.findall("[a-z]+", text)
    if not (part := next((_PARTS[word] for word in words if word in _PARTS), 0)):
        return _sum(words)
    unit = next(value for word, value in {**FACTORS, "dozen": 12}.items() if word in words)
    whole = _sum(words[: words.index("and")]) or 1 if "and" in words else 0
    return (whole / unit if whole >= unit else whole) * unit + part * unit


def _sum(words: Sequence[str]) -> float:
    total, part = 0.0, 0.0
    for word in words:
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
    """The value of what `CHINESE` finds ("二百五十", "二百五", "两千", "1千5"); None if it is no number."""
    if len(text) > 2 * MOST_DIGITS:
        return None
    if text[-1] == "打":
        return 6 if text[0] == "半" else 12
    text = _ROUGH.sub("", text, count=1)  # "三四百": up to 400
    try:
        return float(cn2an.cn2an(f"一{text}" if text[0] in "百千万" else text, "smart"))
    except ValueError:
        return None
