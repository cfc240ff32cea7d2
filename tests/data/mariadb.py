"""A real MariaDB server of Debian's, in a folder of its own, on a Unix socket and a port of this machine.

with mariadb_server() as url:
    read_sql(None, url)
"""

import os
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pymysql

PASSWORD = "s3cret/word@x"


def missing() -> str:
    """Why MariaDB can't be started here; "" if it can."""
    programs = ("mariadbd", "mariadb-install-db")
    return "" if all(map(shutil.which, programs)) else "MariaDB is not installed (apt-get install mariadb-server)"


@contextmanager
def mariadb_server() -> Iterator[str]:
    """A new server with one empty database: its URL, of a user who may do anything in it."""
    folder = Path(tempfile.mkdtemp(prefix="maria"))
    port = _free_port()
    user = ["--user=root"] if os.geteuid() == 0 else []
    data = ["--no-defaults", f"--datadir={folder / 'data'}", *user]
    install = ["mariadb-install-db", *data, "--auth-root-authentication-method=normal"]
    subprocess.run(install, check=True, capture_output=True)
    command = ["mariadbd", *data, f"--socket={folder / 's'}", f"--port={port}", "--bind-address=127.0.0.1"]
    with (folder / "log").open("wb") as log:
        server = subprocess.Popen(command, stdout=log, stderr=log)
    try:
        connection = _connected(folder, server)
        with connection, connection.cursor() as cursor:
            cursor.execute("CREATE DATABASE shop CHARACTER SET utf8mb4")
            cursor.execute(f"CREATE USER 'shop'@'127.0.0.1' IDENTIFIED BY '{PASSWORD}'")
            cursor.execute("GRANT ALL ON shop.* TO 'shop'@'127.0.0.1'")
        yield f"mysql://shop:s3cret%2Fword%40x@127.0.0.1:{port}/shop"
    finally:
        server.kill()
        server.wait()
        shutil.rmtree(folder)


def _connected(folder: Path, server: "subprocess.Popen[bytes]") -> "pymysql.Connection":
    for _ in range(300):
        assert server.poll() is None, (folder / "log").read_text()
        with socket.socket(socket.AF_UNIX) as tried:
            if tried.connect_ex(str(folder / "s")) == 0:
                break
        time.sleep(0.1)
    return pymysql.connect(unix_socket=str(folder / "s"), user="root")


def _free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])
