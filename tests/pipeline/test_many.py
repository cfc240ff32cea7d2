"""A file of many users' requests, answered by a batch engine: in order, resumable, and one bad line ends nothing."""

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from bundlesmith.cli.predict import ANSWER
from bundlesmith.decoding.engine import GenerationRequest
from bundlesmith.decoding.writer import Token
from bundlesmith.finetune.model import tuned_model
from bundlesmith.pipeline import many
from bundlesmith.pipeline.ask import Ask
from bundlesmith.pipeline.batch import WriteAll
from bundlesmith.pipeline.many import answer_all
from bundlesmith.pipeline.writing import Manner
from bundlesmith.run import Run, load_run
from tests.cli.run import bundlesmith
from tests.engines.vllm_orders import plainly


@pytest.fixture(scope="module")
def run(tiny_run: Path) -> Run:
    return load_run(tiny_run)


class Engine:
    """The run's model in a plain loop; it may fail after some batches."""

    def __init__(self, run: Run, batches: int = 99) -> None:
        self.model = tuned_model(run.folder, run.settings, run.tokenizer)
        self.left, self.generations, self.entered = batches, 0, 0

    @contextmanager
    def on(self) -> Iterator[WriteAll]:
        self.entered += 1
        yield self.write

    def write(self, generations: Sequence[GenerationRequest]) -> list[list[Token]]:
        if not self.left:
            raise RuntimeError("It broke.")
        self.left -= 1
        self.generations += len(generations)
        return [plainly(self.model, one) for one in generations]


def asks(run: Run) -> list[Ask]:
    users = list(run.histories.users)[:3]
    return [
        *(Ask(user=user, size="2") for user in users),
        Ask(size="2", budget=1),
        Ask(words="coffee", size="2:3", n=2),
    ]


def lines(file: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in file.read_text().splitlines()]


@pytest.mark.slow
def test_each_request_has_a_line_and_one_that_cannot_be_met_says_why(run: Run, tmp_path: Path) -> None:
    out = tmp_path / "answers.jsonl"
    assert answer_all("demo", run, asks(run), Manner(), out, Engine(run).on()) == 1
    found = lines(out)
    assert [row["request"] for row in found] == list(range(5))
    assert [row["user"] for row in found] == [ask.user for ask in asks(run)]
    assert "No bundle fits" in found[3]["error"]
    assert [len(row["bundles"]) for row in found if "bundles" in row] == [1, 1, 1, 2]
    assert all(2 <= len(bundle["items"]) <= 3 for row in found for bundle in row.get("bundles", []))
    assert [path.name for path in tmp_path.iterdir()] == ["answers.jsonl"] and ANSWER.match(out.read_bytes())


@pytest.mark.slow
def test_it_goes_on_where_it_stopped(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(many, "CHUNK", 2)
    whole, out = tmp_path / "whole.jsonl", tmp_path / "answers.jsonl"
    answer_all("demo", run, asks(run), Manner(), whole, Engine(run).on())
    with pytest.raises(RuntimeError, match="It broke"):
        answer_all("demo", run, asks(run), Manner(), out, Engine(run, batches=1).on())
    with (tmp_path / ".answers.jsonl.part").open("a") as part:
        part.write('{"request": 2, "us')  # a line cut short
    engine = Engine(run)
    answer_all("demo", run, asks(run), Manner(), out, engine.on())
    assert engine.generations == 3 and lines(out) == lines(whole)
    assert not out.with_name(".answers.jsonl.part").exists()


@pytest.mark.slow
def test_other_requests_begin_anew(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(many, "CHUNK", 2)
    out = tmp_path / "answers.jsonl"
    with pytest.raises(RuntimeError):
        answer_all("demo", run, asks(run), Manner(), out, Engine(run, batches=1).on())
    engine = Engine(run)
    answer_all("demo", run, asks(run), Manner(seed=5), out, engine.on())
    assert engine.generations >= 5


@pytest.mark.parametrize("words", [[], ["--ray"], ["--requests", "r.jsonl"], ["--tasks", "t.jsonl", "--ray"]])
def test_the_command_line_wants_tasks_or_requests(
    words: list[str], tiny_run: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert bundlesmith("predict", "--run", tiny_run, "--out", tmp_path / "out", *words) == 2
    assert "Give either" in capsys.readouterr().err
