"""The main job with the real base model, through the command line: from the sample shop to valid, explained bundles."""

import json
from pathlib import Path

import pytest

from bundlesmith.data.catalogue import open_catalogue
from tests.cli.run import bundlesmith
from tests.conftest import ROOT

pytestmark = pytest.mark.slow


def test_prepare_finetune_recommend_predict(main_job: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run = main_job / "run"
    capsys.readouterr()
    requests = ROOT / "configs/demo-requests.jsonl"
    assert bundlesmith("recommend", "--run", run, "--requests", requests, "--json") == 0
    answers = json.loads(capsys.readouterr().out)
    asks = [json.loads(line) for line in requests.read_text().splitlines()]
    catalogue = open_catalogue(run)
    for ask, (bundle,) in zip(asks, answers, strict=True):
        check(ask, bundle, catalogue)

    ids = catalogue.ids
    tasks = tmp_path / "tasks.jsonl"
    tasks.write_text(json.dumps({"id": "s", "kind": "sessions", "items": ids[:5]}) + "\n")
    assert bundlesmith("predict", "--run", run, "--tasks", tasks, "--out", tmp_path / "answers.jsonl") == 0
    answer = json.loads((tmp_path / "answers.jsonl").read_text())
    assert answer["bundles"] and all(set(bundle) <= set(ids[:5]) for bundle in answer["bundles"])


def check(ask: dict, bundle: dict, catalogue: object) -> None:  # type: ignore[type-arg]
    items = [item["item"] for item in bundle["items"]]
    least, most = map(int, ask["size"].split(":"))
    assert least <= len(set(items)) == len(items) <= most
    assert items[: len(ask.get("items", []))] == ask.get("items", [])
    assert bundle["total"] == pytest.approx(sum(item["price"] for item in bundle["items"]))
    assert bundle["total"] <= ask.get("budget", float("inf"))
    assert 1 <= len(bundle["intent"]) <= 60
    said = {claim["item"] for claim in bundle["claims"] if claim["kind"] in ("purpose", "item")}
    assert said and said <= set(items) and bundle["explanation"]
    assert [reason["item"] for reason in bundle["reasons"]] == items and all(each["text"] for each in bundle["reasons"])
