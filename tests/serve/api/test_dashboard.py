"""Each query of the dashboard and of the alerts, asked of a real Prometheus that scraped a real service."""

import json
import re
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any
from urllib.error import URLError

import pytest
import yaml

from bundlesmith.cli.serve import ingest_beside, make_service
from bundlesmith.engines.engines import OneEach
from bundlesmith.serve.api.app import create_app
from bundlesmith.serve.service import ServiceSettings
from tests.ingest.brokers import RedisServer
from tests.serve.listening import listening
from tests.serve.prometheus import DEPLOY, Prometheus

DASHBOARD: list[str] = [
    target["expr"]
    for panel in json.loads((DEPLOY / "grafana.json").read_text())["panels"]
    for target in panel["targets"]
]
RULES: list[dict[str, Any]] = [
    rule for group in yaml.safe_load((DEPLOY / "alerts.yaml").read_text())["groups"] for rule in group["rules"]
]
LIMIT = re.compile(r" [<>] [\d.]+$")


@pytest.fixture(scope="module")
def ask(tiny_run: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[str], list[Any]]]:
    """A query's answer, from Prometheus beside a service that was used."""
    folder = tmp_path_factory.mktemp("seen")
    with closing(RedisServer()) as redis:
        (folder / "ingest.yaml").write_text(json.dumps({"url": redis.url, "topics": ["visits"]}))
        service = make_service({"demo": tiny_run}, OneEach(4), f"sqlite:///{folder}/s.db", ServiceSettings(places=4))
        ingest_beside(service, folder / "ingest.yaml")
        with (
            listening(create_app(service)) as address,
            closing(Prometheus(folder, address.removeprefix("http://"))) as prometheus,
        ):
            use(address, redis)
            waiting(lambda: prometheus.ask('count_over_time(up{job="bundlesmith"}[1m]) > 1'))
            use(address, redis)
            waiting(lambda: prometheus.ask("increase(bundlesmith_ingest_dead_letters_total[1m]) > 0"))
            waiting(lambda: prometheus.ask("increase(bundlesmith_bundles_total[1m]) > 0"))
            yield prometheus.ask


def use(address: str, redis: RedisServer) -> None:
    import httpx2

    redis.send("visits", [b'{"user": "ann", "item": "x"}', b"broken"])
    for words in ("camping", f"camping {time.time()}"):
        httpx2.post(f"{address}/v1/bundles", json={"words": words}, timeout=60).raise_for_status()


def waiting(true: Callable[[], Any]) -> None:
    until = time.monotonic() + 30
    while time.monotonic() < until:
        try:
            if true():
                return
        except URLError:
            pass
        time.sleep(0.1)
    raise AssertionError("Prometheus didn't see it.")


def test_every_query_has_an_answer(ask: Callable[[str], list[Any]]) -> None:
    queries = [query.replace("$__rate_interval", "1m") for query in DASHBOARD]
    queries += [LIMIT.sub("", rule["expr"]).replace("[5m]", "[1m]").replace("[15m]", "[1m]") for rule in RULES]
    found = {query: [float(each["value"][1]) for each in ask(query)] for query in queries}
    assert [query for query, values in found.items() if not values] == []
    assert all(value == value for query, values in found.items() if "cache" not in query for value in values)  # no NaN


def test_no_alert_fires_for_a_service_that_is_well(ask: Callable[[str], list[Any]]) -> None:
    assert all(LIMIT.search(rule["expr"]) for rule in RULES)
    assert {rule["alert"] for rule in RULES if ask(rule["expr"])} <= {"BundlesmithSlow", "BundlesmithLoopLate"}


def test_each_alert_fires_when_its_time_has_come(tmp_path: Path) -> None:
    if shutil.which("promtool") is None:
        pytest.skip("Prometheus is not installed (apt-get install prometheus)")
    fired = {
        "BundlesmithDown": {'up{job="bundlesmith"}': "0x60"},
        "BundlesmithEngineNotReady": {'bundlesmith_engine{model="demo", state="ready"}': "0x60"},
        "BundlesmithFails": {
            'bundlesmith_requests_total{status="200"}': "0+90x60",
            'bundlesmith_requests_total{status="503"}': "0+10x60",
        },
        "BundlesmithSlow": {
            f'bundlesmith_answer_seconds_bucket{{le="{le}"}}': f"0+{count}x60"
            for le, count in (("20", 50), ("30", 100), ("+Inf", 100))
        },
        "BundlesmithQueueLong": {'bundlesmith_queue{instance="a"}': "30x60"},
        "BundlesmithLoopLate": {
            f'bundlesmith_loop_lag_seconds_bucket{{le="{le}", instance="a"}}': f"0+{count}x60"
            for le, count in (("0.25", 50), ("1", 100), ("+Inf", 100))
        },
        "BundlesmithShownLost": {"bundlesmith_shown_lost": "0+1x60"},
        "BundlesmithIngestStopped": {'bundlesmith_ingest_running{job="bundlesmith"}': "0x60"},
        "BundlesmithIngestBehind": {'bundlesmith_ingest_behind_seconds{topic="visits", part="0"}': "90x60"},
        "BundlesmithDeadLetters": {"bundlesmith_ingest_dead_letters_total": "0+5x60"},
    }
    assert fired.keys() == {rule["alert"] for rule in RULES}
    tests = []
    for name, series in fired.items():
        listed = [{"series": one, "values": values} for one, values in series.items()]
        check = {"expr": f'count(ALERTS{{alertname="{name}", alertstate="firing"}})', "eval_time": "30m"}
        samples = [{"labels": "{}", "value": 1}]
        tests.append({"interval": "1m", "input_series": listed, "promql_expr_test": [check | {"exp_samples": samples}]})
    (tmp_path / "test.yaml").write_text(json.dumps({"rule_files": [str(DEPLOY / "alerts.yaml")], "tests": tests}))
    done = subprocess.run(["promtool", "test", "rules", tmp_path / "test.yaml"], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
