"""Who may do what: all routes, with each kind of key, and with what names a customer."""

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jwt
import pytest
from fastapi import APIRouter, FastAPI
from fastapi.routing import APIRoute
from fastapi.testclient import TestClient

from bundlesmith.errors import BundlesmithError
from bundlesmith.serve.admission import BusyError
from bundlesmith.serve.api.app import ApiSettings, create_app
from bundlesmith.serve.api.authentication import A_CUSTOMER, Doors
from bundlesmith.serve.api.rights import RIGHTS, check_routes
from bundlesmith.serve.service import Service
from bundlesmith.store import KeyRights, NewEvent, Shown

ANN, BOB = "ann", "bob"
EVERYONE = "none wrong over revoked user ann server admin"
"""Nothing, what isn't a key, a token whose time is over, one whose key was revoked, and what is valid."""
KNOWN = "user ann server admin"
ALLOWED = {
    "GET /": EVERYONE,
    "GET /page/{name}": EVERYONE,
    "GET /admin": EVERYONE,
    "GET /healthz": EVERYONE,
    "GET /readyz": EVERYONE,
    "GET /metrics": EVERYONE,
    "GET /v1/me": KNOWN,
    "GET /v1/models": KNOWN,
    "GET /v1/shop": KNOWN,
    "GET /v1/items": KNOWN,
    "GET /v1/items/{item_id}": KNOWN,
    "POST /v1/sessions": KNOWN,
    "POST /v1/bundles": "ann server admin",
    "POST /v1/rank": "ann server admin",
    "POST /v1/chat/completions": "ann server admin",
    "POST /v1/understand": "ann server admin",
    "POST /v1/events": "ann server admin",
    "POST /v1/feedback": "ann server admin",
    "GET /v1/users/{user}": "ann server admin",
    "POST /v1/tokens": "server admin",
    "GET /v1/users": "server admin",
    "DELETE /v1/users/{user}": "admin",
    "PUT /v1/items/{item_id}": "admin",
    "DELETE /v1/items/{item_id}": "admin",
    "GET /v1/admin/overview": "admin",
    "GET /v1/admin/figures": "admin",
    "POST /v1/admin/compare": "admin",
    "GET /v1/admin/experiments": "admin",
    "POST /v1/admin/experiments": "admin",
    "POST /v1/admin/experiments/{name}/end": "admin",
    "POST /v1/admin/models": "admin",
    "DELETE /v1/admin/models/{name}": "admin",
    "GET /v1/admin/roles": "admin",
    "PUT /v1/admin/roles": "admin",
}
"""Away from this machine, of a request about the customer "ann" where one can be named."""
LOCAL = {route for route, kinds in ALLOWED.items() if "/v1/admin" not in route and route != "POST /v1/tokens"}
NAMED = {route for route, kinds in ALLOWED.items() if "ann" in kinds.split() and "user" not in kinds.split()}
"""Where a customer's token may name its customer alone."""


@pytest.fixture(scope="module")
def outside(service: Service, client: TestClient) -> TestClient:
    """The same service as it is reached from other machines; its engine is started by the other fixture."""
    return TestClient(create_app(service, ApiSettings("0.0.0.0")), raise_server_exceptions=False)


@pytest.fixture(scope="module")
def keys(service: Service, outside: TestClient) -> dict[str, str]:
    """What is shown, by kind; "none" is nothing."""
    made: dict[str, str] = {}
    for role in ("user", "server", "admin"):
        made[role] = service.store.keys.add(role, KeyRights(10**6, role))
    other = service.store.keys.add("other", KeyRights(role="server"))
    made |= {"ann": token(outside, made["server"], ANN), "revoked": token(outside, other, ANN)}
    claims = jwt.decode(made["ann"], options={"verify_signature": False})
    made["over"] = jwt.encode({**claims, "exp": 1}, service.store.signing, "HS256")
    made["wrong"] = jwt.encode(claims, "x" * 64, "HS256")
    service.store.keys.revoke("other")
    return made


@pytest.fixture
def fresh(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bundlesmith.serve.api.authentication.KNOWN_FOR", 0.0)


def bearer(key: str) -> dict[str, str]:
    return {"authorization": f"Bearer {key}"} if key else {}


def token(client: TestClient, key: str, user: str | None, **more: Any) -> str:
    answer = client.post("/v1/tokens", json={"user": user, **more}, headers=bearer(key))
    assert answer.status_code == 200, answer.text
    return str(answer.json()["token"])


def ask(client: TestClient, route: str, key: str, user: str = ANN) -> int:
    """The status of a request about a customer that changes nothing: where it is let in, its values are refused."""
    method, path = route.split()
    path = path.replace("{user}", user).replace("{name}", "none").replace("{item_id}", "%00")
    body = {"user": user, "ask": {"user": user}, "n": 99, "seconds": 0}
    content = None if method in ("GET", "DELETE") else json.dumps(body)
    headers = {"content-type": "application/json"} | bearer(key)
    return client.request(method, path, headers=headers, content=content).status_code


def test_every_route_has_a_rule_and_every_rule_a_route(outside: TestClient) -> None:
    app = outside.app
    assert isinstance(app, FastAPI)
    routes = [route for route in app.routes if isinstance(route, APIRoute)]
    served = {f"{method} {route.path_format}" for route in routes for method in route.methods}
    assert served == RIGHTS.keys() == ALLOWED.keys()
    more = APIRouter()
    more.add_api_route("/v1/new", lambda: None)
    for odd in ([*routes, *more.routes], routes[1:]):
        with pytest.raises(BundlesmithError, match="a route without a rule"):
            check_routes(odd)


@pytest.mark.usefixtures("fresh")
@pytest.mark.parametrize("route", ALLOWED)
def test_each_route_with_each_kind_of_key(outside: TestClient, keys: dict[str, str], route: str) -> None:
    for kind in EVERYONE.split():
        status = ask(outside, route, keys.get(kind, ""))
        expected = None if kind in ALLOWED[route].split() else 403 if kind in KNOWN.split() else 401
        assert status == expected if expected else status not in (401, 403) and status < 500, f"{kind}: {status}"


@pytest.mark.parametrize("route", ALLOWED)
def test_on_this_machine_only_administration_needs_a_key(client: TestClient, keys: dict[str, str], route: str) -> None:
    assert (ask(client, route, "") in (401, 403)) == (route not in LOCAL)
    assert (ask(client, route, keys["wrong"]) == 401) == (ALLOWED[route] != EVERYONE)
    assert (ask(client, route, keys["user"]) == 403) == ("user" not in ALLOWED[route].split())


@pytest.mark.parametrize("route", sorted(NAMED))
def test_a_customer_names_nobody_else(outside: TestClient, keys: dict[str, str], route: str) -> None:
    assert ask(outside, route, keys["ann"], BOB) == 403
    assert ask(outside, route, keys["server"], BOB) != 403


@pytest.mark.parametrize("user", [["ann"], {"ann": 1}, 5, "", "ann ", "ANN", "an\x00n"])
def test_what_is_nearly_a_name_is_another_one(outside: TestClient, keys: dict[str, str], user: Any) -> None:
    body = {"user": user, "events": [{"item": "COFF-0001"}]}
    for kind in ("user", "ann"):
        assert outside.post("/v1/events", json=body, headers=bearer(keys[kind])).status_code == 403


@pytest.mark.parametrize("body", [{"ask": {"user": BOB}}, {"state": {"ask": {"user": BOB}}, "ask": {"user": ANN}}])
def test_nobody_else_is_named_anywhere_in_a_message(outside: TestClient, keys: dict[str, str], body: Any) -> None:
    for kind in ("user", "ann"):
        answer = outside.post("/v1/understand", json={"text": "cheaper", **body}, headers=bearer(keys[kind]))
        assert answer.status_code == 403


def test_who_names_nobody_needs_no_more_than_a_key(outside: TestClient, keys: dict[str, str]) -> None:
    for kind in KNOWN.split():
        assert outside.post("/v1/rank", json={"words": "coffee"}, headers=bearer(keys[kind])).status_code == 200


def test_events_and_feedback_are_their_customers_own(
    outside: TestClient, keys: dict[str, str], service: Service
) -> None:
    shown = [Shown(f"of-{user}", "demo", "r", None, user, ("COFF-0001",), 7) for user in (ANN, BOB)]
    service.store.shown.add([*shown, Shown("anybody's", "demo", "r", None, None, ("COFF-0001",), 7)])
    for kind, own in (
        ("user", {"anybody's"}),
        ("ann", {"anybody's", "of-ann"}),
        ("server", {"anybody's", "of-ann", "of-bob"}),
    ):
        for bundle in ("anybody's", "of-ann", "of-bob"):
            said = {"bundle_id": bundle, "verdict": "up"}
            status = outside.post("/v1/feedback", json=said, headers=bearer(keys[kind])).status_code
            assert status == (200 if bundle in own else 404)
    event = {"item": "COFF-0001", "kind": "view"}
    for user, status in ((ANN, 200), (BOB, 403)):
        sent = {"user": user, "events": [event]}
        assert outside.post("/v1/events", json=sent, headers=bearer(keys["ann"])).status_code == status
    assert service.store.events.of_user(BOB) == []
    service.store.events.add(BOB, [NewEvent("COFF-0002", "buy", 7)])
    own = outside.get(f"/v1/users/{ANN}", headers=bearer(keys["ann"])).json()["history"]
    assert [item["item"] for item in own] == ["COFF-0001"]


def test_a_public_key_gets_tokens_of_new_guests_alone(outside: TestClient, keys: dict[str, str]) -> None:
    asked = [outside.post("/v1/tokens", json={}, headers=bearer(keys["user"])).json() for _ in range(2)]
    assert asked[0]["user"] != asked[1]["user"] and all(one["user"].startswith("guest-") for one in asked)
    me = outside.get("/v1/me", headers=bearer(asked[0]["token"])).json()
    assert me == {"kind": "customer", "user": asked[0]["user"]}
    event = {"user": asked[0]["user"], "events": [{"item": "COFF-0001"}]}
    assert outside.post("/v1/events", json=event, headers=bearer(asked[0]["token"])).status_code == 200
    assert outside.post("/v1/events", json=event, headers=bearer(asked[1]["token"])).status_code == 403


@pytest.mark.parametrize("kind", ["user", "ann", "server", "admin"])
def test_one_is_told_who_one_is(outside: TestClient, keys: dict[str, str], kind: str) -> None:
    me = outside.get("/v1/me", headers=bearer(keys[kind])).json()
    assert me == ({"kind": "customer", "user": ANN} if kind == "ann" else {"kind": kind, "user": None})


@pytest.mark.parametrize(
    "forge",
    [
        lambda claims, secret: jwt.encode({**claims, "sub": BOB}, "guessed" * 8, "HS256"),
        lambda claims, secret: jwt.encode({**claims, "sub": BOB}, "", "none"),
        lambda claims, secret: jwt.encode({**claims, "aud": "another"}, secret, "HS256"),
        lambda claims, secret: jwt.encode({k: v for k, v in claims.items() if k != "exp"}, secret, "HS256"),
        lambda claims, secret: jwt.encode({k: v for k, v in claims.items() if k != "sub"}, secret, "HS256"),
        lambda claims, secret: jwt.encode({**claims, "iss": "bs_000000000000"}, secret, "HS256"),
        lambda claims, secret: jwt.encode(claims, secret, "HS512"),
        lambda claims, secret: "a.b.c",
    ],
)
def test_what_was_not_signed_so_here_is_no_token(
    outside: TestClient, keys: dict[str, str], service: Service, forge: Callable[[dict[str, Any], str], str]
) -> None:
    claims = jwt.decode(keys["ann"], options={"verify_signature": False})
    forged = forge(claims, service.store.signing)
    assert outside.get("/v1/models", headers=bearer(forged)).status_code == 401


def test_a_customers_calls_are_limited_and_count_as_those_of_the_key(service: Service, client: TestClient) -> None:
    app = create_app(service, ApiSettings("0.0.0.0"))
    app.state.doors.clock = lambda: 0.0
    outside = TestClient(app)
    key = service.store.keys.add("small", KeyRights(A_CUSTOMER + 10, "server"))
    first, second = (bearer(token(outside, key, f"limited {number}")) for number in range(2))
    found = [outside.get("/v1/me", headers=first).status_code for _ in range(A_CUSTOMER + 1)]
    assert found == [200] * A_CUSTOMER + [429]
    assert [outside.get("/v1/me", headers=second).status_code for _ in range(9)] == [200] * 8 + [429]


def test_doors_keep_nobody_for_longer_than_a_minute(service: Service) -> None:
    now = [0.0]
    doors = Doors(service.store, True, lambda: now[0])
    for number in range(1000):
        now[0] += 0.5
        doors._spend(f"customer {number}", 2, "A customer has")
    assert len(doors._left) <= 121
    with pytest.raises(BusyError):
        for _ in range(2):
            doors._spend("customer 999", 2, "A customer has")


def test_the_docs_have_the_same_table() -> None:
    docs = (Path(__file__).parents[3] / "docs" / "serving.md").read_text()
    rows = re.findall(r"^\| `((?:GET|POST|PUT|DELETE) [^`]+)` \| (.+) \| (.+) \| (.+) \| (.+) \|$", docs, re.MULTILINE)
    said = {route: tuple(cells) for route, *cells in rows}
    for route, kinds in ALLOWED.items():
        if kinds != EVERYONE:
            user, customer, *others = ("yes" if kind in kinds.split() else "no" for kind in KNOWN.split())
            if route in NAMED:
                user, customer = "no" if "{user}" in route else "no customer", "their own"
            if route == "POST /v1/tokens":
                user = "a guest's"
            assert said.get(route) == (user, customer, *others), route
