"""Nothing that blocks runs in the event loop: a request is served in small steps, what is slow or waits in threads."""

import asyncio
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from fastapi.testclient import TestClient

from bundlesmith.serve.api.rights import RIGHTS
from bundlesmith.serve.service import Service
from bundlesmith.shop.followed_shop import FollowedShop
from bundlesmith.store import KeyRights
from bundlesmith.store.database import Database
from bundlesmith.understanding.words import CatalogueWords

MOST = 6000
"""Calls of functions in one step of the loop: about a millisecond, on whatever machine."""
BODIES: dict[str, Any] = {
    "POST /v1/bundles": {"words": "camping for two", "user": "u1", "size": "2:3", "n": 3, "stream": True},
    "POST /v1/rank": {"words": "coffee", "user": "u1", "k": 100},
    "POST /v1/sessions": {"items": ["COFF-0001", "COFF-0002", "CAMP-0001", "CAMP-0002"]},
    "POST /v1/understand": {"text": "three things for camping, under 200, without a tent", "last": ["CAMP-0001"]},
    "POST /v1/chat/completions": {"messages": [{"role": "user", "content": "a tent and a stove, under 200"}], "n": 2},
    "POST /v1/events": {"user": "u1", "events": [{"item": "COFF-0001"}] * 500},
    "POST /v1/feedback": {"bundle_id": "none", "verdict": "up"},
    "POST /v1/tokens": {"user": "u1"},
    "POST /v1/admin/compare": {"words": "coffee", "models": ["demo", "demo"], "size": "2"},
    "POST /v1/admin/experiments": {"name": "one", "a": "demo", "b": "other", "percent": 50},
    "POST /v1/admin/models": {"name": "more", "folder": "/nowhere"},
    "PUT /v1/items/{item_id}": {"title": "Cup", "price": 3.5},
}
"""Each route's largest usual work."""
QUERIES: dict[str, dict[str, str | int]] = {
    "GET /v1/items": {"search": "a", "limit": 200},
    "GET /v1/users": {"sample": 50},
}


class Seen:
    """What blocks in the loop, by where."""

    def __init__(self) -> None:
        self.waits: Counter[str] = Counter()
        self.steps: dict[str, int] = {}

    def watched(self, name: str, blocking: Callable[..., Any]) -> Callable[..., Any]:
        """A function that blocks, watched."""

        def call(*args: Any, **values: Any) -> Any:
            if asyncio._get_running_loop() is not None:
                self.waits[name] += 1
            return blocking(*args, **values)

        return call

    def step(self, run: Callable[[Any], None]) -> Callable[[Any], None]:
        """A step of the loop, watched."""

        def counted(handle: Any) -> None:
            calls: Counter[Any] = Counter()

            def profile(frame: Any, event: str, arg: Any) -> None:
                if event in ("call", "c_call"):
                    calls[frame.f_code] += 1

            sys.setprofile(profile)
            try:
                run(handle)
            finally:
                sys.setprofile(None)
            if calls.total() > MOST:
                most = ", ".join(f"{code.co_qualname} {count}" for code, count in calls.most_common(4))
                self.steps[f"{handle!r}"[:100] + f": {most}"] = calls.total()

        return counted


@contextmanager
def watching(monkeypatch: pytest.MonkeyPatch) -> Iterator[Seen]:
    seen = Seen()
    with monkeypatch.context() as patched:
        for owner, name in (
            (Database, "reading"),
            (Database, "writing"),
            (FollowedShop, "versioned"),
            (CatalogueWords, "changed"),
        ):
            patched.setattr(owner, name, seen.watched(f"{owner.__name__}.{name}", getattr(owner, name)))
        patched.setattr(asyncio.events.Handle, "_run", seen.step(asyncio.events.Handle._run))
        yield seen


@pytest.fixture(scope="module")
def boss(service: Service) -> dict[str, str]:
    return {"authorization": f"Bearer {service.store.keys.add('boss', KeyRights(10**6, 'admin'))}"}


def ask(client: TestClient, route: str, boss: dict[str, str]) -> int:
    method, path = route.split()
    named = {"{item_id}": "COFF-0003", "{user}": "u1", "{name}": "index.html" if "/page/" in path else "none"}
    for name, value in named.items():
        path = path.replace(name, "none" if method == "DELETE" else value)
    answer = client.request(method, path, json=BODIES.get(route), params=QUERIES.get(route), headers=boss)
    return answer.status_code


@pytest.mark.parametrize("route", RIGHTS)
def test_no_route_blocks_the_loop(
    client: TestClient, service: Service, boss: dict[str, str], route: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Right after a change of the catalogue, so that nothing is known of the new view."""
    ask(client, route, boss)  # what is imported or made once is not of a request
    client.put("/v1/items/COFF-0002", json={"title": f"Cup for {route}", "price": 4}, headers=boss)
    with watching(monkeypatch) as seen:
        assert ask(client, route, boss) < 500
    assert not seen.waits and not seen.steps


def test_what_blocks_is_found(client: TestClient, service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    async def blocks() -> None:
        service.run("").shop.view()
        for number in range(2 * MOST):
            abs(number)

    with watching(monkeypatch) as seen:
        asyncio.run(blocks())
    assert seen.waits["FollowedShop.versioned"] and seen.waits["Database.reading"]
    assert any("blocks" in step for step in seen.steps)
