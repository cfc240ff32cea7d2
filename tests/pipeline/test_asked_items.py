"""What words ask for by name is in the sets, as far as a real shop sells it; the rest is told."""

from pathlib import Path

import pytest

from bundlesmith.pipeline.ask import Ask
from bundlesmith.pipeline.asked_items import AskedItems
from bundlesmith.pipeline.opening import Openings
from bundlesmith.run import load_run
from bundlesmith.shop.live_shop import LiveShop, ShopView

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def view(ranked_run: Path) -> ShopView:
    return LiveShop(load_run(ranked_run)).view()


def asked(view: ShopView, words: str) -> AskedItems:
    assert view.run.ranker
    return AskedItems.find(Ask(words=words).request(view), view, view.run.ranker.features(view.catalogue))


def test_each_thing_that_is_named_is_found_by_what_its_items_are(view: ShopView) -> None:
    found = asked(view, "a tent, a camping lantern and an accordion")
    titles = [{view.catalogue.titles[row] for row in rows} for rows in found.rows]
    assert len(titles) == 2 and all("Tent" in title for title in titles[0])
    assert all("Lantern" in title for title in titles[1])
    assert [each.en.noun for each in found.unsold] == ["accordion"]


@pytest.mark.parametrize("words", ["a tent and a sleeping mat", "I need a stove, a lantern and an accordion"])
def test_every_set_has_what_is_named(view: ShopView, words: str) -> None:
    named = asked(view, words).rows
    answers = Openings(view).composed(Ask(words=words, size="3:5", n=3).request(view))
    assert answers and len(named) == 2
    for answer in answers:
        rows = set(view.catalogue.known(answer.items))
        assert all(rows.intersection(each.tolist()) for each in named)
        assert answer.told is not None
        told = " ".join(text.text for text in answer.told.explanations)
        assert ("The shop has no accordions." in told) == (answer is answers[0] and "accordion" in words)


def test_what_the_rules_forbid_is_not_in_it_though_it_is_named(view: ShopView) -> None:
    (tents,) = asked(view, "a tent").rows
    ids = tuple(view.catalogue.ids[row] for row in tents.tolist())
    answers = Openings(view).composed(Ask(words="a tent", size="3", exclude=ids).request(view))
    assert answers and not set(answers[0].items) & set(ids)


def test_what_fills_a_slot_is_what_is_meant(view: ShopView) -> None:
    paths = view.catalogue.categories
    rows = asked(view, "a tent").rows[0].tolist()
    slot = " > ".join(paths[rows[0]])
    assert view.run.ranker
    request = Ask(words="a tent", slots=[slot]).request(view)
    (found,) = AskedItems.find(request, view, view.run.ranker.features(view.catalogue)).rows
    assert found.tolist() == [row for row in rows if paths[row] == paths[rows[0]]]
