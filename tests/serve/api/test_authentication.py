"""Keys, limits and the size of bodies."""

from collections.abc import Iterator

import pytest
from fastapi.testclient import TestClient

from bundlesmith.serve.api.app import ApiSettings, create_app
from bundlesmith.serve.service import Service
from bundlesmith.store import KeyRights


@pytest.fixture
def outside(service: Service, client: TestClient) -> Iterator[TestClient]:
    """The same service as it is reached from other machines; its engine is started by the other fixture."""
    yield TestClient(create_app(service, ApiSettings("0.0.0.0")), raise_server_exceptions=False)


def bearer(key: str) -> dict[str, str]:
    return {"authorization": f"Bearer {key}"}


def test_away_from_this_machine_a_key_is_needed_and_a_wrong_one_is_refused(outside: TestClient) -> None:
    assert outside.get("/v1/models").status_code == 401
    assert outside.get("/v1/models", headers=bearer("bs_000000000000_x")).status_code == 401
    assert outside.get("/healthz").status_code == 200


def test_on_this_machine_no_key_is_needed_but_a_wrong_one_is_refused(client: TestClient) -> None:
    assert client.get("/v1/models").status_code == 200
    assert client.get("/v1/models", headers=bearer("wrong")).status_code == 401


def test_a_users_key_reads_and_an_administrators_changes(outside: TestClient, service: Service) -> None:
    user, admin = service.store.keys.add("shop"), service.store.keys.add("boss", KeyRights(role="admin"))
    assert outside.get("/v1/models", headers=bearer(user)).status_code == 200
    assert outside.delete("/v1/users/nobody", headers=bearer(user)).status_code == 403
    assert outside.delete("/v1/users/nobody", headers=bearer(admin)).status_code == 200


def test_a_key_that_is_used_too_often_waits(outside: TestClient, service: Service) -> None:
    key = bearer(service.store.keys.add("slow", KeyRights(per_minute=2)))
    answers = [outside.get("/v1/models", headers=key) for _ in range(3)]
    assert [answer.status_code for answer in answers] == [200, 200, 429]
    assert 1 <= int(answers[-1].headers["retry-after"]) <= 30


@pytest.mark.parametrize("path", ["/v1/items", "/v1/models", "/healthz"])
def test_a_query_that_is_too_long_is_refused(client: TestClient, path: str) -> None:
    query = "&".join(f"a{number}=1" for number in range(5000))
    answer = client.get(f"{path}?{query}")
    assert answer.status_code == 414 and "8192" in answer.json()["error"]["message"]


def test_a_body_that_is_too_large_is_refused(client: TestClient) -> None:
    answer = client.post("/v1/bundles", content=b" " * 300_000, headers={"content-type": "application/json"})
    assert answer.status_code == 413 and "262144" in answer.json()["error"]["message"]
