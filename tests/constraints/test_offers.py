"""What may come next, of ranges of many items: the same as item by item, and without looking at all of them."""

import random
from typing import Any

import numpy as np
import pytest

from bundlesmith.constraints import offers
from bundlesmith.constraints.lookahead import Choice, begin
from bundlesmith.constraints.offers import GroupOffer
from bundlesmith.constraints.rules import Rules
from bundlesmith.constraints.shelf import Shelf, make_shelf
from bundlesmith.data.catalogue import Catalogue
from tests.shops import make_catalogue

STEPS = 8


def shop_of(size: int, seed: int, ordered: bool = False) -> Catalogue:
    """Items of forty categories and thirty brands, some of them everywhere; *ordered*: those of one stand together."""
    drawn = random.Random(seed)
    groups = [(min(int(drawn.paretovariate(1)), 40), min(int(drawn.paretovariate(1)), 30)) for _ in range(size)]
    return make_catalogue(
        [
            {
                "category": (f"Department {group % 5}", f"Category {group}"),
                "attributes": {"brand": f"Brand {brand}"},
                "price": drawn.randint(100, 20_000) / 100,
                "stock": drawn.randint(0, 5),
            }
            for group, brand in (sorted(groups) if ordered else groups)
        ]
    )


def shelf_of(catalogue: Catalogue, nodes: int) -> Shelf:
    bounds = np.linspace(0, len(catalogue), nodes + 1).astype(np.int32)
    shelf = make_shelf(catalogue, np.arange(len(catalogue), dtype=np.int32), (bounds[:-1], bounds[1:]))
    shelf.prepare()
    return shelf


HARD: dict[str, dict[str, Any]] = {
    "slots": {"min_items": 6, "max_items": 6, "slots": ("Category 1",) * 3 + ("Category 2", "Department 3")},
    "equal slots": {"min_items": 6, "max_items": 6, "slots": ("Department 2",) * 6},
    "budget and a cap": {"min_items": 5, "max_items": 8, "budget": 60.0, "per_brand": 1},
    "both caps": {"min_items": 8, "max_items": 8, "per_category": 2, "per_brand": 2},
    "prices, slots": {
        "min_price": 5.0,
        "max_price": 40.0,
        "min_items": 4,
        "max_items": 6,
        "slots": ("Category 3",) * 4,
    },
    "all": {
        "min_items": 6,
        "max_items": 7,
        "budget": 150.0,
        "per_category": 2,
        "per_brand": 2,
        "slots": ("Category 1",),
    },
}


def masked(choice: Choice) -> np.ndarray:
    nodes = choice.limits.shelf.nodes
    assert nodes is not None
    return choice.holds(*nodes, slice(0, len(nodes[0])))


@pytest.mark.parametrize("looks", [(8, 1 << 16, 1 << 14), (1, 4, 0), (2, 40, 1000), (1, 1 << 16, 0)])
@pytest.mark.parametrize("name", HARD)
def test_ranges_hold_what_their_items_say(
    name: str, looks: tuple[int, int, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    for what, value in zip(("_PROBED", "LOOKS", "LISTED"), looks, strict=True):
        monkeypatch.setattr(offers, what, value)
    for seed in range(6):
        catalogue = shop_of(400, seed, ordered=seed % 2 == 0)
        shelf, drawn = shelf_of(catalogue, 40), random.Random(seed)
        choice = begin(Rules(**HARD[name]), shelf, catalogue.row, ())
        assert shelf.nodes is not None
        while choice.may_go_on:
            may = np.array([choice.may_take(position) for position in range(len(catalogue))])
            low, high = shelf.nodes
            assert masked(choice).tolist() == [may[a:b].any() for a, b in zip(low, high, strict=True)]
            halves = [(low[at], (low[at] + high[at]) // 2) for at in range(len(low))]
            firsts, lasts = (np.array(each, np.int32) for each in zip(*halves, strict=True))
            assert choice.holds(firsts, lasts).tolist() == [may[a:b].any() for a, b in halves]
            assert np.array_equal(choice.is_open(), may)
            following = choice.after(int(drawn.choice(np.flatnonzero(may).tolist())))
            assert following is not None
            choice = following


@pytest.mark.parametrize("ordered", [False, True])
@pytest.mark.parametrize("name", HARD)
def test_a_later_step_looks_at_few_items(name: str, ordered: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    """In a shop of 40,000 items, wherever those stand that may come; if apart, only what may come is looked at."""
    looked: list[int] = []
    some, every = GroupOffer._open, GroupOffer._open_of_all

    def counted(offer: GroupOffer, section: Any, places: Any) -> Any:
        looked.append(len(places))
        return some(offer, section, places)

    def counted_whole(offer: GroupOffer, section: Any) -> Any:
        looked.append(len(section.view))
        return every(offer, section)

    monkeypatch.setattr(GroupOffer, "_open", counted)
    monkeypatch.setattr(GroupOffer, "_open_of_all", counted_whole)
    monkeypatch.setattr(offers, "LOOKS", 4000)
    monkeypatch.setattr(offers, "LISTED", 1000)
    catalogue = shop_of(40_000, 3, ordered)
    choice = begin(Rules(**HARD[name]), shelf_of(catalogue, 200), catalogue.row, ())
    dearest, steps = np.argsort(-catalogue.cents, kind="stable"), list[int]()
    masked(choice)
    while choice.may_go_on and len(steps) < STEPS:
        position = next(at for at in dearest.tolist() if choice.may_take(at))
        looked.clear()
        following = choice.after(position)
        assert following is not None
        choice = following
        masked(choice)
        steps.append(sum(looked))
    assert len(steps) > 1 and max(steps) <= BOUND[ordered], steps


BOUND = {False: 5000, True: 24_000}
"""LOOKS and LISTED; or these and all that may come."""
