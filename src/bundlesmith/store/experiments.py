"""Experiments: two models that answer side by side, each for its share of the customers, and what came of either."""

import re
import time
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row, Select, and_, func, insert, select, update

from bundlesmith.errors import BundlesmithError, nearest
from bundlesmith.store.checks import check_id
from bundlesmith.store.database import Database
from bundlesmith.store.feedback import BASKET, says
from bundlesmith.store.tables import events, feedback, shown
from bundlesmith.store.tables import experiments as table

NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")


@dataclass(frozen=True, slots=True)
class Experiment:
    """An experiment.

    Attributes:
        name: what it is called; it is never given again.
        a, b: the models.
        percent: how many of a hundred customers are answered by B.
        started, ended: seconds since 1970, UTC; *ended* is None while it runs.
    """

    name: str
    a: str
    b: str
    percent: int
    started: int
    ended: int | None = None

    def variant(self, side: str) -> str:
        """What a bundle is marked with that was shown to one on this side."""
        return f"{self.name}:{side}"


@dataclass(frozen=True, slots=True)
class VariantCounts:
    """What came of one side; all are counts of customers.

    Attributes:
        users: to whom bundles were shown.
        up: whose latest word on one of them is that they like it.
        baskets, purchases: who put something of one of them into the basket, or bought it.
    """

    users: int
    up: int
    baskets: int
    purchases: int


class ExperimentTable:
    """All experiments. All methods may be called from any thread."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def start(self, name: str, a: str, b: str, percent: int = 50) -> Experiment:
        """Begin an experiment.

        Raises:
            BundlesmithError: if there is one of that name, another one runs, or a value is wrong.
            StoreError: if the database can't be used.
        """
        _check(name, a, b, percent)
        begun = Experiment(name, a, b, percent, int(time.time()))
        with self._database.writing("experiments") as connection:
            for other in _all(connection):
                if other.name == name:
                    raise BundlesmithError(f'There was an experiment "{name}" already.', "Take another name.")
                if other.ended is None:
                    raise BundlesmithError(f'The experiment "{other.name}" runs.', "End it first.")
            row = {"name": name, "a": a, "b": b, "percent": percent, "started": begun.started, "ended": None}
            connection.execute(insert(table), row)
        return begun

    def end(self, name: str) -> Experiment:
        """End an experiment that runs; one that has ended stays as it is.

        Raises:
            BundlesmithError: if there is none of that name.
            StoreError: if the database can't be used.
        """
        check_id("name", name)
        with self._database.writing("experiments") as connection:
            running = and_(table.c.name == name, table.c.ended.is_(None))
            connection.execute(update(table).where(running).values(ended=int(time.time())))
            found = {one.name: one for one in _all(connection)}
        if name not in found:
            raise BundlesmithError(f'There is no experiment "{name}".', nearest(name, list(found)))
        return found[name]

    def all(self) -> list[Experiment]:
        """All experiments, the latest first.

        Raises:
            StoreError: if the database can't be used.
        """
        with self._database.reading() as connection:
            return _all(connection)

    def running(self) -> Experiment | None:
        """The one that runs, if one does. Quick: ask as often as you like.

        Raises:
            StoreError: if the database can't be used.
        """
        with self._database.reading() as connection:
            row = connection.execute(select(table).where(table.c.ended.is_(None))).first()
        return None if row is None else _experiment(row)

    def outcomes(self, experiment: Experiment) -> dict[str, VariantCounts]:
        """What came of sides "A" and "B".

        Raises:
            StoreError: if the database can't be used.
        """
        with self._database.reading() as connection:
            return {side: _outcome(connection, experiment.variant(side)) for side in ("A", "B")}


def _check(name: str, a: str, b: str, percent: int) -> None:
    if not NAME.fullmatch(name):
        raise BundlesmithError(f"{name[:80]!a} is no name.", "Use up to 64 of A-Z, a-z, 0-9, '.', '_' and '-'.")
    check_id("model", a)
    check_id("model", b)
    if not 1 <= percent <= 99:
        raise BundlesmithError(f"{percent} % is no share for B.", "Give 1 to 99.")


def _all(connection: Connection) -> list[Experiment]:
    query = select(table).order_by(table.c.started.desc(), table.c.name)
    return [_experiment(row) for row in connection.execute(query)]


def _experiment(row: Row[Any]) -> Experiment:
    return Experiment(row.name, row.a, row.b, row.percent, row.started, row.ended)


def _outcome(connection: Connection, variant: str) -> VariantCounts:
    from bundlesmith.pipeline.ask import OWNED_BY  # loads much, and only this needs it

    def count(query: Select[int]) -> int:
        mine = query.where(shown.c.variant == variant, shown.c.user_id.is_not(None))
        return int(connection.execute(mine).scalar_one())

    return VariantCounts(count(_USERS), count(_liked()), count(_did(BASKET)), count(_did(OWNED_BY)))


_USERS = select(func.count(shown.c.user_id.distinct()))


def _did(kinds: Iterable[str]) -> Select[int]:
    """How many customers did something of these kinds with a bundle that they were shown."""
    theirs = and_(events.c.bundle_id == shown.c.bundle_id, events.c.user_id == shown.c.user_id)
    return _USERS.join(events, theirs).where(events.c.kind.in_(sorted(kinds)))


def _liked() -> Select[int]:
    return _USERS.join(feedback, feedback.c.bundle_id == shown.c.bundle_id).where(says("up"))
