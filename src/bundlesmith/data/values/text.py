"""Single texts as sources write them -> plain text: HTML, white space."""

import html
import re

_TAGS = "a|abbr|b|big|body|br|center|div|em|font|h[1-6]|hr|html|i|img|li|ol|p|pre|script|small|span|strong|style"
_TAG = re.compile(rf"</?(?:{_TAGS}|sub|sup|table|tbody|td|th|tr|u|ul)(?:\s[^<>]*)?/?>", re.IGNORECASE)
_ENTITY = re.compile(r"&(?:#\d{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,31});")
_INVISIBLE = re.compile("[\u00ad\u200b\u200e\u200f\u202a-\u202e\u2060\u2066-\u2069\ufeff]")
_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f]")
MAY_BE_HTML = "[&<]"
MAY_BE_UNTIDY = (
    r"^\s|\s$|\s\s|[^\S ]|[\x00-\x1f\x7f-\x9f\u00ad\u200b\u200e\u200f\u202a-\u202e\u2060\u2066-\u2069\ufeff]"
)
"""Texts without a match of these, as regular expressions of Polars, are left as they are."""


def unescape(text: str) -> str:
    """Turn HTML entities into characters, also doubly escaped ones, and take out HTML tags."""
    if "&" in text:
        text = _ENTITY.sub(_character, _ENTITY.sub(_character, text))
    return _TAG.sub(" ", text) if "<" in text else text


def _character(entity: re.Match[str]) -> str:
    return html.unescape(entity[0])


def clean_line(text: str) -> str:
    """Turn control characters and runs of white space into one blank, and take out invisible characters."""
    return " ".join(_CONTROL.sub(" ", _INVISIBLE.sub("", text)).split())
