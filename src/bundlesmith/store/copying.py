"""Copies of an SQLite file that others may be using."""

import itertools
import os
import sqlite3
from contextlib import closing
from pathlib import Path


def copy_sqlite(file: Path, name: str) -> Path:
    """Copy a database as of its last commit to `FILE.NAME.bak` beside it, or `FILE.NAME-2.bak` …, never over another.

    Raises:
        OSError: if the copy can't be written.
        sqlite3.Error: if the database can't be read, or the copy not be written.
    """
    target = _new_file(file, name)
    fresh = target.with_name(f".{target.name}.new")
    try:
        with closing(sqlite3.connect(file)) as source, closing(sqlite3.connect(fresh)) as copy:
            source.backup(copy)
        fresh.chmod(file.stat().st_mode & 0o7777)  # it holds secrets
        with fresh.open("rb") as written:
            os.fsync(written.fileno())
        return fresh.replace(target)
    except BaseException:
        target.unlink()
        raise
    finally:
        fresh.unlink(missing_ok=True)


def _new_file(file: Path, name: str) -> Path:
    """An empty file by the first of the names that isn't taken."""
    for number in itertools.count(1):
        target = file.with_name(f"{file.name}.{name}{'' if number == 1 else f'-{number}'}.bak")
        try:
            target.touch(0o600, exist_ok=False)
            return target
        except FileExistsError:
            continue
    raise AssertionError
