"""How fast events come from brokers into SQLite and PostgreSQL, beside one event a call; memory while a store hangs.

    python -m bench.ingest [EVENTS [SECONDS]]

Brokers and a PostgreSQL are started for it; Kafka's is the one in the client library, in this process. The events are
of 5,000 customers, and are read in this process. For SECONDS the SQLite store is then held by another while all events
wait in the broker: the memory of the process is what is printed, at the beginning and at the end.
"""

import json
import sqlite3
import sys
import tempfile
import threading
import time
from contextlib import closing
from pathlib import Path

import psutil
from tests.ingest.brokers import BROKERS, Broker
from tests.store.postgres import PostgresServer

from bench.table import Rows, publish
from bundlesmith.ingest.config import Ingest, open_source
from bundlesmith.ingest.consume import consume
from bundlesmith.ingest.ledger import Ledger
from bundlesmith.ingest.sinks import EventSink
from bundlesmith.store import NewEvent, Store, open_store

SINGLE, CHUNK = 200, 2000
WAITED = 0.5
"""Seconds for which `consume` waits for more before it ends."""


def main(events: int = 50_000, seconds: float = 60) -> None:
    """Measure, and publish a row a broker and store."""
    rows: Rows = []
    with tempfile.TemporaryDirectory() as folder, PostgresServer.started() as postgres:
        for name, start in BROKERS.items():
            broker = start()
            for number in range(0, events, CHUNK):
                broker.send("visits", [event(each) for each in range(number, min(number + CHUNK, events))])
            file = f"sqlite:///{folder}/{name}.db"
            for kind, url in (("SQLite", file), ("PostgreSQL", postgres.new_database())):
                rows.append({"broker": name, "store": kind, **measured(broker, url, events)})
            rows[-2] |= hanging(broker, file, seconds)
            broker.close()
    publish("ingest", rows)


def event(number: int) -> bytes:
    values = {"user": f"u{number % 5000}", "item": f"i{number % 997}", "time": number, "event_id": f"e{number}"}
    return json.dumps(values).encode()


def read(broker: Broker, store: Store, group: str, stop: threading.Event, until_empty: bool) -> int:
    """Read all there is, or until told to stop; the events that were new."""
    settings = Ingest(topics=["visits"], group=group)
    source, ledger = open_source(broker.url, settings), Ledger(store, group, "reader")
    tally = consume(source, ledger, EventSink(ledger, settings.fields), stop, until_empty=until_empty)
    source.close()
    return tally.new


def measured(broker: Broker, url: str, events: int) -> dict[str, float]:
    """What reading them all into a store takes."""
    store = open_store(url)
    begun = time.perf_counter()
    assert read(broker, store, "bench", threading.Event(), True) == events
    seconds = time.perf_counter() - begun - WAITED
    begun = time.perf_counter()
    for number in range(SINGLE):
        store.events.add(f"v{number}", [NewEvent("i1", "view", 5, event_id=f"s{number}")])
    single = SINGLE / (time.perf_counter() - begun)
    store.close()
    return {"events a second": events / seconds, "one a call": single}


def hanging(broker: Broker, url: str, seconds: float) -> dict[str, float]:
    """The memory of this process while all events wait for a store that is held by another."""
    store, stop, me = open_store(url, wait=1.0), threading.Event(), psutil.Process()
    with closing(sqlite3.connect(Path(url.removeprefix("sqlite:///")), isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        reader = threading.Thread(target=read, args=(broker, store, "hangs", stop, False))
        reader.start()
        time.sleep(min(5.0, seconds / 2))
        first = me.memory_info().rss
        time.sleep(seconds)
        last = me.memory_info().rss
        other.execute("ROLLBACK")
    stop.set()
    reader.join()
    store.close()
    return {"MB at first": first / 1e6, "MB after": last / 1e6}


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
