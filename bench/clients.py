"""How each service of the benchmark is asked, and how its answers are read and judged: by the same rules for all."""

import json
from collections.abc import AsyncIterator, Mapping
from contextlib import suppress
from typing import Any

import httpx2

from bench.load import Seen
from bundlesmith.pipeline.ask import Ask
from bundlesmith.pipeline.opening import Openings
from bundlesmith.pipeline.satisfied import keeps
from bundlesmith.shop.live_shop import ShopView


class Client:
    """What all have in common: a connection, and the shop by whose rules bundles are judged."""

    def __init__(self, url: str, shop: ShopView) -> None:
        self.shop = shop
        self.http = httpx2.AsyncClient(
            base_url=url, timeout=None, limits=httpx2.Limits(max_connections=None), trust_env=False
        )

    async def lines(self, path: str, body: Mapping[str, Any]) -> AsyncIterator[str]:
        """The lines of an answer as they come."""
        async with self.http.stream("POST", path, json=body) as answer:
            if not answer.is_success:
                raise RuntimeError(f"{answer.status_code}: {(await answer.aread()).decode()[:300]}")
            async for line in answer.aiter_lines():
                yield line

    def judge(self, ask: Ask, seen: Seen, items: tuple[str, ...], said: str) -> None:
        """Note the end of an answer, and what it is worth."""
        seen.now("whole")
        seen.items, seen.words = items, len(said.split())
        seen.valid = bool(items) and keeps(items, ask.request(self.shop), self.shop.catalogue)


class Ours(Client):
    """Our own HTTP service, streaming; notes how many tokens each answer has."""

    def __init__(self, url: str, shop: ShopView, lengths: dict[str, int]) -> None:
        super().__init__(url, shop)
        self.lengths = lengths

    async def answer(self, ask: Ask, seen: Seen) -> None:
        """See `bench.load.Answering`."""
        body = ask.model_dump(exclude_defaults=True) | {"stream": True}
        name, done = "", dict[str, Any]()
        async for line in self.lines("/v1/bundles", body):
            if line.startswith("event: "):
                name = line[7:]
                if name in EVENTS:
                    seen.now(EVENTS[name])
            elif line.startswith("data: ") and name in ("done", "error"):
                done = json.loads(line[6:])
        bundle = done["bundles"][0]
        self.lengths[ask.model_dump_json()] = done["tokens"]
        items = tuple(self.shop.catalogue.ids[self._row(item["item"])] for item in bundle["items"])
        self.judge(ask, seen, items, f"{bundle['intent']} {bundle['explanation']}")

    def _row(self, item: str | int) -> int:
        return self.shop.catalogue.row(str(item))


EVENTS = {"item": "first_item", "bundle": "bundle"}
"""Events of our service and of `bench.peer`, and when they came."""


class Peer(Client):
    """transformers' `generate` with `prefix_allowed_tokens_fn`, see `bench.peer`."""

    async def answer(self, ask: Ask, seen: Seen) -> None:
        """See `bench.load.Answering`."""
        async for line in self.lines("/generate", ask.model_dump()):
            said = json.loads(line)
            if said["event"] in EVENTS:
                seen.now(EVENTS[said["event"]])
            elif said["event"] == "done":
                self.judge(ask, seen, tuple(said["items"]), said["said"])
            else:
                raise RuntimeError(said["event"])


class Free(Client):
    """A plain vLLM server that writes what it likes to the same prompts, as many tokens as ours; a parser reads it."""

    def __init__(self, url: str, shop: ShopView, model: str, lengths: Mapping[str, int]) -> None:
        super().__init__(url, shop)
        self.lengths = lengths
        self.model, self.openings = model, Openings(shop)
        self.known = {text.strip(): shop.catalogue.ids[row] for row, text in enumerate(shop.run.lexicon.texts)}

    async def answer(self, ask: Ask, seen: Seen) -> None:
        """See `bench.load.Answering`."""
        prompt = self.openings.prompt(ask.request(self.shop))
        most = self.lengths[ask.model_dump_json()]
        body = {"model": self.model, "prompt": prompt, "temperature": 0, "max_tokens": most, "ignore_eos": True}
        body["stream"] = True
        written = ""
        async for line in self.lines("/v1/completions", body):
            if line.startswith("data: {"):
                said = json.loads(line[6:])
                if "error" in said:
                    raise RuntimeError(said["error"])
                written += said["choices"][0]["text"]
                if ";" in written or "\n" in written:
                    seen.now("first_item")
                if "\n" in written:
                    seen.now("bundle")
        self.judge(ask, seen, self.parsed(written), written.partition("\n")[2].replace("For:", "").replace("Why:", ""))

    def parsed(self, written: str) -> tuple[str, ...]:
        """The ids of the items; none if one isn't the shop's."""
        names = [name.strip() for name in written.partition("\n")[0].split(";")]
        with suppress(KeyError):
            return tuple(self.known[name] for name in names)
        return ()
