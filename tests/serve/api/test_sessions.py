"""`POST /v1/sessions` through the real application, with a real run without a ranker."""

from typing import Any

import pytest
from fastapi.testclient import TestClient

from bundlesmith.recommender import Recommender
from bundlesmith.serve.service import Service

SESSION = ["CAMP-0001", "CAMP-0002", "COFF-0001", "CAMP-0003"]


def find(client: TestClient, items: list[str], **values: Any) -> list[dict[str, Any]]:
    answer = client.post("/v1/sessions", json={"items": items, **values})
    assert answer.status_code == 200, answer.text
    found: list[dict[str, Any]] = answer.json()["bundles"]
    return found


def ids(bundle: dict[str, Any]) -> tuple[str, ...]:
    return tuple(item["item"] for item in bundle["items"])


def test_the_bundles_are_those_of_the_command_lines_recommender(client: TestClient, recommender: Recommender) -> None:
    for session in (SESSION, SESSION[:2], SESSION[1:]):
        (wanted,) = recommender.find([session])
        found = find(client, session)
        assert [ids(bundle) for bundle in found] == [bundle.items for bundle in wanted]
        assert [bundle["intent"] for bundle in found] == [bundle.intent for bundle in wanted]
        assert [bundle["explanation"] for bundle in found] == [bundle.explanation for bundle in wanted]
        assert [bundle["bundle"] for bundle in found] == list(range(len(wanted)))


def test_what_repeats_counts_once_and_one_item_is_no_bundle(client: TestClient) -> None:
    assert find(client, SESSION * 3) == find(client, SESSION)
    assert find(client, SESSION[:1]) == []


@pytest.mark.usefixtures("cannot_search")
def test_an_engine_that_only_writes_finds_bundles_too(client: TestClient) -> None:
    whole, part = find(client, SESSION)
    assert set(ids(whole)) == set(SESSION) and set(ids(part)) < set(SESSION) and len(ids(part)) >= 2
    assert whole["explanation"] and part["explanation"]


@pytest.mark.parametrize(
    ("body", "status", "said", "fix"),
    [
        ({"items": []}, 422, "at least 1 item", "Change that value."),
        ({}, 422, "body.items", "Change that value."),
        ({"items": [f"CAMP-{n:04}" for n in range(10_000)]}, 422, "10000", "Change that value."),
        ({"items": ["CAMP-0001", "CAMP-9999"]}, 400, '"CAMP-9999"', "Did you mean"),
        ({"items": ["CAMP-0001", ""]}, 422, 'body.items.1 is ""', "Change that value."),
        ({"items": ["CAMP-0001", "x" * 10_000]}, 422, "body.items.1", "Change that value."),
        ({"items": ["CAMP-0001", "\x00"]}, 400, "no item", "Known"),
        ({"items": SESSION, "model": "nobody"}, 404, '"nobody"', "demo"),
        ({"items": SESSION, "k": 3}, 422, "body.k is 3", "Change that value."),
    ],
)
def test_what_makes_no_sense_is_refused_with_its_value_and_a_fix(
    client: TestClient, body: dict[str, Any], status: int, said: str, fix: str
) -> None:
    answer = client.post("/v1/sessions", json=body)
    assert answer.status_code == status
    error = answer.json()["error"]
    assert said in error["message"] and fix in error["fix"] and len(error["message"]) < 400


def test_a_session_of_the_whole_shop_is_found_in_time(client: TestClient) -> None:
    shop = [item["item"] for item in client.get("/v1/items", params={"limit": 100}).json()["items"]]
    whole, part = find(client, shop)
    assert len(ids(whole)) == 100 and 2 <= len(ids(part)) < 100


def test_a_removed_item_is_refused(client: TestClient) -> None:
    assert client.put("/v1/items/GONE-2", json={"title": "Kettle of old", "price": 5, "stock": 3}).status_code == 200
    assert len(find(client, ["GONE-2", "CAMP-0001"])) == 1
    assert client.delete("/v1/items/GONE-2").status_code == 204
    answer = client.post("/v1/sessions", json={"items": ["GONE-2", "CAMP-0001"]})
    assert answer.status_code == 400 and '"GONE-2"' in answer.json()["error"]["message"]
    assert answer.json()["error"]["fix"]


def test_it_needs_a_valid_key_and_is_counted(client: TestClient, service: Service) -> None:
    body = {"items": SESSION[:2]}
    assert client.post("/v1/sessions", json=body, headers={"authorization": "Bearer x"}).status_code == 401
    find(client, SESSION[:2])
    text = client.get("/metrics").text
    assert 'bundlesmith_requests_total{route="/v1/sessions",status="200"}' in text
    assert service.gate.inside == 0
