"""Makes the tables of a new store, and checks those of an old one."""

import logging
import secrets
from dataclasses import dataclass

from sqlalchemy import Connection, insert, inspect, select, text

from bundlesmith.errors import BundlesmithError
from bundlesmith.store.database import Database
from bundlesmith.store.migrations import MIGRATIONS, migrate
from bundlesmith.store.tables import VERSION, meta, metadata

_LOG = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Secrets:
    """What a store has of its own.

    Attributes:
        salt: for hashes that can't be compared with those of other stores.
        signing: with which tokens are signed; all processes that share the store have it.
    """

    salt: str
    signing: str


def prepare_schema(database: Database) -> Secrets:
    """Make the tables if there are none, or bring them to this version; several processes may do so at once.

    SQLite's file is copied before its tables are changed: `FILE.version-3.bak` stays beside it.

    Raises:
        BundlesmithError: if the tables are those of a newer version, or the copy can't be written.
        StoreError: if the database can't be used.
    """
    with database.reading() as connection:
        found = _read(connection)
    if not found:
        with database.writing("schema") as connection:
            found = _read(connection) or _make(connection)
    if _is_older(found):
        with database.writing("schema") as connection:
            found = _migrated(database, connection)
    if found.get("version") != str(VERSION):
        raise BundlesmithError(
            f'The store "{database.url}" has version {found.get("version")}, and this Bundlesmith reads {VERSION}.',
            "Use the Bundlesmith that made it, or another store.",
        )
    return Secrets(found["salt"], found["signing"])


def _read(connection: Connection) -> dict[str, str]:
    if not inspect(connection).has_table(meta.name):
        return {}
    return {row.name: row.content for row in connection.execute(select(meta))}


def _is_older(found: dict[str, str]) -> bool:
    return found.get("version", "") in map(str, MIGRATIONS)


def _migrated(database: Database, connection: Connection) -> dict[str, str]:
    found = _read(connection)
    if _is_older(found):  # or another process was faster
        version = int(found["version"])
        if copy := database.back_up(f"version-{version}"):
            _LOG.warning(
                "The store is brought from version %d to %d; as it was it is kept as %s.", version, VERSION, copy
            )
        migrate(connection, version)
    return _read(connection)


def _make(connection: Connection) -> dict[str, str]:
    _check_encoding(connection)
    metadata.create_all(connection, checkfirst=False)
    made = {"version": str(VERSION), "salt": secrets.token_hex(16), "signing": secrets.token_hex(32)}
    connection.execute(insert(meta), [{"name": name, "content": content} for name, content in made.items()])
    return made


def _check_encoding(connection: Connection) -> None:
    if connection.dialect.name == "postgresql":
        encoding = connection.execute(text("SHOW server_encoding")).scalar_one()
        if encoding != "UTF8":
            raise BundlesmithError(f"The database has the encoding {encoding}.", "Make one with ENCODING 'UTF8'.")
