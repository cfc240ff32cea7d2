"""From a message to an event, or to the reason why it is none.

What a message may say is what `POST /v1/events` takes.
"""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal, TypeVar

from bundlesmith.errors import BundlesmithError
from bundlesmith.ingest.formats import Decode, json_object
from bundlesmith.ingest.source import Place, StreamMessage
from bundlesmith.settings import ConfigSection
from bundlesmith.store import NewEvent
from bundlesmith.store.checks import check_id, check_ids, check_time

_KEPT = 10_000
"""Characters of a broken message that are kept."""
_Said = TypeVar("_Said")


class Fields(ConfigSection):
    """Where a message has what; "customer.id" is in an object within it.

    Without a time in the message, it is when the broker got it; without a kind, it is a "view"; without an event id,
    the message's place in its stream is one.
    """

    user: str = "user"
    item: str = "item"
    kind: str = "kind"
    time: str = "time"
    session: str = "session"
    event_id: str = "event_id"
    bundle_id: str = "bundle_id"
    time_unit: Literal["s", "ms", "iso"] = "s"


@dataclass(frozen=True, slots=True)
class ToldEvent:
    """An event, and whose."""

    user: str
    event: NewEvent


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """A message that is no event, and why."""

    position: str
    content: str
    reason: str


def read_each(
    messages: Sequence[StreamMessage], decode: Decode, read: Callable[[StreamMessage, dict[str, Any]], _Said]
) -> tuple[list[_Said], list[DeadLetter]]:
    """What messages say, and those that can't be used."""
    said: list[_Said] = []
    dead: list[DeadLetter] = []
    for message in messages:
        try:
            said.append(read(message, decode(message.content)))
        except (BundlesmithError, RecursionError) as error:
            reason = error.what if isinstance(error, BundlesmithError) else "It is nested too deeply."
            dead.append(DeadLetter(message.position, readable(message.content), reason))
    return said, dead


def read_messages(
    place: Place, messages: Sequence[StreamMessage], fields: Fields, decode: Decode = json_object
) -> tuple[list[ToldEvent], list[DeadLetter]]:
    """The events of messages, and those that are none."""
    return read_each(messages, decode, lambda message, values: _told(place, message, values, fields))


def _told(place: Place, message: StreamMessage, values: Any, fields: Fields) -> ToldEvent:
    user, item = message_text("user", at_path(values, fields.user)), message_text("item", at_path(values, fields.item))
    if user is None or item is None:
        missing = fields.user if user is None else fields.item
        raise BundlesmithError(f'It has no "{missing}".')
    event = NewEvent(
        item,
        message_text("kind", at_path(values, fields.kind)) or "view",
        _time(at_path(values, fields.time), fields.time_unit, message.time),
        message_text("session", at_path(values, fields.session)),
        message_text("event id", at_path(values, fields.event_id))
        or f"{place.topic}/{place.partition}/{message.position}",
        message_text("bundle id", at_path(values, fields.bundle_id)),
    )
    check_id("user", user)
    check_ids(item=item, kind=event.kind, session=event.session, event_id=event.event_id, bundle_id=event.bundle_id)
    check_time(event.time)
    return ToldEvent(user, event)


def at_path(values: Any, path: str) -> Any:
    """What is at "customer.id"; None if nothing is."""
    for name in path.split("."):
        values = values.get(name) if isinstance(values, dict) else None
    return values


def message_text(what: str, value: Any) -> str | None:
    """An id; whole numbers are ids, too. None: there is none.

    Raises:
        BundlesmithError: if it is anything else.
    """
    if value is None or value == "":
        return None
    if isinstance(value, bool) or not isinstance(value, str | int):
        raise BundlesmithError(f"The {what} is {json.dumps(value)[:100]}, not a text or a whole number.")
    return str(value)


def _time(value: Any, unit: str, otherwise: int) -> int:
    if value is None:
        return otherwise
    try:
        if unit == "iso":
            at = datetime.fromisoformat(value)
            return int((at if at.tzinfo else at.replace(tzinfo=UTC)).timestamp())
        if isinstance(value, bool):
            raise TypeError
        return int(float(value) / (1000 if unit == "ms" else 1))
    except (TypeError, ValueError, OverflowError) as error:
        kind = "an ISO date" if unit == "iso" else f"a number of {unit}"
        raise BundlesmithError(f"The time {json.dumps(value)[:100]} is not {kind}.") from error


def readable(content: bytes) -> str:
    """The beginning of a broken message, as text that a database takes."""
    return content[: 4 * _KEPT].decode("utf-8", "backslashreplace").replace("\0", "\\x00")[:_KEPT]
