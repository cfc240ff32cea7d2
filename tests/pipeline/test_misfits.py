"""What doesn't go with chosen items, of a few items by hand and of a real ranker's sets."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from bundlesmith.constraints.lookahead import begin
from bundlesmith.explain.roles import shipped_roles
from bundlesmith.pipeline.ask import Ask
from bundlesmith.pipeline.compose import DEAR, Composer
from bundlesmith.pipeline.misfits import Misfits
from bundlesmith.pipeline.opening import Openings
from bundlesmith.ranking.features import TWIN
from bundlesmith.ranking.terms import Terms
from bundlesmith.run import load_run
from bundlesmith.shop.live_shop import LiveShop


@dataclass
class Goods:
    titles: list[str]
    categories: list[tuple[str, ...]]
    attributes: list[dict[str, Any]]


def misfits(
    *rows: tuple[str, str, dict[str, Any]], words: str = "", singles: tuple[str, ...] = (), alone: bool = True
) -> Misfits:
    titles, kinds, attributes = (list(each) for each in zip(*rows, strict=True))
    goods = Goods(titles, [("Shop", kind) for kind in kinds], attributes)
    terms, places = Terms.of(titles), np.arange(len(rows))
    return Misfits(goods, shipped_roles(), frozenset(singles), alone, terms, places, words)


def test_of_what_was_chosen_another_is_a_rival_by_its_category_or_by_what_it_is_called() -> None:
    found = misfits(
        ("Canon Digital Camera", "SLR", {}),
        ("Optivar", "SLR", {}),
        ("Kodak Digital Camera", "Compact", {}),
        ("Camera Strap", "Straps", {}),
    )
    assert found.rivals([0]).tolist() == [True, True, True, False] and not found.rivals([]).any()


def test_of_what_sets_hold_one_of_another_that_is_called_alike_does_not_suit() -> None:
    rows = [("Steel Planter", "Balcony", {}), ("Clay Planter", "Terrace", {}), ("Trowel", "Tools", {})]
    assert misfits(*rows, singles=("planter",)).variants([0]).tolist() == [True, True, False]
    assert not misfits(*rows, singles=("trowel",)).variants([0]).any()


def test_what_is_for_somebody_else_does_not_suit() -> None:
    rows = [("Men's Rain Jacket", "Jackets", {}), ("Women's Hat", "Hats", {}), ("Umbrella", "Umbrellas", {})]
    rows += [("Boys' Boots", "Boots", {})]
    assert misfits(*rows).variants([0]).tolist() == [False, True, False, True]
    assert not misfits(*rows).variants([2]).any() and not misfits(*rows).unwanted.any()
    assert misfits(*rows, words="rain gear for my husband").unwanted.tolist() == [False, True, False, True]
    together = misfits(*rows, words="rain gear for my husband and me")
    assert not together.unwanted.any() and not together.variants([0]).any()
    mixed = misfits(*rows, words="rain gear for my husband", alone=False)
    assert not mixed.unwanted.any() and not mixed.variants([0]).any()


def test_another_value_of_what_has_to_match_does_not_suit_where_one_does() -> None:
    dinosaur, space = {"motif": "Dinosaur"}, {"motif": "Space"}
    rows = [("Plates", "Plates", dinosaur), ("Cups", "Cups", space), ("Cups", "Cups", dinosaur)]
    rows += [("Napkins", "Napkins", space), ("Cups", "Cups", {}), ("Banner", "Banners", {"colour": "red"})]
    assert misfits(*rows).variants([0]).tolist() == [False, True, False, False, False, False]
    assert not misfits(*rows).variants([]).any()
    asked = misfits(*rows, words="a party in space").variants([])
    assert asked.tolist() == [False, False, True, False, False, False]


def test_of_what_the_words_name_another_things_case_does_not_suit_where_there_is_one() -> None:
    rows = [("Case for Nexus 7", "Cases", {}), ("Folio for Kindle", "Cases", {}), ("Sleeve", "Cases", {})]
    rows += [("Stylus for iPad", "Pens", {}), ("Pen", "Pens", {})]
    assert misfits(*rows, words="something for my kindle").variants([]).tolist() == [True, False, False, False, False]
    assert not misfits(*rows, words="something for my tablet").variants([]).any()


def test_what_is_for_another_thing_does_not_suit_where_one_is_for_this() -> None:
    rows = [("Kindle Fire HD", "Tablets", {}), ("Case for Nexus 7", "Cases", {}), ("Folio for Kindle", "Cases", {})]
    rows += [("Sleeve", "Cases", {}), ("Stylus for iPad", "Pens", {})]
    assert misfits(*rows).variants([0]).tolist() == [False, True, False, False, False]


@pytest.mark.slow
def test_a_set_for_a_chosen_item_has_no_other_of_its_kind(ranked_run: Path) -> None:
    """A real ranker's sets, for the first item of each of some categories."""
    view = LiveShop(load_run(ranked_run)).view()
    first = {path: row for row, path in reversed(list(enumerate(map(tuple, view.catalogue.categories))))}
    for path, row in list(first.items())[::6]:
        request = Ask(items=(view.catalogue.ids[row],), size="3").request(view)
        answers = Openings(view).composed(request, talk=False)
        assert answers
        others = [view.catalogue.row(item) for item in answers[0].items[1:]]
        assert len(others) == 2 and path not in {tuple(view.catalogue.categories[other]) for other in others}


@pytest.mark.slow
def test_with_a_budget_what_costs_more_than_its_share_comes_later(ranked_run: Path) -> None:
    view = LiveShop(load_run(ranked_run)).view()
    request = Ask(words="a weekend outdoors", size="4", budget=200).request(view)
    start = begin(request.rules, view.snapshot.shelf, view.snapshot.find, ())
    assert view.run.ranker is not None
    composer = Composer(view.run.ranker, view, request, start)
    prices = np.array([view.catalogue.price(int(row)) or 0.0 for row in composer.rows])
    losses = composer._losses([])
    assert (prices > 50).any() and not losses[prices <= 50].any()
    assert losses[prices > 50] == pytest.approx(DEAR * (prices[prices > 50] / 50 - 1))
    first = int(composer.rows[int(np.argmin(prices))])
    left = (200 - prices.min()) / 3
    dear = (prices > left) & (composer._losses([first]) < TWIN)
    assert composer._losses([first])[dear] == pytest.approx(DEAR * (prices[dear] / left - 1))
