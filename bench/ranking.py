"""What ranking costs at several sizes of a shop: to open it, a request, an item that comes, memory.

    make bench-ranking
    python -m bench.ranking [--items 4000 200000 1000000]

The texts' vectors are made up: near to those of needs that the package ships, so that as many items meet them as in a
shop of that size. 5,000 bundles are drawn. Words are embedded before, so that no encoder is measured.
"""

import argparse
import resource
import time
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bench.table import publish
from bundlesmith.pipeline.scorer import SHORTLIST
from bundlesmith.ranking.candidates import candidates
from bundlesmith.ranking.features import RequestFeatures, Shortlist
from bundlesmith.ranking.items import Bundles, Items, make_items
from bundlesmith.ranking.layers import LayeredRows
from bundlesmith.ranking.likeness import WordVectors
from bundlesmith.ranking.needs import shipped_needs
from bundlesmith.ranking.rows8 import Rows8
from bundlesmith.ranking.terms import Terms
from bundlesmith.ranking.weights import shipped_weights

SEED, BUNDLES, KINDS, REQUESTS, CHANGES = 7, 5000, 400, 20, 20
CHECKED = 200_000
"""Up to so many items, the shortlist is compared with that of all items' scores."""
Table = NDArray[np.float32]


def texts(size: int, drawn: np.random.Generator) -> Table:
    """Vectors of length 1."""
    known = shipped_needs().needs
    found = known[drawn.choice(len(known), size)] + drawn.normal(0, 0.03, (size, known.shape[1])).astype(np.float32)
    found /= np.linalg.norm(found, axis=1, keepdims=True)
    return found


def read(vectors: Table) -> Table:
    """Vectors by the encoder of items, as the encoders of words have them: the larger one says nothing."""
    return np.pad(vectors, ((0, 0), (0, shipped_needs().words.shape[1] - vectors.shape[1])))


def shop(size: int, drawn: np.random.Generator) -> Items:
    """A shop of so many items."""
    vectors, kinds = texts(size, drawn), drawn.integers(0, KINDS, size).tolist()
    rows = tuple(tuple(drawn.choice(size, 3, replace=False).tolist()) for _ in range(BUNDLES))
    names = texts(BUNDLES, drawn)
    categories = [(f"Department {kind % 30}", f"Category {kind}") for kind in kinds]
    titles = [f"{kind} {row}" for row, kind in enumerate(kinds)]
    return make_items(
        vectors, vectors, Terms.of(titles), categories, Bundles(rows, ("a name",) * BUNDLES, read(names), names)
    )


def milliseconds(seconds: list[float]) -> float:
    """Their median."""
    return 1000 * float(np.median(seconds))


def measure(size: int) -> dict[str, Any]:
    """A row of the table."""
    drawn, weights = np.random.default_rng(SEED), shipped_weights("bundles")
    start = time.perf_counter()
    items = shop(size, drawn)
    row: dict[str, Any] = {"items": size, "open s": time.perf_counter() - start}
    ranked, beside, came, found = list[float](), list[float](), list[float](), list[float]()
    for words in texts(REQUESTS + 1, drawn):
        start = time.perf_counter()
        asked = RequestFeatures(items.features, WordVectors(read(words[None])[0], words, "1 of 2"))
        rows = candidates(asked, weights)
        best = rows[np.argpartition(-(asked.at(rows) @ weights.opening), SHORTLIST)[:SHORTLIST]]
        ranked.append(time.perf_counter() - start)
        start = time.perf_counter()
        rows = candidates(asked, weights, [1, 2])
        table = np.concatenate([asked.at(rows), Shortlist(asked, rows)([1, 2])], 1)
        np.argpartition(-(table @ weights.going_on), SHORTLIST)
        beside.append(time.perf_counter() - start)
        if size <= CHECKED:
            exact = np.argpartition(-(asked.opening @ weights.opening), SHORTLIST)[:SHORTLIST]
            found.append(len(np.intersect1d(best, exact)) / SHORTLIST)
    for vector in texts(CHANGES, drawn):
        start = time.perf_counter()
        items = items.put(
            [len(items.features.kinds)], vector[None], vector[None], ["1"], [("Department 1", "Category 1")]
        )
        came.append(time.perf_counter() - start)
    costs = {"a request ms": ranked[1:], "beside two chosen ms": beside[1:], "an item that comes ms": came}
    row |= {name: milliseconds(each) for name, each in costs.items()}
    row |= {"recall of the best 256": float(np.mean(found)) if found else None, "held GB": held(items) / 1e9}
    return row | {"peak memory GB": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6}


def held(items: Items) -> int:
    """The bytes of all that is kept of the items."""
    features = items.features
    tables = [
        features.vectors,
        features.for_words,
        features.terms.rows,
        features.terms.telling,
        *features.bundles.near,
        *features.situations.near,
    ]
    return sum({id(each): size_of(each) for each in tables}.values()) + items.met.items.nbytes + items.met.alike.nbytes


def size_of(table: Any) -> int:
    """The bytes of a table, its twin by columns included."""
    if isinstance(table, LayeredRows):
        return sum(map(size_of, (table._base, table._recent, *table._columns)))
    if isinstance(table, Rows8):
        return table.codes.nbytes + table.scales.nbytes
    if isinstance(table, np.ndarray):
        return table.nbytes
    return int(table.data.nbytes + table.indices.nbytes + table.indptr.nbytes)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--items", type=int, nargs="+", default=[4000, 200_000, 1_000_000])
    given = parser.parse_args()
    publish("ranking", [measure(size) for size in given.items])


if __name__ == "__main__":
    main()
