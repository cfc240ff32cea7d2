"""What may be stored: text that SQLite and PostgreSQL both keep as it is, and that an index of either can hold."""

import json
from collections.abc import Sequence
from typing import Any

from pydantic_core import from_json

from bundlesmith.errors import BundlesmithError

LONGEST_ID = 256
"""In characters. PostgreSQL's indexes take some 2,700 bytes: two ids of four bytes a character."""
LONGEST_TEXT = 1_000_000
"""In characters."""
_LATEST = 253_402_300_799
"""The last second of the year 9999."""


def check_id(what: str, value: str) -> None:
    """Check an id: of an item, a user, a bundle …

    Raises:
        BundlesmithError: if it is empty, longer than `LONGEST_ID`, or not text for a database.
    """
    if not value:
        raise BundlesmithError(f'The {what} is "".', "Give one.")
    _check_text(what, value, LONGEST_ID)


def check_ids(**ids: str | None) -> None:
    """Check several, by their names; None is none."""
    for name, value in ids.items():
        if value is not None:
            check_id(name.replace("_", " "), value)


def check_text(what: str, value: str) -> None:
    """Check free text.

    Raises:
        BundlesmithError: if it is longer than `LONGEST_TEXT`, or not text for a database.
    """
    _check_text(what, value, LONGEST_TEXT)


def check_time(value: int) -> None:
    """Check a time, in seconds since 1970, UTC.

    Raises:
        BundlesmithError: if it is before 1970 or after the year 9999.
    """
    if not 0 <= value <= _LATEST:
        raise BundlesmithError(f"The time {value} is not between 1970 and 9999.", "Give seconds since 1970, UTC.")


def to_json(what: str, value: Any) -> str:
    """JSON that can be read again; a NUL in its strings is escaped, so it may be there.

    Raises:
        BundlesmithError: if the value can't be written so, or is not text for a database.
    """
    try:
        text = json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
        check_text(what, text)
        from_json(text)  # which takes fewer levels than are written
    except (TypeError, ValueError, RecursionError) as error:
        raise BundlesmithError(f"The {what} can't be written as JSON: {error}.", "Give plain values.") from error
    return text


def items_to_json(items: Sequence[str]) -> str:
    """The ids of a bundle's items as JSON.

    Raises:
        BundlesmithError: if one is not an id, or they are too many.
    """
    for item in items:
        check_id("item", item)
    return to_json("items", list(items))


def _check_text(what: str, value: str, longest: int) -> None:
    if len(value) > longest:
        raise BundlesmithError(
            f"The {what} {_shown(value)} has {len(value):,} characters.", f"{longest:,} is the most; shorten it."
        )
    if "\0" in value:
        raise BundlesmithError(f"The {what} {_shown(value)} holds a NUL character.", "Leave it out.")
    if not value.isascii() and any("\ud800" <= character <= "\udfff" for character in value):
        raise BundlesmithError(f"The {what} {_shown(value)} holds half a surrogate pair.", "Send whole characters.")


def _shown(value: str) -> str:
    return ascii(value if len(value) <= 40 else value[:40] + "...")
