"""What the situations that the package ships tell about a shop: they are sets, of the items that meet their needs.

So a shop without a past can answer, and one with a past answers what nobody has asked for there.
"""

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from scipy import sparse

from bundlesmith.base import cache_folder
from bundlesmith.embedding import embed
from bundlesmith.encoder.adapter import shopping_encoder
from bundlesmith.encoder.situations import situations
from bundlesmith.files import hash_texts, written_whole
from bundlesmith.ranking.evidence import FEW_ITEMS, Evidence, Numbers, Table

SOLD = 0.45
"""A need is met by no item whose text has a smaller cosine with it,"""
BEHIND = 0.15
"""nor by one that is so much farther from it than the nearest is."""
SHARP = 30.0
"""How fast an item's part in a need falls with its distance: exp(SHARP (cosine - the nearest's))."""
BLOCK = 2048
VECTORS = "vectors.npz"


@dataclass(frozen=True, slots=True, eq=False)
class Needs:
    """Situations, embedded by the encoder of words.

    Attributes:
        words: [S, E], the mean of what people say and of its name, of length 1.
        names: [S, D], its name, by the encoder that tells like items.
        needs: [U, E], all different needs.
        of: sparse [S, U], 1 where a situation has a need.
    """

    words: Table
    names: Table
    needs: Table
    of: Any


def met_needs(for_words: Table) -> Any:
    """Which items of a shop meet each need: sparse [U, N], rows that add up to 1, or to 0 where none is sold.

    Args:
        for_words: [N, E], the items' texts by the encoder of words.
    """
    needs = shipped_needs().needs
    return sparse.vstack([_met(needs[start : start + BLOCK], for_words) for start in range(0, len(needs), BLOCK)])


def _met(needs: Table, for_words: Table) -> Any:
    alike = needs @ for_words.T
    nearest = alike.max(1, keepdims=True, initial=-1)
    part = np.where((alike >= SOLD) & (alike > nearest - BEHIND), np.exp(SHARP * (alike - nearest)), 0)
    return sparse.csr_matrix(part / np.maximum(part.sum(1, keepdims=True), 1e-9), dtype=np.float32)


def of_situations(met: Any, kinds: Numbers) -> Evidence:
    """The situations as sets of a shop's items.

    Args:
        met: which items meet each need; see `met_needs`.
        kinds: [N], the items' categories.
    """
    known = shipped_needs()
    return Evidence(((known.of @ met).tocsc(),), kinds, known.words, (FEW_ITEMS,))


def profiles(met: Any) -> Any:
    """For each item which needs it meets, as a sparse column of length 1, or 0: [U, N]."""
    length = np.sqrt(np.asarray(met.multiply(met).sum(0)).ravel())
    return (met @ sparse.diags(1 / np.maximum(length, 1e-9))).tocsc()


@lru_cache(maxsize=1)
def shipped_needs() -> Needs:
    """Those of `bundlesmith.encoder.situations`; embedded at first use, in half a minute, and kept in the cache."""
    known = situations()
    place = {need: at for at, need in enumerate(dict.fromkeys(need for each in known for need in each.needs))}
    pairs = np.array([(at, place[need]) for at, each in enumerate(known) for need in dict.fromkeys(each.needs)]).T
    of = sparse.csr_matrix((np.ones(len(pairs[0]), np.float32), (pairs[0], pairs[1])), (len(known), len(place)))
    texts = [text for each in known for text in (*each.words, each.name)]
    encoder = shopping_encoder()
    folder = cache_folder() / f"situations-{hash_texts(encoder.name, *texts, *place)}"
    if not (folder / VECTORS).exists():
        with written_whole(folder) as fresh:
            vectors = embed([*texts, *place], str(encoder))
            starts = np.cumsum([0, *(len(each.words) + 1 for each in known[:-1])])
            words = np.add.reduceat(vectors[: len(texts)], starts)
            words /= np.linalg.norm(words, axis=1, keepdims=True)
            names = embed([each.name for each in known])
            kept = [table.astype(np.float16) for table in (words, names, vectors[len(texts) :])]
            np.savez(fresh / VECTORS, words=kept[0], names=kept[1], needs=kept[2])
    with np.load(folder / VECTORS) as tables:
        words, names, needs = (tables[name].astype(np.float32) for name in ("words", "names", "needs"))
    return Needs(words, names, needs, of)
