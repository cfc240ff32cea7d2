"""One grammar library on a choice of n titles: seconds to compile, and microseconds a mask (median, p99).

    python -m bench.choice_grammars xgrammar 10000

Run by `bench.decoding` in a process of its own, since compiling may not end.
"""

import random
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
from transformers import AutoTokenizer, PreTrainedTokenizerBase

from bundlesmith.base import SMOLLM2, base_path

WORDS = ["Compact", "Gas", "Steel", "Blue", "Large", "Folding", "Camping", "Kettle", "Lamp", "Tent", "Garden", "Desk"]
Walk = Callable[[list[int]], list[float]]
"""Microseconds a mask, for the tokens of one text."""


def titles(n: int) -> list[str]:
    rng = random.Random(7)
    return [f"{' '.join(rng.sample(WORDS, 4))} {number}" for number in range(n)]


def xgrammar(texts: list[str], tokenizer: PreTrainedTokenizerBase) -> tuple[float, Walk]:
    import xgrammar as xgr

    info = xgr.TokenizerInfo.from_huggingface(tokenizer, vocab_size=len(tokenizer))
    compiler = xgr.GrammarCompiler(info)
    start = time.perf_counter()
    compiled = compiler.compile_grammar("root ::= " + " | ".join(f'"{text}"' for text in texts))
    seconds = time.perf_counter() - start
    bitmask = xgr.allocate_token_bitmask(1, len(tokenizer))

    def walk(tokens: list[int]) -> list[float]:
        matcher, micro = xgr.GrammarMatcher(compiled), []
        for token in tokens:
            begun = time.perf_counter()
            matcher.fill_next_token_bitmask(bitmask)
            micro.append(1e6 * (time.perf_counter() - begun))
            assert matcher.accept_token(token)
        return micro

    return seconds, walk


def llguidance(texts: list[str], tokenizer: PreTrainedTokenizerBase) -> tuple[float, Walk]:
    import llguidance as llg
    import llguidance.hf
    import llguidance.numpy

    made = llguidance.hf.from_tokenizer(tokenizer)
    start = time.perf_counter()
    grammar = llg.LLMatcher.grammar_from_lark("start: " + " | ".join(f'"{text}"' for text in texts))
    matcher = llg.LLMatcher(made, grammar)
    if matcher.is_error():
        raise SystemExit(f"refused: {matcher.get_error().strip().splitlines()[0]}")
    bitmask = llguidance.numpy.allocate_token_bitmask(1, made.vocab_size)
    llguidance.numpy.fill_next_token_bitmask(matcher, bitmask, 0)
    seconds = time.perf_counter() - start

    def walk(tokens: list[int]) -> list[float]:
        matcher.reset()
        micro = []
        for token in tokens:
            begun = time.perf_counter()
            llguidance.numpy.fill_next_token_bitmask(matcher, bitmask, 0)
            micro.append(1e6 * (time.perf_counter() - begun))
            if not matcher.consume_token(token):
                raise SystemExit(f"refused: token {token} {matcher.get_error()}")
        return micro

    return seconds, walk


def main(tool: str, n: int) -> None:
    tokenizer = AutoTokenizer.from_pretrained(Path(base_path(SMOLLM2)))
    texts = titles(n)
    seconds, walk = {"xgrammar": xgrammar, "llguidance": llguidance}[tool](texts, tokenizer)
    rng, micro = random.Random(1), []
    for text in rng.sample(texts, 50):
        micro += walk(tokenizer(text, add_special_tokens=False)["input_ids"])
    print(seconds, float(np.median(micro)), float(np.percentile(micro, 99)))


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
