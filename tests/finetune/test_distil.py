"""Against a real HTTP server that speaks the format; `tests.engines.test_vllm_writers` asks vLLM's."""

import json
import re
import socket
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from bundlesmith.data.cases import Case, load_cases
from bundlesmith.data.catalogue import open_catalogue
from bundlesmith.data.tables import load
from bundlesmith.finetune.asking import Endpoint, Reply, ask
from bundlesmith.finetune.distil import cleaned, question
from tests.cli.run import bundlesmith

Capture = pytest.CaptureFixture[str]
QUIET = Console(quiet=True)
SOON = {"retry-after-ms": "5"}


@dataclass
class Model:
    """Answers each prompt with *answer(prompt, how often it has come)*: a status, a text, and headers."""

    answer: Callable[[str, int], tuple[int, str, dict[str, str]]] = lambda prompt, n: (200, "They match.", {})
    key: str | None = None
    prompts: list[str] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)
    url: str = ""

    def reply(self, headers: Any, body: dict[str, Any]) -> tuple[int, dict[str, Any], dict[str, str]]:
        if self.key is not None and headers["Authorization"] != f"Bearer {self.key}":
            return 401, {"error": {"message": "That key is wrong.", "type": "invalid_request_error"}}, {}
        if not body:
            return 200, {"object": "list", "data": []}, {}
        prompt = body["messages"][0]["content"]
        with self.lock:
            self.prompts.append(prompt)
            times = self.prompts.count(prompt)
        status, text, more = self.answer(prompt, times)
        if status != 200:
            return status, {"error": {"message": text, "type": "error"}}, more
        ended = "length" if text.endswith("…") else "stop"
        choice = {"index": 0, "finish_reason": ended, "message": {"role": "assistant", "content": text.rstrip("…")}}
        return 200, {"id": "1", "object": "chat.completion", "created": 1, "model": "m", "choices": [choice]}, {}


@pytest.fixture
def model() -> Iterator[Model]:
    found = Model()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send({})

        def do_POST(self) -> None:
            self.send(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))

        def send(self, body: dict[str, Any]) -> None:
            status, value, headers = found.reply(self.headers, body)
            raw = json.dumps(value).encode()
            self.send_response(status)
            for name, text in {"Content-Type": "application/json", "Content-Length": str(len(raw)), **headers}.items():
                self.send_header(name, text)
            self.end_headers()
            self.wfile.write(raw)

        def log_message(self, *_: Any) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        found.url = f"http://127.0.0.1:{server.server_address[1]}/v1"
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield found
        server.shutdown()
        thread.join()


def distil(data: Path, out: Path, url: str, *words: object) -> int:
    return bundlesmith("distil", "--data", data, "--out", out, "--endpoint", url, "--model", "m", *words)


def explanations(folder: Path) -> list[str | None]:
    found: list[str | None] = load(folder).bundles["explanation"].to_list()
    return found


def test_training_and_valid_bundles_without_an_explanation_get_one(
    few: Path, tmp_path: Path, model: Model, capsys: Capture
) -> None:
    model.answer = lambda prompt, n: (200, f" They are {len(prompt)}\nletters. ", {})
    out = tmp_path / "out"
    assert distil(few, out, model.url) == 0
    assert len(model.prompts) == len(set(model.prompts)) == 5
    found = explanations(out)
    assert found[2] == "Known." and found[6] is None
    assert all(re.fullmatch(r"They are \d+ letters\.", found[row] or "") for row in (0, 1, 3, 4, 5))
    assert "5 questions asked" in (said := capsys.readouterr().out) and "5 explanations written; 0 empty" in said


def test_the_result_is_prepared_data_whose_cases_hold_the_explanations(few: Path, tmp_path: Path, model: Model) -> None:
    out = tmp_path / "out"
    catalogue = open_catalogue(few)
    asked = {
        question(case, catalogue): case.bundle for s in ("train", "valid") for case in load_cases(few, catalogue, s)
    }
    model.answer = lambda prompt, n: (200, f"A set of {asked[prompt][0]}.", {})
    assert distil(few, out, model.url) == 0
    before, after = load(few), load(out)
    assert after.items.equals(before.items) and after.events.equals(before.events) and after.hash != before.hash
    assert after.bundles.drop("explanation").equals(before.bundles.drop("explanation"))
    cases = list(load_cases(out, catalogue, "train"))
    assert [c.explanation for c in cases] == ["Known.", *(f"A set of {c.bundle[0]}." for c in cases[1:])]


def test_a_question_names_titles_categories_intent_and_history(few: Path) -> None:
    catalogue = open_catalogue(few)
    case = Case((3, 4), (), (0, 1), "a quiet  night", "")
    text = question(case, catalogue)
    for row in (0, 1):
        assert f"- {catalogue.titles[row]} ({' > '.join(catalogue.categories[row])})\n" in text
    assert f"The customer has chosen before: {catalogue.titles[3]}; {catalogue.titles[4]}\n" in text
    assert "The set is for: a quiet night\n" in text
    bare = question(Case((), (), (0, 1), "", ""), catalogue)
    assert "chosen before" not in bare and "set is for" not in bare


def test_a_repeated_command_asks_nothing_and_writes_the_same(
    few: Path, tmp_path: Path, model: Model, capsys: Capture
) -> None:
    for name in ("one", "two"):
        assert distil(few, tmp_path / name, model.url, "--cache", tmp_path / "said.sqlite") == 0
    assert len(model.prompts) == 5
    assert load(tmp_path / "one").bundles.equals(load(tmp_path / "two").bundles)
    assert "\n0 questions asked" in capsys.readouterr().out


def test_another_model_is_asked_anew(few: Path, tmp_path: Path, model: Model) -> None:
    cache = tmp_path / "said.sqlite"
    for name in ("a", "b", "a"):
        ask(["Why?", "Why?", "How?"], Endpoint(model.url, name), cache, QUIET)
    assert sorted(model.prompts) == ["How?", "How?", "Why?", "Why?"]


def test_too_many_requests_are_asked_again(few: Path, tmp_path: Path, model: Model) -> None:
    model.answer = lambda prompt, n: (429, "Slow down.", SOON) if n < 3 else (200, "They match.", {})
    assert distil(few, tmp_path / "out", model.url) == 0
    assert len(model.prompts) == 15 and explanations(tmp_path / "out").count("They match.") == 5


def test_what_was_answered_before_a_failure_is_kept(few: Path, tmp_path: Path, model: Model, capsys: Capture) -> None:
    out, first = tmp_path / "out", threading.Event()

    def after_the_first(prompt: str, n: int) -> tuple[int, str, dict[str, str]]:
        if not first.is_set():
            first.set()
            return 200, "They match.", {}
        return 429, "Slow down.", SOON

    model.answer = after_the_first
    assert distil(few, out, model.url, "--workers", 1) == 2
    told = capsys.readouterr().err
    assert "answered 429: Slow down." in told and "after 5 retries" in told and "goes on from there" in told
    assert not out.exists()
    answered = model.prompts[0]
    model.answer = lambda prompt, n: (200, "They match too.", {})
    assert distil(few, out, model.url) == 0
    assert model.prompts.count(answered) == 1 and explanations(out).count("They match too.") == 4


@pytest.mark.parametrize(("key", "said"), [(None, "$SHOP_KEY is not set"), ("wrong", "$SHOP_KEY holds a key")])
def test_a_wrong_key(
    few: Path,
    tmp_path: Path,
    model: Model,
    capsys: Capture,
    monkeypatch: pytest.MonkeyPatch,
    key: str | None,
    said: str,
) -> None:
    model.key = "right"
    monkeypatch.delenv("SHOP_KEY", raising=False)
    if key:
        monkeypatch.setenv("SHOP_KEY", key)
    assert distil(few, tmp_path / "out", model.url, "--api-key-env", "SHOP_KEY") == 2
    told = capsys.readouterr().err
    assert "answered 401: That key is wrong." in told and said in told and "wrong key" not in told
    monkeypatch.setenv("SHOP_KEY", "right")
    assert distil(few, tmp_path / "out", model.url, "--api-key-env", "SHOP_KEY") == 0


def test_an_endpoint_that_is_not_there_is_told_at_once(few: Path, tmp_path: Path, capsys: Capture) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
    begun = time.monotonic()
    assert distil(few, tmp_path / "out", f"http://127.0.0.1:{port}/v1") == 2
    assert time.monotonic() - begun < 15
    assert f'"http://127.0.0.1:{port}/v1" can\'t be reached' in capsys.readouterr().err


def test_an_unknown_model(few: Path, tmp_path: Path, model: Model, capsys: Capture) -> None:
    model.answer = lambda prompt, n: (404, "No model m.", {})
    assert distil(few, tmp_path / "out", model.url) == 2
    assert 'answered 404: No model m. See whether it has the model "m"' in capsys.readouterr().err


def test_a_cache_that_is_another_file(few: Path, tmp_path: Path, model: Model, capsys: Capture) -> None:
    (tmp_path / "said").write_text("something else" * 100)
    assert distil(few, tmp_path / "out", model.url, "--cache", tmp_path / "said") == 2
    assert "could not be used: file is not a database" in capsys.readouterr().err and not model.prompts


@pytest.mark.parametrize(
    ("text", "cut", "kept"),
    [
        ('"Both are\n for camping."', False, "Both are for camping."),
        ("One. Two! Three?", False, "One. Two!"),
        ("They fit, e.g. on a walk", False, "They fit, e.g. on a walk."),
        ("They cost 3.5 each. So", True, "They cost 3.5 each."),
        ("They go", True, ""),
        ("<think>A tent. A lamp.</think>\n**They** glow.", False, "They glow."),
        ("<think>A tent", True, ""),
        (" \n ", False, ""),
    ],
)
def test_answers_are_cleaned(text: str, cut: bool, kept: str) -> None:
    assert cleaned(Reply(text, cut)) == kept


def test_empty_and_too_long_answers_are_dropped_and_counted(
    few: Path, tmp_path: Path, model: Model, capsys: Capture
) -> None:
    answers = iter(["", "A" * 301 + ".", "They never end…", "Fine.", " \n"])
    with_lock = threading.Lock()

    def next_one(prompt: str, n: int) -> tuple[int, str, dict[str, str]]:
        with with_lock:
            return 200, next(answers), {}

    model.answer = next_one
    assert distil(few, tmp_path / "out", model.url) == 0
    assert "1 explanations written; 2 empty and 2 too long ones dropped" in capsys.readouterr().out
    assert [text for text in explanations(tmp_path / "out") if text].count("Fine.") == 1
