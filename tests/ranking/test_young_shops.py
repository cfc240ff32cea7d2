"""Shops without bundles, and with baskets that nobody named: real runs that nothing was trained for."""

import json
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from rich.console import Console

from bundlesmith.cli.serve import make_service
from bundlesmith.constraints.rules import Rules
from bundlesmith.data.prepare import DataSource, prepare
from bundlesmith.engines.engines import OneEach
from bundlesmith.finetune.untuned import untuned_run
from bundlesmith.ranking.ranker import FOLDER, RANKER
from bundlesmith.ranking.weights import shipped_weights
from bundlesmith.recommender import Recommender
from bundlesmith.request import Request
from bundlesmith.run import load_run
from bundlesmith.serve.api.app import create_app
from bundlesmith.serve.service import ServiceSettings
from bundlesmith.settings import Settings

pytestmark = pytest.mark.slow
QUIET = Console(quiet=True)
GOODS = {
    "Sleep outdoors": ("Dome tent for two", "Down sleeping bag", "Foam sleeping mat", "Gas camping stove"),
    "Aquarium": ("Glass fish tank 60 l", "Water filter pump", "Aquarium heater", "Fish flakes food"),
    "Sewing": ("Sewing machine", "Thread set 24 colours", "Fabric scissors", "Pin cushion with pins"),
    "Kitchen": ("Chef's knife", "Cast-iron pan", "Wooden chopping board", "Digital kitchen scales"),
}
ASKED = {
    "two nights in the woods with my brother and we own nothing": "Sleep outdoors",
    "the kids won some goldfish at the fair, they are swimming in a bucket": "Aquarium",
    "I want to make my own skirts and have never held a needle": "Sewing",
}


@pytest.fixture(scope="module")
def catalogue_alone(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Prepared data of sixteen items in four departments."""
    folder = tmp_path_factory.mktemp("young")
    rows = [
        {"item_id": f"{path[:3]}-{at}", "title": title, "category": [path], "price": 10 + at, "stock": 5}
        for path, titles in GOODS.items()
        for at, title in enumerate(titles)
    ]
    (folder / "items.jsonl").write_text("\n".join(map(json.dumps, rows)), "utf-8")
    prepare(DataSource(kind="tables", path=folder), folder / "data", QUIET)
    return folder / "data"


@pytest.fixture(scope="module")
def young_run(catalogue_alone: Path, quick_settings: Settings) -> Path:
    """A run of them."""
    return untuned_run(catalogue_alone, catalogue_alone.parent / "runs", quick_settings, QUIET)


def test_it_is_made_once(young_run: Path, catalogue_alone: Path, quick_settings: Settings) -> None:
    made = (young_run / FOLDER / RANKER).stat().st_mtime_ns
    assert untuned_run(catalogue_alone, young_run.parent, quick_settings, QUIET) == young_run
    assert (young_run / FOLDER / RANKER).stat().st_mtime_ns == made


def test_a_catalogue_alone_gets_sets_for_what_was_asked(young_run: Path) -> None:
    recommender = Recommender.load(young_run)
    requests = [Request(words=words, rules=Rules(3, 3)) for words in ASKED]
    for bundles, path in zip(recommender.recommend(requests, talk=False), ASKED.values(), strict=True):
        found = [recommender.catalogue.categories[recommender.catalogue.row(item)] for item in bundles[0].items]
        assert found == [(path,)] * 3


def test_it_is_served(young_run: Path, tmp_path: Path) -> None:
    store = f"sqlite:///{tmp_path / 'store.db'}"
    service = make_service({"young": young_run}, OneEach(2), store, ServiceSettings(places=2, waiting=2))
    with TestClient(create_app(service), base_url="http://localhost") as client:
        body = {"words": next(iter(ASKED)), "size": "3:4", "n": 2}
        answer = client.post("/v1/bundles", json=body).raise_for_status().json()
        assert len(answer["bundles"]) == 2 and all(bundle["explanation"] for bundle in answer["bundles"])


def test_size_and_weights_are_those_that_the_package_ships(young_run: Path) -> None:
    run = load_run(young_run)
    assert run.ranker is not None and not run.ranker.bundles.rows
    sizes, repeats, chances = run.ranker.sizes(run.ranker.asked(run.ranker.items.features, "anything"))
    assert sizes.tolist() == [run.ranker.weights.size] and repeats.tolist() == [0] and chances.tolist() == [1]
    assert run.ranker.weights.values == shipped_weights("catalogue").values


def test_baskets_without_words_still_answer_words(
    catalogue_alone: Path, quick_settings: Settings, tmp_path: Path
) -> None:
    baskets = [{"items": [f"{path[:3]}-0", f"{path[:3]}-{at}"]} for path in GOODS for at in (1, 2, 3)] * 4
    source = catalogue_alone.parent
    (tmp_path / "items.jsonl").write_text((source / "items.jsonl").read_text("utf-8"), "utf-8")
    (tmp_path / "bundles.jsonl").write_text("\n".join(map(json.dumps, baskets)), "utf-8")
    prepare(DataSource(kind="tables", path=tmp_path), tmp_path / "data", QUIET)
    recommender = Recommender.load(untuned_run(tmp_path / "data", tmp_path / "runs", quick_settings, QUIET))
    ((first, _), *_) = recommender.rank([Request(words="my goldfish swim in a bucket")], 1)[0]
    assert first.startswith("Aqu")
