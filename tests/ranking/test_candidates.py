"""A large shop's shortlist by candidates is that by all scores, nearly; what may not come makes room for what may."""

import numpy as np
import pytest

from bundlesmith.ranking import candidates as module
from bundlesmith.ranking.candidates import candidates, highest
from bundlesmith.ranking.features import RequestFeatures, Shortlist
from bundlesmith.ranking.items import Bundles, Items, make_items
from bundlesmith.ranking.likeness import WordVectors
from bundlesmith.ranking.needs import shipped_needs
from bundlesmith.ranking.terms import Terms
from bundlesmith.ranking.weights import shipped_weights

SIZE, BEST = 6000, 64
DRAWN = np.random.default_rng(2)


def texts(size: int) -> np.ndarray:
    known = shipped_needs().needs
    found = known[DRAWN.choice(len(known), size)] + DRAWN.normal(0, 0.03, (size, known.shape[1])).astype(np.float32)
    return np.asarray(found / np.linalg.norm(found, axis=1, keepdims=True), np.float32)


def read(vectors: np.ndarray) -> np.ndarray:
    """Vectors by the encoder of items, as the encoders of words have them: the larger one says nothing."""
    return np.pad(vectors, [(0, 0)] * (vectors.ndim - 1) + [(0, shipped_needs().words.shape[1] - vectors.shape[-1])])


@pytest.fixture(scope="module")
def shop() -> Items:
    kinds = DRAWN.integers(0, 60, SIZE).tolist()
    rows = tuple(tuple(DRAWN.choice(SIZE, 3, replace=False).tolist()) for _ in range(400))
    names, vectors = texts(400), texts(SIZE)
    paths = [(f"Department {kind % 7}", f"Category {kind}") for kind in kinds]
    titles = [f"{kind} {row % 500}" for row, kind in enumerate(kinds)]
    return make_items(vectors, vectors, Terms.of(titles), paths, Bundles(rows, ("a name",) * 400, read(names), names))


@pytest.fixture(autouse=True)
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "FEW", 100)
    monkeypatch.setattr(module, "_MOST", 500)
    monkeypatch.setattr(module, "_BESIDE", 200)


def best(rows: np.ndarray, scores: np.ndarray) -> set[int]:
    return set(rows[np.argsort(-scores)[:BEST]].tolist())


@pytest.mark.parametrize("chosen", [(), (3, 11)])
def test_the_best_are_among_the_candidates(shop: Items, chosen: tuple[int, ...]) -> None:
    weights, found, every = shipped_weights("bundles"), list[float](), np.arange(SIZE)
    for words in texts(8):
        asked, rest = RequestFeatures(shop.features, WordVectors(read(words), words, "7 or 40")), list(chosen)
        of_rest = weights.going_on[: shop.features.of_opening] if rest else weights.opening
        rows = candidates(asked, weights, rest)
        assert len(rows) < 2000 and (np.diff(rows) > 0).all()
        scores = asked.opening @ of_rest
        if rest:
            scores = scores + Shortlist(asked, None)(rest) @ weights.going_on[shop.features.of_opening :]
        found.append(len(best(every, scores) & best(rows, scores[rows])) / BEST)
    assert np.mean(found) >= 0.95


def test_features_of_some_items_are_those_of_all(shop: Items) -> None:
    words, rows = texts(1)[0], np.array([5, 0, 4000])
    for said in (WordVectors(read(words), words, "7 or 40"), None):
        asked = RequestFeatures(shop.features, said)
        assert asked.at(rows) == pytest.approx(asked.opening[rows], abs=1e-5)


def test_only_what_may_come_is_a_candidate(shop: Items) -> None:
    asked, weights = RequestFeatures(shop.features, None), shipped_weights("bundles")
    for share in (0.01, 0.5):
        among = DRAWN.random(SIZE) < share
        rows = candidates(asked, weights, among=among)
        assert among[rows].all() and len(rows) >= min(500, among.sum())


@pytest.mark.parametrize(("size", "most"), [(10, 20), (1000, 50), (300_000, 4096)])
def test_the_highest_are_found_whatever_way_they_are_looked_for(size: int, most: int) -> None:
    for scores in (DRAWN.normal(size=size), np.zeros(size), np.arange(size, dtype=float)):
        found = highest(scores, most)
        assert len(set(found.tolist())) == len(found) >= min(size, most)
        assert np.sort(scores)[-min(most, size)] <= scores[found].max()
        wanted = set(np.argsort(-scores, kind="stable")[: most // 2].tolist()) if np.ptp(scores) else set()
        assert wanted <= set(found.tolist())
