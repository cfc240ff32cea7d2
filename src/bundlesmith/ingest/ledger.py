"""How far streams were read, kept in the store: a batch of events and its position are stored together, or not at all.

Each place is held by one reader at a time, for some seconds that each batch renews. A reader that was thought dead and
comes back finds its batch refused: the position moves only by who holds the place, and only from where it is expected.
"""

import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from typing import Any

from sqlalchemy import (
    BigInteger,
    Connection,
    any_,
    bindparam,
    cast,
    column,
    func,
    select,
    update,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.dialects.postgresql import ARRAY

from bundlesmith.errors import BundlesmithError
from bundlesmith.ingest.events import DeadLetter, ToldEvent
from bundlesmith.ingest.source import Place
from bundlesmith.store import Store
from bundlesmith.store.database import Database, lock_number
from bundlesmith.store.events import event_row
from bundlesmith.store.tables import dead_letters, events, forgotten, positions

LEASE = 5.0
"""Seconds for which a place is held after a batch."""

_COUNTED = {"preserve_rowcount": True}


class FencedError(BundlesmithError):
    """Another reader has taken the place meanwhile; nothing of the batch was stored."""


@dataclass(frozen=True, slots=True)
class BatchOutcome:
    """What became of a batch.

    Attributes:
        new, known, forgotten: events that are new, that were there, and of customers who were forgotten since.
        dead: messages that can't be used.
        items: items that were changed.
    """

    new: int = 0
    known: int = 0
    forgotten: int = 0
    dead: int = 0
    items: int = 0


class Ledger:
    """The positions of a group of readers that share their work.

    Args:
        store: where events go, and positions are.
        group: the readers' name.
        holder: this reader's own.
        lease: see `LEASE`.
    """

    def __init__(self, store: Store, group: str, holder: str, lease: float = LEASE) -> None:
        self._store, self._group, self._holder, self._lease = store, group, holder, lease
        self._database: Database = store._database

    def take(self, places: Iterable[Place], start: str) -> dict[Place, str]:
        """Hold what nobody else holds, and keep what is held: the position of each. New places begin at *start*.

        Raises:
            StoreError: if the store can't be used.
        """
        now, held = _now(), {}
        with self._database.writing("ingest", self._group) as connection:
            known = {
                Place(row.topic, row.part): row for row in connection.execute(select(positions).where(self._ours()))
            }
            for place in sorted(places):
                row = known.get(place)
                if row is None:
                    values = {**self._key(place), "position": start, "holder": self._holder, "until": self._until()}
                    connection.execute(positions.insert(), values)
                elif row.holder in ("", self._holder) or row.until < now:
                    self._move(connection, place, {})
                else:
                    continue
                held[place] = start if row is None else str(row.position)
        return held

    def release(self) -> None:
        """Let others have what is held.

        Raises:
            StoreError: if the store can't be used.
        """
        self._change_mine(holder="", until=0)

    def keep(self) -> None:
        """Hold what is held, and was taken by nobody else, for another while.

        Raises:
            StoreError: if the store can't be used.
        """
        self._change_mine(until=self._until())

    def rewind(self, wanted: Mapping[Place, str]) -> None:
        """Let places begin again from other positions; whoever reads them now is fenced.

        Raises:
            StoreError: if the store can't be used.
        """
        with self._database.writing("ingest", self._group) as connection:
            for place, position in wanted.items():
                connection.execute(positions.delete().where(self._at(place)))
                values = {**self._key(place), "position": position, "holder": "", "until": 0}
                connection.execute(positions.insert(), values)

    def write(
        self, place: Place, expected: str, position: str, told: Sequence[ToldEvent], dead: Sequence[DeadLetter]
    ) -> BatchOutcome:
        """Store a batch, and move the position; when this returns all is durable.

        Args:
            place: where it was read.
            expected: the position after which it was read.
            position: of its last message.
            told: its events. One whose customer was forgotten after it happened is passed over.
            dead: its other messages.

        Raises:
            FencedError: if the place isn't held any more, or not at that position.
            StoreError: if the store can't be used.
        """
        with self.moving(place, expected, position) as connection:
            self._lock_users(connection, told)
            rows = [event_row(one.user, one.event) for one in self._remembered(connection, told)]
            new = self._insert(connection, rows)
            self.bury(connection, place, dead)
        return BatchOutcome(new, len(rows) - new, len(told) - len(rows), len(dead))

    @contextmanager
    def moving(self, place: Place, expected: str, position: str) -> Iterator[Connection]:
        """A transaction that moves a position; what else is written in it is durable with that, or not at all.

        Raises:
            FencedError: if the place isn't held any more, or not at the position that is expected.
            StoreError: if the store can't be used.
        """
        with self._database.writing() as connection:
            if not self._move(connection, place, {"position": position}, expected):
                raise FencedError(f'"{place.topic}" is read by another.')
            yield connection

    def bury(self, connection: Connection, place: Place, dead: Sequence[DeadLetter]) -> None:
        """Keep messages that can't be used, each once."""
        rest = {**self._key(place), "time": int(time.time())}
        self._database.insert_new(connection, dead_letters, [{**asdict(one), **rest} for one in dead])

    def _insert(self, connection: Connection, rows: Sequence[Mapping[str, Any]]) -> int:
        """Insert events that aren't there yet; how many these were."""
        if not rows:
            return 0
        if self._database.is_sqlite:
            insert = sqlite.insert(events).on_conflict_do_nothing()
            return connection.execute(insert, rows, execution_options=_COUNTED).rowcount
        # one statement for all rows: one a row, or one with a place for each value, takes several times as long
        names = list(rows[0])
        kinds = {name: events.c[name].type for name in names}
        arrays = [bindparam(name, [row[name] for row in rows], ARRAY(kinds[name])) for name in names]
        columns = func.unnest(*arrays).table_valued(*(column(name, kinds[name]) for name in names), name="told")
        columns = columns.render_derived()
        query = postgresql.insert(events).from_select(names, select(*(columns.c[name] for name in names)))
        return connection.execute(query.on_conflict_do_nothing(), execution_options=_COUNTED).rowcount

    def _remembered(self, connection: Connection, told: Sequence[ToldEvent]) -> Sequence[ToldEvent]:
        """Those whose customers weren't forgotten after the event."""
        hashes = {self._store.users._hash(user): user for user in {one.user for one in told}}
        # PostgreSQL takes one array: a place for each value has to be read again and again
        ours = cast(list(hashes), ARRAY(forgotten.c.hash.type))
        among = forgotten.c.hash.in_(list(hashes)) if self._database.is_sqlite else forgotten.c.hash == any_(ours)
        query = select(forgotten).where(among)
        when = {hashes[row.hash]: row.time for row in connection.execute(query)} if hashes else {}
        return [one for one in told if one.event.time > when.get(one.user, -1)] if when else told

    def _lock_users(self, connection: Connection, told: Sequence[ToldEvent]) -> None:
        """Let nobody be forgotten between the look at who was and the end: as all who write a customer's events do."""
        if self._database.is_sqlite:
            return
        numbers = sorted(
            {lock_number(("events", one.user)) for one in told}
        )  # in one order for all: no two wait in a ring
        connection.execute(select(func.pg_advisory_xact_lock(func.unnest(cast(numbers, ARRAY(BigInteger))))))

    def _move(
        self, connection: Connection, place: Place, values: Mapping[str, Any], expected: str | None = None
    ) -> bool:
        mine = self._at(place)
        if expected is not None:
            mine &= (positions.c.holder == self._holder) & (positions.c.position == expected)
        changed = update(positions).where(mine).values(holder=self._holder, until=self._until(), **values)
        return connection.execute(changed).rowcount == 1

    def _change_mine(self, **values: Any) -> None:
        mine = self._ours() & (positions.c.holder == self._holder)
        with self._database.writing("ingest", self._group) as connection:
            connection.execute(update(positions).where(mine).values(**values))

    def _until(self) -> int:
        return _now() + int(self._lease * 1000)

    def _key(self, place: Place) -> dict[str, str]:
        return {"reader": self._group, "topic": place.topic, "part": place.partition}

    def _ours(self) -> Any:
        return positions.c.reader == self._group

    def _at(self, place: Place) -> Any:
        return self._ours() & (positions.c.topic == place.topic) & (positions.c.part == place.partition)


def _now() -> int:
    return int(time.time() * 1000)
