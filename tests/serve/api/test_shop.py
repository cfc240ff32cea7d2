"""What a page must know: the shop, its customers, and what a message means."""

from typing import Any

import pytest
from fastapi.testclient import TestClient

from bundlesmith.serve.service import Service


def understood(client: TestClient, text: str, **values: Any) -> dict[str, Any]:
    answer = client.post("/v1/understand", json={"text": text, **values})
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def test_the_shop_has_its_categories_with_their_prices(client: TestClient) -> None:
    shop = client.get("/v1/shop").json()
    everything = client.get("/v1/items", params={"limit": 200, "search": "tents"}).json()
    tents = next(one for one in shop["categories"] if one["path"][-1] == "Tents")
    mine = [item["price"] for item in everything["items"] if item["category"] == tents["path"]]
    assert tents["items"] == len(mine) and min(mine) <= tents["price"] <= max(mine)
    assert shop["items"] == client.get("/v1/items").json()["total"] and shop["model"] == "demo"


def test_sample_customers_come_with_their_history(client: TestClient, service: Service) -> None:
    users = client.get("/v1/users", params={"sample": 5}).json()["users"]
    assert len(users) == len({user["user"] for user in users}) == 5
    for user in users:
        times = [item["time"] for item in user["history"]]
        assert times == sorted(times, reverse=True) and all(item["title"] for item in user["history"])


def test_an_event_leads_a_history_and_a_forgotten_customer_has_none(client: TestClient) -> None:
    user = client.get("/v1/users", params={"sample": 9}).json()["users"][4]["user"]
    client.post("/v1/events", json={"user": user, "events": [{"item": "COFF-0001", "kind": "cart"}]})
    first = client.get(f"/v1/users/{user}").json()["history"][0]
    assert (first["item"], first["kind"]) == ("COFF-0001", "cart")
    client.delete(f"/v1/users/{user}")
    assert client.get(f"/v1/users/{user}").json()["history"] == []
    assert user not in [one["user"] for one in client.get("/v1/users", params={"sample": 9}).json()["users"]]


def test_a_message_becomes_rules_one_by_one(client: TestClient) -> None:
    found = understood(client, "camping for two, under 200, exactly 3 items")
    assert (found["ask"]["budget"], found["ask"]["size"]) == (200, "3:3")
    fields = [phrase["field"] for phrase in found["phrases"] if phrase["understood"]]
    assert fields == ["budget", "size"]
    less = understood(client, "camping for two, under 200, exactly 3 items", ignore=[0])
    assert (less["ask"]["budget"], less["ask"]["size"]) == (None, "3:3")
    assert less["ask"]["words"] == found["ask"]["words"] == "camping for two"


def test_a_message_changes_the_last_bundle(client: TestClient) -> None:
    last = client.post("/v1/bundles", json={"words": "camping", "size": "3"}).json()["bundles"][0]
    ids = [item["item"] for item in last["items"]]
    ask = {"words": "camping", "size": "3"}
    cheaper = understood(client, "便宜一点", ask=ask, last=ids)
    assert cheaper["ask"]["budget"] < last["total"] and cheaper["phrases"][0]["said"] == "便宜一些"
    assert client.post("/v1/bundles", json=cheaper["ask"]).json()["bundles"][0]["total"] <= cheaper["ask"]["budget"]


@pytest.mark.parametrize(
    ("body", "status"),
    [({"text": "under 20", "ignore": [1]}, 400), ({"text": "x", "ask": {"size": "many"}}, 400), ({"text": 3}, 422)],
)
def test_what_makes_no_sense_is_refused(client: TestClient, body: dict[str, Any], status: int) -> None:
    answer = client.post("/v1/understand", json=body)
    assert answer.status_code == status and answer.json()["error"]["message"]


def test_an_item_has_a_picture_if_its_attributes_name_one(client: TestClient) -> None:
    given = {"title": "Mug with a picture", "attributes": {"image": "/pictures/mug.png"}}
    assert client.put("/v1/items/MUG-1", json=given).json()["image"] == "/pictures/mug.png"
    client.delete("/v1/items/MUG-1")


@pytest.mark.parametrize("depth", [150, 250, 900])
def test_no_item_can_be_put_that_the_shop_can_not_be_read_with(client: TestClient, depth: int) -> None:
    deep: dict[str, Any] = {}
    for _ in range(depth):
        deep = {"a": deep}
    status = client.put("/v1/items/MUG-2", json={"title": "A deep mug", "attributes": deep}).status_code
    assert status == (200 if depth == 150 else 400)
    assert client.get("/v1/items").status_code == 200
    client.delete("/v1/items/MUG-2")
