"""Bodies that make no sense, at every route that takes one: always a 4xx that says why, never a 5xx."""

import json
import random
from typing import Any

import pytest
from fastapi.testclient import TestClient

BODIES = 100
"""For each of the routes."""
ROUTES = [
    ("POST", "/v1/bundles", {"words": "coffee", "size": "2:3", "budget": 90, "exclude": ["COFF-0001"], "n": 1}),
    ("POST", "/v1/rank", {"words": "coffee", "items": ["COFF-0001"], "only": ["COFF-0002"], "budget": 90, "k": 3}),
    ("POST", "/v1/sessions", {"items": ["COFF-0001", "COFF-0002", "CAMP-0001"], "model": "demo"}),
    ("POST", "/v1/chat/completions", {"messages": [{"role": "user", "content": "coffee"}], "n": 1, "user": "u"}),
    ("PUT", "/v1/items/COFF-0001", {"title": "Cup", "price": 3.5, "stock": 2, "category": ["Cups"]}),
    ("POST", "/v1/events", {"user": "u", "events": [{"item": "COFF-0001", "kind": "view", "time": 5}]}),
    ("POST", "/v1/feedback", {"bundle_id": "x", "verdict": "up", "reason": "good"}),
]
WRONG: list[Any] = [
    *(None, -1, 1e308, 10**400, "", "\x00", "\ud800", "x" * 5000, [], {}, [[]], [None], {"a": 1}, True, float("nan")),
    *(float("inf"), "1e999", ["\x00"], [{"item": 5}], [{"role": "root", "content": 3}], -(2**70), "5:2", "9" * 400),
]


def spoilt(body: dict[str, Any], rng: random.Random) -> bytes:
    """A body with something wrong in it, or no JSON at all."""
    text = json.dumps(body).encode()
    kind = rng.randrange(6)
    if kind == 0:
        return text[: rng.randrange(len(text))]
    if kind == 1:
        at = rng.randrange(len(text))
        return text[:at] + bytes([rng.randrange(128, 256)]) + text[at:]
    if kind == 2:
        return b"[" * rng.randrange(1, 50_000)
    if kind == 3:
        return json.dumps({**body, rng.choice("abc"): rng.choice(WRONG)}).encode()
    if kind == 4:
        return json.dumps(rng.choice(WRONG)).encode()
    return json.dumps({**body, rng.choice(list(body)): rng.choice(WRONG)}).encode()


@pytest.mark.parametrize(("method", "route", "body"), ROUTES)
def test_no_body_brings_the_service_down(client: TestClient, method: str, route: str, body: dict[str, Any]) -> None:
    rng, refused = random.Random(route), 0
    for _ in range(BODIES):
        headers = {"content-type": rng.choice(["application/json"] * 5 + ["text/plain", "application/xml"])}
        answer = client.request(method, route, content=spoilt(body, rng), headers=headers)
        assert answer.status_code < 500, answer.text
        if answer.status_code >= 400:
            refused += 1
            assert answer.json()["error"]["message"]
    assert refused > BODIES // 2
    assert client.get("/readyz").status_code == 200
