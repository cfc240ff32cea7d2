"""How fast events come from a Redis stream into SQLite and PostgreSQL, beside one event a call.

    python -m bench.ingest [EVENTS]

A real Redis and a real PostgreSQL of Debian's are started for it. The events are of 5,000 customers; reading is in this
process, so the memory that is printed is that of `bundlesmith ingest`.
"""

import json
import resource
import sys
import tempfile
import threading
import time

from tests.ingest.brokers import RedisServer
from tests.serve.store.postgres import PostgresServer

from bench.table import Rows, publish
from bundlesmith.ingest.consume import consume
from bundlesmith.ingest.events import Fields
from bundlesmith.ingest.ledger import Ledger
from bundlesmith.ingest.redis_streams import RedisStreams
from bundlesmith.serve.store import NewEvent, open_store

SINGLE = 200
WAITED = 0.5
"""Seconds for which `consume` waits for more before it ends."""


def main(events: int = 200_000) -> None:
    """Measure, and publish a row a store."""
    rows: Rows = []
    with tempfile.TemporaryDirectory() as folder, PostgresServer.started() as postgres:
        redis = RedisServer()
        try:
            fill(redis, events)
            for name, url in (("SQLite", f"sqlite:///{folder}/store.db"), ("PostgreSQL", postgres.new_database())):
                rows.append({"store": name, **measured(redis, url, events)})
        finally:
            redis.close()
    publish("ingest", rows)


def fill(redis: RedisServer, events: int) -> None:
    """Append the events to a stream."""
    with redis.client() as client:
        client.config_set("appendfsync", "no")
        for start in range(0, events, 5000):
            pipe = client.pipeline(transaction=False)
            for number in range(start, min(start + 5000, events)):
                event = {
                    "user": f"u{number % 5000}",
                    "item": f"i{number % 997}",
                    "time": number,
                    "event_id": f"e{number}",
                }
                pipe.xadd("visits", {"data": json.dumps(event)})
            pipe.execute()


def measured(redis: RedisServer, url: str, events: int) -> dict[str, float]:
    """What reading them all into a store takes."""
    store, source = open_store(url), RedisStreams(redis.url, ["visits"])
    begun = time.perf_counter()
    tally = consume(source, Ledger(store, "bench", "reader"), Fields(), threading.Event(), until_empty=True)
    seconds = time.perf_counter() - begun - WAITED
    assert tally.new == events
    begun = time.perf_counter()
    for number in range(SINGLE):
        store.events.add(f"v{number}", [NewEvent("i1", "view", 5, event_id=f"s{number}")])
    single = SINGLE / (time.perf_counter() - begun)
    source.close()
    store.close()
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return {"events a second": events / seconds, "one a call": single, "peak MB so far": memory}


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
