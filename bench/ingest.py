"""How fast events come from brokers into SQLite and PostgreSQL, beside one event a call; memory while a store is away.

    python -m bench.ingest [EVENTS [SECONDS]]

Brokers and a PostgreSQL are started for it; Kafka's protocol is spoken by Tansu, in memory. The events are of 5,000
customers, and are read in this process. Then they are read again, and after the first of them the store is away
for SECONDS (SQLite's file held by another, PostgreSQL stopped) while 2,000 more come each second: the memory of the
process is what is printed, at the beginning and at the end.
"""

import json
import sqlite3
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, closing, contextmanager

import psutil
from tests.ingest.brokers import BROKERS, Broker, TansuServer
from tests.store.postgres import PostgresServer

from bench.table import Rows, publish
from bundlesmith.ingest.config import Ingest, open_source
from bundlesmith.ingest.consume import WAIT, consume
from bundlesmith.ingest.ledger import Ledger
from bundlesmith.ingest.sinks import EventSink
from bundlesmith.store import NewEvent, Store, open_store

SINGLE, CHUNK = 200, 2000
KINDS = BROKERS | {"kafka": TansuServer}
"""Each a process of its own."""


def main(events: int = 50_000, seconds: float = 60) -> None:
    """Measure, and publish a row a broker and store."""
    rows: Rows = []
    with tempfile.TemporaryDirectory() as folder, PostgresServer.started() as postgres:
        for name, start in KINDS.items():
            broker = start()
            for number in range(0, events, CHUNK):
                broker.send("visits", [event(each) for each in range(number, min(number + CHUNK, events))])
            file = f"{folder}/{name}.db"
            for kind, url, away in (
                ("SQLite", f"sqlite:///{file}", lambda file=file: held(file)),
                ("PostgreSQL", postgres.new_database(), lambda: stopped(postgres)),
            ):
                rows.append({"broker": name, "store": kind, **measured(broker, url, events)})
                rows[-1] |= waiting(broker, url, away, seconds)
            broker.close()
    publish("ingest", rows)


def event(number: int) -> bytes:
    values = {"user": f"u{number % 5000}", "item": f"i{number % 997}", "time": number, "event_id": f"e{number}"}
    return json.dumps(values).encode()


def read(broker: Broker, store: Store, group: str, stop: threading.Event, begun: threading.Event | None = None) -> int:
    """Read all there is, or until told to stop if *begun* is to be told of each batch; the events that were new."""
    settings = Ingest(topics=["visits"], group=group)
    source, ledger = open_source(broker.url, settings), Ledger(store, group, "reader")
    told = (lambda *_: begun.set()) if begun else None
    tally = consume(source, ledger, EventSink(ledger, settings.fields), stop, until_empty=not begun, stored=told)
    source.close()
    return tally.new


def measured(broker: Broker, url: str, events: int) -> dict[str, float]:
    """What reading them all into a store takes."""
    store = open_store(url)
    begun = time.perf_counter()
    assert read(broker, store, "bench", threading.Event()) == events
    seconds = time.perf_counter() - begun - WAIT
    begun = time.perf_counter()
    for number in range(SINGLE):
        store.events.add(f"v{number}", [NewEvent("i1", "view", 5, event_id=f"s{number}")])
    single = SINGLE / (time.perf_counter() - begun)
    store.close()
    return {"events a second": events / seconds, "one a call": single}


def waiting(
    broker: Broker, url: str, away: Callable[[], AbstractContextManager[None]], seconds: float
) -> dict[str, float]:
    """The memory of this process while events wait, and more come, for a store that can't be used."""
    store, me, stop, begun = open_store(url, wait=1.0), psutil.Process(), threading.Event(), threading.Event()
    reader = threading.Thread(target=read, args=(broker, store, "waits", stop, begun))
    reader.start()
    begun.wait()
    with away():
        more = [event(number) for number in range(CHUNK)]
        seen, until = [], time.monotonic() + seconds
        while time.monotonic() < until:
            broker.send("visits", more)
            time.sleep(1)
            seen.append(me.memory_info().rss)
    stop.set()
    reader.join()
    store.close()
    return {"MB at first": seen[len(seen) // 12] / 1e6, "MB after": seen[-1] / 1e6}  # when all runs, and at the end


@contextmanager
def held(file: str) -> Iterator[None]:
    """Nobody else can use the SQLite file."""
    with closing(sqlite3.connect(file, isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        yield
        other.execute("ROLLBACK")


@contextmanager
def stopped(postgres: PostgresServer) -> Iterator[None]:
    """The server doesn't run."""
    postgres.crash()
    yield
    postgres.start()


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
