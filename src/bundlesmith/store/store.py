"""Opens a store, and holds its parts together."""

from contextlib import AbstractContextManager

from bundlesmith.store.changes import ChangeLog, ChangeTable
from bundlesmith.store.database import Database
from bundlesmith.store.events import EventTable
from bundlesmith.store.experiments import ExperimentTable
from bundlesmith.store.feedback import FeedbackTable
from bundlesmith.store.keys import KeyTable
from bundlesmith.store.models import ModelTable
from bundlesmith.store.outbox import Outbox
from bundlesmith.store.schema import Secrets, prepare_schema
from bundlesmith.store.shown import ShownTable
from bundlesmith.store.users import UserTable


class Store:
    """All that the service keeps. All methods may be called from any thread, and from several processes at once, each
    of which opens the store for itself. What a method returns from is on the disk.

    Attributes:
        url: where it is, without the password.
        signing: the secret with which tokens are signed.
        events, shown, feedback, changes, keys, models, experiments, users, outbox: its parts.
    """

    def __init__(self, database: Database, own: Secrets) -> None:
        self._database = database
        self.url, self.signing = database.url, own.signing
        self.events = EventTable(database)
        self.outbox = Outbox(database)
        self.shown = ShownTable(database, self.outbox)
        self.feedback = FeedbackTable(database, self.outbox)
        self.changes = ChangeTable(database)
        self.keys = KeyTable(database)
        self.models = ModelTable(database)
        self.experiments = ExperimentTable(database)
        self.users = UserTable(database, own.salt)

    def changing(self, model: str) -> AbstractContextManager[ChangeLog]:
        """Hold a model's log of changes alone; see `bundlesmith.store.changes.ChangeTable.changing`."""
        return self.changes.changing(model)

    def close(self) -> None:
        """Close all connections."""
        self._database.close()


def open_store(url: str, wait: float = 10.0) -> Store:
    """Open a store; its tables are made if there are none.

    Args:
        url: `sqlite:///FILE`, or `postgresql://USER:PASSWORD@HOST/NAME`.
        wait: how long a call waits for a connection or a lock, in seconds, before it raises.

    Raises:
        BundlesmithError: if the URL is neither, or the store was made by another version.
        StoreError: if the database can't be reached or written to.
    """
    database = Database(url, wait)
    try:
        return Store(database, prepare_schema(database))
    except BaseException:
        database.close()
        raise
