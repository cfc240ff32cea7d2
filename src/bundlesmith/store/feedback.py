"""What people say of bundles, and what came of those that were shown, counted by model, its run and variant.

It counts.
"""

from collections import Counter
from dataclasses import asdict, dataclass
from typing import Literal, get_args

from sqlalchemy import ColumnElement, Connection, Select, and_, func, insert, select

from bundlesmith.errors import BundlesmithError
from bundlesmith.store.checks import check_ids, check_text, check_time, items_to_json
from bundlesmith.store.database import Database
from bundlesmith.store.outbox import Outbox
from bundlesmith.store.tables import events, shown
from bundlesmith.store.tables import feedback as table

Verdict = Literal["up", "down"]
BASKET = frozenset({"basket", "cart"})
"""Kinds of events that put an item into a basket."""
VariantKey = tuple[str, str, str | None]
"""A model, the key of its run, and a variant."""


@dataclass(frozen=True, slots=True)
class Feedback:
    """What somebody says of a bundle.

    Attributes:
        user: who; None: not known.
        bundle_id: of which bundle; whoever says something again of the same one has changed their mind.
        verdict: "up" or "down".
        reason: in words, or "".
        items: the ids of its items, as they were then.
        model, variant: see `bundlesmith.store.Shown`.
        time: seconds since 1970, UTC.
    """

    user: str | None
    bundle_id: str
    verdict: Verdict
    reason: str
    items: tuple[str, ...]
    model: str
    variant: str | None
    time: int


@dataclass(frozen=True, slots=True)
class Figures:
    """What came of the bundles of one run and variant; all are counts of bundles.

    Attributes:
        model, run, variant: whose: a name, the key of the run that had it then, and the side of an experiment.
        shown: shown.
        up, down: whose latest feedback says so.
        baskets: of which something went into a basket: shown, with an event of a kind in `BASKET` that names it.
        purchases: of which something was bought, likewise.
    """

    model: str
    run: str
    variant: str | None
    shown: int
    up: int
    down: int
    baskets: int
    purchases: int


class FeedbackTable:
    """All feedback. All methods may be called from any thread."""

    def __init__(self, database: Database, outbox: Outbox) -> None:
        self._database, self._outbox = database, outbox

    def add(self, feedback: Feedback) -> int:
        """Store feedback; when this returns it is durable.

        Returns:
            Its id.

        Raises:
            BundlesmithError: if a value can't be stored.
            StoreError: if the database can't be used.
        """
        _check(feedback)
        row = {
            "user_id": feedback.user,
            "bundle_id": feedback.bundle_id,
            "verdict": feedback.verdict,
            "reason": feedback.reason,
            "items": items_to_json(feedback.items),
            "model": feedback.model,
            "variant": feedback.variant,
            "time": feedback.time,
        }
        with self._database.writing() as connection:
            self._outbox.put(connection, [{"type": "decided", **asdict(feedback)}])
            return int(connection.execute(insert(table).returning(table.c.id), row).scalar_one())

    def figures(self) -> list[Figures]:
        """What came of all bundles, by model, run and variant.

        Raises:
            StoreError: if the database can't be used.
        """
        from bundlesmith.pipeline.ask import OWNED_BY  # loads much, and only this needs it

        with self._database.reading() as connection:
            counts = (
                _shown(connection),
                _said(connection, "up"),
                _said(connection, "down"),
                _done(connection, BASKET),
                _done(connection, OWNED_BY),
            )
        sides = sorted(set().union(*counts), key=lambda side: (side[0], side[1], side[2] or ""))
        return [Figures(*side, *(count[side] for count in counts)) for side in sides]


def _check(feedback: Feedback) -> None:
    check_ids(user=feedback.user, bundle_id=feedback.bundle_id, model=feedback.model, variant=feedback.variant)
    check_text("reason", feedback.reason)
    check_time(feedback.time)
    if feedback.verdict not in get_args(Verdict):
        raise BundlesmithError(f'The verdict is "{feedback.verdict}".', 'Give "up" or "down".')


def says(verdict: Verdict) -> ColumnElement[bool]:
    """Of all feedback: what is the latest on its bundle, and says so."""
    latest = select(func.max(table.c.id)).group_by(table.c.bundle_id)
    return and_(table.c.id.in_(latest), table.c.verdict == verdict)


_SIDE = (shown.c.model, shown.c.run, shown.c.variant)


def _shown(connection: Connection) -> Counter[VariantKey]:
    return _counted(connection, select(*_SIDE, func.count()))


def _said(connection: Connection, verdict: Verdict) -> Counter[VariantKey]:
    query = select(*_SIDE, func.count()).join(table, table.c.bundle_id == shown.c.bundle_id)
    return _counted(connection, query.where(says(verdict)))


def _done(connection: Connection, kinds: frozenset[str]) -> Counter[VariantKey]:
    query = select(*_SIDE, func.count(shown.c.bundle_id.distinct()))
    query = query.join(events, events.c.bundle_id == shown.c.bundle_id)
    return _counted(connection, query.where(events.c.kind.in_(sorted(kinds))))


def _counted(connection: Connection, query: Select[str, str, str | None, int]) -> Counter[VariantKey]:
    rows = connection.execute(query.group_by(*_SIDE))
    return Counter({(model, run, variant): count for model, run, variant, count in rows})
