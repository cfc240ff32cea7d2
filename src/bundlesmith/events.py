"""Histories: what each customer and each session holds, in the order it happened.

Knows nothing about bundles or models. Items are rows of a catalogue.
"""

from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path

from bundlesmith.catalogue import Catalogue
from bundlesmith.errors import BundlesmithError, nearest


@dataclass(frozen=True, slots=True, eq=False)
class Event:
    """One thing that a customer did with an item; `time` in seconds since 1970, UTC."""

    row: int
    time: int
    kind: str
    session: str | None


@dataclass(frozen=True, slots=True, eq=False)
class Histories:
    """All events, by customer and by session, oldest first."""

    users: dict[str, list[Event]]
    sessions: dict[str, list[Event]]

    def of_user(self, user: str) -> list[Event]:
        """A customer's events.

        Raises:
            BundlesmithError: if there is no such customer.
        """
        if user not in self.users:
            raise BundlesmithError(f'There is no user "{user}".', nearest(user, list(self.users)))
        return self.users[user]


def load_histories(events: Path, catalogue: Catalogue, split: str | None = None) -> Histories:
    """Read `events.parquet` (see `bundlesmith.prepare.tables.EVENTS`), of one split or of all."""
    import polars as pl

    table = pl.read_parquet(events)
    if split is not None:
        table = table.filter(pl.col("split") == split)
    users: dict[str, list[Event]] = defaultdict(list)
    sessions: dict[str, list[Event]] = defaultdict(list)
    columns = ("user_id", "item_id", "timestamp", "kind", "session_id")
    for user, item, time, kind, session in table.select(columns).sort("timestamp", maintain_order=True).iter_rows():
        event = Event(catalogue.rows[item], time, kind, session)
        users[user].append(event)
        if session is not None:
            sessions[session].append(event)
    return Histories(dict(users), dict(sessions))


def distinct(events: list[Event]) -> list[int]:
    """The items of some events, each once, at its latest place."""
    latest = {event.row: place for place, event in enumerate(events)}
    return sorted(latest, key=latest.__getitem__)
