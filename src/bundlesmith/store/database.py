"""One SQL database, SQLite or PostgreSQL: transactions to read and to write in, and errors that say what is wrong."""

import hashlib
import sqlite3
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Column, Connection, Table, delete, func, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from bundlesmith.errors import BundlesmithError
from bundlesmith.store.copying import copy_sqlite
from bundlesmith.store.engines import IMMEDIATE, make_engine, parse_store_url, without_password

BUSY = {"LockNotAvailable", "QueryCanceled"}


class StoreError(BundlesmithError):
    """The database can't be used now: it is out of reach, locked, full …; nothing of the call was stored.

    Only when the connection broke just as PostgreSQL was told to commit can't one know; an event with an `event_id` may
    be added again safely.
    """


class Database:
    """A database that is open. All methods may be called from any thread, and from several processes.

    Args:
        url: `sqlite:///FILE`, or `postgresql://USER:PASSWORD@HOST/NAME`.
        wait: how long to wait for a connection or a lock, in seconds.

    Attributes:
        url: the same, without the password.

    Raises:
        BundlesmithError: if the URL is not one of these.
    """

    def __init__(self, url: str, wait: float) -> None:
        parsed = parse_store_url(url)
        self.url = without_password(parsed)
        self._wait = wait
        self._engine = make_engine(parsed, wait)
        self.is_sqlite = self._engine.dialect.name == "sqlite"
        # SQLite's own waiting is not in turn, and slow; threads of one process line up here.
        self._writing = threading.Lock() if self.is_sqlite else None

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A transaction to read in.

        Raises:
            StoreError: if the database can't be used.
        """
        with self._saying_why(), self._engine.connect() as connection:
            yield connection

    @contextmanager
    def writing(self, *lock: str) -> Iterator[Connection]:
        """A transaction to write in: durable when the block is left, undone if it raises.

        Args:
            lock: what nobody else may be writing at the same time. SQLite has one writer for everything.

        Raises:
            StoreError: if the database can't be used.
        """
        with self._in_turn(), self._saying_why(), self._engine.connect() as connection:
            connection = connection.execution_options(**{IMMEDIATE: True})
            with connection.begin():
                if lock:
                    self.hold(connection, *lock)
                yield connection

    def hold(self, connection: Connection, *lock: str) -> None:
        """Let nobody else write the same until the transaction ends; see `writing`."""
        if not self.is_sqlite:
            connection.execute(select(func.pg_advisory_xact_lock(lock_number(lock))))

    def insert_new(self, connection: Connection, table: Table, rows: Sequence[Mapping[str, Any]]) -> None:
        """Insert those rows whose key isn't there yet."""
        if rows:
            insert = sqlite.insert if self.is_sqlite else postgresql.insert
            connection.execute(insert(table).on_conflict_do_nothing(), rows)

    def delete_before(self, table: Table, key: Column[Any], time: int, most: int) -> int:
        """Delete the oldest rows of a table of before a time, in seconds since 1970; how many went.

        Args:
            table: has a column "time".
            key: the column of it that names a row.
            time: that of the first that stay.
            most: how many go at most.

        Raises:
            StoreError: if the database can't be used.
        """
        old = select(key).where(table.c.time < time).order_by(table.c.time).limit(most)
        with self.writing() as connection:
            return connection.execute(delete(table).where(key.in_(old))).rowcount

    def scrub(self) -> None:
        """Write SQLite's log into its file and empty it, so that what was deleted is in neither.

        Raises:
            StoreError: if somebody has been reading all the while.
        """
        if not self.is_sqlite:
            return
        with self._saying_why(), self._engine.connect() as connection:
            driver = connection.connection.driver_connection
            assert isinstance(driver, sqlite3.Connection)
            busy, *_ = driver.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        if busy:
            raise self._error("its log can't be emptied, because somebody reads it", "Try again.")

    def back_up(self, name: str) -> Path | None:
        """Copy SQLite's file as of the last commit to `FILE.NAME.bak` beside it, or `FILE.NAME-2.bak` if that is there.

        Returns:
            The copy, which only those may read who may read the file; None: PostgreSQL has its own ways.

        Raises:
            BundlesmithError: if it can't be written; nothing is left of it then.
        """
        if not self.is_sqlite:
            return None
        with self._engine.connect() as connection:
            (_, _, file), *_ = connection.exec_driver_sql("PRAGMA database_list")
        try:
            return copy_sqlite(Path(file), name)
        except (OSError, sqlite3.Error) as error:
            what = f'The store "{self.url}" can\'t be copied before it is changed: {error}.'
            raise BundlesmithError(what, "Make room beside it, and let this user write there.") from error

    def close(self) -> None:
        """Close all connections."""
        self._engine.dispose()

    @contextmanager
    def _in_turn(self) -> Iterator[None]:
        if self._writing is None:
            yield
            return
        if not self._writing.acquire(timeout=self._wait):
            raise self._error(f"other threads have been writing for {self._wait:g} s", "Try again.")
        try:
            yield
        finally:
            self._writing.release()

    @contextmanager
    def _saying_why(self) -> Iterator[None]:
        try:
            yield
        except SQLAlchemyError as error:
            original = error.orig if isinstance(error, DBAPIError) else error
            busy = type(original).__name__ in BUSY or _is_locked(original)
            fix = "Another process holds it: try again." if busy else "See that it can be reached and written to."
            raise self._error((str(original).splitlines() or [""])[0], fix) from error

    def _error(self, reason: str, fix: str) -> StoreError:
        return StoreError(f'The store "{self.url}" can\'t be used: {reason.rstrip(".")}.', fix)


def _is_locked(error: object) -> bool:
    code = getattr(error, "sqlite_errorcode", 0)  # errors of Python's own module have none
    return code & 0xFF in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)


def lock_number(lock: Sequence[str]) -> int:
    """The number of a PostgreSQL advisory lock, one of 2^64: should two names share one, they only wait."""
    digest = hashlib.blake2b("\0".join(("bundlesmith", *lock)).encode(), digest_size=8).digest()
    return int.from_bytes(digest, "big", signed=True)
