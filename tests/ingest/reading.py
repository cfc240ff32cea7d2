"""One reader, and what is in the store after it."""

import threading
from collections import Counter

from sqlalchemy import select

from bundlesmith.ingest.consume import ConsumedCounts, consume
from bundlesmith.ingest.events import Fields
from bundlesmith.ingest.ledger import Ledger
from bundlesmith.ingest.sinks import EventSink
from bundlesmith.ingest.source import Broker
from bundlesmith.store import Store
from bundlesmith.store.tables import events


def read_to_the_end(source: Broker, store: Store, group: str) -> ConsumedCounts:
    """Read until nothing is left, and close."""
    try:
        ledger = Ledger(store, group, "reader")
        tally = consume(source, ledger, EventSink(ledger, Fields()), threading.Event(), until_empty=True)
        ledger.release()
        return tally
    finally:
        source.close()


def stored(store: Store) -> Counter[str]:
    """How often each event id is there."""
    with store._database.reading() as connection:
        return Counter(connection.execute(select(events.c.event_id)).scalars())
