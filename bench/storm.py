"""A service of a large shop under load while its catalogue changes fifty times a second: answers, memory, event loop.

    make bench-storm
    python -m bench.storm [--items 200000] [--seconds 600] [--changes 50] [--clients 16]

Clients ask for all that shoppers and their pages ask for, one after the other; one in four asks for bundles, and
nobody counts how long the model takes for them. The shop is that of bench.live: spelt, not trained.
"""

import argparse
import asyncio
import random
import re
import time
from collections import defaultdict
from dataclasses import dataclass, field
from typing import Any

import httpx2

from bench.csv_shop import KINDS, MAKERS, THEMES
from bench.live import made_run
from bench.served import Served, arguments, percentile, serving
from bench.table import publish

MODEL = "POST /v1/bundles"
MINUTE = 60.0


@dataclass(slots=True)
class Seen:
    """What clients saw: seconds by route, statuses from 500 on, and changes that were acknowledged."""

    seconds: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    failed: list[str] = field(default_factory=list)
    changed: int = 0


def asked(drawn: random.Random, items: int) -> tuple[str, str, dict[str, Any]]:
    """A request of a shopper or a page: method, path, and arguments of the client."""
    item, theme, kind = f"S{drawn.randrange(items):06d}", drawn.choice(THEMES), drawn.choice(KINDS)
    text = f"{drawn.choice(MAKERS)} {theme} {kind}, under {drawn.randrange(50, 300)}, not the {drawn.choice(KINDS)}"
    event = {"user": f"u{drawn.randrange(500)}", "events": [{"item": item, "kind": "view"}]}
    kinds: list[tuple[str, str, dict[str, Any]]] = [
        ("GET", "/v1/items", {"params": {"search": f"{theme} {kind}", "limit": 20}}),
        ("GET", "/v1/items/{item}", {"item": item}),
        ("GET", "/v1/shop", {}),
        ("GET", "/v1/models", {}),
        ("POST", "/v1/understand", {"json": {"text": text, "last": [item]}}),
        ("POST", "/v1/events", {"json": event}),
    ]
    return drawn.choice(kinds)


def bundle(drawn: random.Random) -> tuple[str, str, dict[str, Any]]:
    """A request for a bundle, no two of which are alike."""
    words = f"{drawn.choice(THEMES)} for {drawn.choice(['two', 'a friend', 'beginners'])}"
    body = {"words": words, "budget": drawn.randrange(60, 400), "size": "2:3", "seed": drawn.randrange(10**6)}
    return "POST", "/v1/bundles", {"json": body}


async def send(client: httpx2.AsyncClient, seen: Seen, method: str, path: str, values: dict[str, Any]) -> int:
    """One request, counted."""
    item, route = values.pop("item", ""), f"{method} {path}"
    began = time.perf_counter()
    answer = await client.request(method, path.replace("{item}", item), **values)
    seen.seconds[route].append(time.perf_counter() - began)
    if answer.status_code >= 500 and not (answer.status_code == 504 and route == MODEL):
        seen.failed.append(f"{route}: {answer.status_code} {answer.text[:200]}")
    return answer.status_code


async def shop(client: httpx2.AsyncClient, seen: Seen, number: int, items: int, until: float) -> None:
    """One client."""
    drawn = random.Random(number)
    while time.perf_counter() < until:
        status = await send(client, seen, *(bundle(drawn) if number % 4 == 0 else asked(drawn, items)))
        if status == 429:
            await asyncio.sleep(1)


async def change(client: httpx2.AsyncClient, seen: Seen, rate: float, items: int, until: float) -> None:
    """Changes at a rate, of prices and stocks, and of one title in twenty."""
    drawn, due = random.Random(7), time.perf_counter()

    async def one() -> None:
        body: dict[str, Any] = {"price": round(drawn.uniform(3, 180), 2), "stock": drawn.randrange(60)}
        if drawn.random() < 0.05:
            body["title"] = f"{drawn.choice(MAKERS)} {drawn.choice(THEMES)} {drawn.choice(KINDS)}, edition {due:.0f}"
        values = {"json": body, "item": f"S{drawn.randrange(items):06d}"}
        status = await send(client, seen, "PUT", "/v1/items/{item}", values)
        seen.changed += status == 200

    async with asyncio.TaskGroup() as group:
        while due < until:
            await asyncio.sleep(max(0.0, due - time.perf_counter()))
            group.create_task(one())
            due += 1 / rate


async def late(client: httpx2.AsyncClient) -> dict[float, float]:
    """How many looks at the event loop came no later than so many seconds."""
    text = (await client.get("/metrics")).text
    found = re.findall(r'bundlesmith_loop_lag_seconds_bucket\{le="([^"]+)"\} ([\d.e+]+)', text)
    return {float(limit): float(count) for limit, count in found}


async def storm(served: Served, given: argparse.Namespace) -> list[dict[str, Any]]:
    """A row for each minute, and one for each route."""
    seen, rows, timeout = Seen(), list[dict[str, Any]](), httpx2.Timeout(120)
    async with httpx2.AsyncClient(base_url=served.url, timeout=timeout, limits=httpx2.Limits()) as client:
        warm = time.perf_counter() + given.warm
        await asyncio.gather(*(shop(client, Seen(), number, given.items, warm) for number in range(given.clients)))
        before, began = await late(client), time.perf_counter()
        until = began + given.seconds
        work = [shop(client, seen, number, given.items, until) for number in range(given.clients)]
        tasks = [asyncio.create_task(each) for each in (*work, change(client, seen, given.changes, given.items, until))]
        while time.perf_counter() < until:
            rows.append({"minute": len(rows), "memory MB": served.memory(), "changes": seen.changed})
            await asyncio.sleep(min(MINUTE, max(0.0, until - time.perf_counter())))
        await asyncio.gather(*tasks)
        rows.append({"minute": len(rows), "memory MB": served.memory(), "changes": seen.changed})
        after = await late(client)
    looks = {limit: count - before.get(limit, 0) for limit, count in after.items()}
    whole = looks[float("inf")]
    for route, seconds in sorted(seen.seconds.items()):
        p50, p99 = (1000 * (percentile(seconds, share) or 0) for share in (0.5, 0.99))
        rows.append({"route": route, "requests": len(seconds), "p50 ms": p50, "p99 ms": p99})
    rows.append({"route": "event loop over 50 ms late", "requests": int(whole - looks[0.05]), "of": int(whole)})
    rows.append({"route": "answers of 5xx", "requests": len(seen.failed), "of": str(seen.failed[:3])})
    return rows


def main() -> None:
    parser = arguments(__doc__, port=8210, seconds=600, warm=20)
    parser.add_argument("--items", type=int, default=200_000)
    parser.add_argument("--changes", type=float, default=50, help="a second (%(default)s)")
    parser.add_argument("--clients", type=int, default=16)
    given = parser.parse_args()
    with serving(made_run(given.items), given, "--places", "2", "--waiting", "4", ready=600) as served:
        rows = asyncio.run(storm(served, given))
    columns = ["minute", "memory MB", "changes", "route", "requests", "p50 ms", "p99 ms", "of"]
    publish("storm", [{"items": given.items, **row} for row in rows], columns)


if __name__ == "__main__":
    main()
