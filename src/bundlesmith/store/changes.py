"""The log of each model's catalogue changes, that every process of a service follows.

Numbers count up from 1 without a gap. Old changes are folded: of each item what they came to is kept, so that one who
begins to follow reads as much as there are items that changed, not as there were changes.
What a change says is any JSON.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from pydantic_core import from_json
from sqlalchemy import Connection, delete, func, insert, select

from bundlesmith.store.checks import check_id, to_json
from bundlesmith.store.database import Database
from bundlesmith.store.tables import changes as table
from bundlesmith.store.tables import states

TAIL = 500
"""So many changes are in the log at least, and one more than twice as many at most."""


@dataclass(frozen=True, slots=True)
class StoredChange:
    """One change.

    Attributes:
        seq: its number among the model's, from 1.
        item: the item's id.
        values: what it is from now on; None: removed.
    """

    seq: int
    item: str
    values: dict[str, Any] | None


@dataclass(frozen=True, slots=True)
class StoredFold:
    """What an item's changes came to.

    Attributes:
        item: its id.
        values: what it was at last; None: as it was before all changes.
        removed: whether it was removed after that.
    """

    item: str
    values: dict[str, Any] | None
    removed: bool


@dataclass(frozen=True, slots=True)
class StoredSince:
    """What came after a change, some of it folded.

    Attributes:
        folded: what the changes came to that are no longer in the log, by item, in the order of their first puts.
        changes: those after that, oldest first.
    """

    folded: list[StoredFold]
    changes: list[StoredChange]


class ChangeLog:
    """One model's log while nobody else can write to it.

    Attributes:
        last: the number of the latest change; 0 if there is none.
    """

    def __init__(self, connection: Connection, model: str) -> None:
        self._connection, self._model = connection, model
        first, last = _bounds(connection, model)
        self._folded, self.last = first - 1, last

    def after(self, seq: int) -> list[StoredChange]:
        """The changes with a greater number that are in the log, oldest first."""
        return _after(self._connection, self._model, seq)

    def append(self, item: str, values: dict[str, Any] | None) -> int:
        """Write a change; others see it when the block is left.

        Returns:
            Its number.

        Raises:
            BundlesmithError: if the id or the values can't be stored.
        """
        check_id("item", item)
        content = None if values is None else to_json("values", values)
        row = {"model": self._model, "seq": self.last + 1, "item_id": item, "content": content}
        self._connection.execute(insert(table), row)
        self.last += 1
        if self.last - self._folded > 2 * TAIL:
            self._fold(self._folded + TAIL)
        return self.last

    def _fold(self, until: int) -> None:
        """Take the changes up to *until* out of the log, and keep what they came to."""
        old = (table.c.model == self._model) & (table.c.seq <= until)
        rows = self._connection.execute(select(table).where(old).order_by(table.c.seq)).all()
        mine = states.c.model == self._model
        theirs = mine & states.c.item_id.in_({row.item_id for row in rows})
        known = {row.item_id: dict(row._mapping) for row in self._connection.execute(select(states).where(theirs))}
        for row in rows:
            state = known.setdefault(row.item_id, {"content": None})
            if state["content"] is None:  # only what is put can come
                state["first"] = row.seq
            state |= {"model": self._model, "item_id": row.item_id, "seq": row.seq}
            state |= {"removed": 1} if row.content is None else {"removed": 0, "content": row.content}
        self._connection.execute(delete(states).where(theirs))
        self._connection.execute(insert(states), list(known.values()))
        self._connection.execute(delete(table).where(old))
        self._folded = until


class ChangeTable:
    """All models' logs. All methods may be called from any thread."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def last(self, model: str) -> int:
        """The number of a model's latest change; 0 if there is none. Quick: ask as often as you like.

        Raises:
            StoreError: if the database can't be used.
        """
        check_id("model", model)
        with self._database.reading() as connection:
            return _bounds(connection, model)[1]

    def after(self, model: str, seq: int) -> list[StoredChange]:
        """A model's changes with a greater number, oldest first; those that were folded aren't among them.

        So if the first isn't *seq* + 1, ask for what came `since`. Quick if nothing came: ask as often as you like.

        Raises:
            StoreError: if the database can't be used.
        """
        check_id("model", model)
        with self._database.reading() as connection:
            return _after(connection, model, seq)

    def since(self, model: str, seq: int) -> StoredSince:
        """What came after a model's change; 0 for all.

        Raises:
            StoreError: if the database can't be used.
        """
        check_id("model", model)
        with self._database.reading() as connection:
            while True:
                changes = _after(connection, model, seq)
                folded = _folded(connection, model, seq)
                first = changes[0].seq if changes else seq + 1
                if first == seq + 1:
                    return StoredSince([], changes)
                if _bounds(connection, model)[0] == first:  # else more was folded meanwhile
                    return StoredSince(folded, changes)

    @contextmanager
    def changing(self, model: str) -> Iterator[ChangeLog]:
        """Hold a model's log alone: what was appended is durable when the block is left, and undone if it raises.

        Keep it short, and call no other method that writes in it: with SQLite, nothing else is written meanwhile. What
        others wrote before can be read in it, as ever.

        Raises:
            StoreError: if the database can't be used, or others hold the log for too long.
        """
        with self._database.writing() as connection:
            yield self.within(connection, model)

    def within(self, connection: Connection, model: str) -> ChangeLog:
        """A model's log, held alone until a transaction to write in ends; see `changing`."""
        check_id("model", model)
        self._database.hold(connection, "changes", model)
        return ChangeLog(connection, model)


def _bounds(connection: Connection, model: str) -> tuple[int, int]:
    """The numbers of the first and of the last change in a log; 1 and 0 of none."""
    query = select(func.min(table.c.seq), func.max(table.c.seq)).where(table.c.model == model)
    first, last = connection.execute(query).one()
    return first or 1, last or 0


def _after(connection: Connection, model: str, seq: int) -> list[StoredChange]:
    query = select(table.c.seq, table.c.item_id, table.c.content)
    rows = connection.execute(query.where(table.c.model == model, table.c.seq > seq).order_by(table.c.seq))
    return [StoredChange(number, item, _values(content)) for number, item, content in rows]


def _folded(connection: Connection, model: str, seq: int) -> list[StoredFold]:
    query = select(states.c.item_id, states.c.content, states.c.removed)
    rows = connection.execute(query.where(states.c.model == model, states.c.seq > seq).order_by(states.c.first))
    return [StoredFold(item, _values(content), bool(removed)) for item, content, removed in rows]


def _values(content: str | None) -> dict[str, Any] | None:
    found: dict[str, Any] | None = None if content is None else from_json(content)
    return found
