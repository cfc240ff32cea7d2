"""A database that is only read from: SQLite, PostgreSQL, MySQL, MariaDB, or another that SQLAlchemy has a driver for.

with open_database("postgresql://shop@db/shop") as database:
    names, batches = database.query("SELECT sku, name FROM goods")

All is read in one transaction that can't write. No error says the password.
"""

from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn
from urllib.parse import quote, quote_plus

from bundlesmith.errors import BundlesmithError, nearest, need

if TYPE_CHECKING:
    from sqlalchemy import URL, Connection, Executable

_SPELLINGS = 'Write "sqlite:///FILE", "postgresql://USER:PASSWORD@HOST/NAME" or "mysql://USER:PASSWORD@HOST/NAME".'
BATCH = 50_000
"""Rows that are fetched together."""
_DRIVERS = {
    "sqlite": "sqlite+pysqlite",
    "postgres": "postgresql+psycopg",
    "postgresql": "postgresql+psycopg",
    "mysql": "mysql+pymysql",
    "mariadb": "mariadb+pymysql",
}
_WAIT = 15
"""Seconds that a server has to answer a new connection."""


class SourceDatabase:
    """An open one. *name* is its URL without the password, for people."""

    def __init__(self, connection: "Connection", url: "URL", secrets: Sequence[str]) -> None:
        self._connection, self._secrets = connection, secrets
        self.name = shown_url(url)

    def tables(self) -> list[str]:
        """The names of its tables and views, as they are found without a schema's name."""
        from sqlalchemy import inspect

        with self.told("could not be read"):
            found = inspect(self._connection)
            return sorted({*found.get_table_names(), *found.get_view_names()})

    def table(self, name: str) -> tuple[list[str], Iterator[Sequence[Sequence[Any]]]]:
        """All rows of a table or a view, in the order of its primary key: `goods`, or `schema.goods`.

        Raises:
            BundlesmithError: if there is none of this name, or it can't be read.
        """
        from sqlalchemy import Select, column, inspect, literal_column, select, table

        schema, _, plain = name.rpartition(".")
        with self.told(f'has a table "{name}" that could not be read'):
            found = inspect(self._connection)
            there = found.has_table(plain, schema or None) or plain in found.get_view_names(schema or None)
            key = found.get_pk_constraint(plain, schema or None)["constrained_columns"] if there else []
        if not there:
            raise BundlesmithError(f'{self.name} has no table "{name}".', nearest(name, self.tables()))
        rows: Select[Any] = select(literal_column("*")).select_from(table(plain, schema=schema or None))
        return self._rows(rows.order_by(*map(column, key)), f'has a table "{name}" that could not be read')

    def query(self, sql: str) -> tuple[list[str], Iterator[Sequence[Sequence[Any]]]]:
        """The columns and the rows that a query gives.

        Raises:
            BundlesmithError: if it can't be done, or would write.
        """
        from sqlalchemy import text

        return self._rows(text(sql.replace(":", r"\:")), f'can\'t answer "{_short(sql)}"')

    def _rows(self, query: "Executable", doing: str) -> tuple[list[str], Iterator[Sequence[Sequence[Any]]]]:
        with self.told(doing):
            found = self._connection.execute(query, execution_options={"stream_results": True})
            if not found.returns_rows:
                raise BundlesmithError(f"{self.name} {doing}: it gives no rows.", "Write a SELECT.")
            names = list(found.keys())
        if twice := sorted({name for name in names if names.count(name) > 1}):
            found.close()
            what = f'{self.name} {doing}: two columns are called "{twice[0]}".'
            raise BundlesmithError(what, f"Name one of them: `… AS {twice[0]}_2`.")

        def batches() -> Iterator[Sequence[Sequence[Any]]]:
            with self.told(doing), closing(found):
                yield from found.partitions(BATCH)

        return names, batches()

    @contextmanager
    def told(self, doing: str) -> Iterator[None]:
        """Turn what a driver raises into one error without a password."""
        from sqlalchemy.exc import SQLAlchemyError

        try:
            yield
        except (SQLAlchemyError, OSError, ValueError, OverflowError) as error:
            _raise(f"{self.name} {doing}", error, self._secrets)


@contextmanager
def open_database(url: str, folder: Path | None = None) -> Iterator[SourceDatabase]:
    """Connect, and begin a transaction in which all tables are of one moment and nothing can be written.

    Args:
        url: as SQLAlchemy reads it.
        folder: from which a relative path of SQLite's counts; the current one by default.

    Raises:
        BundlesmithError: if the URL can't be read, or the database can't be reached.
    """
    need("sqlalchemy", "`--source sql`", "sql")
    from sqlalchemy import create_engine
    from sqlalchemy.exc import SQLAlchemyError

    parsed = parse_source_url(url)
    secrets = _secrets(parsed)
    kind = parsed.get_backend_name()
    patience = {"connect_timeout": _WAIT} if kind in ("postgresql", "mysql", "mariadb") else {}
    try:
        target = _read_only_file(parsed, folder or Path()) if kind == "sqlite" else parsed
        engine = create_engine(target, hide_parameters=True, connect_args=patience)
        connection = engine.connect()
    except ImportError as error:
        what = f"The driver for {parsed.drivername} is not installed: {error.name}."
        raise BundlesmithError(what, "`pip install bundlesmith[sql]`, or the driver's own package.") from None
    except (SQLAlchemyError, OSError, ValueError, TypeError) as error:
        _raise(f"{shown_url(parsed)} could not be opened", error, secrets)
    try:
        database = SourceDatabase(connection, parsed, secrets)
        with database.told("could not be read"):
            _begin(connection, kind)
        yield database
    finally:
        connection.close()
        engine.dispose()


def _begin(connection: "Connection", kind: str) -> None:
    if kind == "sqlite":  # Python's driver would not begin for what only reads
        connection.exec_driver_sql("BEGIN")
    elif kind == "postgresql":
        connection.exec_driver_sql("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
    elif kind in ("mysql", "mariadb"):
        connection.exec_driver_sql("SET SESSION TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        connection.commit()


def parse_source_url(url: str) -> "URL":
    """Read a URL; no error repeats more of it than its beginning, since what follows may be a password.

    Raises:
        BundlesmithError: if it can't be read.
    """
    from sqlalchemy import make_url
    from sqlalchemy.exc import ArgumentError

    kind = url.partition(":")[0]
    try:
        parsed = make_url(url)
    except (ArgumentError, ValueError):
        raise BundlesmithError(
            f"The database's URL, which begins with \"{kind}\", can't be read.", _SPELLINGS
        ) from None
    server = parsed.get_backend_name() != "sqlite"
    if server and url.count("@") > (parsed.username is not None):
        what = f'The database\'s URL, which begins with "{kind}", has a "@" that doesn\'t part the user from the host.'
        raise BundlesmithError(what, "In a name or a password write @ as %40, / as %2F, : as %3A, ? as %3F.")
    return parsed.set(drivername=_DRIVERS.get(parsed.drivername, parsed.drivername))


def shown_url(url: "URL") -> str:
    """A URL for people: without password, driver and options, of which some are passwords."""
    plain = url.set(drivername=url.drivername.partition("+")[0], password=None, query={})
    return plain.render_as_string()


def _read_only_file(url: "URL", folder: Path) -> "URL":
    """SQLite would make a file that is missing."""
    if not url.database or url.database == ":memory:" or url.database.startswith("file:"):
        raise BundlesmithError(f'"{shown_url(url)}" names no file.', _SPELLINGS)
    file = folder / url.database
    if not file.is_file():
        raise BundlesmithError(f'There is no file "{file}".', "Check the path; an absolute one has four slashes.")
    return url.set(database=f"file:{quote(str(file.absolute()))}", query={"mode": "ro", "uri": "true"})


def _secrets(url: "URL") -> list[str]:
    """All that must not be said, the longest first."""
    options = [value for values in url.normalized_query.values() for value in values]
    plain = {str(url.password or ""), *options} - {""}
    return sorted(
        {form for text in plain for form in (text, quote(text), quote_plus(text), repr(text)[1:-1])}, key=len
    )[::-1]


def _raise(what: str, error: Exception, secrets: Sequence[str]) -> NoReturn:
    """The driver's first line, in our words; what it was raised from is not kept, since a traceback would print it."""
    said = str(getattr(error, "orig", None) or error).strip() or type(error).__name__
    line = said.splitlines()[0].rstrip(".:")
    for secret in secrets:
        line = line.replace(secret, "***")
    raise BundlesmithError(f"{what}: {line}.", "Check the URL, the rights of its user, and the query.") from None


def _short(sql: str) -> str:
    line = " ".join(sql.split())
    return line if len(line) <= 100 else line[:97] + "…"
