"""What constrained decoding costs: ours and public tools on the same spellings, in one run.

    make bench-decoding            # 10 thousand, 100 thousand and 1 million items
    python -m bench.decoding 10000

Ours has all rules on: budget, stock, two slots, twenty exclusions, no item twice. The others know no rules: they only
keep to the catalogue. A mask is the list of allowed tokens after a prefix; times are of random walks through answers,
and of a batch the mean of its rows (every few tokens an item ends, and a row looks ahead). Beside them: the seconds
from titles to the trie (see `bench.titles`), and how much of a decode step of SmolLM2-135M in transformers we take.
"""

import random
import subprocess
import sys
import time
import tracemalloc
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import numpy as np

from bench.table import publish
from bench.titles import CATEGORIES, from_titles
from bundlesmith.base import SMOLLM2, load_model
from bundlesmith.constraints.lookahead import begin
from bundlesmith.constraints.rules import Rules
from bundlesmith.constraints.shelf import make_shelf
from bundlesmith.data.catalogue import Catalogue
from bundlesmith.decoding.decoder import Decoder
from bundlesmith.decoding.grammar import Grammar, Marks
from bundlesmith.decoding.steering import ConstrainedRow, close_others
from bundlesmith.decoding.trie import build_trie
from bundlesmith.errors import BundlesmithError

MARKS = Marks(separator=1, line=2, intent=(3,), explanation=(4,), end=5)
STEPS = 60
Spellings = list[tuple[int, ...]]


def make_spellings(n: int, seed: int = 7) -> tuple[Spellings, np.ndarray]:
    """Unique spellings as `terms` writes them: three tokens of a category, then two to four of common to rare words."""
    rng = np.random.default_rng(seed)
    heads = rng.integers(100, 8_000, (CATEGORIES, 3))
    words = 100 + np.minimum(rng.zipf(1.2, (2 * n, 4)), 40_000)
    lengths, kinds = rng.integers(2, 5, 2 * n), rng.integers(0, CATEGORIES, 2 * n)
    seen: dict[tuple[int, ...], int] = {}
    for kind, row, length in zip(kinds.tolist(), words.tolist(), lengths.tolist(), strict=True):
        seen.setdefault((*heads[kind].tolist(), *row[:length]), kind)
        if len(seen) == n:
            break
    while len(seen) < n:  # the commonest words ran out of combinations
        kind = len(seen) % CATEGORIES
        seen.setdefault((*heads[kind].tolist(), *rng.integers(100, 40_000, 4).tolist()), kind)
    return list(seen), np.fromiter(seen.values(), np.int64, n)


def make_catalogue(kinds: np.ndarray, seed: int = 7) -> Catalogue:
    """Prices from 1 to 500, one item of twenty out of stock, two thousand categories."""
    rng = np.random.default_rng(seed)
    n = len(kinds)
    ids = tuple(map(str, range(n)))
    paths = [(f"Department {kind % 20}", f"Category {kind}") for kind in range(CATEGORIES)]
    return Catalogue(
        ids=ids,
        titles=("",) * n,
        categories=tuple(paths[kind] for kind in kinds),
        cents=rng.integers(100, 50_000, n),
        stock=np.where(rng.random(n) < 0.05, 0, -1),
        attributes=({},) * n,
        integer_ids=True,
        rows={item: row for row, item in enumerate(ids)},
    )


def timed(work: Callable[[], Any]) -> tuple[float, Any]:
    start = time.perf_counter()
    result = work()
    return time.perf_counter() - start, result


def ours(spellings: Spellings, kinds: np.ndarray) -> list[dict[str, Any]]:
    catalogue = make_catalogue(kinds)
    seconds, trie = timed(lambda: build_trie(spellings))
    shelf_seconds, shelf = timed(lambda: make_shelf(catalogue, trie.row_of_leaf, trie.ranges))
    held = {id(array): array.nbytes for array in _arrays(trie, shelf)}

    def find(item: str) -> int:
        return int(trie.leaf_of_row[int(item)])

    def start(rng: random.Random) -> tuple[float, Decoder]:
        """A request with all rules on, and the seconds it took to begin; one that no bundle meets is asked anew."""
        while True:
            slots = tuple(f"Category {kinds[rng.randrange(len(kinds))]}" for _ in range(2))
            excluded = tuple(str(rng.randrange(len(spellings))) for _ in range(20))
            rules = Rules(3, 5, budget=rng.uniform(300, 900), excluded=excluded, slots=slots)
            try:
                seconds, choice = timed(partial(begin, rules, shelf, find, ()))
            except BundlesmithError:
                continue
            return seconds, Decoder(Grammar(trie, MARKS, None), choice)

    rng = random.Random(3)
    start(rng)  # what all requests share is made once
    held |= {id(array): array.nbytes for array in _arrays(shelf)}
    begins = [start(rng) for _ in range(40)]
    rows = []
    for batch in (1, 16, 64):
        micro = walk_batches([decoder for _, decoder in begins], batch)
        rows.append(
            {
                "tool": "bundlesmith, all rules",
                "items": len(spellings),
                "build s": seconds + shelf_seconds,
                "bytes/item": sum(held.values()) / len(spellings),
                "batch": batch,
                "µs/row median": float(np.median(micro)),
                "µs/row p99": float(np.percentile(micro, 99)),
                "request ms": 1e3 * float(np.median([s for s, _ in begins])),
            }
        )
    return [*rows, share_of_step([decoder for _, decoder in begins], len(spellings))]


def _arrays(*things: Any) -> list[np.ndarray]:
    """All arrays that some objects hold, views of others left out."""
    found: list[np.ndarray] = []
    todo, seen = list(things), set()
    while todo:
        thing = todo.pop()
        if id(thing) in seen or isinstance(thing, str | int | float | bytes):
            continue
        seen.add(id(thing))
        if isinstance(thing, np.ndarray):
            found.append(thing if thing.base is None else thing.base)
        elif isinstance(thing, dict):
            todo += thing.values()
        elif isinstance(thing, list | tuple):
            todo += thing[:1000]
        else:
            todo += getattr(thing, "__dict__", {}).values()
            todo += [getattr(thing, name) for name in getattr(thing, "__slots__", ()) if hasattr(thing, name)]
    return found


def walk_batches(decoders: Sequence[Decoder], batch: int, masks: int = 1500) -> list[float]:
    """Microseconds a row of finding what may come next."""
    rng, micro = random.Random(1), list[float]()
    rows = [rng.choice(decoders).copy() for _ in range(batch)]
    while len(micro) * batch < masks * max(1, batch // 8):
        make_fresh(rows, decoders, rng)
        seconds, allowed = timed(lambda: [row.allowed() for row in rows])
        micro.append(1e6 * seconds / batch)
        for row, tokens in zip(rows, allowed, strict=True):
            row.advance(int(rng.choice(tokens)))
    return micro


def make_fresh(rows: list[Decoder], decoders: Sequence[Decoder], rng: random.Random) -> None:
    """Begin another answer where one is done, and forget what other rows have found."""
    for at, row in enumerate(rows):
        if row.done:
            rows[at] = rng.choice(decoders).copy()
        rows[at].choice.memo.clear()


def share_of_step(decoders: Sequence[Decoder], n: int, batch: int = 8, context: int = 150) -> dict[str, Any]:
    """What reading a token, finding what may come next and closing the rest take of a step of the real model."""
    import torch

    model, rng = load_model(SMOLLM2), random.Random(1)
    rows = [ConstrainedRow(rng.choice(decoders), []) for _ in range(batch)]
    ours: list[float] = []
    steps: list[float] = []
    with torch.inference_mode():
        past = model(input_ids=torch.ones(batch, context, dtype=torch.long), use_cache=True).past_key_values
        for _ in range(STEPS):
            tokens = torch.tensor([[row.written[-1] if row.written else 1] for row in rows])
            seconds, output = timed(partial(model, input_ids=tokens, past_key_values=past, use_cache=True))
            logits = output.logits[:, -1]
            begun = time.perf_counter()
            found = [row.allowed() for row in rows]
            close_others(logits, range(batch), [allowed for allowed, _ in found], [None] * batch)
            ours.append(time.perf_counter() - begun)
            steps.append(seconds + ours[-1])
            for at, (allowed, _) in enumerate(found):
                rows[at] = rows[at].followed_by([*rows[at].written, int(rng.choice(allowed))])
                if rows[at].written[-1] == MARKS.line:
                    rows[at] = ConstrainedRow(rng.choice(decoders), [])
    share = float(np.median(np.array(ours) / steps))
    return {
        "tool": "bundlesmith, in a step of SmolLM2-135M (transformers)",
        "items": n,
        "batch": batch,
        "µs/row median": 1e6 * float(np.median(ours)) / batch,
        "µs/row p99": 1e6 * float(np.percentile(ours, 99)) / batch,
        "note": f"{100 * share:.2f} % of {1e3 * float(np.median(steps)):.0f} ms",
    }


def dict_trie(spellings: Spellings) -> dict[str, Any]:
    """GENRE's way: nested dictionaries, and a function that gives a prefix's children."""
    if len(spellings) > 100_000:
        return {"tool": "dict trie (prefix_allowed_tokens_fn)", "items": len(spellings), "note": "not tried: memory"}
    tracemalloc.start()
    root: dict[int, Any] = {}

    def build() -> None:
        for spelling in spellings:
            node = root
            for token in (*spelling, MARKS.line):
                node = node.setdefault(token, {})

    seconds, _ = timed(build)
    size = tracemalloc.get_traced_memory()[0]
    tracemalloc.stop()
    rng, micro = random.Random(1), []
    for _ in range(500):
        spelling = rng.choice(spellings)
        for length in range(len(spelling)):

            def allowed(prefix: tuple[int, ...] = spelling[:length]) -> list[int]:
                node = root
                for token in prefix:
                    node = node[token]
                return list(node)

            micro.append(1e6 * timed(allowed)[0])
    return {
        "tool": "dict trie (prefix_allowed_tokens_fn), no rules",
        "items": len(spellings),
        "build s": seconds,
        "bytes/item": size / len(spellings),
        "batch": 1,
        "µs/row median": float(np.median(micro)),
        "µs/row p99": float(np.percentile(micro, 99)),
    }


def choice_grammar(tool: str, n: int, limit: int = 120) -> dict[str, Any]:
    """The time that a grammar library takes to compile a choice of n titles; ended after *limit* s."""
    row: dict[str, Any] = {"tool": f"{tool} choice, no rules", "items": n}
    words = [sys.executable, "-m", "bench.choice_grammars", tool, str(n)]
    try:
        done = subprocess.run(words, capture_output=True, text=True, timeout=limit)
    except subprocess.TimeoutExpired:
        return row | {"note": f"not compiled in {limit} s"}
    said = done.stdout.strip().splitlines()
    if done.returncode or not said:
        refused = [line for line in done.stderr.splitlines() if line.startswith("refused: ")]
        return row | {"note": (refused or ["failed"])[-1][:60]}
    seconds, median, p99 = map(float, said[-1].split())
    return row | {"build s": seconds, "batch": 1, "µs/row median": median, "µs/row p99": p99}


def main(sizes: Sequence[int]) -> None:
    rows: list[dict[str, Any]] = []
    for n in sizes:
        spellings, kinds = make_spellings(n)
        rows += [from_titles(n), *ours(spellings, kinds)]
        rows.append(dict_trie(spellings))
        if n <= 10_000:
            rows += [choice_grammar(tool, n) for tool in ("xgrammar", "llguidance")]
    publish("decoding", rows)


if __name__ == "__main__":
    main([int(word) for word in sys.argv[1:]] or [10_000, 100_000, 1_000_000])
