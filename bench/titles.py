"""From titles to the trie: the seconds that spelling, tokenizing and building take. Used by `bench.decoding`.

The titles are made up as shops write them: 5 to 15 words, most of them capitalised, of a vocabulary of 200 thousand in
which the k-th commonest word comes up about 1/k as often as the commonest, in two thousand categories.
"""

import time
from typing import Any

import numpy as np

from bundlesmith.base import SMOLLM2, load_tokenizer
from bundlesmith.data.catalogue import Catalogue
from bundlesmith.decoding.lexicon import encode_inside, told_apart
from bundlesmith.decoding.spelling import spell_catalogue
from bundlesmith.decoding.trie import build_trie

CATEGORIES = 2_000
WORDS = 200_000
SYLLABLES = [first + second for first in "bdfghklmnprstvw" for second in ("a", "e", "i", "o", "u", "an", "er", "on")]


def make_words(rng: np.random.Generator) -> list[str]:
    """Two to four syllables: a fifth in lower case, a tenth a model number, the rest capitalised."""
    syllables, lengths = rng.integers(0, len(SYLLABLES), (WORDS, 4)).tolist(), rng.integers(2, 5, WORDS).tolist()
    words = ["".join(SYLLABLES[at] for at in row[:n]) for row, n in zip(syllables, lengths, strict=True)]
    kinds = rng.random(WORDS).tolist()
    return [
        word if kind < 0.2 else f"{word[:3].upper()}{at % 1000}" if kind < 0.3 else word.capitalize()
        for at, (word, kind) in enumerate(zip(words, kinds, strict=True))
    ]


def make_titled(n: int, seed: int = 7) -> Catalogue:
    """A catalogue of *n* items in which nothing but titles and categories matters."""
    rng = np.random.default_rng(seed)
    words = make_words(rng)
    share = np.cumsum(1 / (np.arange(WORDS) + 10))
    drawn = np.searchsorted(share / share[-1], rng.random((n, 15))).clip(max=WORDS - 1).tolist()
    lengths, kinds = rng.integers(5, 16, n).tolist(), rng.integers(0, CATEGORIES, n).tolist()
    paths = [(f"Department {kind % 20}", f"{words[kind]} {words[kind + 5000]}") for kind in range(CATEGORIES)]
    ids = tuple(map(str, range(n)))
    return Catalogue(
        ids=ids,
        titles=tuple(" ".join([words[at] for at in row[:k]]) for row, k in zip(drawn, lengths, strict=True)),
        categories=tuple(paths[kind] for kind in kinds),
        cents=np.full(n, -1),
        stock=np.full(n, -1),
        attributes=({},) * n,
        integer_ids=True,
        rows={item: row for row, item in enumerate(ids)},
    )


def from_titles(n: int) -> dict[str, Any]:
    """One row of the table."""
    catalogue, tokenizer = make_titled(n), load_tokenizer(SMOLLM2)
    start = time.perf_counter()
    texts = spell_catalogue("terms", catalogue, lambda words: list(map(len, encode_inside(tokenizer, words))))
    spelt = time.perf_counter()
    _, tokens = told_apart(texts, tokenizer)
    encoded = time.perf_counter()
    trie = build_trie(tokens)
    built = time.perf_counter()
    parts = f"spell {spelt - start:.1f} s, tokenize {encoded - spelt:.1f} s, trie {built - encoded:.1f} s"
    return {"tool": "bundlesmith, from titles", "items": len(trie), "build s": built - start, "note": parts}
