"""What users did with items, as the service was told; a run's own histories are elsewhere."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, insert, select

from bundlesmith.errors import BundlesmithError
from bundlesmith.store.checks import check_id, check_ids, check_time
from bundlesmith.store.database import Database
from bundlesmith.store.tables import events as table

_MOST = 10_000
"""Events in one call."""
_COLUMNS = [
    table.c[name] for name in ("id", "item_id", "kind", "time", "session_id", "event_id", "bundle_id")
]  # as `StoredEvent` has them


@dataclass(frozen=True, slots=True)
class NewEvent:
    """One thing that a user did with an item.

    Attributes:
        item: its id.
        kind: "view", "cart", "buy" …
        time: seconds since 1970, UTC.
        session: the id of the visit.
        event_id: the client's own name for the event: told twice, it is stored once.
        bundle_id: the bundle that it came from.
    """

    item: str
    kind: str
    time: int
    session: str | None = None
    event_id: str | None = None
    bundle_id: str | None = None


@dataclass(frozen=True, slots=True)
class StoredEvent:
    """An event that is stored; see `NewEvent`. Ids are never given twice."""

    id: int
    item: str
    kind: str
    time: int
    session: str | None
    event_id: str | None
    bundle_id: str | None


class EventTable:
    """All users' events. All methods may be called from any thread."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, user: str, events: Sequence[NewEvent]) -> list[int]:
        """Store a user's events, all or none; when this returns they are durable.

        Args:
            user: the user's id.
            events: up to `_MOST`. One with an `event_id` that this user's events have already is not stored again; its
                time is not compared, since a repeated call may have been given another.

        Returns:
            The id of each, in the order given; of one that was there already, the id it has.

        Raises:
            BundlesmithError: if a value can't be stored, or an `event_id` was used for something else.
            StoreError: if the database can't be used; none is stored then.
        """
        _check(user, events)
        if not events:
            return []
        with self._database.writing("events", user) as connection:
            known = self._known(connection, user, {event.event_id for event in events if event.event_id is not None})
            new = _unknown(events, known)
            ids = iter(_insert(connection, user, new))
        numbers = {key: event.id for key, event in known.items()}
        return [_number(event.event_id, numbers, ids) for event in events]

    def of_user(self, user: str, latest: int | None = None) -> list[StoredEvent]:
        """A user's events, oldest first, those of one second as they were stored; only the *latest* so many if given.

        Raises:
            BundlesmithError: if the id is not one.
            StoreError: if the database can't be used.
        """
        check_id("user", user)
        query = select(*_COLUMNS).where(table.c.user_id == user).order_by(table.c.time.desc(), table.c.id.desc())
        with self._database.reading() as connection:
            return [StoredEvent(*row) for row in connection.execute(query.limit(latest))][::-1]

    def drop(self, before: int, most: int) -> int:
        """Delete up to *most* events of before a time, in seconds since 1970; how many went.

        An event that is sent again after it went is a new one.

        Raises:
            StoreError: if the database can't be used.
        """
        return self._database.delete_before(table, table.c.id, before, most)

    def _known(self, connection: Connection, user: str, keys: set[str]) -> dict[str, StoredEvent]:
        if not keys:
            return {}
        query = select(*_COLUMNS).where(table.c.user_id == user, table.c.event_id.in_(keys))
        return {row.event_id: StoredEvent(*row) for row in connection.execute(query)}


def _check(user: str, events: Sequence[NewEvent]) -> None:
    check_id("user", user)
    if len(events) > _MOST:
        raise BundlesmithError(f"{len(events):,} events are too many at once.", f"Add up to {_MOST:,} at a time.")
    for event in events:
        check_ids(
            item=event.item,
            kind=event.kind,
            session=event.session,
            event_id=event.event_id,
            bundle_id=event.bundle_id,
        )
        check_time(event.time)


def _unknown(events: Sequence[NewEvent], known: dict[str, StoredEvent]) -> list[NewEvent]:
    """Those that must be stored, in the order given."""
    seen: dict[str, NewEvent | StoredEvent] = dict(known)
    new = []
    for event in events:
        if event.event_id is None or event.event_id not in seen:
            new.append(event)
        elif _content(event) != _content(seen[event.event_id]):
            raise BundlesmithError(
                f'The event id "{event.event_id}" was used for another event.', "Give each event an id of its own."
            )
        if event.event_id is not None:
            seen.setdefault(event.event_id, event)
    return new


def _content(event: NewEvent | StoredEvent) -> tuple[str | None, ...]:
    return event.item, event.kind, event.session, event.bundle_id


def event_row(user: str, event: NewEvent) -> dict[str, Any]:
    """A new event of a customer as the columns of its table."""
    return {
        "user_id": user,
        "item_id": event.item,
        "kind": event.kind,
        "time": event.time,
        "session_id": event.session,
        "event_id": event.event_id,
        "bundle_id": event.bundle_id,
    }


def _insert(connection: Connection, user: str, events: Sequence[NewEvent]) -> list[int]:
    if not events:
        return []
    rows = [event_row(user, event) for event in events]
    return list(connection.execute(insert(table).returning(table.c.id, sort_by_parameter_order=True), rows).scalars())


def _number(key: str | None, numbers: dict[str, int], ids: Iterable[int]) -> int:
    """The id of one event: that of its key, or the next of the new ones."""
    if key is None:
        return next(iter(ids))
    if key not in numbers:
        numbers[key] = next(iter(ids))
    return numbers[key]
