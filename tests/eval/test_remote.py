"""A real service on a real socket, of a run with a ranker and of one without, asked as `eval --url` does."""

import json
import shutil
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from bundlesmith import client
from bundlesmith.cli.serve import make_service
from bundlesmith.constraints.rules import Rules
from bundlesmith.data.catalogue import Catalogue, open_catalogue
from bundlesmith.engines.engines import OneEach
from bundlesmith.errors import BundlesmithError
from bundlesmith.eval.remote import Remote, body_of
from bundlesmith.recommender import Recommender
from bundlesmith.request import Request
from bundlesmith.run import load_run
from bundlesmith.serve.api.app import ApiSettings, create_app
from bundlesmith.serve.service import Service, ServiceSettings
from bundlesmith.store import KeyRights
from tests.cli.run import bundlesmith
from tests.serve.listening import listening

pytestmark = pytest.mark.slow
QUIET = Console(quiet=True)
WISH = "a weekend outdoors"
TASKS = 8
"""Of each kind."""
Runs = dict[str, Path]


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory, small_ranked_run: Path) -> Runs:
    """The tiny model as it is on the small shop, without a ranker and with one."""
    plain = tmp_path_factory.mktemp("runs") / "plain"
    shutil.copytree(small_ranked_run, plain, ignore=shutil.ignore_patterns("ranker"))
    return {"plain": plain, "ranked": small_ranked_run}


@pytest.fixture(scope="module")
def service(runs: Runs, tmp_path_factory: pytest.TempPathFactory) -> Service:
    store = f"sqlite:///{tmp_path_factory.mktemp('store') / 'store.db'}"
    return make_service(runs, OneEach(4), store, ServiceSettings(places=4, waiting=2))


@pytest.fixture(scope="module")
def url(service: Service) -> Iterator[str]:
    with listening(create_app(service)) as url:
        yield url


@pytest.fixture(scope="module")
def catalogue(small_shop: Path) -> Catalogue:
    return open_catalogue(small_shop)


@pytest.fixture(scope="module")
def asked(small_shop: Path, tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """The options that name tasks of each kind, and the data."""
    folder = tmp_path_factory.mktemp("tasks") / "all"
    assert bundlesmith("tasks", "--data", small_shop, "--split", "train", "--out", folder) == 0
    kept: dict[str, list[str]] = {"complete": [], "generate": [], "sessions": []}
    for line in (folder / "tasks.jsonl").read_text().splitlines():
        row = json.loads(line)
        if len(kept[row["kind"]]) < TASKS:
            kept[row["kind"]].append(row["id"])
    ids = {name for of_kind in kept.values() for name in of_kind}
    for name in ("tasks.jsonl", "gold.jsonl"):
        lines = (folder / name).read_text().splitlines(keepends=True)
        (folder / name).write_text("".join(x for x in lines if json.loads(x)["id"] in ids))
    files = ("--tasks", folder / "tasks.jsonl", "--gold", folder / "gold.jsonl", "--data", small_shop)
    return [*map(str, files), "--allow-leaks"]


def result(out: Path) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    answers = [json.loads(line) for line in (out / "answers.jsonl").read_text().splitlines()]
    return answers, json.loads((out / "scores.json").read_text())


@pytest.mark.parametrize("name", ["plain", "ranked"])
def test_a_service_has_the_answers_and_figures_of_its_run(
    name: str, runs: Runs, url: str, asked: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert bundlesmith("eval", "--run", runs[name], *asked, "--out", tmp_path / "run") == 0
    assert bundlesmith("eval", "--url", f"{url}/", "--model", name, *asked, "--out", tmp_path / "url") == 0
    (answers, found), (served, of_url) = result(tmp_path / "run"), result(tmp_path / "url")
    assert len(served) == 3 * TASKS
    of_items = [[row.get("ranking"), row.get("bundles")] for row in answers]
    assert [[row.get("ranking"), row.get("bundles")] for row in served] == of_items
    assert sum(a == b for a, b in zip(answers, served, strict=True)) >= 3 * TASKS - 2  # what is said is checked there
    assert of_url["kinds"]["complete"] == found["kinds"]["complete"]
    assert of_url["kinds"]["complete"]["pairwise"] is not None
    assert of_url["kinds"]["generate"] == found["kinds"]["generate"]
    assert of_url["kinds"]["sessions"]["soft-F1"] == found["kinds"]["sessions"]["soft-F1"]
    assert of_url["method"] == f"{name} at {url}" and f"Asking {name} at {url}." in capsys.readouterr().err
    assert of_url["cost"]["seconds"] > 0 and of_url["cost"]["tokens_per_task"] > 0
    both = (tmp_path / "run", tmp_path / "url")
    assert bundlesmith("report", *both, *asked[:-1], "--out", tmp_path / "report.html") == 0
    assert f"| {name} at {url}" in (tmp_path / "report.md").read_text()


def test_the_default_model_is_asked_and_named_and_nobody_is_shown_anything(
    url: str, service: Service, catalogue: Catalogue
) -> None:
    asked = Remote(url, catalogue)
    assert asked.title == f"plain at {url}" and asked.key != Remote(url, catalogue, "ranked").key
    shown = service.store.feedback.figures()
    (found,) = asked.recommend([Request(words=WISH, n=2)])
    assert len(found) == 2 and all(bundle.explanation for bundle in found) and asked.written_tokens > 0
    assert service.store.feedback.figures() == shown


def test_all_rules_go_with_a_request(url: str, catalogue: Catalogue, runs: Runs) -> None:
    ids = catalogue.ids
    rules = Rules(
        min_items=2,
        max_items=4,
        budget=500.0,
        min_price=2.0,
        max_price=300.0,
        in_stock=False,
        excluded=ids[:5],
        owned=ids[5:9],
        allowed=ids[3:60],
        per_category=2,
        per_brand=2,
    )
    request = Request(ids[5:9], WISH, ids[20:21], rules, n=3)
    own, there = Recommender.load(runs["ranked"]), Remote(url, catalogue, "ranked")
    wanted, found = (each.recommend([request], talk=False)[0] for each in (own, there))
    assert [bundle.items for bundle in found] == [bundle.items for bundle in wanted]
    assert [i for i, _ in there.rank([request], 9)[0]] == [i for i, _ in own.rank([request], 9)[0]]
    named = [ids[2], ids[30], ids[40]]
    assert there.score([request], [named])[0] == pytest.approx(own.score([request], [named])[0], abs=1e-4)


def test_sessions_of_less_than_two_items_have_no_bundle(url: str, catalogue: Catalogue) -> None:
    some = catalogue.ids[:3]
    none, one, twice, three = Remote(url, catalogue).find([[], some[:1], some[:1] * 2, some])
    assert (none, one, twice) == ([], [], []) and len(three) == 2


def test_a_busy_service_is_asked_again(
    url: str, service: Service, catalogue: Catalogue, monkeypatch: pytest.MonkeyPatch
) -> None:
    waits: list[float] = []
    sleep = client.time.sleep
    monkeypatch.setattr(client.time, "sleep", lambda seconds: (waits.append(seconds), sleep(0.1)))
    asked = Remote(url, catalogue)
    found = asked.recommend([Request(words=f"{WISH} {n}", n=4) for n in range(12)])
    assert len(found) == 12 and all(found) and waits and min(waits) >= 1
    monkeypatch.setattr(client, "PATIENCE", 0.0)
    with pytest.raises(BundlesmithError, match=r"/v1/bundles says 429: All 4 places .* Ask again in \d+ s\."):
        asked.recommend([Request(words=f"{WISH} {n}", n=4) for n in range(12, 24)])


def problem(work: Callable[[], object]) -> str:
    with pytest.raises(BundlesmithError) as caught:
        work()
    return str(caught.value)


def test_a_service_that_is_not_there_or_another_is_said(catalogue: Catalogue, url: str) -> None:
    said = problem(lambda: Remote("http://127.0.0.1:9", catalogue))
    assert "http://127.0.0.1:9/v1/models doesn't answer" in said and "--url" in said
    for wrong in ("localhost:8000", "ftp://x", "", "http://", "http://me:secret@x", "http://x y"):
        assert f'--url is "{wrong}".' in problem(lambda wrong=wrong: Remote(wrong, catalogue))
    assert "/page/v1/models says 404" in problem(lambda: Remote(f"{url}/page", catalogue))
    assert f'{url} has no model "rankd". Did you mean "ranked"?' in problem(lambda: Remote(url, catalogue, "rankd"))


def test_what_the_service_refuses_is_said_with_its_fix(url: str, catalogue: Catalogue) -> None:
    asked = Remote(url, catalogue, "ranked")
    said = problem(lambda: asked.rank([Request(items=("CAMP-9999",))], 5))
    assert "/v1/rank says 400" in said and '"CAMP-9999"' in said and "Known: " in said
    assert "body.k is 1000" in problem(lambda: asked.rank([Request(words=WISH)], 1000))
    with pytest.raises(BundlesmithError, match="weights"):
        body_of(Request(weights=(("CAMP-0001", 1.0),)))


def test_items_that_the_data_lacks_are_said(url: str, catalogue: Catalogue) -> None:
    few = replace(catalogue, rows={catalogue.ids[0]: 0})
    said = problem(lambda: Remote(url, few, "ranked").rank([Request(words=WISH)], 20))
    assert "which the data doesn't have" in said and "--data" in said


def test_a_catalogue_that_changes_meanwhile_is_said(url: str, service: Service, catalogue: Catalogue) -> None:
    asked, run = Remote(url, catalogue), service.run("plain")
    before = asked.key
    asked.rank([Request(words=WISH)], 5)
    with service.store.changing("plain") as log:
        log.append(catalogue.ids[0], None)
    assert run.shop.view().removed(catalogue.ids[0])
    said = problem(lambda: asked.rank([Request(words=WISH)], 5))
    assert "its last change was 0, and is 1 now" in said and "again" in said
    assert Remote(url, catalogue).key != before


def test_a_service_that_needs_a_key_gets_it(runs: Runs, catalogue: Catalogue, tmp_path: Path) -> None:
    store = f"sqlite:///{tmp_path / 'store.db'}"
    service = make_service({"ranked": runs["ranked"]}, OneEach(4), store, ServiceSettings())
    key = service.store.keys.add("tester", KeyRights(600, "user"))
    with listening(create_app(service, ApiSettings("0.0.0.0"))) as url:
        for wrong in ("", "nonsense"):
            said = problem(lambda wrong=wrong: Remote(url, catalogue, key=wrong))
            assert "/v1/models says 401" in said and "--key" in said and "BUNDLESMITH_KEY" in said
        assert Remote(url, catalogue, key=key).rank([Request(words=WISH)], 3)[0]


def test_a_model_is_named_only_with_a_service(asked: list[str], tmp_path: Path, capsys: Any) -> None:
    out = ("--out", tmp_path / "out")
    assert bundlesmith("eval", "--method", "popularity", "--model", "x", *asked, *out) == 2
    assert '--model is "x"' in capsys.readouterr().err
    without = [word for at, word in enumerate(asked) if "--data" not in asked[max(at - 1, 0) : at + 1]]
    with suppress(SystemExit):
        assert bundlesmith("eval", "--url", "http://localhost:9", *without, *out) == 2
    assert "--data is not given" in capsys.readouterr().err


def test_a_run_is_named_by_what_it_and_its_ranker_were_made_from(runs: Runs) -> None:
    assert load_run(runs["plain"]).key == Recommender.load(runs["plain"]).key != load_run(runs["ranked"]).key
