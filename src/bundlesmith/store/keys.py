"""API keys: who may ask, how much, and as what. A key is shown once, when it is made.

Only a SHA-256 of it is stored. That is enough: a key is 256 random bits, so that nobody finds it from its hash by
trying, as one finds passwords that people make up; and it costs no time in each request.
"""

import hashlib
import hmac
import re
import secrets
import time
from dataclasses import dataclass
from typing import Any, Literal, get_args

from sqlalchemy import Row, delete, insert, select

from bundlesmith.errors import BundlesmithError, nearest
from bundlesmith.store.checks import check_id
from bundlesmith.store.database import Database
from bundlesmith.store.tables import keys as table

KeyRole = Literal["user", "server", "admin"]
_FORM = re.compile(r"(bs_[0-9a-f]{12})_[A-Za-z0-9_-]{43}")
MOST_PER_MINUTE = 1_000_000


@dataclass(frozen=True, slots=True)
class KeyRights:
    """What a key may do.

    Attributes:
        per_minute: requests in a minute, from 1 on.
        role: "user" names no customer, as the page of anybody; "server", of the shop itself, names any; "admin", of
            the shop's people, also changes what is sold. `bundlesmith.serve.api.rights` says it of each route.
    """

    per_minute: int = 600
    role: KeyRole = "user"


@dataclass(frozen=True, slots=True)
class Key:
    """A key as far as it is known.

    Attributes:
        name: what its owner calls it.
        start: how it begins, to recognise it by; not secret.
        limits: what it may do.
        created: when, in seconds since 1970, UTC.
    """

    name: str
    start: str
    limits: KeyRights
    created: int


class KeyTable:
    """All keys. All methods may be called from any thread."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, name: str, limits: KeyRights | None = None) -> str:
        """Make a key.

        Returns:
            The key; it can't be read again.

        Raises:
            BundlesmithError: if there is a key of that name, or a value is wrong.
            StoreError: if the database can't be used.
        """
        limits = limits or KeyRights()
        _check(name, limits)
        start = f"bs_{secrets.token_hex(6)}"
        key = f"{start}_{secrets.token_urlsafe(32)}"
        row = {"name": name, "start": start, "hash": _hash(key), "role": limits.role, "per_minute": limits.per_minute}
        with self._database.writing("keys") as connection:
            if connection.execute(select(table.c.name).where(table.c.name == name)).first():
                raise BundlesmithError(f'There is a key "{name}" already.', "Take another name, or revoke it first.")
            connection.execute(insert(table), row | {"created": int(time.time())})
        return key

    def find(self, key: str) -> Key | None:
        """The key that somebody shows, or None if there is none such; hashes are compared in constant time.

        Raises:
            StoreError: if the database can't be used.
        """
        form = _FORM.fullmatch(key)
        if form is None:
            return None
        with self._database.reading() as connection:
            row = connection.execute(select(table).where(table.c.start == form[1])).first()
        return _key(row) if row is not None and hmac.compare_digest(row.hash, _hash(key)) else None

    def starting(self, start: str) -> Key | None:
        """The key that begins so, or None: it was revoked.

        Raises:
            StoreError: if the database can't be used.
        """
        with self._database.reading() as connection:
            row = connection.execute(select(table).where(table.c.start == start)).first()
        return None if row is None else _key(row)

    def all(self) -> list[Key]:
        """All keys, oldest first.

        Raises:
            StoreError: if the database can't be used.
        """
        with self._database.reading() as connection:
            return [_key(row) for row in connection.execute(select(table).order_by(table.c.created, table.c.name))]

    def revoke(self, name: str) -> None:
        """Let a key be none from the next `find` on.

        Raises:
            BundlesmithError: if there is no key of that name.
            StoreError: if the database can't be used.
        """
        check_id("name", name)
        with self._database.writing("keys") as connection:
            gone = connection.execute(delete(table).where(table.c.name == name)).rowcount
        if not gone:
            names = [key.name for key in self.all()]
            raise BundlesmithError(f'There is no key "{name}".', nearest(name, names) if names else "There are none.")


def _check(name: str, limits: KeyRights) -> None:
    check_id("name", name)
    if not 1 <= limits.per_minute <= MOST_PER_MINUTE:
        raise BundlesmithError(
            f"{limits.per_minute} requests a minute is not a limit.", f"Give 1 to {MOST_PER_MINUTE:,}."
        )
    if limits.role not in get_args(KeyRole):
        raise BundlesmithError(f'There is no role "{limits.role}".', nearest(limits.role, list(get_args(KeyRole))))


def _hash(key: str) -> str:
    return hashlib.sha256(key.encode()).hexdigest()


def _key(row: Row[Any]) -> Key:
    return Key(row.name, row.start, KeyRights(row.per_minute, row.role), row.created)
