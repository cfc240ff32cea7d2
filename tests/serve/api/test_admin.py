"""What the shop's people see and do, on a real server with two models, with the real (tiny) engine and a real store."""

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx2 as httpx
import pytest

from bundlesmith.cli.serve import make_service
from bundlesmith.engines.engines import OneEach
from bundlesmith.serve.service import Service, ServiceSettings
from bundlesmith.serve.variants import side_of
from bundlesmith.store import KeyRights

ASK: dict[str, Any] = {"words": "camping for two", "size": "2"}


@pytest.fixture(scope="module")
def service(tiny_run: Path, tmp_path_factory: pytest.TempPathFactory) -> Service:
    store = f"sqlite:///{tmp_path_factory.mktemp('store') / 'store.db'}"
    own = shutil.copytree(tiny_run, tmp_path_factory.mktemp("runs") / "run")  # what products are for is written into it
    runs = {"old": own, "new": own}
    return make_service(runs, OneEach(4), store, ServiceSettings(places=4, waiting=4))


@pytest.fixture(scope="module")
def admin(address: str, service: Service) -> Iterator[httpx.Client]:
    key = service.store.keys.add("boss", KeyRights(role="admin"))
    with httpx.Client(base_url=address, headers={"authorization": f"Bearer {key}"}, timeout=60) as client:
        yield client


def post(client: httpx.Client, route: str, body: Any = None) -> Any:
    answer = client.post(route, json=body)
    assert answer.status_code == 200, answer.text
    return answer.json()


@pytest.mark.parametrize("route", ["overview", "figures", "experiments"])
def test_a_key_is_needed_on_this_machine_too_and_an_administrators(
    admin: httpx.Client, address: str, service: Service, route: str
) -> None:
    url, user = f"{address}/v1/admin/{route}", service.store.keys.add(f"for {route}")
    assert httpx.get(url).status_code == 401
    assert httpx.get(url, headers={"authorization": f"Bearer {user}"}).status_code == 403
    assert admin.get(url).status_code == 200


def test_the_page_itself_comes_without_a_key_and_with_the_strict_policy(address: str) -> None:
    answer = httpx.get(f"{address}/admin")
    assert answer.status_code == 200 and "unsafe" not in answer.headers["content-security-policy"]


def test_the_overview_counts_what_was_asked(admin: httpx.Client) -> None:
    before = admin.get("/v1/admin/overview").json()
    ask = {**ASK, "seed": 1, "n": 2}
    first, second = (post(admin, "/v1/bundles", ask)["bundles"] for _ in range(2))
    assert len(first) == len(second) == 2
    pair = [item["item"] for item in first[0]["items"]]
    assert len(post(admin, "/v1/bundles", {**ask, "only": pair})["bundles"]) == 1
    assert admin.post("/v1/bundles", json={**ASK, "budget": 1}).status_code == 422
    now = admin.get("/v1/admin/overview", params={"minutes": 5}).json()
    names = ("requests", "answers", "cached", "short", "bundles", "valid")
    assert [now[name] - before[name] for name in names] == [4, 3, 1, 1, 3, 3]
    assert now["errors"]["NoBundleError"] - before["errors"].get("NoBundleError", 0) == 1
    assert 0 < now["first_item"]["p50"] <= now["whole"]["p50"] <= now["whole"]["p95"]
    assert len(now["minutes"]) == 5 and sum(row["requests"] for row in now["minutes"]) == now["requests"]
    assert [(one["model"], one["state"], one["items"]) for one in now["engines"]] == [
        ("old", "ready", admin.get("/v1/items").json()["total"]),
        ("new", "ready", admin.get("/v1/items").json()["total"]),
    ]


def test_figures_are_by_run_and_have_intervals(admin: httpx.Client, service: Service) -> None:
    bundles = post(admin, "/v1/bundles", {**ASK, "model": "new", "seed": 5, "n": 2})["bundles"]
    post(admin, "/v1/feedback", {"bundle_id": bundles[0]["id"], "verdict": "up"})
    bought = {"item": bundles[1]["items"][0]["item"], "kind": "buy", "bundle_id": bundles[1]["id"]}
    post(admin, "/v1/events", {"user": "walter", "events": [bought]})
    (mine,) = [one for one in admin.get("/v1/admin/figures").json()["figures"] if one["model"] == "new"]
    assert mine["run"] == service.run("new").run.made["key"] and mine["shown"] == 2 and mine["variant"] is None
    # By hand: Wilson of 1 of 1 is z² = 3.8415: 1 / (1 + z²) to 1; of 1 of 2: 0.5 ± 0.4055.
    assert mine["up"] == {"hits": 1, "of": 1, "share": 1, "low": pytest.approx(0.2065, abs=5e-5), "high": 1}
    assert [mine["purchases"]["low"], mine["purchases"]["high"]] == pytest.approx([0.0945, 0.9055], abs=5e-5)


def test_two_models_answer_one_request_and_nobody_was_shown_it(admin: httpx.Client) -> None:
    before = admin.get("/v1/admin/figures").json()
    found = post(admin, "/v1/admin/compare", {**ASK, "seed": 9, "models": ["old", "new"]})["answers"]
    assert [answer["model"] for answer in found] == ["old", "new"]
    assert found[0]["bundles"][0]["items"] == found[1]["bundles"][0]["items"]  # both are the same run here
    assert admin.get("/v1/admin/figures").json() == before
    assert admin.post("/v1/admin/compare", json={**ASK, "models": ["old", "none"]}).status_code == 404
    assert admin.post("/v1/admin/compare", json={**ASK, "models": []}).status_code == 422


def test_an_experiment_divides_customers_for_good_and_says_what_came_of_it(admin: httpx.Client) -> None:
    begun = post(admin, "/v1/admin/experiments", {"name": "blend", "a": "old", "b": "new", "percent": 40})
    assert begun["ended"] is None and begun["missing"] == []
    assert admin.post("/v1/admin/experiments", json={"name": "more", "a": "old", "b": "new"}).status_code == 400
    users = [f"customer-{n}" for n in range(12)]
    sides = {user: side_of("blend", user, 40) for user in users}
    assert set(sides.values()) == {"A", "B"}
    for user in users:
        for model in ({}, {"model": "blend"}):
            answer = post(admin, "/v1/bundles", {**ASK, **model, "user": user})
            assert answer["model"] == ("old" if sides[user] == "A" else "new")
        bundle = answer["bundles"][0]
        if sides[user] == "B":
            bought = {"item": bundle["items"][0]["item"], "kind": "buy", "bundle_id": bundle["id"]}
            post(admin, "/v1/events", {"user": user, "events": [bought]})
    assert post(admin, "/v1/bundles", {**ASK, "model": "new", "user": users[0]})["model"] == "new"  # named, so no side
    (found,) = admin.get("/v1/admin/experiments").json()["experiments"]
    purchases, baskets, up = found["outcomes"]
    counts = [list(sides.values()).count(side) for side in ("A", "B")]
    assert [purchases["a"]["of"], purchases["b"]["of"]] == counts and purchases["a"]["hits"] == 0
    assert purchases["b"]["share"] == 1 and purchases["difference"]["value"] == 1 and baskets["b"]["hits"] == 0
    assert purchases["difference"]["p"] < 0.01 and purchases["difference"]["test"] == "exact" and up["what"] == "up"


def test_in_the_chat_too_and_one_who_is_not_known_is_on_no_side(admin: httpx.Client) -> None:
    user = next(name for name in (f"guest-{n}" for n in range(99)) if side_of("blend", name, 40) == "B")
    said = {"messages": [{"role": "user", "content": "two things for a camping trip"}]}
    before = admin.get("/v1/admin/experiments").json()["experiments"][0]["outcomes"][0]
    assert post(admin, "/v1/chat/completions", {**said, "user": user})["model"] == "new"
    assert post(admin, "/v1/chat/completions", said)["model"] == "old"
    after = admin.get("/v1/admin/experiments").json()["experiments"][0]["outcomes"][0]
    assert after["a"]["of"] == before["a"]["of"] and after["b"]["of"] == before["b"]["of"] + 1


def test_an_experiment_that_is_over_answers_nobody(admin: httpx.Client) -> None:
    user = next(name for name in (f"late-{n}" for n in range(99)) if side_of("blend", name, 40) == "B")
    assert post(admin, "/v1/admin/experiments/blend/end")["ended"] is not None
    assert post(admin, "/v1/bundles", {**ASK, "user": user})["model"] == "old"
    assert admin.post("/v1/bundles", json={**ASK, "user": user, "model": "blend"}).status_code == 404
    assert admin.post("/v1/admin/experiments/none/end").status_code == 400


def test_an_experiment_of_a_model_that_is_not_served_is_passed_over_and_says_so(
    admin: httpx.Client, service: Service
) -> None:
    for wrong, status in (
        ({"a": "none"}, 404),
        ({"a": "new"}, 400),
        ({"name": "old"}, 400),
        ({"name": "a b"}, 422),
        ({"percent": 0}, 422),
    ):
        body = {"name": "next", "a": "old", "b": "new", **wrong}
        assert admin.post("/v1/admin/experiments", json=body).status_code == status
    service.store.experiments.start("gone", "new", "no-longer", 99)  # as before a restart with other models
    assert post(admin, "/v1/bundles", {**ASK, "user": "ann"})["model"] == "old"
    experiments = admin.get("/v1/admin/experiments").json()["experiments"]
    (gone,) = [one for one in experiments if one["name"] == "gone"]
    assert gone["missing"] == ["no-longer"]


def test_what_products_are_for_is_changed_for_the_next_answer(admin: httpx.Client, service: Service) -> None:
    run = service.run("old").run
    before = post(admin, "/v1/bundles", {**ASK, "model": "old", "seed": 9})["bundles"][0]
    category = before["items"][0]["category"][-1]
    assert admin.put("/v1/admin/roles", json={"model": "old", "text": "Tents: tent"}).status_code == 400
    text = f"{category}: {{en: [wonder, to marvel at]}}\n"
    try:
        assert admin.put("/v1/admin/roles", json={"model": "old", "text": text}).json()["text"] == text
        assert admin.get("/v1/admin/roles", params={"model": "old"}).json() == {"model": "old", "text": text}
        again = post(admin, "/v1/bundles", {**ASK, "model": "old", "seed": 9})["bundles"][0]
        assert [item["item"] for item in again["items"]] == [item["item"] for item in before["items"]]
        assert "to marvel at" in again["explanation"] and "to marvel at" not in before["explanation"]
    finally:
        run.write_own_roles("")
