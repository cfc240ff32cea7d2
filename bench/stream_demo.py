"""A shop's streams for a minute: a broker, a service that reads it, visits that come, answers that change with them.

    python -m bench.stream_demo RUN DATA [SECONDS]

The broker is NATS with JetStream, or Redis where that isn't installed. The visits are the sample shop's own.
"""

import json
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import httpx2
import polars as pl
from tests.ingest.brokers import BROKERS, Broker, free_port, nats_program

RATE = 300
"""Visits a second."""


def main(run: str, data: str, seconds: int = 20) -> None:
    """Start it all, and show what happens."""
    with streaming(run) as (broker, shop):
        print(f"A service reads {type(broker).__name__}'s topics visits and items, and publishes what it shows.\n")
        one_customer(broker, shop, pl.read_parquet(Path(data) / "items.parquet"))
        many_visits(broker, shop, visits(data), seconds)


@contextmanager
def streaming(run: str) -> Iterator[tuple[Broker, httpx2.Client]]:
    """A broker, and a service that is ready and reads it."""
    kind = BROKERS["nats" if nats_program() else "redis"]
    with closing(kind()) as broker, tempfile.TemporaryDirectory() as folder:
        for topic in ("visits", "items", "told"):
            broker.send(topic, [])
        settings = {"url": broker.url, "topics": ["visits"], "items": {"topics": ["items"]}}
        Path(folder, "ingest.yaml").write_text(json.dumps(settings))
        port = free_port()
        words = ["--run", f"demo={run}", "--port", str(port), "--store", f"sqlite:///{folder}/store.db"]
        words += ["--ingest", f"{folder}/ingest.yaml", "--publish", broker.url, "--publish-topic", "told"]
        service = subprocess.Popen([sys.executable, "-m", "bundlesmith", "serve", *words], stderr=subprocess.DEVNULL)
        try:
            shop = httpx2.Client(base_url=f"http://127.0.0.1:{port}", timeout=60)
            until(lambda: shop.get("/readyz").status_code == 200 or service.poll() is not None)
            if service.poll() is not None:
                raise RuntimeError(f"The service ended: see what `bundlesmith serve {' '.join(words[:2])}` says.")
            yield broker, shop
        finally:
            service.terminate()
            service.wait()


def visits(data: str) -> list[dict[str, Any]]:
    """The shop's own visits, in an order that is always the same."""
    events = pl.read_parquet(Path(data) / "events.parquet")
    rows = events.select(user="user_id", item="item_id", kind="kind", session="session_id").to_dicts()
    random.Random(7).shuffle(rows)
    return rows


def one_customer(broker: Broker, shop: httpx2.Client, items: pl.DataFrame) -> None:
    """Visits, then a price: each changes the next answer."""
    show("What somebody is shown who is new:", before := bundle(shop))
    there = {item["item"] for item in before["items"]}
    kinds = items.filter(pl.col("stock") != 0).group_by("category").agg("item_id").sort("category").rows()
    viewed = next(ids for path, ids in kinds if len(ids) > 3 and not there & set(ids))[:3]
    send(broker, "visits", [{"user": "you", "item": item, "kind": "view"} for item in viewed])
    took = until(lambda: len(shop.get("/v1/users/you").json()["history"]) == len(viewed))
    show(f"{took:.2f} s after visits to {', '.join(viewed)} were produced:", after := bundle(shop))
    item = after["items"][0]
    send(broker, "items", [{"item": item["item"], "price": round(item["price"] * 0.8, 2)}])
    took = until(lambda: shop.get(f"/v1/items/{item['item']}").json()["price"] != item["price"])
    show(f"{took:.2f} s after a new price of {item['item']} was produced:", bundle(shop))


def many_visits(broker: Broker, shop: httpx2.Client, rows: list[dict[str, Any]], seconds: int) -> None:
    """Visits, and how far the service is."""
    sent, begun = 0, time.monotonic()
    print(f"{'produced':>9} {'stored':>9} {'seconds behind':>15}")
    while (past := time.monotonic() - begun) < seconds:
        due = min(len(rows), int(RATE * past))
        send(broker, "visits", rows[sent:due])
        sent = due
        stored, behind = measured(shop).values()
        print(f"{sent:9,} {stored:9,.0f} {behind:15.2f}")
        time.sleep(1)


def bundle(shop: httpx2.Client) -> dict[str, Any]:
    answer = shop.post("/v1/bundles", json={"user": "you"})
    answer.raise_for_status()
    found: dict[str, Any] = answer.json()["bundles"][0]
    return found


def show(what: str, found: dict[str, Any]) -> None:
    print(what, *(f"   {item['title']} ({item['price']})" for item in found["items"]), "", sep="\n")


def send(broker: Broker, topic: str, messages: list[dict[str, Any]]) -> None:
    broker.send(topic, [json.dumps(message).encode() for message in messages])


def measured(shop: httpx2.Client) -> dict[str, float]:
    """The sum (of seconds behind: the most) over all series, by name."""
    found: dict[str, float] = {"bundlesmith_ingest_events_total": 0, "bundlesmith_ingest_behind_seconds": 0}
    for line in shop.get("/metrics").text.splitlines():
        name, _, value = line.partition(" ")
        if (kind := name.partition("{")[0]) in found:
            join: Callable[[float, float], float] = max if "behind" in kind else float.__add__
            found[kind] = join(float(found[kind]), float(value.split()[-1]))
    return found


def until(true: Callable[[], bool]) -> float:
    """Wait for something to be so; the seconds that it took."""
    begun = time.monotonic()
    while time.monotonic() < begun + 120:
        try:
            if true():
                return time.monotonic() - begun
        except httpx2.TransportError:
            pass
        time.sleep(0.05)
    raise TimeoutError("The service didn't get there within two minutes.")


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], *map(int, sys.argv[3:]))
