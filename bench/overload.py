"""Four times the load that the service can sustain, for two minutes: what becomes of those who are let in, and of the
others.

    make bench-overload

First the sustainable rate is measured with as many clients as there are places, each asking again when it is answered.
Then requests come at four times that rate, whether earlier ones were answered or not.
"""

import argparse
import asyncio
import random
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2

from bench.served import Served, arguments, bodies, percentile, serving
from bench.table import publish

PLACES, WAITING = 8, 16
TIMES = 4
Body = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Reply:
    """What came back: 0 if nothing did; whether it said when to ask again."""

    status: int
    seconds: float
    retry: bool


async def ask(client: httpx2.AsyncClient, body: Body) -> Reply:
    began = time.perf_counter()
    try:
        answer = await client.post("/v1/bundles", json=body)
    except httpx2.TransportError:
        return Reply(0, time.perf_counter() - began, False)
    retry = answer.headers.get("retry-after", "")
    return Reply(answer.status_code, time.perf_counter() - began, retry.isdigit() and int(retry) > 0)


async def closed(client: httpx2.AsyncClient, asked: Iterator[Body], seconds: float) -> tuple[list[Reply], float]:
    """As many clients as places, one request at a time each; all replies, and how many answers came a second."""
    replies: list[Reply] = []
    began = time.perf_counter()

    async def one() -> None:
        while time.perf_counter() - began < seconds:
            replies.append(await ask(client, next(asked)))

    await asyncio.gather(*(one() for _ in range(PLACES)))
    return replies, sum(reply.status == 200 for reply in replies) / (time.perf_counter() - began)


async def opened(
    client: httpx2.AsyncClient, asked: Iterator[Body], rate: float, seconds: float
) -> tuple[list[Reply], float]:
    """Requests at a rate, at random moments; all replies, and how many answers came a second."""
    rng, began, due = random.Random(5), time.perf_counter(), 0.0
    async with asyncio.TaskGroup() as group:
        tasks = []
        while due < seconds:
            await asyncio.sleep(max(0.0, began + due - time.perf_counter()))
            tasks.append(group.create_task(ask(client, next(asked))))
            due += rng.expovariate(rate)
    replies = [task.result() for task in tasks]
    return replies, sum(reply.status == 200 for reply in replies) / (time.perf_counter() - began)


def row(load: str, rate: float | None, found: tuple[list[Reply], float], memory: tuple[float, float]) -> dict[str, Any]:
    replies, answered = found
    counts = Counter(reply.status for reply in replies)
    took = [reply.seconds for reply in replies if reply.status == 200]
    refused = [reply for reply in replies if reply.status == 429]
    return {
        "load": load,
        "asked/s": rate,
        "answered/s": answered,
        "200": counts[200],
        "429": counts[429],
        "of them with Retry-After": sum(reply.retry for reply in refused),
        "5xx": sum(number for status, number in counts.items() if status >= 500),
        "no answer": counts[0],
        "p50 s": percentile(took, 0.5),
        "p99 s": percentile(took, 0.99),
        "longest refusal s": max((reply.seconds for reply in refused), default=None),
        "MB before": memory[0],
        "MB after": memory[1],
    }


async def loads(served: Served, options: argparse.Namespace) -> list[dict[str, Any]]:
    limits = httpx2.Limits(max_connections=None)
    async with httpx2.AsyncClient(base_url=served.url, timeout=3 * options.deadline, limits=limits) as client:
        asked = bodies(1)
        await closed(client, asked, options.warm)  # pages that are touched once, and the mean time of an answer
        before = served.memory()
        sustained = await closed(client, asked, options.measure)
        middle, rate = served.memory(), TIMES * sustained[1]
        over = await opened(client, asked, rate, options.seconds)
        after = served.memory()
        await asyncio.sleep(2)
        again = await closed(client, asked, options.measure / 2)
        last = served.memory()
    return [
        row(f"{PLACES} clients", None, sustained, (before, middle)),
        row(f"{TIMES} times that", rate, over, (middle, after)),
        row(f"{PLACES} clients, after it", None, again, (after, last)),
    ]


def main() -> None:
    parser = arguments(__doc__, port=8200, deadline=60.0, warm=10.0, measure=40.0, seconds=120.0)
    parser.add_argument("run", type=Path)
    options = parser.parse_args()
    more = ["--deadline", str(options.deadline), "--places", str(PLACES), "--waiting", str(WAITING)]
    with serving(options.run, options, *more) as served:
        rows = asyncio.run(loads(served, options))
        starts = served.starts
    publish(
        f"overload-{options.engine}",
        [{**each, "deadline s": options.deadline, "starts": starts} for each in rows],
        upright=True,
    )
    over = rows[1]
    if over["5xx"] or over["no answer"] or over["of them with Retry-After"] < over["429"] or starts > 1:
        raise SystemExit("Some were neither answered nor refused as they should be.")
    if over["p99 s"] > options.deadline:
        raise SystemExit("Some that were let in were answered too late.")


if __name__ == "__main__":
    main()
