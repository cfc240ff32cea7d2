"""Brings the tables of an older version to the next one, within the transaction that says which version they are.

Knows nothing about what is in them.
"""

import secrets
from collections.abc import Callable

from sqlalchemy import Connection, insert, inspect, select, text, update

from bundlesmith.serve.store.tables import VERSION, events, experiments, meta, shown, states


def migrate(connection: Connection, version: int) -> None:
    """Bring tables of *version*, one of `OLDER`, to the version of today."""
    for step in range(version, VERSION):
        OLDER[step](connection)
    connection.execute(update(meta).where(meta.c.name == "version").values(content=str(VERSION)))


def _to_2(connection: Connection) -> None:
    """Bundles that were shown know their run: of older ones it isn't known. And there are experiments."""
    connection.execute(text(f"ALTER TABLE {shown.name} ADD COLUMN run TEXT NOT NULL DEFAULT ''"))
    experiments.create(connection)


def _to_3(connection: Connection) -> None:
    """Tokens are signed, logs of changes are compacted, and what is old is found by its time."""
    if connection.execute(select(meta).where(meta.c.name == "signing")).first() is None:
        connection.execute(insert(meta), {"name": "signing", "content": secrets.token_hex(32)})
    states.create(connection, checkfirst=True)
    for table in (shown, events):
        there = {index["name"] for index in inspect(connection).get_indexes(table.name)}
        for index in table.indexes:
            if index.name not in there:
                index.create(connection)


OLDER: dict[int, Callable[[Connection], None]] = {1: _to_2, 2: _to_3}
