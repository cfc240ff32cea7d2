"""What the service keeps: events, feedback, catalogue changes, keys, models, experiments, who was forgotten; in SQL.

store = open_store("sqlite:///bundlesmith.db")
store.events.add("u1", [NewEvent("CAMP-0001", "view", 1_760_000_000)])
"""

from bundlesmith.store.changes import Change, ChangeLog
from bundlesmith.store.database import StoreError
from bundlesmith.store.events import NewEvent, StoredEvent
from bundlesmith.store.experiments import Experiment, Outcome
from bundlesmith.store.feedback import Feedback, Figures
from bundlesmith.store.keys import Key, Limits
from bundlesmith.store.models import Model
from bundlesmith.store.shown import Shown
from bundlesmith.store.store import Store, open_store

__all__ = [
    "Change",
    "ChangeLog",
    "Experiment",
    "Feedback",
    "Figures",
    "Key",
    "Limits",
    "Model",
    "NewEvent",
    "Outcome",
    "Shown",
    "Store",
    "StoreError",
    "StoredEvent",
    "open_store",
]
