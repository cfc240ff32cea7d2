"""The bundles that were shown, so that feedback and purchases can be counted for the model that wrote them."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from sqlalchemy import select

from bundlesmith.store.checks import check_id, check_ids, check_time, items_to_json
from bundlesmith.store.database import Database
from bundlesmith.store.outbox import Outbox
from bundlesmith.store.tables import shown as table


@dataclass(frozen=True, slots=True)
class Shown:
    """A bundle that was shown.

    Attributes:
        bundle_id: the id that was given to it; each is shown once.
        model: the model that wrote it.
        run: the key of the run that had this name then.
        variant: the side of an experiment that the user was on.
        user: to whom; None: not known.
        items: the ids of its items.
        time: seconds since 1970, UTC.
        asked: what was asked, as JSON values, to be published; it isn't stored.
    """

    bundle_id: str
    model: str
    run: str
    variant: str | None
    user: str | None
    items: tuple[str, ...]
    time: int
    asked: Mapping[str, Any] | None = field(default=None, compare=False)


class ShownTable:
    """All bundles that were shown. All methods may be called from any thread."""

    def __init__(self, database: Database, outbox: Outbox) -> None:
        self._database, self._outbox = database, outbox

    def add(self, shown: Sequence[Shown]) -> None:
        """Store bundles, all or none; one whose id is there already is not stored again.

        Raises:
            BundlesmithError: if a value can't be stored.
            StoreError: if the database can't be used.
        """
        rows = [_row(bundle) for bundle in shown]
        if rows:
            with self._database.writing() as connection:
                self._database.insert_new(connection, table, sorted(rows, key=lambda row: row["bundle_id"]))
                self._outbox.put(connection, [_message(bundle) for bundle in shown])

    def drop(self, before: int, most: int) -> int:
        """Delete up to *most* bundles that were shown before a time, in seconds since 1970; how many went.

        Raises:
            StoreError: if the database can't be used.
        """
        return self._database.delete_before(table, table.c.bundle_id, before, most)

    def find(self, bundle_id: str) -> Shown | None:
        """A bundle that was shown, or None.

        Raises:
            StoreError: if the database can't be used.
        """
        check_id("bundle id", bundle_id)
        with self._database.reading() as connection:
            row = connection.execute(select(table).where(table.c.bundle_id == bundle_id)).first()
        if row is None:
            return None
        items = tuple(json.loads(row.items))
        return Shown(row.bundle_id, row.model, row.run, row.variant, row.user_id, items, row.time)


def _row(shown: Shown) -> dict[str, Any]:
    check_ids(bundle_id=shown.bundle_id, model=shown.model, run=shown.run, variant=shown.variant, user=shown.user)
    check_time(shown.time)
    return {
        "bundle_id": shown.bundle_id,
        "model": shown.model,
        "run": shown.run,
        "variant": shown.variant,
        "user_id": shown.user,
        "items": items_to_json(shown.items),
        "time": shown.time,
    }


def _message(shown: Shown) -> dict[str, Any]:
    return {"type": "shown", **asdict(shown)}
