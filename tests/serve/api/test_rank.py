"""`POST /v1/rank` through the real application, with a real run without a ranker: its model's beams rank."""

import asyncio
import json
from typing import Any

import pytest
from fastapi.testclient import TestClient

from bundlesmith.pipeline.ask import Ask
from bundlesmith.recommender import Recommender
from bundlesmith.serve.service import Service
from bundlesmith.store import KeyRights

ASK: dict[str, Any] = {"words": "camping for two", "items": ["CAMP-0001"], "budget": 400, "exclude": ["CAMP-0002"]}
FIELDS = {"item", "title", "category", "price", "stock", "image", "score"}


def rank(client: TestClient, **values: Any) -> dict[str, Any]:
    answer = client.post("/v1/rank", json={**ASK, **values})
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def refused(client: TestClient, **values: Any) -> tuple[int, dict[str, str]]:
    answer = client.post("/v1/rank", json={**ASK, **values})
    error: dict[str, str] = answer.json()["error"]
    return answer.status_code, error


def test_the_ranking_is_that_of_the_command_lines_recommender(client: TestClient, recommender: Recommender) -> None:
    for asked in (ASK, {"words": "", "history": ["COFF-0001", "CAMP-0003"], "in_stock": False}):
        (wanted,) = recommender.rank([Ask(**asked).request(recommender.run)], 20)
        answer = client.post("/v1/rank", json={**asked, "k": 20}).json()
        assert [item["item"] for item in answer["items"]] == [item for item, _ in wanted]
        scores = [score for _, score in wanted]
        assert [item["score"] for item in answer["items"]] == pytest.approx(scores, abs=1e-3)


def test_items_look_as_in_bundles_and_keep_the_rules(client: TestClient) -> None:
    answer = rank(client)
    assert answer["model"] == "demo" and len(answer["items"]) == 10 and answer["tokens"] > 0
    assert answer["timing"]["whole"] > 0 and answer["history"] == 0
    price = client.get("/v1/items/CAMP-0001").json()["price"]
    for item in answer["items"]:
        assert set(item) == FIELDS and item["item"] not in ("CAMP-0001", "CAMP-0002")
        assert item["stock"] != 0 and item["price"] + price <= 400
    scores = [item["score"] for item in answer["items"]]
    assert scores == sorted(scores, reverse=True)


def test_of_size_and_n_nothing_depends(client: TestClient) -> None:
    assert rank(client, size="7:9", n=3)["items"] == rank(client)["items"]


def test_there_are_no_more_than_the_rules_allow(client: TestClient) -> None:
    only = ["CAMP-0003", "CAMP-0004"]
    found = rank(client, only=only, in_stock=False, budget=None, k=100)["items"]
    assert {item["item"] for item in found} == set(only)


@pytest.mark.parametrize(
    ("values", "status", "said", "fix"),
    [
        ({"k": 0}, 422, "body.k is 0", "Change that value."),
        ({"k": 10**6}, 422, "body.k is 1000000", "Change that value."),
        ({"k": -(10**400)}, 422, "body.k", "Change that value."),
        ({"items": ["CAMP-9999"]}, 400, '"CAMP-9999"', "Did you mean"),
        ({"history": ["CAMP-9999"]}, 400, '"CAMP-9999"', "Did you mean"),
        ({"only": ["CAMP-9999"]}, 400, '"CAMP-9999"', "Did you mean"),
        ({"items": ["CAMP-0001"] * 10_000}, 422, "10000", "Change that value."),
        ({"history": ["CAMP-0001"] * 10_000}, 422, "10000", "Change that value."),
        ({"items": ["CAMP-0001"] * 2}, 400, "CAMP-0001", ""),
        ({"size": "9:2"}, 400, "9:2", "Write it as"),
        ({"budget": 0.01}, 422, "No bundle fits", ""),
        ({"budgt": 1}, 422, "body.budgt is 1", "Change that value."),
        ({"model": "nobody"}, 404, '"nobody"', "demo"),
    ],
)
def test_what_makes_no_sense_is_refused_with_its_value_and_a_fix(
    client: TestClient, values: dict[str, Any], status: int, said: str, fix: str
) -> None:
    found, error = refused(client, **values)
    assert found == status and said in error["message"] and fix in error["fix"]


def test_a_removed_item_is_not_ranked_nor_chosen_but_a_history_has_it(client: TestClient) -> None:
    assert client.put("/v1/items/GONE-1", json={"title": "Tent of old", "price": 5, "stock": 3}).status_code == 200
    only: dict[str, Any] = {"items": [], "only": ["GONE-1", "CAMP-0003"], "in_stock": False}
    assert "GONE-1" in {item["item"] for item in rank(client, **only)["items"]}
    assert client.delete("/v1/items/GONE-1").status_code == 204
    assert "GONE-1" not in {item["item"] for item in rank(client, k=100)["items"]}
    status, error = refused(client, items=["GONE-1"])
    assert status == 400 and '"GONE-1"' in error["message"] and error["fix"]
    assert rank(client, history=["GONE-1"], exclude=["GONE-1"])["history"] == 1


def test_a_customers_history_counts_and_what_they_have_is_left_out(client: TestClient) -> None:
    bought = rank(client)["items"][0]["item"]
    body = {"user": "ranked", "events": [{"item": bought, "kind": "buy"}]}
    assert client.post("/v1/events", json=body).status_code == 200
    answer = rank(client, user="ranked")
    assert answer["history"] == 1 and bought not in {item["item"] for item in answer["items"]}


def test_a_key_that_is_not_valid_or_used_too_often_gets_nothing(client: TestClient, service: Service) -> None:
    assert client.post("/v1/rank", json=ASK, headers={"authorization": "Bearer x"}).status_code == 401
    key = service.store.keys.add("once", KeyRights(1, "user"))
    headers = {"authorization": f"Bearer {key}"}
    statuses = [client.post("/v1/rank", json=ASK | {"k": 1}, headers=headers).status_code for _ in range(2)]
    assert statuses == [200, 429]


def test_it_is_counted_and_documented(client: TestClient) -> None:
    rank(client, k=1)
    assert 'bundlesmith_requests_total{route="/v1/rank",status="200"}' in client.get("/metrics").text
    assert "501" in client.get("/openapi.json").json()["paths"]["/v1/rank"]["post"]["responses"]


@pytest.mark.usefixtures("cannot_search")
def test_an_engine_that_cannot_search_says_which_command_makes_a_ranker(client: TestClient) -> None:
    asked = [("/v1/rank", ASK), ("/v1/bundles", {"words": "camping", "search": True, "n": 2})]
    for route, body in asked:
        answer = client.post(route, json=body)
        assert answer.status_code == 501
        error = answer.json()["error"]
        assert error["type"] == "noranker" and "Plain" in error["message"] and "`bundlesmith rank --run" in error["fix"]
    assert client.post("/v1/bundles", json={"words": "camping", "n": 2}).status_code == 200


def test_a_ranking_that_takes_too_long_is_refused(
    client: TestClient, service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def forever(*args: Any) -> None:
        await asyncio.sleep(60)

    monkeypatch.setattr(service.run("").writer, "search", forever)
    monkeypatch.setattr(service, "settings", type(service.settings)(deadline=0.5))
    status, error = refused(client)
    assert status == 504 and "0.5 s" in error["message"] and service.gate.inside == 0


def test_bundles_that_are_searched_for_are_those_of_the_command_line(
    client: TestClient, recommender: Recommender
) -> None:
    asked = {"words": "camping for two", "size": "2:4", "n": 5}
    (wanted,) = recommender.recommend([Ask(**asked).request(recommender.run)], talk=False)
    told = client.post("/v1/bundles", json={**asked, "search": True, "stream": True}).text
    blocks = [block.split("\n") for block in told.strip().split("\n\n")]
    values = [json.loads(data.removeprefix("data: ")) for name, data in blocks if name == "event: bundle"]
    answer = client.post("/v1/bundles", json={**asked, "search": True}).json()
    for found in (values, answer["bundles"]):
        found.sort(key=lambda bundle: int(bundle["bundle"]))
        assert [tuple(item["item"] for item in bundle["items"]) for bundle in found] == [b.items for b in wanted]
    assert all(bundle["explanation"] for bundle in answer["bundles"])


def test_what_nobody_is_shown_counts_for_no_figure(client: TestClient, service: Service) -> None:
    (bundle,) = client.post("/v1/bundles", json={"words": "camping", "talk": False, "shown": False}).json()["bundles"]
    said = {"bundle_id": bundle["id"], "verdict": "up"}
    assert client.post("/v1/feedback", json=said).status_code == 404
