"""The engine and the service are killed (SIGKILL), time and again, while bundles are asked for and events are written.

    make bench-kills

Nobody starts anything by hand: the service starts its engine again, and a loop the service, as `restart: always` does.
In the end every event that was acknowledged must be in the store, once.
"""

import argparse
import asyncio
import random
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx2

from bench.served import Served, arguments, bodies, percentile
from bench.table import publish
from bundlesmith.store import open_store

CLIENTS, WRITERS = 3, 2
EVERY = 0.05
WITHIN = 180.0


@dataclass(slots=True)
class Seen:
    """What clients saw.

    Attributes:
        acknowledged: ids of events, by user.
        statuses: how many answers to requests for bundles had which status; 0: none came.
        late: the longest time that somebody waited for an answer that wasn't a bundle.
        answered: when the last bundle came, by the clock.
    """

    acknowledged: dict[str, list[str]] = field(default_factory=dict)
    statuses: Counter[int] = field(default_factory=Counter)
    late: float = 0.0
    answered: float = 0.0


async def shop(client: httpx2.AsyncClient, seen: Seen, number: int) -> None:
    """Ask for bundles for ever."""
    for body in bodies(number):
        began = time.perf_counter()
        try:
            status = (await client.post("/v1/bundles", json=body)).status_code
        except httpx2.TransportError:
            status = 0
        seen.statuses[status] += 1
        if status == 200:
            seen.answered = began
        else:
            seen.late = max(seen.late, time.perf_counter() - began)
            await asyncio.sleep(0.2)


async def write(client: httpx2.AsyncClient, seen: Seen, user: str, items: list[str]) -> None:
    """Write events for ever, each until it is acknowledged."""
    said = seen.acknowledged.setdefault(user, [])
    while True:
        event = {"item": items[len(said) % len(items)], "kind": "view", "event_id": f"{user}-{len(said)}"}
        try:
            answer = await client.post("/v1/events", json={"user": user, "events": [event]})
        except httpx2.TransportError:
            await asyncio.sleep(EVERY)
            continue
        if answer.status_code == 200:
            said.append(event["event_id"])
        await asyncio.sleep(EVERY)


async def deaths(served: Served, kill: Callable[[], None], times: int) -> tuple[Seen, list[float], list[float]]:
    """Kill it so often; what was seen, and the seconds until it said that it isn't ready, and until a bundle came."""
    seen, rng = Seen(), random.Random(3)
    noticed, back = [], []
    timeout, limits = httpx2.Timeout(70, connect=5), httpx2.Limits(max_connections=None)
    async with httpx2.AsyncClient(base_url=served.url, timeout=timeout, limits=limits) as client:
        items = [item["item"] for item in (await client.get("/v1/items")).json()["items"]]
        tasks = [asyncio.create_task(shop(client, seen, number)) for number in range(1, CLIENTS + 1)]
        tasks += [asyncio.create_task(write(client, seen, f"writer{n}", items)) for n in range(WRITERS)]
        await until(lambda: seen.answered > 0)
        for _ in range(times):
            await asyncio.sleep(rng.uniform(0.5, 3))
            began = time.perf_counter()
            kill()
            while await asyncio.to_thread(served.status) == 200:
                await asyncio.sleep(EVERY)
            noticed.append(time.perf_counter() - began)
            await until(lambda began=began: seen.answered > began + noticed[-1])
            back.append(time.perf_counter() - began)
        for task in tasks:
            task.cancel()
        for found in await asyncio.gather(*tasks, return_exceptions=True):
            if not isinstance(found, asyncio.CancelledError):
                raise RuntimeError("A client ended.") from (found if isinstance(found, BaseException) else None)
    return seen, noticed, back


async def until(holds: Callable[[], bool]) -> None:
    async with asyncio.timeout(WITHIN):
        while not holds():
            await asyncio.sleep(EVERY)


def lost(served: Served, seen: Seen) -> tuple[int, int]:
    """How many acknowledged events the store doesn't have, and how many it has twice."""
    store = open_store(served.store)
    missing = twice = 0
    for user, said in seen.acknowledged.items():
        found = Counter(event.event_id for event in store.events.of_user(user))
        missing += len(set(said) - found.keys())
        twice += sum(number > 1 for number in found.values())
    store.close()
    return missing, twice


def killed(what: str, run: Path, options: argparse.Namespace) -> dict[str, Any]:
    """A row: the engine of a service with vLLM is killed, or a service of either engine."""
    with tempfile.TemporaryDirectory() as folder, Served(run, Path(folder), options.engine, options.port) as served:
        start = served.until_ready()
        kill = served.kill if what == "service" else served.kill_engine
        seen, noticed, back = asyncio.run(deaths(served, kill, options.times))
        missing, twice = lost(served, seen)
        starts = served.starts
    return {
        "killed": what,
        "engine": options.engine,
        "times": options.times,
        "starts of the service": starts,
        "events acknowledged": sum(map(len, seen.acknowledged.values())),
        "lost": missing,
        "doubled": twice,
        "bundles": seen.statuses[200],
        "503": seen.statuses[503],
        "other 5xx": sum(n for status, n in seen.statuses.items() if status >= 500 and status != 503),
        "cut off": seen.statuses[0],
        "longest wait for no bundle s": seen.late,
        "first start s": start,
        "noticed s, median": percentile(noticed, 0.5),
        "a bundle again s, median": percentile(back, 0.5),
        "longest": max(back),
    }


def main() -> None:
    parser = arguments(__doc__, port=8210)
    parser.add_argument("run", type=Path)
    parser.add_argument("what", choices=["service", "engine"])
    parser.add_argument("--times", type=int, default=10)
    options = parser.parse_args()
    found = killed(options.what, options.run, options)
    publish(f"kills-{options.what}", [found], upright=True)
    if found["lost"] or found["doubled"] or found["other 5xx"]:
        raise SystemExit("Something was lost, doubled or broken.")


if __name__ == "__main__":
    main()
