"""A service that reads topics in its process, publishes what it shows, and is traced."""

import json
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from bundlesmith.cli.serve import ingest_beside, make_service, publish_beside
from bundlesmith.engines.engines import OneEach
from bundlesmith.serve.api.app import create_app
from bundlesmith.serve.service import ServiceSettings
from bundlesmith.serve.tracing import trace_to
from tests.ingest.brokers import RedisServer


@pytest.fixture(scope="module")
def redis() -> Iterator[RedisServer]:
    server = RedisServer()
    yield server
    server.close()


@pytest.fixture(scope="module")
def client(tiny_run: Path, redis: RedisServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    folder = tmp_path_factory.mktemp("streams")
    settings = {"url": redis.url, "topics": ["visits"], "items": {"topics": ["items"]}}
    (folder / "ingest.yaml").write_text(json.dumps(settings))
    service = make_service({"demo": tiny_run}, OneEach(4), f"sqlite:///{folder}/store.db", ServiceSettings(places=4))
    ingest_beside(service, folder / "ingest.yaml")
    publish_beside(service, redis.url, "told")
    with TestClient(create_app(service), base_url="http://localhost", raise_server_exceptions=False) as client:
        yield client


def seconds_until(true: Callable[[], bool]) -> float:
    begun = time.monotonic()
    while not true():
        assert time.monotonic() < begun + 60
        time.sleep(0.02)
    return time.monotonic() - begun


def bundle(client: TestClient) -> dict[str, Any]:
    """What the next answer to a customer is."""
    found: dict[str, Any] = client.post("/v1/bundles", json={"user": "zoe"}).json()["bundles"][0]
    return found


def prices(client: TestClient) -> dict[str, float]:
    return {item["item"]: item["price"] for item in bundle(client)["items"]}


def test_an_event_and_a_price_change_the_next_answer_within_two_seconds(client: TestClient, redis: RedisServer) -> None:
    seconds_until(lambda: "bundlesmith_ingest_running 1.0" in client.get("/metrics").text)
    before = prices(client)
    bought = {"user": "zoe", "item": next(iter(before)), "kind": "buy"}  # what somebody has isn't offered again
    redis.send("visits", [json.dumps(bought).encode()])
    assert seconds_until(lambda: prices(client).keys() != before.keys()) < 2
    item, price = next(iter(prices(client).items()))
    redis.send("items", [json.dumps({"item": item, "price": price / 2}).encode()])
    assert seconds_until(lambda: prices(client).get(item) != price) < 2
    redis.send("items", [b"broken"])
    seconds_until(lambda: "bundlesmith_ingest_dead_letters_total 1.0" in client.get("/metrics").text)


def told(redis: RedisServer, user: str) -> list[dict[str, Any]]:
    with redis.client() as connection:
        found: list[Any] = connection.xrange("told")
        messages: list[dict[str, Any]] = [json.loads(fields[b"data"]) for _, fields in found]
        return [message for message in messages if message["user"] == user]


def test_what_is_shown_asked_and_decided_is_published_once(client: TestClient, redis: RedisServer) -> None:
    answer = client.post("/v1/bundles", json={"user": "amy", "words": "camping", "n": 2}).json()
    ids = [bundle["id"] for bundle in answer["bundles"]]
    said = {"bundle_id": ids[0], "verdict": "up", "user": "amy", "reason": "nice"}
    assert client.post("/v1/feedback", json=said).status_code == 200
    seconds_until(lambda: len(told(redis, "amy")) == len(ids) + 1)
    *shown, decided = told(redis, "amy")
    assert {message["bundle_id"] for message in shown} == set(ids)
    assert all((each["type"], each["asked"]["words"]) == ("shown", "camping") for each in shown)
    assert (decided["type"], decided["verdict"], decided["bundle_id"]) == ("decided", "up", ids[0])
    assert len({message["id"] for message in [*shown, decided]}) == len(ids) + 1


def test_a_request_is_a_trace_of_its_parts_that_ends_with_its_stream(
    client: TestClient, caplog: pytest.LogCaptureFixture
) -> None:
    memory = pytest.importorskip("opentelemetry.sdk.trace.export.in_memory_span_exporter").InMemorySpanExporter()
    end = trace_to(memory)
    caplog.set_level("INFO", "bundlesmith.access")
    try:
        asked = {"words": "a tent and a lamp", "stream": True}
        parent = {"traceparent": "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01", "x-request-id": "r-1"}
        answer = client.post("/v1/bundles", json=asked, headers=parent)
        assert "event: done" in answer.text and answer.headers["x-request-id"] == "r-1"
        assert client.post("/v1/bundles", json={"budget": -1}).status_code == 422
    finally:
        end()
    line = json.loads(caplog.records[0].message)
    assert (line["id"], line["trace"], line["status"]) == ("r-1", "0af7651916cd43dd8448eb211c80319c", 200)
    spans = {span.name: span for span in memory.get_finished_spans() if f"{span.context.trace_id:x}".startswith("af7")}
    assert spans.keys() == {"POST /v1/bundles", "open", "rank", "decode", "explain", "store"}
    whole = spans.pop("POST /v1/bundles")
    assert whole.parent.span_id == 0xB7AD6B7169203331 and whole.attributes["http.response.status_code"] == 200
    assert all(part.parent.span_id == whole.context.span_id for part in spans.values())
    assert all(whole.start_time <= part.start_time <= part.end_time <= whole.end_time for part in spans.values())
    assert spans["rank"].end_time <= spans["decode"].start_time
    assert len({span.context.trace_id for span in memory.get_finished_spans()}) == 2


def test_without_traces_nothing_is_imported_for_them() -> None:
    import subprocess
    import sys

    code = "import sys, bundlesmith.serve.tracing as t\nwith t.span('x'): pass\nprint('opentelemetry' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True).stdout == "False\n"
