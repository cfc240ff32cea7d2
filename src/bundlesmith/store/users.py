"""Forgetting users, and who was forgotten.

Those who read them ask here first.
"""

import hashlib
import hmac
import time

from sqlalchemy import delete, or_, select

from bundlesmith.store.checks import check_id
from bundlesmith.store.database import Database
from bundlesmith.store.tables import events, feedback, forgotten, outbox, shown


class UserTable:
    """The users that were forgotten. All methods may be called from any thread."""

    def __init__(self, database: Database, salt: str) -> None:
        self._database, self._salt = database, salt

    def forget(self, user: str) -> dict[str, int]:
        """Delete a user's events, the bundles that they were shown, all feedback by them or on these bundles, and what
        of it isn't published yet.

        What is kept: a hash of the id, with the store's own salt, and the time; so that the histories in a run's folder
        are not used for this id any more. Nobody can read the id from it, but one who has the store and guesses the id
        can tell that it was forgotten. Events that come afterwards are new data, and count.

        SQLite's file is overwritten where the rows were; PostgreSQL does so in its next vacuum, and its log and backups
        are its owner's to clear.

        Returns:
            How many rows went: of "events", "shown" and "feedback".

        Raises:
            BundlesmithError: if the id is not one.
            StoreError: if the database can't be used, or (SQLite) the file not be overwritten now: forget them again.
        """
        check_id("user", user)
        theirs = select(shown.c.bundle_id).where(shown.c.user_id == user)
        row = {"hash": self._hash(user), "time": int(time.time())}
        with self._database.writing("events", user) as connection:
            conditions = {
                "feedback": delete(feedback).where(or_(feedback.c.user_id == user, feedback.c.bundle_id.in_(theirs))),
                "shown": delete(shown).where(shown.c.user_id == user),
                "events": delete(events).where(events.c.user_id == user),
            }
            gone = {name: connection.execute(statement).rowcount for name, statement in conditions.items()}
            connection.execute(delete(outbox).where(outbox.c.user_id == user))
            self._database.insert_new(connection, forgotten, [row])
        self._database.scrub()
        return gone

    def forgotten(self, user: str) -> bool:
        """Whether a user was ever forgotten: what a run's folder holds of them must not be used.

        Raises:
            StoreError: if the database can't be used.
        """
        check_id("user", user)
        with self._database.reading() as connection:
            query = select(forgotten.c.hash).where(forgotten.c.hash == self._hash(user))
            return connection.execute(query).first() is not None

    def _hash(self, user: str) -> str:
        return hmac.new(self._salt.encode(), user.encode(), hashlib.sha256).hexdigest()
