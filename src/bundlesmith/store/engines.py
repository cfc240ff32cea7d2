"""SQLAlchemy engines for SQLite and PostgreSQL, set so that a commit that returns is on the disk."""

import math
import sqlite3
import time
from typing import Any

from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url
from sqlalchemy.exc import ArgumentError

from bundlesmith.errors import BundlesmithError, need

IMMEDIATE = "bundlesmith_immediate"
"""An execution option: begin with SQLite's lock for writing, for what reads first must still be so when it writes."""
_SPELLINGS = 'Give "sqlite:///FILE" or "postgresql://USER:PASSWORD@HOST/NAME".'


def parse_store_url(url: str) -> URL:
    """Read a store's URL.

    Raises:
        BundlesmithError: if it is neither SQLite's nor PostgreSQL's, or has SQLite keep its data in memory.
    """
    try:
        parsed = make_url(url)
    except (ArgumentError, ValueError) as error:
        start = url.partition(":")[0]
        raise BundlesmithError(f"The store's URL, which begins with \"{start}\", can't be read.", _SPELLINGS) from error
    name = parsed.drivername.partition("+")[0]
    if name in ("postgres", "postgresql"):
        need("psycopg", "a store in PostgreSQL", "serve")
        return parsed.set(drivername="postgresql+psycopg")
    if name != "sqlite":
        raise BundlesmithError(f'The store "{without_password(parsed)}" is of an unknown kind, "{name}".', _SPELLINGS)
    if not parsed.database or ":memory:" in parsed.database or "mode=memory" in url:
        raise BundlesmithError(f'The store "{url}" is in memory and would not last.', "Name a file: sqlite:///FILE.")
    return parsed.set(drivername="sqlite+pysqlite")


def without_password(url: URL) -> str:
    """The URL as people write it, with *** for every password."""
    plain = url.set(drivername=url.drivername.partition("+")[0])
    hidden = {key: "***" for key in url.query if "pass" in key.lower()}
    return plain.update_query_dict(hidden).render_as_string(hide_password=True).replace("%2A%2A%2A", "***")


def make_engine(url: URL, wait: float) -> Engine:
    """Make an engine; nothing is connected yet. *wait* is for connections and locks, in seconds."""
    if url.get_backend_name() == "sqlite":
        engine = create_engine(url, hide_parameters=True, pool_timeout=wait, connect_args={"timeout": wait})
        event.listen(engine, "connect", lambda connection, _: _set_up_sqlite(connection, wait))
        event.listen(engine, "begin", _begin_sqlite)
        return engine
    seconds = max(2, math.ceil(wait))
    patience = {"connect_timeout": seconds, "tcp_user_timeout": seconds * 1000}
    engine = create_engine(
        url,
        hide_parameters=True,
        isolation_level="READ COMMITTED",
        pool_pre_ping=True,
        pool_timeout=wait,
        connect_args={name: value for name, value in patience.items() if name not in url.query},
    )
    event.listen(engine, "connect", lambda connection, _: _set_up_postgresql(connection, wait))
    return engine


def _set_up_sqlite(connection: Any, wait: float) -> None:
    connection.isolation_level = None  # sqlite3 would begin late, only at the first write: `_begin_sqlite` does
    mode = _write_ahead(connection, time.monotonic() + wait)
    if mode != "wal":
        raise BundlesmithError(f'SQLite can\'t keep a write-ahead log here: its mode is "{mode}".', "Use a local disk.")
    connection.execute("PRAGMA synchronous=FULL")
    connection.execute("PRAGMA foreign_keys=ON")
    connection.execute("PRAGMA secure_delete=ON")


def _write_ahead(connection: Any, deadline: float) -> str:
    """Switch to a write-ahead log, if that isn't so yet; SQLite doesn't wait by itself for others who do the same."""
    while True:
        try:
            return str(connection.execute("PRAGMA journal_mode=WAL").fetchone()[0])
        except sqlite3.OperationalError as error:
            if getattr(error, "sqlite_errorcode", 0) & 0xFF != sqlite3.SQLITE_BUSY or time.monotonic() > deadline:
                raise
            time.sleep(0.01)


def _begin_sqlite(connection: Connection) -> None:
    connection.exec_driver_sql("BEGIN IMMEDIATE" if connection.get_execution_options().get(IMMEDIATE) else "BEGIN")


def _set_up_postgresql(connection: Any, wait: float) -> None:
    setting = "SELECT set_config(%s, %s, false)"
    with connection.cursor() as cursor:
        cursor.execute(setting, ("lock_timeout", str(math.ceil(wait * 1000))))
        cursor.execute(
            f"{setting} WHERE current_setting(%s) = 'off'", ("synchronous_commit", "on", "synchronous_commit")
        )
    connection.commit()
