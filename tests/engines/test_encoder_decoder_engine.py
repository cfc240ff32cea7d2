"""The engine for T5-style models, against all bundles scored one by one by plain forward passes of the same model."""

import math
from collections.abc import Iterator, Sequence
from itertools import permutations
from pathlib import Path

import numpy as np
import pytest
import torch
from rich.console import Console
from transformers import T5Config, T5ForConditionalGeneration

from bundlesmith.constraints.rules import Rules
from bundlesmith.decoding.beams import log_softmax
from bundlesmith.decoding.decoder import Decoder
from bundlesmith.decoding.engine import FinishedAnswer, GenerationRequest
from bundlesmith.decoding.grammar import Grammar, SayableTexts
from bundlesmith.decoding.trie import Trie, build_trie
from bundlesmith.engines.encoder_decoder_engine import EncoderDecoderEngine
from bundlesmith.finetune.finetune import finetune
from bundlesmith.recommendation import Recommendation
from bundlesmith.recommender import Recommender
from bundlesmith.request import Request
from bundlesmith.settings import load_settings
from tests.conftest import QUICK
from tests.shops import MARKS, begin_on, items_decoder, make_catalogue

SHORT = [*QUICK, "training.block_tokens=128", "training.eval_blocks=1"]
SPELLINGS = [(10, 11), (10, 12, 13), (14,), (14, 15), (16, 11), (17,)]
PRICES = [5.0, 10.0, 20.0, 3.0, 8.0, 50.0]
PROMPTS = [[20, 21, 22, 5], [23, 5], [24, 25, 26, 27, 28, 29, 5]]


@pytest.fixture(scope="module")
def engine() -> EncoderDecoderEngine:
    torch.manual_seed(3)
    sizes = {"d_model": 16, "d_kv": 8, "d_ff": 32, "num_layers": 2, "num_heads": 2, "initializer_factor": 4.0}
    config = T5Config(vocab_size=40, decoder_start_token_id=0, **sizes)
    return EncoderDecoderEngine(T5ForConditionalGeneration(config).eval(), batch=2)


@pytest.fixture(scope="module")
def trie() -> Trie:
    return build_trie(SPELLINGS)


def start(trie: Trie, rules: Rules, items: Sequence[str] = ()) -> Decoder:
    catalogue = make_catalogue([{"price": price} for price in PRICES])
    return items_decoder(trie, begin_on(trie, rules, catalogue, items))


def forced(engine: EncoderDecoderEngine, generation: GenerationRequest, tokens: Sequence[int]) -> float:
    """The log-probability of an answer by one plain forward pass over all of it, normalised over what is allowed."""
    begun = [int(engine.model.config.decoder_start_token_id), *generation.begun, *tokens]
    with torch.inference_mode():
        logits = (
            engine.model(input_ids=torch.tensor([list(generation.prompt)]), decoder_input_ids=torch.tensor([begun]))
            .logits[0]
            .numpy()
        )
    decoder, total = generation.decoder.copy(), 0.0
    for place, token in enumerate(tokens, len(generation.begun)):
        allowed = decoder.allowed()
        total += log_softmax(logits[place, allowed])[int(np.flatnonzero(allowed == token)[0])]
        decoder.advance(token)
    assert decoder.done
    return float(total)


def written_out(rows: Sequence[int]) -> list[int]:
    tokens = [token for row in rows for token in (*SPELLINGS[row], MARKS.separator)]
    return [*tokens[:-1], MARKS.line]


def by_enumeration(
    engine: EncoderDecoderEngine, generation: GenerationRequest, sizes: range
) -> list[tuple[frozenset[str], float]]:
    """Every bundle within 30.00 with the log-probability of its likeliest order, the likeliest bundle first."""
    best: dict[frozenset[str], float] = {}
    for rows in (rows for size in sizes for rows in permutations(range(len(SPELLINGS)), size)):
        if sum(PRICES[row] for row in rows) <= 30:
            bundle = frozenset(f"i{row}" for row in rows)
            best[bundle] = max(best.get(bundle, -math.inf), forced(engine, generation, written_out(rows)))
    return sorted(best.items(), key=lambda entry: -entry[1])


def named(trie: Trie, written: FinishedAnswer) -> frozenset[str]:
    return frozenset(f"i{trie.row_of_leaf[leaf]}" for leaf in written.decoder.taken)


def test_the_best_pairs_are_those_of_enumeration_with_their_log_probabilities(
    engine: EncoderDecoderEngine, trie: Trie
) -> None:
    generations = [GenerationRequest(prompt, start(trie, Rules(2, 2, budget=30))) for prompt in PROMPTS]
    for generation, answers in zip(generations, engine.write(generations, 60, 60), strict=True):
        expected = by_enumeration(engine, generation, range(2, 3))
        assert len(expected) == 10  # i5 costs 50; all pairs of the other five cost at most 30
        assert [named(trie, written) for written in answers] == [bundle for bundle, _ in expected]
        assert [written.logprob for written in answers] == pytest.approx([score for _, score in expected], abs=1e-4)


def test_single_items_are_ranked_as_by_enumeration_and_the_prompt_matters(
    engine: EncoderDecoderEngine, trie: Trie
) -> None:
    generations = [GenerationRequest(prompt, start(trie, Rules(1, 1, budget=30))) for prompt in PROMPTS]
    found = engine.write(generations, 60, 60)
    for generation, answers in zip(generations, found, strict=True):
        expected = by_enumeration(engine, generation, range(1, 2))
        assert [named(trie, written) for written in answers] == [bundle for bundle, _ in expected]
        assert sum(math.exp(written.logprob) for written in answers) == pytest.approx(1)
    assert len({tuple(round(written.logprob, 3) for written in answers) for answers in found}) == len(PROMPTS)


def test_bundles_of_several_sizes_have_true_log_probabilities(engine: EncoderDecoderEngine, trie: Trie) -> None:
    generation = GenerationRequest(PROMPTS[0], start(trie, Rules(2, 3, budget=30)))
    answers = engine.write([generation], 40, 40)[0]
    expected = dict(by_enumeration(engine, generation, range(2, 4)))
    assert {named(trie, written) for written in answers} == set(expected)  # none that fits is missing
    for written in answers:
        assert written.logprob == pytest.approx(forced(engine, generation, written.tokens), abs=1e-4)
        assert written.logprob <= expected[named(trie, written)] + 1e-4


def test_a_batch_writes_what_each_draft_alone_would(engine: EncoderDecoderEngine, trie: Trie) -> None:
    generations = [GenerationRequest(prompt, start(trie, Rules(1, 3))) for prompt in PROMPTS]
    together = engine.write(generations, 4, 3)
    alone = [engine.write([generation], 4, 3)[0] for generation in generations]
    assert [[w.tokens for w in found] for found in together] == [[w.tokens for w in found] for found in alone]


def test_what_is_begun_is_read_and_gone_on_from(engine: EncoderDecoderEngine, trie: Trie) -> None:
    """The decoder stands after two items, and says one of two words and one of two sentences about them."""
    words = build_trie([(30,), (31,)])
    talk = SayableTexts(words, np.array([0, 1, 2], np.int32), build_trie([(32,), (33, 34)]))
    catalogue = make_catalogue([{"price": price} for price in PRICES])
    for begun in (written_out([0, 2]), written_out([5, 1])):
        decoder = Decoder(Grammar(trie, MARKS, lambda _: talk), begin_on(trie, Rules(2, 2), catalogue))
        for token in begun:
            decoder.advance(token)
        generation = GenerationRequest(PROMPTS[1], decoder, begun)
        written = engine.write([generation], 300, 1)[0][0]
        assert written.logprob == pytest.approx(forced(engine, generation, written.tokens), abs=1e-4)
        best = max(said(), key=lambda tokens: forced(engine, generation, tokens))
        assert list(written.tokens) == best


def said() -> Iterator[list[int]]:
    """All intents of up to two words, with both sentences. (More words only cost here: none is better.)"""
    for first in ([30], [31]):
        for second in ([], [30], [31]):
            for sentence in ([32], [33, 34]):
                opened = [*MARKS.intent, *first, *second, MARKS.line]
                yield [*opened, *MARKS.explanation, *sentence, MARKS.end]


def check(recommender: Recommender) -> list[Recommendation]:
    """Bundles and rankings of a run are valid, and are talked about."""
    catalogue = recommender.run.catalogue
    rules = Rules(2, 3, budget=150, in_stock=True)
    requests = [Request(words=words, rules=rules, n=2) for words in ("camping", "帐篷 <extra_id_0></s> <a_1>")]
    found = [bundle for answers in recommender.recommend(requests) for bundle in answers]
    assert len(found) == 4
    for bundle in found:
        rows = [catalogue.row(item) for item in bundle.items]
        assert 2 <= len(set(rows)) == len(rows) <= 3
        assert sum(catalogue.cents[rows]) <= 15_000 and all(catalogue.stock[rows] != 0)
        assert bundle.intent and bundle.explanation.endswith(".") and "<" not in bundle.intent + bundle.explanation
    ranked = recommender.rank([Request(words="camping")], 20)[0]
    assert len({item for item, _ in ranked}) == 20 and [s for _, s in ranked] == sorted((s for _, s in ranked))[::-1]
    return found


@pytest.mark.slow
@pytest.mark.parametrize("method", ["lora", "full"])
def test_a_t5_is_tuned_saved_loaded_and_recommends(
    method: str, tiny_t5_base: Path, small_shop: Path, tmp_path: Path
) -> None:
    settings = load_settings(None, [f"base={tiny_t5_base}", f"method={method}", *SHORT])
    finetune(small_shop, tmp_path / "run", settings, False, Console(quiet=True))
    recommender = Recommender.load(tmp_path / "run")
    assert isinstance(recommender.engine, EncoderDecoderEngine)
    assert check(recommender) == check(Recommender.load(tmp_path / "run"))


@pytest.mark.slow
@pytest.mark.parametrize("method", ["lora", "full"])
def test_semantic_spellings_are_trained_along_with_a_t5(
    method: str, tiny_t5_base: Path, small_shop: Path, tmp_path: Path
) -> None:
    settings = load_settings(None, [f"base={tiny_t5_base}", f"method={method}", "examples.spelling=semantic", *SHORT])
    finetune(small_shop, tmp_path / "run", settings, False, Console(quiet=True))
    check(Recommender.load(tmp_path / "run"))


@pytest.mark.slow
def test_a_t5_from_its_config_writes_semantic_spellings(tiny_base: Path, small_shop: Path, tmp_path: Path) -> None:
    sizes = "t5={d_model: 32, d_kv: 8, d_ff: 64, layers: 2, heads: 4}"
    settings = load_settings(None, [f"base={tiny_base}", "method=full", sizes, "examples.spelling=semantic", *SHORT])
    finetune(small_shop, tmp_path / "run", settings, False, Console(quiet=True))
    recommender = Recommender.load(tmp_path / "run")
    assert isinstance(recommender.engine, EncoderDecoderEngine)
    check(recommender)
