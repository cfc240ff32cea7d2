"""What is to be published, until it is: written in the transaction of what it tells, so that neither comes alone."""

import time
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, delete, insert, select

from bundlesmith.store.checks import to_json
from bundlesmith.store.database import Database
from bundlesmith.store.tables import outbox as table


class Outbox:
    """All that waits. All methods may be called from any thread.

    Attributes:
        on: whether anybody publishes; if not, nothing is kept.
    """

    def __init__(self, database: Database) -> None:
        self._database, self.on = database, False

    def put(self, connection: Connection, messages: Sequence[Mapping[str, Any]]) -> None:
        """Keep messages within a transaction; the "user" of one is whose it is.

        Raises:
            BundlesmithError: if one can't be written as JSON.
        """
        if self.on and messages:
            now = int(time.time())
            rows = [
                {"user_id": each.get("user"), "content": to_json("message", each), "time": now} for each in messages
            ]
            connection.execute(insert(table), rows)

    def oldest(self, most: int) -> list[tuple[int, str]]:
        """The number and the JSON of messages, oldest first.

        Raises:
            StoreError: if the database can't be used.
        """
        query = select(table.c.id, table.c.content).order_by(table.c.id).limit(most)
        with self._database.reading() as connection:
            return [(row.id, row.content) for row in connection.execute(query)]

    def done(self, numbers: Sequence[int]) -> None:
        """Drop messages that were published.

        Raises:
            StoreError: if the database can't be used.
        """
        with self._database.writing() as connection:
            connection.execute(delete(table).where(table.c.id.in_(numbers)))

    def drop(self, before: int, most: int) -> int:
        """Drop up to *most* messages of before a time, in seconds since 1970, published or not; how many went.

        Raises:
            StoreError: if the database can't be used.
        """
        old = select(table.c.id).where(table.c.time < before).order_by(table.c.id).limit(most)
        with self._database.writing() as connection:
            return connection.execute(delete(table).where(table.c.id.in_(old))).rowcount
