"""Single values as sources write them -> numbers and plain text: prices, timestamps, HTML, white space.

Knows nothing about tables.
"""

import html
import math
import re
from datetime import UTC, datetime

_TAGS = "a|abbr|b|big|body|br|center|div|em|font|h[1-6]|hr|html|i|img|li|ol|p|pre|script|small|span|strong|style"
_TAG = re.compile(rf"</?(?:{_TAGS}|sub|sup|table|tbody|td|th|tr|u|ul)(?:\s[^<>]*)?/?>", re.IGNORECASE)
_ENTITY = re.compile(r"&(?:#\d{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,31});")
_INVISIBLE = re.compile("[\u00ad\u200b\u200e\u200f\u202a-\u202e\u2060\u2066-\u2069\ufeff]")
_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f]")
_CURRENCY = re.compile(r"^[^\d.,\s'’-]{0,4}\s*(-?\d[\d.,\s'’]*?)\s*[^\d.,\s'’-]{0,4}$")
MILLISECONDS = 1e11  # as seconds this is the year 5138, as milliseconds 1973
MICROSECONDS = 1e14


def unescape(text: str) -> str:
    """Turn HTML entities into characters, also doubly escaped ones, and take out HTML tags."""
    if "&" in text:
        text = _ENTITY.sub(_character, _ENTITY.sub(_character, text))
    return _TAG.sub(" ", text) if "<" in text else text


def _character(entity: re.Match[str]) -> str:
    return html.unescape(entity[0])


def one_line(text: str) -> str:
    """Turn control characters and runs of white space into one blank, and take out invisible characters."""
    return " ".join(_CONTROL.sub(" ", _INVISIBLE.sub("", text)).split())


def parse_price(text: str) -> float | None:
    """Read a price such as `1299`, `$1,299.00` or `12,50 €`; None if it isn't one number of 0 or more.

    Of a comma and a point the last is the decimal sign. A lone comma before three digits parts thousands; a
    lone point is always the decimal sign, as in numbers that programs write.
    """
    try:
        price = float(text)
    except ValueError:
        match = _CURRENCY.match(text.strip())
        if match is None:
            return None
        price = _decimal(re.sub(r"[\s'’]", "", match[1]))
    return price if math.isfinite(price) and price >= 0 else None


def _decimal(number: str) -> float:
    comma, point = number.rfind(","), number.rfind(".")
    if comma >= 0 and point >= 0:
        sign = "," if comma > point else "."
    elif number.count(",") == 1 and not re.search(r"[1-9]\d{0,2},\d{3}$", number):
        sign = ","
    else:
        sign = "." if number.count(".") == 1 else ""
    plain = "".join("." if char == sign else char for char in number if char.isdigit() or char in (sign, "-"))
    return float(plain) if plain.count(".") <= 1 else math.nan


def parse_timestamp(text: str) -> int | None:
    """Read a time as seconds since 1970, UTC; None if it isn't one, or is before 1970.

    Numbers are seconds, from 100,000,000,000 up milliseconds, from 100,000,000,000,000 up microseconds. Text
    is an ISO date or time; without a zone it is UTC.
    """
    try:
        number = float(text)
    except ValueError:
        return _parse_iso(text.strip())
    if not math.isfinite(number) or number < 0:
        return None
    return int(number / (1e6 if number >= MICROSECONDS else 1e3 if number >= MILLISECONDS else 1))


def _parse_iso(text: str) -> int | None:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    seconds = (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
    return int(seconds) if seconds >= 0 else None
