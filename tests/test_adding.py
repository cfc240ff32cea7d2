"""A member of each family that has a registry, added from outside the package as CONTRIBUTING.md says."""

import os
import shutil
import subprocess
import sys
from collections.abc import AsyncGenerator, Mapping
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import polars as pl
import pytest
from fastapi import APIRouter
from fastapi.testclient import TestClient
from rich.console import Console
from scipy import sparse

import bundlesmith
from bundlesmith.base import SMOLLM2, load_tokenizer
from bundlesmith.cli.serve import make_service
from bundlesmith.data.catalogue import open_catalogue
from bundlesmith.data.prepare import READERS, DataSource, prepare
from bundlesmith.data.readers import RAW_BUNDLES, RAW_EVENTS, RAW_ITEMS, Raw, conform
from bundlesmith.decoding.engine import GenerationRequest
from bundlesmith.decoding.lexicon import build_lexicon
from bundlesmith.decoding.spelling import SPELLINGS
from bundlesmith.decoding.steering import ConstrainedRow
from bundlesmith.decoding.writer import EngineState, Token, Writer
from bundlesmith.engines.engines import Engines, OneEach
from bundlesmith.errors import BundlesmithError
from bundlesmith.eval import score
from bundlesmith.eval.references.methods import METHODS, load_method
from bundlesmith.eval.references.scorer import FunctionScorer
from bundlesmith.eval.references.tuning import Method
from bundlesmith.eval.values import complete_points
from bundlesmith.ingest.config import BROKERS, BrokerKind, Ingest, open_source
from bundlesmith.ingest.source import Place, StreamMessage
from bundlesmith.request import Request
from bundlesmith.run import Run
from bundlesmith.serve.api import app, rights
from bundlesmith.serve.service import Service, ServiceSettings
from bundlesmith.store import open_store
from tests.eval.sheets import LETTERS, complete
from tests.ingest.reading import read_to_the_end, stored
from tests.shops import make_catalogue

QUIET = Console(quiet=True)
ROOT = Path(__file__).parents[1]


def test_a_source(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    def read_lines(source: DataSource, part: object) -> Raw:
        assert source.path
        items = pl.DataFrame({"title": source.path.read_text().split()}).with_row_index("item_id")
        events, bundles = pl.DataFrame(schema=RAW_EVENTS), pl.DataFrame(schema=RAW_BUNDLES)
        return Raw(conform(items, RAW_ITEMS), events, bundles, integer_ids=True)

    monkeypatch.setitem(READERS, "lines", read_lines)
    (tmp_path / "shop.txt").write_text("Tent Stove")
    prepare(DataSource(kind="lines", path=tmp_path / "shop.txt"), tmp_path / "data", QUIET)
    assert open_catalogue(tmp_path / "data").titles == ("Tent", "Stove")


def test_a_spelling(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(SPELLINGS, "ids", lambda catalogue, cost: [f"number {id}" for id in catalogue.ids])
    lexicon = build_lexicon(make_catalogue(), [], load_tokenizer(SMOLLM2), "ids")
    assert lexicon.texts[:2] == ("number desk", "number lamp")


class Patient:
    """An engine without a model, that writes the first token that is allowed."""

    restarts = False
    state = EngineState.READY

    async def start(self) -> None:
        pass

    async def write(self, generation: GenerationRequest) -> AsyncGenerator[Token, None]:
        written = list(generation.begun)
        row = ConstrainedRow(generation.decoder, written, generation.noise)
        while not row.done:
            token = int(row.allowed()[0][0])
            written.append(token)
            yield Token(token, 0.0)

    async def stop(self, grace: float) -> None:
        pass


class PatientEngines:
    def of(self, runs: Mapping[str, Run]) -> dict[str, Writer]:
        return {name: Patient() for name in runs}

    async def add(self, name: str, run: Run) -> Writer:
        return Patient()

    async def remove(self, name: str, writer: Writer, grace: float) -> None:
        pass


def service_of(run: Path, engines: Engines, folder: Path) -> Service:
    return make_service(
        {"demo": run}, engines, f"sqlite:///{folder / 'store.db'}", ServiceSettings(places=1, waiting=1)
    )


RULE = {
    "constraints/rules.py": {
        "    in_stock: bool = _rule(": (
            '    round_prices: bool = _rule(False, lambda _: "round prices", none=False, '
            "leaves=lambda _, shelf, view: shelf.cents[view.positions] % 50 == 0)"
        ),
        "    in_stock: bool = True": "    round_prices: bool = False",
    },
    "pipeline/satisfied.py": {
        "        and item not in rules.owned": "        and (not rules.round_prices or cents % 50 == 0)",
    },
    "understanding/en.yaml": {
        "table: |": "  round_prices\n      only round prices\n  any_round_prices\n      all prices, round or not",
        "said:": "  round_prices: Round prices\n  any_round_prices: Any price",
        "rules:": "  round_prices: {named: round prices, loosen: 'all prices, round or not', offer: All}",
    },
    "understanding/zh.yaml": {
        "table: |": "  round_prices\n      只要整价\n  any_round_prices\n      零价也可以",
        "said:": "  round_prices: 整价\n  any_round_prices: 零价也可以",
        "rules:": "  round_prices: {named: 整价, loosen: 零价也可以, offer: 包括零价}",
    },
}
"""What is written to add a rule: by file, after which lines."""


@pytest.mark.slow
def test_a_rule(tiny_run: Path, tmp_path: Path) -> None:
    package = Path(str(bundlesmith.__file__)).parent
    shutil.copytree(package, tmp_path / package.name, copy_function=os.symlink, ignore=shutil.ignore_patterns("*.pyc"))
    for name, added in RULE.items():
        lines = (package / name).read_text("utf-8").splitlines()
        for line, more in added.items():
            (place,) = [number for number, text in enumerate(lines, 1) if text.startswith(line)]
            lines.insert(place, more)
        (tmp_path / package.name / name).unlink()
        (tmp_path / package.name / name).write_text("\n".join(lines), "utf-8")
    environment = os.environ | {"PYTHONPATH": os.pathsep.join((str(tmp_path), str(ROOT)))}
    command = [sys.executable, "-m", "tests.round_prices", str(tiny_run), str(tmp_path)]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.stdout == "done\n", done.stderr


def test_an_engine(tiny_run: Path, tmp_path: Path) -> None:
    service = service_of(tiny_run, PatientEngines(), tmp_path)
    with TestClient(app.create_app(service), base_url="http://localhost") as client:
        answer = client.post("/v1/bundles", json={"size": "3", "budget": 200})
    (bundle,) = answer.json()["bundles"]
    assert len({item["item"] for item in bundle["items"]}) == 3 and bundle["total"] <= 200


def test_a_route(monkeypatch: pytest.MonkeyPatch, tiny_run: Path, tmp_path: Path) -> None:
    class Module:
        router = APIRouter()

    Module.router.get("/v1/moon")(lambda: {"phase": "full"})
    monkeypatch.setattr(app, "ROUTES", (*app.ROUTES, Module))
    service = service_of(tiny_run, OneEach(1), tmp_path)
    with pytest.raises(BundlesmithError, match="/v1/moon"):
        app.create_app(service)
    monkeypatch.setattr(rights, "RIGHTS", {**rights.RIGHTS, "GET /v1/moon": rights.Right()})
    client = TestClient(app.create_app(service), base_url="http://localhost")
    assert client.get("/v1/moon").json() == {"phase": "full"}


def test_a_figure(monkeypatch: pytest.MonkeyPatch) -> None:
    def with_first(gold: Any, answer: Any, categories: Any) -> Any:
        return complete_points(gold, answer, categories) | {"begins-with-a": [float(answer["ranking"][0] == "a")]}

    monkeypatch.setattr(score, "complete_points", with_first)
    task, gold, answer = complete("t", "b", "ab")
    sheet = score.Sheet({"t": task}, {"complete": [{"id": "t", **gold}]}, {"t": answer}, LETTERS)
    assert sheet.points()["complete"][0]["begins-with-a"] == [1.0]


@pytest.mark.slow
def test_a_reference_method(monkeypatch: pytest.MonkeyPatch, small_shop: Path, tmp_path: Path) -> None:
    def last_first(bench: Any) -> FunctionScorer:
        n = len(bench.training.catalogue)
        return FunctionScorer(
            lambda queries, _: np.tile(np.arange(n, dtype=np.float32), (len(queries), 1)),
            sparse.identity(n, np.float32, "csr"),
        )

    monkeypatch.setitem(METHODS, "last", Method("The last", "The last items of the catalogue.", last_first))
    method = load_method("last", small_shop, tmp_path)
    (ranking,) = method.rank([Request()], 3)
    assert [item for item, _ in ranking] == list(open_catalogue(small_shop).ids[:-4:-1])


class Slips:
    """A broker whose only stream has two events."""

    start = "0"
    missing: ClassVar[dict[str, str]] = {}
    SENT = (b'{"user": "ann", "item": "1", "event_id": "a"}', b'{"user": "ann", "item": "2", "event_id": "b"}')

    def __init__(self, url: str, topics: list[str], group: str, field: str) -> None:
        self.place = Place(topics[0])

    def places(self) -> list[Place]:
        return [self.place]

    def read(self, positions: Mapping[Place, str], most: int, wait: float) -> dict[Place, list[StreamMessage]]:
        begin = int(positions[self.place])
        found = [StreamMessage(str(at + 1), self.SENT[at], 0) for at in range(begin, len(self.SENT))]
        return {self.place: found} if found else {}

    def ended(self, place: Place, position: str) -> bool:
        return int(position) == len(self.SENT)

    def stored(self, place: Place, position: str) -> None:
        pass

    def is_position(self, text: str) -> bool:
        return text.isdigit()

    def lost(self, place: Place, position: str) -> str:
        return ""

    def behind(self, place: Place, position: str) -> float:
        return 0.0

    def at(self, place: Place, seconds: int) -> str:
        return "0"

    def close(self) -> None:
        pass


def test_a_broker(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setitem(BROKERS, "slips", BrokerKind("json", __name__, "Slips", "slips://BOX"))
    store = open_store(f"sqlite:///{tmp_path / 'store.db'}")
    read_to_the_end(open_source("slips://box", Ingest(topics=["visits"])), store, "g")
    assert stored(store) == {"a": 1, "b": 1}
    store.close()
