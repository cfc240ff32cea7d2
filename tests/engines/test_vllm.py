"""The real vLLM engine with our logits processor; `tests.engines.test_vllm_writers` has the server."""

import json
import os
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

from bundlesmith.base import SMOLLM2, base_path
from bundlesmith.decoding.decoder import parse_answer
from bundlesmith.pipeline.ask import Ask
from bundlesmith.recommender import Recommender
from tests.serve.processes import core

THOROUGH = "BUNDLESMITH_VLLM_REQUESTS" in os.environ
"""Whether the model is the real base, as in `make test-thorough`; else a small one, since rules hold for any scores."""
REQUESTS = int(os.environ.get("BUNDLESMITH_VLLM_REQUESTS", "100"))
"""How many random requests the engine gets; `make test-thorough` asks more."""
LIMIT = 600 + 3 * REQUESTS
"""Seconds for the engine: a start alone may take 180 of them on a slow machine that others use as well."""
pytestmark = [
    pytest.mark.slow,
    pytest.mark.timeout(LIMIT + 300),
    pytest.mark.skipif(find_spec("vllm") is None, reason="vLLM is not installed: it can't be had for this machine"),
]
ROOT = Path(__file__).parents[2]


def environment(run: Path) -> dict[str, str]:
    return os.environ | {
        "BUNDLESMITH_RUN": str(run),
        "VLLM_CPU_KVCACHE_SPACE": "1",
        "VLLM_CPU_OMP_THREADS_BIND": core(),
        "VLLM_CPU_NUM_OF_RESERVED_CPU": "0",
        "VLLM_ENABLE_V1_MULTIPROCESSING": "0",  # one process less to start
        "VLLM_USE_V2_MODEL_RUNNER": "0",
    }


@pytest.fixture(scope="module")
def written(tiny_run: Path, wide_base: Path, tmp_path_factory: pytest.TempPathFactory) -> list[dict[str, Any]]:
    """What the engine wrote to random requests, nine of ten with random rules."""
    out = tmp_path_factory.mktemp("vllm") / "out.json"
    model = base_path(SMOLLM2) if THOROUGH else wide_base
    words = [sys.executable, "-m", "tests.engines.vllm_job", tiny_run, model, str(REQUESTS), out]
    done = subprocess.run(words, cwd=ROOT, env=environment(tiny_run), capture_output=True, text=True, timeout=LIMIT)
    assert done.returncode == 0, done.stderr[-4000:]
    rows: list[dict[str, Any]] = json.loads(out.read_text())
    assert len(rows) == REQUESTS and all(len(row["answers"]) == row["n"] for row in rows)
    return rows


def test_every_bundle_obeys_its_rules(written: list[dict[str, Any]], recommender: Recommender) -> None:
    run = recommender.run
    texts = {text: row for row, text in enumerate(run.lexicon.texts)}
    checked = 0
    for case in (case for case in written if case["ask"]):
        ask = Ask(**case["ask"])
        for tokens in case["answers"]:
            lines = run.tokenizer.decode(tokens, skip_special_tokens=True).split("\n")
            rows = [run.catalogue.rows[item] for item in ask.items] + [texts[t.strip()] for t in lines[0].split(";")]
            check_rules(ask, rows, recommender)
            if case["talk"]:
                assert lines[1].startswith("For:") and lines[2].startswith("Why:")
            checked += 1
    assert checked >= 0.9 * REQUESTS


def check_rules(ask: Ask, rows: list[int], recommender: Recommender) -> None:
    """From the words of the rules alone, without what the decoder uses."""
    catalogue = recommender.run.catalogue
    new = rows[len(ask.items) :]
    least, most = map(int, ask.size.split(":"))
    assert least <= len(set(rows)) == len(rows) <= most
    assert not {catalogue.ids[row] for row in new} & set(ask.exclude)
    assert not ask.only or {catalogue.ids[row] for row in new} <= set(ask.only)
    assert not ask.in_stock or all(catalogue.stock[row] != 0 for row in new)
    assert ask.max_price is None or all(0 <= catalogue.cents[row] <= ask.max_price * 100 for row in new)
    assert ask.budget is None or sum(catalogue.cents[row] for row in rows) <= ask.budget * 100
    assert all(any(slot in catalogue.categories[row] for row in rows) for slot in ask.slots)
    for cap, groups in (
        (ask.per_brand, [catalogue.attributes[row].get("brand") for row in rows]),
        (ask.per_category, [catalogue.categories[row] for row in rows]),
    ):
        named = [group for group in groups if group]
        assert cap is None or max(map(named.count, named), default=0) <= cap


def test_what_the_engine_writes_is_what_the_grammar_reads(
    written: list[dict[str, Any]], recommender: Recommender
) -> None:
    openings = recommender.openings
    end = recommender.run.lexicon.marks.end
    for case in [case for case in written if case["ask"]][:60]:
        start = openings.decoder(Ask(**case["ask"]).request(recommender.run), case["talk"])
        for tokens in case["answers"]:
            answer = tokens if case["talk"] else [token for token in tokens if token != end]
            assert parse_answer(start.grammar, start.choice, answer).done


def test_requests_without_rules_are_not_touched(written: list[dict[str, Any]], recommender: Recommender) -> None:
    trie = recommender.run.lexicon.trie
    free = [tokens for case in written if not case["ask"] for tokens in case["answers"]]
    assert len(free) > REQUESTS / 20
    assert sum(trie.child(0, tokens[0]) < 0 for tokens in free) > len(free) / 2
