"""vLLM as an engine that serves, as a server and in this process: the real one, with a small model and its adapter."""

import asyncio
import json
import os
import re
import subprocess
import sys
import time
from collections.abc import Callable, Coroutine, Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any, TypeVar

import httpx2
import numpy as np
import pytest
from rich.console import Console

from bundlesmith.data.tables import load
from bundlesmith.decoding.writer import EngineGoneError, EngineState, Token
from bundlesmith.engines.vllm.command import engine_environment
from bundlesmith.engines.vllm.progress import STUCK
from bundlesmith.engines.vllm.server_writer import VllmServerWriter, own_vllm, vllm_at
from bundlesmith.errors import BundlesmithError
from bundlesmith.finetune.finetune import finetune
from bundlesmith.finetune.model import tuned_model
from bundlesmith.pipeline.ask import Ask
from bundlesmith.pipeline.following import EngineBusyError
from bundlesmith.run import Run, load_run
from bundlesmith.settings import load_settings
from bundlesmith.shop.followed_shop import KEPT, FollowedShop, values_of
from bundlesmith.shop.live_shop import LiveShop
from bundlesmith.store import Store, open_store
from tests.cli.run import bundlesmith
from tests.conftest import QUICK
from tests.engines.test_vllm import ROOT
from tests.engines.vllm_async_job import SETTINGS
from tests.engines.vllm_orders import LONG, LONGISH, generation, generations, plainly, together, tokens
from tests.serve.processes import serving

pytestmark = [
    pytest.mark.slow,
    pytest.mark.timeout(1500),  # three starts of vLLM, two at a time
    pytest.mark.skipif(find_spec("vllm") is None, reason="vLLM is not installed: it can't be had for this machine"),
]
T = TypeVar("T")
Go = Callable[[Coroutine[Any, Any, T]], T]


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory, small_shop: Path, wide_base: Path) -> Iterator[Run]:
    folder = tmp_path_factory.mktemp("vllm")
    rates = ["training.learning_rate=0.05", "training.warmup=0"]
    settings = load_settings(None, [f"base={wide_base}", *QUICK, *rates])
    finetune(small_shop, folder / "run", settings, False, Console(quiet=True))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("BUNDLESMITH_CACHE", str(folder / "cache"))  # where it is merged for vLLM
        yield load_run(folder / "run")


@pytest.fixture(scope="module")
def wanted(run: Run) -> list[list[Token]]:
    """What a plain loop over the model writes."""
    model = tuned_model(run.folder, run.settings, run.tokenizer)
    return [plainly(model, one) for one in generations(LiveShop(run).view())]


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Store, str]]:
    url = f"sqlite:///{tmp_path_factory.mktemp('store') / 'store.db'}"
    opened = open_store(url)
    yield opened, url
    opened.close()


@pytest.fixture(scope="module")
def go() -> Iterator[Go[Any]]:
    """One loop for all tests: the server is watched from it."""
    with asyncio.Runner() as runner:
        yield runner.run


@pytest.fixture(scope="module")
def job(run: Run, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[subprocess.Popen[str], Path]]:
    """vLLM in a process of its own, which goes on beside the other tests: most of it is waiting for imports."""
    out = tmp_path_factory.mktemp("job") / "out.json"
    words = [sys.executable, "-m", "tests.engines.vllm_async_job", str(run.folder), str(out)]
    environment = os.environ | engine_environment(SETTINGS)
    with out.with_name("log").open("w") as log:
        process = subprocess.Popen(words, cwd=ROOT, env=environment, stdout=log, stderr=log, text=True)
    yield process, out
    process.kill()
    process.wait()


@pytest.fixture(scope="module")
def writer(
    run: Run, job: object, store: tuple[Store, str], go: Go[None], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[VllmServerWriter]:
    """A server of ours."""
    log = tmp_path_factory.mktemp("server") / "vllm.log"
    writer = own_vllm({"demo": run.folder}, SETTINGS, log, store[1])
    go(writer.start())
    yield writer
    go(writer.stop(5))
    assert writer.state is EngineState.GONE and not serving()


def test_the_server_writes_what_a_plain_loop_writes(
    writer: VllmServerWriter, run: Run, wanted: list[list[Token]], go: Go[list[list[Token]]]
) -> None:
    found = go(together(writer, generations(LiveShop(run).view())))
    assert [[token.token for token in one] for one in found] == [[token.token for token in one] for one in wanted]
    ours, theirs = (np.array([token.logprob for one in each for token in one]) for each in (wanted, found))
    chosen = theirs != 0  # others were forced
    assert chosen.any() and not chosen.all() and theirs[chosen] == pytest.approx(ours[chosen], abs=1e-3)


def test_another_process_reaches_it_by_its_url(
    writer: VllmServerWriter, run: Run, wanted: list[list[Token]], go: Go[Any]
) -> None:
    async def elsewhere() -> list[list[Token]]:
        other = vllm_at(f"{writer._server.url}/v1", writer._server.key)
        with pytest.raises(EngineGoneError, match="loading"):
            await tokens(other, generations(LiveShop(run).view())[0])
        await other.start()
        found = await together(other, generations(LiveShop(run).view())[:2])
        await other.stop(1)
        with pytest.raises(EngineGoneError, match="gone"):
            await tokens(other, generations(LiveShop(run).view())[0])
        return found

    assert [[token.token for token in one] for one in go(elsewhere())] == [[t.token for t in one] for one in wanted[:2]]
    assert writer.state is EngineState.READY


def test_who_leaves_frees_the_place(writer: VllmServerWriter, run: Run, go: Go[None]) -> None:
    async def leave() -> None:
        writing = writer.write(generation(LiveShop(run).view(), *LONG))
        await anext(writing)
        assert await under_way(writer) == 1
        await writing.aclose()
        until = time.monotonic() + 2
        while await under_way(writer) and time.monotonic() < until:
            await asyncio.sleep(0.02)
        assert await under_way(writer) == 0

    go(leave())


async def under_way(writer: VllmServerWriter) -> float:
    """How many answers vLLM is writing."""
    assert writer._client is not None
    lines = (await writer._client.get("/metrics")).text.splitlines()
    return float(next(line for line in lines if line.startswith("vllm:num_requests_running")).split()[-1])


def test_more_than_the_queue_holds_are_told_so(writer: VllmServerWriter, run: Run, go: Go[list[Any]]) -> None:
    long = generation(LiveShop(run).view(), *LONGISH)

    async def all_at_once() -> list[Any]:
        many = [tokens(writer, long) for _ in range(SETTINGS.queue + 8)]
        return list(await asyncio.gather(*many, return_exceptions=True))

    found = go(all_at_once())
    refused = [each for each in found if isinstance(each, BaseException)]
    assert refused and all(isinstance(each, EngineBusyError) for each in refused)
    answers = [[token.token for token in each] for each in found if isinstance(each, list)]
    assert len(answers) >= SETTINGS.queue and all(each == answers[0] for each in answers)


def test_the_next_request_sees_a_change_of_the_shop(
    writer: VllmServerWriter, run: Run, store: tuple[Store, str], go: Go[list[Token]]
) -> None:
    """A new item, a price and a removal, each by its number; a request that knows the shop as it was still gets it."""
    shop = FollowedShop(LiveShop(run), store[0].changes, "demo")
    first, second = run.catalogue.ids[:2]
    spelling = shop.shop.spell("new", "Quillfire trail lantern", ("Lights",))
    new = {"title": "Quillfire trail lantern", "category": ["Lights"], "price": 3.0, "stock": 4}
    new |= {"spelling": {"text": spelling[0], "tokens": list(spelling[1])}}
    old = values_of(shop.view(), first)
    with store[0].changing("demo") as log:
        log.append("new", new)
        log.append(first, old | {"price": 4000.0, "stock": None})
        log.append(second, None)

    def written(version: int | None, **asked: Any) -> tuple[str, ...]:
        view = shop.view(version)
        one = generation(view, Ask(in_stock=False, **asked), False, version=version)
        decoder = one.decoder.copy()
        for token in go(tokens(writer, one)):
            decoder.advance(token.token)
        return tuple(view.snapshot.item(position) for position in decoder.taken)

    assert set(written(None, size="2", only=["new", first])) == {"new", first}
    assert set(written(2, size="2", only=["new", first], budget=4003)) == {"new", first}
    assert set(written(1, size="2", only=["new", first, second])) <= {"new", first, second}
    for version, asked, said in (
        (3, {"size": "2", "only": ["new", first], "budget": 4002}, "No bundle fits"),
        (3, {"size": "2", "only": ["new", second]}, "No|no"),
        (0, {"size": "2", "only": ["new", first]}, 'no item "new"'),
    ):
        rules = generation(shop.view(1), Ask(in_stock=False, **asked), False, version=version).rules
        one = generation(shop.view(1), Ask(), False)
        object.__setattr__(one, "rules", rules)  # as if the shop here were behind
        with pytest.raises(BundlesmithError, match=said):
            go(tokens(writer, one))


def test_a_state_that_is_gone_or_a_run_that_there_never_was_is_refused(
    writer: VllmServerWriter, run: Run, store: tuple[Store, str], go: Go[list[Token]]
) -> None:
    shop = FollowedShop(LiveShop(run), store[0].changes, "demo")
    kept, first = shop.view(), run.catalogue.ids[0]
    version = shop.version
    with store[0].changing("demo") as log:
        for price in range(KEPT + 1):
            log.append(first, values_of(kept, first) | {"price": float(price)})
    assert go(tokens(writer, generation(shop.view(), Ask(size="2"), False, version=shop.version)))
    with pytest.raises(BundlesmithError, match=f"as of change {version} isn't kept any more"):
        go(tokens(writer, generation(kept, Ask(size="2"), False, version=version)))
    with pytest.raises(BundlesmithError, match='no run "nobody"'):
        go(tokens(writer, generation(kept, Ask(size="2"), False, model="nobody")))
    assert writer.state is EngineState.READY


@pytest.mark.parametrize(
    ("xargs", "said"),
    [
        ({"bundle_size": "5:2"}, "5:2"),
        ({"bundle_budgt": 3}, "bundle_budget"),
        ({"bundle_exclude": "CAMP-9999"}, "CAMP-9999"),
        ({"bundle_size": "4", "bundle_budget": 2}, "No bundle fits"),
    ],
)
def test_a_bad_rule_is_a_400_that_says_why(
    writer: VllmServerWriter, go: Go[httpx2.Response], xargs: dict[str, Any], said: str
) -> None:
    answer = go(completion(writer, xargs))
    assert answer.status_code == 400 and said in answer.text


def test_rules_come_with_a_request_over_http(writer: VllmServerWriter, run: Run, go: Go[httpx2.Response]) -> None:
    answer = go(
        completion(writer, {"bundle_size": "3", "bundle_in_stock": 0, "bundle_only": list(run.catalogue.ids[4:8])})
    )
    texts = answer.json()["choices"][0]["text"].strip().split(";")
    rows = [run.lexicon.texts.index(text.strip()) for text in texts]
    assert answer.is_success and len(set(rows)) == 3 and set(rows) <= {4, 5, 6, 7}


async def completion(writer: VllmServerWriter, xargs: dict[str, Any]) -> httpx2.Response:
    """As others ask the server, with a prompt of their own."""
    assert writer._client is not None
    body = {"model": "demo", "prompt": "Items:", "max_tokens": 80, "temperature": 0, "vllm_xargs": xargs}
    return await writer._client.post("/v1/completions", json=body)


def test_a_model_that_it_serves_explains_bundles(
    writer: VllmServerWriter, few: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", writer._server.key)
    words = ("distil", "--data", few, "--endpoint", f"{writer._server.url}/v1", "--out", few.with_name("explained"))
    assert bundlesmith(*words, "--model", "demo", "--max-tokens", "60") == 0
    assert bundlesmith(*words, "--model", "other", "--cache", few.with_name("cache")) == 2
    told = capsys.readouterr()
    assert "5 questions asked" in told.out and "answered 404" in told.err
    written, empty, long = map(int, re.findall(r"(\d+) (?:explanations|empty|too long)", told.out)[-3:])
    texts = load(few.with_name("explained")).bundles["explanation"].to_list()
    assert written + empty + long == 5 and sum(text is not None for text in texts) == written + 1


def test_vllm_in_process_does_the_same(job: tuple[subprocess.Popen[str], Path], wanted: list[list[Token]]) -> None:
    process, out = job
    assert process.wait(1200) == 0, out.with_name("log").read_text()[-4000:]
    found = json.loads(out.read_text())
    answers = [[token.token for token in one] for one in wanted]
    assert found["started"] == answers and found["again"] == answers
    assert 'no run "nobody"' in found["refused"]
    assert found["busy"] and all(each.startswith("EngineBusyError") for each in found["busy"])
    assert found["given up"].startswith("EngineGoneError")
    assert found["left"] == 0 and found["seconds"] < STUCK / 2 and found["children"] == 0
