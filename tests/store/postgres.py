"""A real PostgreSQL server of Debian's, in a folder of its own, as another user than root, on a Unix socket.

with PostgresServer.started() as server:
    open_store(server.new_database())
"""

import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
from psycopg import sql

PLACES = ("/usr/local/bin", *map(str, sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)))


def missing() -> str:
    """Why PostgreSQL can't be started here; "" if it can."""
    if _program("initdb") is None or _program("pg_ctl") is None:
        return "PostgreSQL is not installed (apt-get install postgresql)"
    if os.geteuid() == 0 and (_user() is None or shutil.which("setpriv") is None):
        return "PostgreSQL doesn't run as root, and there is no other user, or no setpriv, to run it as"
    return ""


class PostgresServer:
    """A server that runs. *folder* holds its data and its socket."""

    def __init__(self, folder: Path) -> None:
        self._folder, self._databases = folder, 0

    @classmethod
    @contextmanager
    def started(cls) -> Iterator["PostgresServer"]:
        """A new server, which is stopped and deleted in the end."""
        folder = Path(tempfile.mkdtemp(prefix="pg", dir=_quick_place()))  # short, as a socket's path must be
        try:
            if os.geteuid() == 0:
                shutil.chown(folder, _user())
            server = cls(folder)
            server._run("initdb", "--auth=trust", "--username=shop", "--encoding=UTF8", "--no-locale", "--no-sync")
            server.start()
            try:
                yield server
            finally:
                server.crash()
        finally:
            shutil.rmtree(folder)

    def start(self) -> None:
        """Start it, and wait until it answers."""
        options = f"-k {self._folder} -h '' -c max_connections=50"
        self._run("pg_ctl", "start", "--wait", "--log", str(self._folder / "log"), "--options", options)

    def crash(self) -> None:
        """End it at once, without writing anything more to the disk."""
        self._run("pg_ctl", "stop", "--mode=immediate")

    def new_database(self, encoding: str = "UTF8") -> str:
        """The URL of an empty database."""
        self._databases += 1
        name = f"shop{self._databases}"
        with psycopg.connect(host=str(self._folder), user="shop", dbname="postgres", autocommit=True) as connection:
            connection.execute(
                sql.SQL("CREATE DATABASE {} TEMPLATE template0 ENCODING {}").format(sql.Identifier(name), encoding)
            )
        return f"postgresql://shop:secret-word@/{name}?host={self._folder}"

    def _run(self, program: str, *words: str) -> None:
        path = _program(program)
        user = _user() if os.geteuid() == 0 else None
        drop = ["setpriv", f"--reuid={user}", "--clear-groups"] if user else []
        data = ["--pgdata", str(self._folder / "data")]
        done = subprocess.run(
            [*drop, str(path), *words, *data],
            cwd=self._folder,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,  # a pipe would stay open in the server
            stderr=subprocess.DEVNULL,
            timeout=60,
        )
        log = self._folder / "log"
        assert done.returncode == 0, log.read_text() if log.exists() else f"{program} failed"


def _program(name: str) -> Path | None:
    found = shutil.which(name) or shutil.which(name, path=os.pathsep.join(PLACES))
    return Path(found) if found else None


def _quick_place() -> str | None:
    """Memory, if there is enough: servers die here, machines don't."""
    memory = Path("/dev/shm")
    roomy = memory.is_dir() and os.access(memory, os.W_OK) and shutil.disk_usage(memory).free > 1e9
    return str(memory) if roomy else None


def _user() -> str | None:
    known = {entry.pw_name for entry in pwd.getpwall()}
    return next((name for name in ("postgres", "nobody") if name in known), None)
