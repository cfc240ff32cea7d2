"""What the situations that the package ships tell about a shop: they are sets, of the items that meet their needs.

So a shop without a past can answer, and one with a past answers what nobody has asked for there.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from bundlesmith.encoder.embedding import MINILM, embed
from bundlesmith.encoder.situations import SITUATIONS, Situation, situations
from bundlesmith.encoder.words import embed_words, words_encoder
from bundlesmith.errors import BundlesmithError
from bundlesmith.hashes import hash_texts
from bundlesmith.ranking.evidence import ENTRIES, FEW_ITEMS, Evidence, Numbers, Table, unit_rows
from bundlesmith.ranking.layers import LayeredRows
from bundlesmith.ranking.rows8 import Rows8

SOLD = 0.3
"""A need is met by no item whose text has a smaller cosine with it,"""
BEHIND = 0.15
"""nor by one that is so much farther from it than the nearest is."""
SURE, UNSURE = 0.6, 0.06
"""Whether it is met at all is as likely as not where the nearest item is so near, and the surer the nearer: a logistic
function of this width. Shops don't sell most of what situations need; something is a little like anything."""
_SHARP = 30.0
"""How fast an item's part in a need falls with its distance: exp(SHARP (cosine - the nearest's))."""
REFILLED = 64
"""So many needs are gone through at a time."""
MOST_ITEMS = 48
"""So many items of a shop meet a need at most, the nearest."""
VECTORS = SITUATIONS / "vectors.npz"
"""Of the situations; `python -m bundlesmith.ranking.needs` makes it anew, in some ten minutes."""


@dataclass(frozen=True, slots=True, eq=False)
class Needs:
    """Situations, embedded.

    Attributes:
        words: [S, E], the mean of what people say and of its name, of length 1, by the encoders of words.
        names: [S, D], its name, by the encoder that tells like items.
        needs: [U, D], all different needs, by the same: the one of words puts what belongs together side by side.
        of: sparse [S, U], 1 where a situation has a need.
    """

    words: Table
    names: Table
    needs: Table
    of: Any


@dataclass(frozen=True, slots=True, eq=False)
class MetNeeds:
    """The items of a shop that are nearest to each need.

    Attributes:
        items: int32 [U, MOST_ITEMS], their rows.
        alike: float32 [U, MOST_ITEMS], how near; below SOLD where there are fewer.
        gone: the rows that aren't sold any more.
    """

    items: NDArray[np.int32]
    alike: Table
    gone: frozenset[int] = frozenset()

    @classmethod
    def of(cls, vectors: Table) -> Self:
        """Those of a whole shop; *vectors* is [N, D], the items' texts by the encoder that tells like items."""
        needs = shipped_needs().needs
        block = max(1, ENTRIES // max(len(vectors), 1))
        found = [_best(needs[at : at + block] @ vectors.T) for at in range(0, len(needs), block)]
        return cls(*(np.concatenate(parts) for parts in zip(*found, strict=True)))

    def put(self, rows: Sequence[int], vectors: LayeredRows) -> Self:
        """The same with items that came or changed; *vectors* are the vectors of all.

        What an item was near to before is forgotten.
        """
        needs, kept = shipped_needs().needs, self._without(rows, self.gone.difference(rows), vectors, rows)
        items, alike = kept.items.copy(), kept.alike.copy()
        for row, vector in zip(rows, vectors[list(rows)], strict=True):
            now = needs @ vector
            least = alike.argmin(1)
            (nearer,) = np.nonzero((now >= SOLD) & (now > alike[np.arange(len(now)), least]))
            items[nearer, least[nearer]], alike[nearer, least[nearer]] = row, now[nearer]
        return type(self)(items, alike, kept.gone)

    def drop(self, rows: Sequence[int], vectors: LayeredRows) -> Self:
        """The same without items that left."""
        return self._without(rows, self.gone.union(rows), vectors)

    def _without(
        self, rows: Sequence[int], gone: frozenset[int], vectors: LayeredRows, aside: Sequence[int] = ()
    ) -> Self:
        """Without some items.

        Items that were left out take their places once a need has lost half of its own: then all are gone through but
        those that are *gone* or *aside*.
        """
        needs, items = shipped_needs().needs, self.items.copy()
        lost = np.isin(items, rows) & (self.alike >= SOLD)
        alike = np.where(lost, 0, self.alike).astype(np.float32)
        (emptied,) = np.nonzero(lost.any(1) & ((alike >= SOLD).sum(1) < MOST_ITEMS // 2))
        hidden = np.array(sorted({*gone, *aside}), np.int64)
        for start in range(0, len(emptied), REFILLED):
            some = emptied[start : start + REFILLED]
            now = np.asarray((vectors @ needs[some].T).T)
            now[:, hidden] = 0
            items[some], alike[some] = _best(now)
        return type(self)(items, alike, gone)

    def near(self, rows: int) -> Any:
        """How far each of the first *rows* items stands for each need: sparse [rows, U].

        A need's parts add up to how surely it is met.
        """
        nearest = self.alike.max(1, keepdims=True, initial=-1)
        met = (self.alike >= SOLD) & (self.alike > nearest - BEHIND)
        part = np.where(met, np.exp(_SHARP * (self.alike - nearest)), 0)
        sure = 1 / (1 + np.exp((SURE - nearest) / UNSURE))
        part = (sure * part / np.maximum(part.sum(1, keepdims=True), 1e-9)).astype(np.float32)
        need, place = np.nonzero(part)
        return sparse.csr_matrix((part[need, place], (self.items[need, place], need)), shape=(rows, len(part)))


def _best(alike: Table) -> tuple[NDArray[np.int32], Table]:
    """The MOST_ITEMS highest columns of each row, and their values; the first column and 0 where there are fewer."""
    items = (
        np.argsort(-alike, axis=1, kind="stable")[:, :MOST_ITEMS]
        if alike.shape[1] <= MOST_ITEMS
        else np.argpartition(-alike, MOST_ITEMS, axis=1)[:, :MOST_ITEMS]
    )
    best = np.take_along_axis(alike, items, 1)
    missing = ((0, 0), (0, MOST_ITEMS - items.shape[1]))
    return np.pad(items, missing).astype(np.int32), np.pad(best, missing)


def of_situations(met: MetNeeds, kinds: Numbers) -> Evidence:
    """The situations as sets of a shop's items.

    Args:
        met: which items meet each need.
        kinds: [N], the items' categories.
    """
    known = shipped_needs()
    return Evidence(known.of, (met.near(len(kinds)),), kinds, known.words, (FEW_ITEMS,))


@lru_cache(maxsize=1)
def shipped_needs() -> Needs:
    """Those of `bundlesmith.encoder.situations`, whose vectors the package ships.

    Raises:
        BundlesmithError: if the vectors are of other situations, or of another encoder.
    """
    known = situations()
    places = _places(known)
    pairs = np.array([(at, places[need]) for at, each in enumerate(known) for need in dict.fromkeys(each.needs)]).T
    of = sparse.csr_matrix((np.ones(len(pairs[0]), np.float32), (pairs[0], pairs[1])), (len(known), len(places)))
    with np.load(VECTORS) as tables:
        if str(tables["key"]) != _key(known):
            what = f"{VECTORS} holds the vectors of other situations, or of another encoder."
            raise BundlesmithError(what, "Make them anew: `python -m bundlesmith.ranking.needs`.")
        words, names, needs = (unit_rows(tables[name].astype(np.float32)) for name in ("words", "names", "needs"))
    return Needs(words, names, needs, of)


def write_vectors() -> None:
    """Embed all situations, and write the vectors that the package ships, in 8 bits: their scales don't matter."""
    known = situations()
    tables = of_sayings(embed_words), embed([each.name for each in known]), embed(list(_places(known)))
    words, names, needs = (Rows8.of(table).codes for table in tables)
    np.savez_compressed(VECTORS, key=_key(known), words=words, names=names, needs=needs)


def of_sayings(embedded: Callable[[list[str]], Table]) -> Table:
    """The mean of what is said in each situation and of its name, of length 1: [S, D]; *embedded* embeds texts."""
    known = situations()
    starts = np.cumsum([0, *(len(each.words) + 1 for each in known[:-1])])
    said = embedded([text for each in known for text in (*each.words, each.name)])
    return unit_rows(np.add.reduceat(said, starts))


def _places(known: Sequence[Situation]) -> dict[str, int]:
    return {need: at for at, need in enumerate(dict.fromkeys(need for each in known for need in each.needs))}


def _key(known: Sequence[Situation]) -> str:
    texts = [text for each in known for text in (*each.words, each.name)]
    return hash_texts(words_encoder(), MINILM, *texts, *_places(known))


if __name__ == "__main__":
    write_vectors()
