"""What the service keeps: events, feedback, catalogue changes, keys, models, experiments, who was forgotten; in SQL.

store = open_store("sqlite:///bundlesmith.db")
store.events.add("u1", [NewEvent("CAMP-0001", "view", 1_760_000_000)])
"""

from bundlesmith.store.changes import ChangeLog, StoredChange
from bundlesmith.store.database import StoreError
from bundlesmith.store.events import NewEvent, StoredEvent
from bundlesmith.store.experiments import Experiment, VariantCounts
from bundlesmith.store.feedback import Feedback, Figures
from bundlesmith.store.keys import Key, KeyRights
from bundlesmith.store.models import RegisteredRun
from bundlesmith.store.shown import Shown
from bundlesmith.store.store import Store, open_store

__all__ = [
    "ChangeLog",
    "Experiment",
    "Feedback",
    "Figures",
    "Key",
    "KeyRights",
    "NewEvent",
    "RegisteredRun",
    "Shown",
    "Store",
    "StoreError",
    "StoredChange",
    "StoredEvent",
    "VariantCounts",
    "open_store",
]
