"""What is said is checked, and attributed when asked, through the real application and the tiny model."""

import time
from dataclasses import replace
from threading import Event
from typing import Any

import pytest
from fastapi.testclient import TestClient

from bundlesmith.constraints.rules import Rules
from bundlesmith.explain.facts import facts_of
from bundlesmith.explain.tell import tell
from bundlesmith.pipeline import attribution
from bundlesmith.pipeline.ask import Ask
from bundlesmith.pipeline.writing import Manner, Writing
from bundlesmith.recommendation import Recommendation
from bundlesmith.request import Request
from bundlesmith.serve.checked import checked_bundle
from bundlesmith.serve.live_run import LiveRun
from bundlesmith.serve.service import Service

ASK: dict[str, Any] = {"words": "camping for two", "budget": 250, "size": "2:3"}


def test_attributions_come_when_asked_with_what_they_took(client: TestClient) -> None:
    plain = client.post("/v1/bundles", json=ASK).json()
    assert plain["bundles"][0].get("attribution") is None and "attribution" not in plain["timing"]
    answer = client.post("/v1/bundles", json=ASK | {"explain": True}).json()
    (bundle,) = answer["bundles"]
    assert {part["kind"] for part in bundle["attribution"]} == {"word", "rule"}
    assert [part["text"] for part in bundle["attribution"] if part["kind"] == "rule"]
    for part in bundle["attribution"]:
        assert sum(part["by_item"]) == pytest.approx(part["weight"], abs=1e-3)
        assert len(part["by_item"]) == len(bundle["items"])
    assert 0 < answer["timing"]["attribution"] < answer["timing"]["whole"]


def test_an_attribution_past_the_deadline_keeps_its_place_until_it_ends_and_asks_no_more(
    client: TestClient, service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    reads, may_end = list[int](), Event()
    real = service.run("").writer.reads

    def slow(prompts: Any, answer: Any) -> Any:
        reads.append(len(prompts))
        assert may_end.wait(20)
        return real(prompts, answer)

    monkeypatch.setattr(attribution, "_BATCH", 2)
    monkeypatch.setattr(service.run("").writer, "reads", slow)
    monkeypatch.setattr(service, "settings", replace(service.settings, deadline=2.0))
    service.gate.mean = service.gate.deviation = 0.0
    assert client.post("/v1/bundles", json=ASK | {"explain": True, "seed": 901}).status_code == 504
    assert reads == [2] and service.gate.inside == 1
    may_end.set()
    until = time.monotonic() + 10
    while service.gate.inside and time.monotonic() < until:
        time.sleep(0.01)
    assert service.gate.inside == 0 and reads == [2]


def test_every_explanation_is_counted(client: TestClient, service: Service) -> None:
    def count() -> float:
        samples = [s for metric in service.measures.explanations.collect() for s in metric.samples]
        return sum(sample.value for sample in samples if sample.name.endswith("_total"))

    before = count()
    assert client.post("/v1/bundles", json=ASK | {"seed": 77, "n": 2}).status_code == 200
    assert count() == before + 2
    assert 'bundlesmith_explanations_total{model="demo",outcome=' in client.get("/metrics").text


@pytest.fixture
def begun(client: TestClient, service: Service) -> tuple[LiveRun, Writing]:
    run = service.run("")
    opened = run.open(Ask(**ASK))
    return run, Writing(opened.openings, opened.request, Manner())


def written(client: TestClient, run: LiveRun, writing: Writing) -> Recommendation:
    assert client.portal is not None
    return client.portal.call(writing.run, run.writer, lambda step: None)[0]


def test_what_holds_is_left_alone(client: TestClient, begun: tuple[LiveRun, Writing]) -> None:
    run, opened = begun
    bundle = replace(written(client, run, opened), intent="camping")
    good = checked_bundle(run.run, opened, bundle)
    assert (replace(good.bundle, told=None), good.outcome) == (replace(bundle, told=None), "held")


@pytest.mark.parametrize("lie", [{"explanation": "Together they cost 1.23."}, {"intent": "Camping for 9"}])
def test_a_lie_is_replaced(client: TestClient, begun: tuple[LiveRun, Writing], lie: dict[str, str]) -> None:
    run, opened = begun
    good = checked_bundle(run.run, opened, replace(written(client, run, opened), **lie))
    told = good.bundle.told
    assert told and good.outcome == "replaced"
    assert (good.bundle.intent, good.bundle.explanation) == (told.heading, told.explanations[0].text)


def test_what_is_replaced_is_counted(client: TestClient, service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    """In a shop whose brands are called as all words are, all that the model may call a set names a wrong brand."""
    run = service.run("")
    for word in run.run.lexicon.words:
        monkeypatch.setitem(run.run.named_values, word.strip(), word.strip())
    answer = client.post("/v1/bundles", json=ASK | {"seed": 4711}).json()
    (bundle,) = answer["bundles"]
    view = run.openings().shop
    items = [item["item"] for item in bundle["items"]]
    told = tell(facts_of(Request(rules=Rules(budget=250.0)), items, view.catalogue), "en", run.run.roles)
    assert bundle["intent"] == told.heading and bundle["explanation"] == told.explanations[0].text
    counted = 'bundlesmith_explanations_total{model="demo",outcome="replaced"} 1.0'
    assert counted in client.get("/metrics").text
