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
from bundlesmith.ranking.features import Asked, Words
from bundlesmith.ranking.items import Bundles, Items, make_items
from bundlesmith.ranking.needs import shipped_needs
from bundlesmith.ranking.weights import shipped_weights

SEED, BUNDLES, KINDS, REQUESTS, CHANGES = 7, 5000, 400, 20, 20
Table = NDArray[np.float32]


def texts(size: int, drawn: np.random.Generator) -> Table:
    """Vectors of length 1."""
    known = shipped_needs().needs
    found = known[drawn.choice(len(known), size)] + drawn.normal(0, 0.03, (size, known.shape[1])).astype(np.float32)
    found /= np.linalg.norm(found, axis=1, keepdims=True)
    return found


def shop(size: int, drawn: np.random.Generator) -> Items:
    """A shop of so many items."""
    vectors, kinds = texts(size, drawn), drawn.integers(0, KINDS, size).tolist()
    rows = tuple(tuple(drawn.choice(size, 3, replace=False).tolist()) for _ in range(BUNDLES))
    names = texts(BUNDLES, drawn)
    categories = [(f"Department {kind % 30}", f"Category {kind}") for kind in kinds]
    return make_items(vectors, vectors, categories, Bundles(rows, ("a name",) * BUNDLES, names, names))


def milliseconds(seconds: list[float]) -> float:
    """Their median."""
    return 1000 * float(np.median(seconds))


def measure(size: int) -> dict[str, Any]:
    """A row of the table."""
    drawn, weights = np.random.default_rng(SEED), shipped_weights("bundles")
    start = time.perf_counter()
    items = shop(size, drawn)
    row: dict[str, Any] = {"items": size, "open s": time.perf_counter() - start}
    ranked, beside, came = list[float](), list[float](), list[float]()
    for words in texts(REQUESTS, drawn):
        start = time.perf_counter()
        asked = Asked(items.features, Words(words, words))
        scores = asked.opening @ weights.opening
        np.argpartition(-scores, 256)
        ranked.append(time.perf_counter() - start)
        start = time.perf_counter()
        _ = asked.going_on([1, 2]) @ weights.going_on
        beside.append(time.perf_counter() - start)
    for vector in texts(CHANGES, drawn):
        start = time.perf_counter()
        items = items.put([len(items.features.kinds)], vector[None], vector[None], [("Department 1", "Category 1")])
        came.append(time.perf_counter() - start)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
    costs = {"a request ms": ranked, "beside two chosen ms": beside, "an item that comes ms": came}
    return row | {name: milliseconds(found) for name, found in costs.items()} | {"peak memory GB": peak}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--items", type=int, nargs="+", default=[4000, 200_000, 1_000_000])
    given = parser.parse_args()
    publish("ranking", [measure(size) for size in given.items])


if __name__ == "__main__":
    main()
