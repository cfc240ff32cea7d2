"""Serving, end to end over HTTP: our service on both engines beside the obvious alternatives, on the same model and
prompts, in one run.

    make bench-serving
    python -m bench.serving RUN DATA [--clients 16] [--rounds 3] [--requests 48]

All services are up from the start, and are loaded in turn, so that what else the machine does hits all alike. Closed
loop: so many clients, each asks again as soon as it is answered. Open loop: requests come at random, at a share of what
ours on vLLM does in the closed loop, whether a service can keep up or not. No service is asked the same twice.
"""

import argparse
import asyncio
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any

from bench.clients import Free, Ours, Peer
from bench.load import Answering, Load, closed, figures, open_loop
from bench.servers import Services, prefix_cache
from bench.shoppers import asks
from bench.table import Rows, publish
from bundlesmith.pipeline.ask import Ask
from bundlesmith.run import load_run
from bundlesmith.shop.live_shop import LiveShop, ShopView

OURS, FREE, PEER = "ours, vLLM", "vLLM, free, and a parser", "transformers, prefix_allowed_tokens_fn"
SHARE = 0.7
"""The rate of the open loop, of that which ours on vLLM has in the closed one."""
WARM = 2
"""Requests to each service before anything is measured."""
FIRST_PORT = 8100


@dataclass(slots=True)
class System:
    """A service under test, and what was seen of it."""

    name: str
    answer: Answering
    loads: list[Load] = field(default_factory=list)

    @property
    def rate(self) -> float:
        """Answers a second in the closed loop."""
        return float(figures(self.loads)["answers/s"])


async def systems(services: Services, shop: ShopView, only: str) -> tuple[list[System], Mapping[str, str]]:
    """All that are compared and have *only* in their names, ready; and the URLs of the vLLM servers."""
    found, vllm, lengths, size = list[System](), dict[str, str](), dict[str, int](), services.places

    async def constrained() -> Answering:
        vllm[OURS] = await services.vllm(False)
        return Ours(await services.ours("vllm", vllm[OURS]), shop, lengths).answer

    async def free() -> Answering:
        vllm[FREE] = await services.vllm(True)
        return Free(vllm[FREE], shop, "demo", lengths).answer

    async def here() -> Answering:
        return Ours(await services.ours("transformers"), shop, {}).answer

    async def peer(batch: int) -> Answering:
        return Peer(await services.peer(batch), shop).answer

    starts = {OURS: constrained(), FREE: free(), "ours, transformers": here()}
    starts |= {f"{PEER}, one at a time": peer(1), f"{PEER}, batches of {size}": peer(size)}
    for name, start in starts.items():
        if only in name:
            found.append(System(name, await start))
        else:
            start.close()
    return found, vllm


async def measured(given: argparse.Namespace, folder: Path) -> tuple[Rows, Rows]:
    """The table, and its ratios."""
    shop = LiveShop(load_run(given.run)).view()
    asked = iter(asks(given.data, shop, given.requests * (given.rounds + 1) + WARM))
    async with Services(given.run, folder, FIRST_PORT, given.clients).up() as services:
        found, vllm = await systems(services, shop, given.only)
        warm = list(islice(asked, WARM))
        for system in found:
            warmed = await closed(system.answer, warm, WARM)
            if errors := [seen.error for seen in warmed.seen if seen.error]:
                raise RuntimeError(f"{system.name}: {errors[0]}")
        before = {name: await prefix_cache(url) for name, url in vllm.items()}
        await rounds(found, asked, given)
        rows = [{"": system.name, "load": f"{given.clients} clients", **figures(system.loads)} for system in found]
        for row in rows:
            if row[""] in vllm:
                row["prefix hits %"] = _hits(before[row[""]], await prefix_cache(vllm[row[""]]))
        rows += await opened(found, asked, given.requests)
    return rows, ratios(rows, given.clients)


async def rounds(found: list[System], asked: Iterator[Ask], given: argparse.Namespace) -> None:
    """The closed loop, each service in its turn, the same requests for all in a round."""
    for number in range(given.rounds):
        some = list(islice(asked, given.requests))
        for system in found:
            system.loads.append(await closed(system.answer, some, given.clients))
            _say(f"round {number + 1}", system, system.loads[-1])


async def opened(found: list[System], asked: Iterator[Ask], requests: int) -> Rows:
    """The open loop, the same requests at the same moments for all."""
    rate, same, rows = SHARE * found[0].rate, list(islice(asked, requests)), []
    for system in found:
        load = await open_loop(system.answer, same, rate)
        _say("open loop", system, load)
        rows.append({"": system.name, "load": f"{rate:.2f} a second", **figures([load])})
    return rows


def _say(what: str, system: System, load: Load) -> None:
    seen = figures([load])
    print(f"{what}, {system.name}: {seen['answers/s']:.3f} answers/s, {seen['valid/s']:.3f} valid", flush=True)


def _hits(before: Mapping[str, float], after: Mapping[str, float]) -> float:
    return 100 * (after["hits"] - before["hits"]) / max(after["queries"] - before["queries"], 1)


def ratios(rows: Rows, clients: int) -> Rows:
    """What ours on vLLM does for each that the others do, in the closed loop."""
    full = [row for row in rows if row["load"] == f"{clients} clients"]
    ours = next(row for row in full if row[""] == OURS)
    found: list[dict[str, Any]] = []
    for row in full:
        if row is not ours:
            each = {f"{what} / theirs": ours["valid/s"] / row[what] if row[what] else None for what in WHAT}
            found.append({"": f"valid bundles/s of {OURS}, to {row['']}", **each})
    return found


WHAT = ("valid/s", "answers/s")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("run", type=Path)
    parser.add_argument("data", type=Path)
    parser.add_argument("--clients", type=int, default=16)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--requests", type=int, default=48, help="of each service in each round")
    parser.add_argument("--only", default="", help="those with this in their name; ours on vLLM is one of them")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        rows, compared = asyncio.run(measured(given, Path(folder)))
    closed_loop = [row for row in rows if row["load"].endswith("clients")]
    publish("serving", closed_loop, upright=True)
    publish("serving-open", [row for row in rows if row not in closed_loop], upright=True)
    publish("serving-ratios", compared)


if __name__ == "__main__":
    main()
