"""What the service keeps: events, feedback, catalogue changes, keys, models, experiments, who was forgotten; in SQL.

    store = open_store("sqlite:///bundlesmith.db")
    store.events.add("u1", [NewEvent("CAMP-0001", "view", 1_760_000_000)])

Knows nothing about HTTP, runs or engines.
"""

from bundlesmith.serve.store.changes import Change, ChangeLog
from bundlesmith.serve.store.database import StoreError
from bundlesmith.serve.store.events import NewEvent, StoredEvent
from bundlesmith.serve.store.experiments import Experiment, Outcome
from bundlesmith.serve.store.feedback import Feedback, Figures
from bundlesmith.serve.store.keys import Key, Limits
from bundlesmith.serve.store.models import Model
from bundlesmith.serve.store.shown import Shown
from bundlesmith.serve.store.store import Store, open_store

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
