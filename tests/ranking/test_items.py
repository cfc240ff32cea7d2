"""A shop to which items come: it knows the same of them as one that had them from the beginning."""

import numpy as np
import pytest

from bundlesmith.ranking import needs
from bundlesmith.ranking.evidence import Table
from bundlesmith.ranking.features import OF_WORDS, RequestFeatures
from bundlesmith.ranking.items import Bundles, Items, make_items
from bundlesmith.ranking.layers import LayeredRows
from bundlesmith.ranking.likeness import WordVectors
from bundlesmith.ranking.needs import MOST_ITEMS, SURE, MetNeeds, shipped_needs
from bundlesmith.ranking.terms import Terms

drawn = np.random.default_rng(1)


def texts(count: int) -> np.ndarray:
    """Vectors of texts that are near to needs, so that they meet some."""
    known = shipped_needs().needs
    found = known[drawn.choice(len(known), count)] + drawn.normal(0, 0.02, (count, known.shape[1]))
    return np.asarray(found / np.linalg.norm(found, axis=1, keepdims=True), np.float32)


PATHS = [("A", "B"), ("A", "C"), ("D", "E")]
SIZE = 12
VECTORS = texts(SIZE)
CATEGORIES = [PATHS[row % 3] for row in range(SIZE)]
TITLES = [""] * SIZE  # what terms tell is tested by themselves
NAMES = texts(8)
READ = np.pad(NAMES, ((0, 0), (0, shipped_needs().words.shape[1] - NAMES.shape[1])))
BUNDLES = Bundles(tuple((row, row + 1) for row in range(8)), ("a name",) * 8, READ, NAMES)


def shop(rows: int) -> Items:
    return make_items(VECTORS[:rows], VECTORS[:rows], Terms.of(TITLES[:rows]), CATEGORIES[:rows], BUNDLES)


def told(items: Items) -> list[np.ndarray]:
    words = WordVectors(READ[0], NAMES[1], "item 3")
    return [RequestFeatures(items.features, said).going_on([1, 2]) for said in (words, None)]


def test_an_item_that_comes_is_known_as_if_it_had_been_there() -> None:
    rows = [10, 11]
    titles, paths = ([some[row] for row in rows] for some in (TITLES, CATEGORIES))
    live = shop(10).put(rows, VECTORS[rows], VECTORS[rows], titles, paths)
    for now, anew in zip(told(live), told(shop(SIZE)), strict=True):
        assert now == pytest.approx(anew, abs=1e-4)


def test_an_item_with_a_new_text_is_known_by_it() -> None:
    first = shop(SIZE)
    other = first.put([11], VECTORS[[3]], VECTORS[[3]], TITLES[3:4], [CATEGORIES[3]])
    words = WordVectors(READ[0], NAMES[1], "item 3")
    now = RequestFeatures(other.features, words).opening
    assert now[11, :OF_WORDS] == pytest.approx(now[3, :OF_WORDS], abs=1e-5)
    back = other.put([11], VECTORS[[11]], VECTORS[[11]], TITLES[11:], [CATEGORIES[11]])
    assert RequestFeatures(back.features, words).opening == pytest.approx(
        RequestFeatures(first.features, words).opening, abs=1e-4
    )


def test_a_category_that_there_was_not_gets_the_next_number() -> None:
    live = shop(10).put([10], VECTORS[[10]], VECTORS[[10]], TITLES[10:11], [("New",)])
    assert live.features.kinds.tolist() == [0, 1, 2] * 3 + [0, 3] and live.features.departments[10] == 2


def test_the_nearest_items_meet_a_need_the_surer_the_nearer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(needs, "ENTRIES", 50 * 1000)
    many = np.repeat(VECTORS[:1], MOST_ITEMS + 5, 0)  # more like items than may meet a need
    met = MetNeeds.of(many).near(len(many))
    per_need = np.diff(met.tocsc().indptr)
    assert per_need.max() == MOST_ITEMS
    sums, near = np.asarray(met.sum(0)).ravel(), shipped_needs().needs @ VECTORS[0]
    assert not sums[per_need == 0].any() and (sums[near > 0.9] > 0.99).all()
    assert sums[np.argsort(near)][-1] == sums.max() and (sums[near < SURE] <= 0.5).all()


def test_what_was_known_before_a_change_stays_as_it_was() -> None:
    before = shop(SIZE)
    opening = RequestFeatures(before.features, None).opening
    before.put([0], VECTORS[[5]], VECTORS[[5]], TITLES[5:6], [CATEGORIES[5]])
    assert RequestFeatures(before.features, None).opening.tolist() == opening.tolist()
    assert isinstance(before.features.vectors, LayeredRows)


def test_a_need_whose_items_go_elsewhere_is_met_by_those_that_were_left_out() -> None:
    many, away = np.repeat(VECTORS[:1], MOST_ITEMS + 12, 0), -VECTORS[:1]
    met, rows = MetNeeds.of(many), list(range(MOST_ITEMS))
    layers, first = LayeredRows(many), int(np.argmax(shipped_needs().needs @ VECTORS[0]))
    for row in met.items[first].tolist():
        layers = layers.put([row], away)
        met = met.put([row], layers)
    left = set(range(len(many))) - set(MetNeeds.of(many).items[first].tolist())
    assert len(rows) == MOST_ITEMS and set(np.flatnonzero(met.near(len(many))[:, [first]].toarray())) == left


def test_items_that_leave_make_room_and_come_back() -> None:
    many = np.repeat(VECTORS[:1], MOST_ITEMS + 12, 0)
    live, first = shop_of(many), int(np.argmax(shipped_needs().needs @ VECTORS[0]))
    gone = live.met.items[first].tolist()[: MOST_ITEMS - 5]
    for row in gone:
        live = live.drop([row])
    left = set(range(len(many))) - set(gone)
    assert _meeting(live, first) == left and live.met.gone == set(gone)
    back = live.put(gone[:1], VECTORS[:1], VECTORS[:1], TITLES[:1], [CATEGORIES[0]])
    assert _meeting(back, first) == {*left, gone[0]} and back.met.gone == set(gone[1:])
    assert _meeting(live, first) == left  # what was known before stays


def shop_of(vectors: Table) -> Items:
    bundles = Bundles((), (), VECTORS[:0], VECTORS[:0])
    return make_items(vectors, vectors, Terms.of([""] * len(vectors)), [CATEGORIES[0]] * len(vectors), bundles)


def _meeting(items: Items, need: int) -> set[int]:
    met = items.met.near(len(items.features.kinds))[:, [need]].toarray()
    return set(np.flatnonzero(met).tolist())
