"""Drawn bundles are as likely as they should be: an item's chance is that of its weight, times the model's to a power.

On every engine that is ours to steer, with a model whose scores are the same whatever it reads; chi-square over all
bundles of two items that the rules allow.
"""

import itertools
import math
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch
from scipy.stats import chisquare

from bundlesmith.constraints.rules import Rules
from bundlesmith.decoding.decoder import Decoder
from bundlesmith.decoding.engine import GenerationRequest
from bundlesmith.decoding.grammar import Grammar
from bundlesmith.decoding.noise import Noise
from bundlesmith.decoding.steering import ConstrainedRow
from bundlesmith.decoding.trie import build_trie
from bundlesmith.decoding.weights import ItemWeights
from bundlesmith.engines.continuous_batching import ContinuousBatch, OpenAnswer
from bundlesmith.engines.transformers_processor import SetLogitsProcessor
from tests.shops import MARKS, begin_on, make_catalogue

DRAFTS, ROWS, VOCABULARY = 240, 24, 32
SPELLINGS = [(10,), (10, 11), (10, 12), (13, 14), (13, 15), (16, 17, 18)]
PRICES = [10, 20, 30, 40, 50, 60]
WEIGHTS = {0: 0.0, 1: 1.0, 2: -0.5, 3: 0.5, 4: 1.5}  # the last item has none
TRIE = build_trie(SPELLINGS)
LOGITS = np.random.default_rng(3).normal(0, 1, VOCABULARY).astype(np.float32)
NOTHING = np.zeros(VOCABULARY, np.float32)
"""What a model says that knows nothing."""


def decoder(rules: Rules, power: float) -> Decoder:
    catalogue = make_catalogue([{"price": price} for price in PRICES])
    by_leaf = {int(TRIE.leaf_of_row[row]): weight for row, weight in WEIGHTS.items()}
    return Decoder(Grammar(TRIE, MARKS, None, ItemWeights(by_leaf, power)), begin_on(TRIE, rules, catalogue, ()))


def model(logits: np.ndarray) -> Any:
    """A transformers model that has these scores for the next token, whatever it reads."""
    from transformers import PhiConfig, PhiForCausalLM

    shape = {"hidden_size": 8, "intermediate_size": 8, "num_hidden_layers": 1, "num_attention_heads": 1}
    made = PhiForCausalLM(PhiConfig(vocab_size=VOCABULARY, **shape)).eval()
    torch.nn.init.zeros_(made.lm_head.weight)
    made.lm_head.bias.data = torch.from_numpy(logits.copy())
    return made


def batched(logits: np.ndarray, start: Decoder) -> Iterator[list[int]]:
    """By the engine in process, whose noise makes a sample of the likeliest token."""
    together = ContinuousBatch(model(logits))
    for first in range(0, DRAFTS, ROWS):
        answers = [OpenAnswer(GenerationRequest([1], start, noise=Noise(1.0, first + at))) for at in range(ROWS)]
        for answer in answers:
            together.join(answer)
        while together.answers:
            together.step()
        yield from (answer.written for answer in answers)


def generated(logits: np.ndarray, start: Decoder) -> Iterator[list[int]]:
    """By transformers' own `generate`, which draws."""
    from transformers import GenerationConfig

    torch.manual_seed(1)
    how = GenerationConfig(do_sample=True, top_k=0, max_new_tokens=12, eos_token_id=MARKS.line, pad_token_id=0)
    prompts, constrain = torch.ones((DRAFTS, 1), dtype=torch.long), SetLogitsProcessor([start], 1)
    with torch.inference_mode():
        found = model(logits).generate(prompts, generation_config=how, logits_processor=[constrain])
    for row in found[:, 1:].tolist():
        yield row[: row.index(MARKS.line) + 1]


def in_vllm(logits: np.ndarray, start: Decoder, patch: pytest.MonkeyPatch) -> Iterator[list[int]]:
    """By vLLM's logits processor, and a draw from what it leaves open."""
    from vllm.v1.sample.logits_processor import BatchUpdate

    from bundlesmith.engines.vllm import processors

    patch.setattr(processors, "_prepare", lambda config: None)  # no shop is opened: the rows are given
    patch.setattr(processors, "row_for", lambda params, written: ConstrainedRow(start, written))
    processor = processors.V1(None, torch.device("cpu"), False)
    written = [list[int]() for _ in range(DRAFTS)]
    came = [(place, SimpleNamespace(extra_args={}), [1], tokens) for place, tokens in enumerate(written)]
    processor.update_state(BatchUpdate(DRAFTS, (), came, ()))
    generator = torch.Generator().manual_seed(1)
    while not all(MARKS.line in tokens for tokens in written):
        scores = processor.apply(torch.from_numpy(logits).repeat(DRAFTS, 1))
        drawn = torch.multinomial(scores.softmax(-1), 1, generator=generator)[:, 0].tolist()
        for tokens, token in zip(written, drawn, strict=True):
            if MARKS.line not in tokens:
                tokens.append(token)
    yield from written


def expected(logits: np.ndarray, rules: Rules, power: float) -> dict[tuple[int, ...], float]:
    """The chance of each bundle, worked out over the open items themselves, not over the trie's sums."""
    found, everything = {}, range(len(SPELLINGS))
    budget = rules.budget or math.inf
    for first, second in itertools.permutations(everything, 2):
        opens = {row for row in everything if any(PRICES[row] + PRICES[o] <= budget for o in everything if o != row)}
        then = {row for row in everything if row != first and PRICES[first] + PRICES[row] <= budget}
        if first in opens and second in then:
            chance = of_item(first, opens, MARKS.separator, logits, power)
            found[first, second] = chance * of_item(second, then, MARKS.line, logits, power)
    return found


def of_item(row: int, opens: set[int], mark: int, logits: np.ndarray, power: float) -> float:
    """A token's chance is in proportion to exp(weights) of the open items behind it, times the model's to the power."""
    chance = 1.0
    for depth in range(len(SPELLINGS[row]) + 1):
        shares = Counter[int]()
        for other in opens:
            tokens = (*SPELLINGS[other], mark)
            if tokens[:depth] == SPELLINGS[row][:depth]:
                shares[tokens[depth]] += math.exp(WEIGHTS.get(other, 0.0) + power * float(logits[tokens[depth]]))
        chance *= shares[(*SPELLINGS[row], mark)[depth]] / shares.total()
    return chance


def bundles_of(written: Iterator[list[int]], start: Decoder) -> Counter[tuple[int, ...]]:
    counts = Counter[tuple[int, ...]]()
    for tokens in written:
        reader = start.copy()
        for token in tokens:
            reader.advance(token)
        counts[tuple(int(TRIE.row_of_leaf[leaf]) for leaf in reader.taken)] += 1
    return counts


def follows(counts: Mapping[tuple[int, ...], int], chances: Mapping[tuple[int, ...], float]) -> float:
    """The p-value of chi-square; bundles that are expected less than five times are one."""
    assert set(counts) <= set(chances) and sum(chances.values()) == pytest.approx(1)
    often = [rows for rows, chance in chances.items() if chance * DRAFTS >= 5]
    seen, wanted = [counts.get(rows, 0) for rows in often], [chances[rows] * DRAFTS for rows in often]
    rest = DRAFTS - sum(wanted)
    if rest > 1e-6:
        seen, wanted = [*seen, DRAFTS - sum(seen)], [*wanted, rest]
    return float(chisquare(seen, wanted).pvalue)


FREE, TIGHT = Rules(2, 2), Rules(2, 2, budget=60)


@pytest.mark.parametrize("engine", ["batched", "generated", "vllm"])
@pytest.mark.parametrize(
    ("logits", "rules", "power"),
    [(NOTHING, FREE, 1.0), (LOGITS, TIGHT, 0.6), (LOGITS, FREE, 0.0)],
    ids=["nothing", "power", "0"],
)
def test_drafts_follow_the_weights_times_the_model_to_a_power(
    engine: str, logits: np.ndarray, rules: Rules, power: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    start = decoder(rules, power)
    draw: Callable[[], Iterator[list[int]]] = {
        "batched": lambda: batched(logits, start),
        "generated": lambda: generated(logits, start),
        "vllm": lambda: in_vllm(logits, start, monkeypatch),
    }[engine]
    assert follows(bundles_of(draw(), start), expected(logits, rules, power)) > 0.001


def test_a_model_that_knows_nothing_writes_the_chances_of_the_weights() -> None:
    """However the items are spelt: the first item's chance is exp(weight) in all."""
    chances = expected(NOTHING, FREE, 1.0)
    assert chances == pytest.approx(expected(LOGITS, FREE, 0.0))
    whole = sum(math.exp(WEIGHTS.get(row, 0.0)) for row in range(len(SPELLINGS)))
    for row in range(len(SPELLINGS)):
        first = sum(chance for rows, chance in chances.items() if rows[0] == row)
        assert first == pytest.approx(math.exp(WEIGHTS.get(row, 0.0)) / whole)
