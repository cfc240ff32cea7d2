"""The log of each model's catalogue changes, that every process of a service follows.

Numbers count up from 1 without a gap, and what may be read never has a number missing before it.
Knows nothing about catalogues: what a change says is any JSON.
"""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, func, insert, select

from bundlesmith.serve.store.checks import check_id, to_json
from bundlesmith.serve.store.database import Database
from bundlesmith.serve.store.tables import changes as table


@dataclass(frozen=True, slots=True)
class Change:
    """One change.

    Attributes:
        seq: its number among the model's, from 1.
        item: the item's id.
        values: what it is from now on; None: removed.
    """

    seq: int
    item: str
    values: dict[str, Any] | None


class ChangeLog:
    """One model's log while nobody else can write to it."""

    def __init__(self, connection: Connection, model: str) -> None:
        self._connection, self._model = connection, model
        self._last = _last(connection, model)

    def after(self, seq: int) -> list[Change]:
        """The changes with a greater number, oldest first; 0 for all."""
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
        row = {"model": self._model, "seq": self._last + 1, "item_id": item, "content": content}
        self._connection.execute(insert(table), row)
        self._last += 1
        return self._last


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
            return _last(connection, model)

    def after(self, model: str, seq: int) -> list[Change]:
        """A model's changes with a greater number, oldest first; 0 for all.

        Raises:
            StoreError: if the database can't be used.
        """
        check_id("model", model)
        with self._database.reading() as connection:
            return _after(connection, model, seq)

    @contextmanager
    def changing(self, model: str) -> Iterator[ChangeLog]:
        """Hold a model's log alone: what was appended is durable when the block is left, and undone if it raises.

        Keep it short, and call no other method that writes in it: with SQLite, nothing else is written meanwhile.

        Raises:
            StoreError: if the database can't be used, or others hold the log for too long.
        """
        check_id("model", model)
        with self._database.writing("changes", model) as connection:
            yield ChangeLog(connection, model)


def _last(connection: Connection, model: str) -> int:
    return connection.execute(select(func.max(table.c.seq)).where(table.c.model == model)).scalar() or 0


def _after(connection: Connection, model: str, seq: int) -> list[Change]:
    query = select(table.c.seq, table.c.item_id, table.c.content)
    rows = connection.execute(query.where(table.c.model == model, table.c.seq > seq).order_by(table.c.seq))
    return [Change(row.seq, row.item_id, None if row.content is None else json.loads(row.content)) for row in rows]
