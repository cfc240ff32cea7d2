"""A shop that changes while the real recommender answers from it."""

import random
from pathlib import Path
from threading import Thread

import pytest

from bundlesmith.constraints.rules import Rules
from bundlesmith.errors import BundlesmithError
from bundlesmith.explain.facts import facts_of
from bundlesmith.explain.tell import tell
from bundlesmith.live.live_catalogue import LiveCatalogue
from bundlesmith.pipeline.ask import Ask
from bundlesmith.recommendation import Recommendation
from bundlesmith.recommender import Recommender
from bundlesmith.request import Request
from bundlesmith.run import load_run
from bundlesmith.shop.live_shop import LiveShop

LANTERN = "Quillfire trail lantern, brass"


@pytest.fixture
def own(recommender: Recommender) -> Recommender:
    """The shared run and engine, with a shop that a test may change."""
    return Recommender(recommender.run, recommender.engine)


def pair(own: Recommender, *items: str, **rules: object) -> list[Recommendation]:
    """The bundles of exactly these items."""
    asked = Rules(len(items), len(items), allowed=items, **rules)  # type: ignore[arg-type]
    return own.recommend([Request(rules=asked)])[0]


def some(own: Recommender, n: int = 2) -> list[str]:
    """Items of the run that are in stock and have a price."""
    catalogue = own.run.catalogue
    return [item for row, item in enumerate(catalogue.ids) if catalogue.stock[row] and catalogue.cents[row] >= 0][:n]


def test_a_new_price_counts_in_budgets_and_in_what_is_said(own: Recommender) -> None:
    first, second = some(own)
    before = own.openings
    own.shop.reprice(first, 4000.5)
    own.shop.reprice(second, 9.5)
    assert set(pair(own, first, second, budget=4010)[0].items) == {first, second}
    with pytest.raises(BundlesmithError, match="budget 4009"):
        pair(own, first, second, budget=4009)
    catalogue = own.shop.view().catalogue
    assert any("4010.00" in text for text in explained(own, catalogue, (first, second)))
    assert not any("4010.00" in text for text in explained(own, before.shop.catalogue, (first, second)))
    assert catalogue.price(catalogue.row(first)) == 4000.5


def test_an_item_that_is_sold_out_is_not_written_until_it_is_back(own: Recommender) -> None:
    first, second = some(own)
    own.shop.restock(first, 0)
    with pytest.raises(BundlesmithError, match="in stock"):
        pair(own, first, second)
    own.shop.restock(first, 2)
    assert set(pair(own, first, second)[0].items) == {first, second}
    assert own.shop.view().catalogue.stock[own.run.catalogue.rows[first]] == 2


def test_a_removed_item_is_not_written_but_can_be_read_in_a_history(own: Recommender) -> None:
    first, second, third = some(own, 3)
    catalogue = own.run.catalogue
    for item, brand in ((second, "Quillfire"), (third, "Emberlight")):
        own.shop.put(item, f"{brand} {item}", ("Camping",), price=5.0, attributes={"brand": brand})
    own.shop.put(first, LANTERN, ("Camping",), price=5.0)
    history = Request(history=(first,), rules=Rules(2, 2, allowed=(second, third), owned=(first,)))
    prompt = own.openings.prompt(history)
    own.shop.remove(first)
    for asked in (Request(items=(first,)), Request(rules=Rules(allowed=(first, second)))):
        with pytest.raises(BundlesmithError, match=f'no item "{first}"'):
            own.recommend([asked])
    assert own.openings.prompt(history) == prompt
    assert own.run.lexicon.texts[catalogue.rows[first]] in own.run.tokenizer.decode(prompt)
    view = own.shop.view()
    request = Ask(history=[first], exclude=[first], size="2:2", only=[second, third]).request(view)
    assert set(own.recommend([request], shop=view)[0][0].items) == {second, third}


def explained(
    own: Recommender, catalogue: LiveCatalogue, items: tuple[str, ...], request: Request | None = None
) -> list[str]:
    """All explanations of a bundle."""
    told = tell(facts_of(request or Request(), items, catalogue), "en", own.run.roles)
    return [each.text for each in told.explanations]


def test_a_new_item_is_written_named_and_read_without_retraining(own: Recommender) -> None:
    (other,) = some(own, 1)
    category = own.run.catalogue.categories[own.run.catalogue.rows[other]]
    own.shop.put("new-1", LANTERN, category, price=12.0, stock=3, attributes={"brand": "Quillfire"})
    bundle = pair(own, "new-1", other, slots=(category[-1],), budget=5000)[0]
    assert set(bundle.items) == {"new-1", other}
    assert "a lantern to light the dark with" in bundle.explanation
    view = own.shop.view()
    text = view.catalogue.texts[view.catalogue.row("new-1")]
    assert text.startswith(f"{category[-1]}: ") and "lantern" in text
    for request in (Request(history=("new-1",)), Request(items=("new-1",)), Request(rules=Rules(allowed=("new-1",)))):
        assert text in own.run.tokenizer.decode(own.openings.prompt(request))
    known = Ask(history=["new-1"], items=["new-1"]).request(view)
    assert known.history == known.items == ("new-1",)


def test_equal_items_get_spellings_of_their_own_and_keep_them(own: Recommender) -> None:
    for number in range(4):
        own.shop.put(f"new-{number}", LANTERN, ("Lights",), price=1.0)
    catalogue = own.shop.view().catalogue
    texts = [catalogue.texts[catalogue.row(f"new-{number}")] for number in range(4)]
    assert len({texts[0], texts[1]}) == 2 and texts[2:] == [f"{texts[1]} 2", f"{texts[1]} 3"]
    own.shop.put("new-2", "Something else", ("Elsewhere",), price=2.0)
    own.shop.remove("new-3")
    own.shop.put("new-3", "Once more", (), price=2.0)
    own.shop.put("new-4", LANTERN, ("Lights",), price=1.0)
    again = own.shop.view().catalogue
    assert [again.texts[again.row(f"new-{number}")] for number in range(5)] == [*texts, f"{texts[1]} 4"]
    assert again.titles[again.row("new-3")] == "Once more" and len(again) == len(own.run.catalogue) + 5
    assert set(pair(own, "new-2", "new-3", slots=("Elsewhere",))[0].items) == {"new-2", "new-3"}


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"title": " "}, "Give both"),
        ({"price": -1}, "The price is -1"),
        ({"stock": -1}, "The stock is -1"),
    ],
)
def test_what_is_no_item_is_refused_and_changes_nothing(own: Recommender, values: dict, message: str) -> None:
    before = own.shop.view()
    with pytest.raises(BundlesmithError, match=message):
        own.shop.put(**({"item_id": "new", "title": "Lamp"} | values))
    for change in (own.shop.reprice, own.shop.restock):
        with pytest.raises(BundlesmithError, match='no item "new"'):
            change("new", 1)
    with pytest.raises(BundlesmithError, match='no item "new"'):
        own.shop.remove("new")
    assert own.shop.view() is before


def test_the_run_itself_stays_as_it_was(own: Recommender, tiny_run: Path) -> None:
    first, second = some(own)
    own.shop.remove(first)
    own.shop.reprice(second, 1.0)
    fresh = LiveShop(load_run(tiny_run)).view()
    assert fresh.snapshot.holds(first) and not own.shop.view().snapshot.holds(first)
    assert own.run.catalogue.cents.tolist() == load_run(tiny_run).catalogue.cents.tolist()


@pytest.mark.slow
def test_answers_are_of_one_moment_while_the_shop_changes_and_merges(own: Recommender) -> None:
    """Of twelve new items at most one is gone at a time, and each costs 1.01, whatever its title is by then."""
    own.shop = LiveShop(own.run, merge_after=15)
    ids = [f"new-{number}" for number in range(12)]
    for item in ids:
        own.shop.put(item, f"{LANTERN} {item}", ("Lights",), price=1.01)
    failures: list[BaseException] = []
    stop: list[bool] = []

    def change() -> None:
        wants, step = random.Random(2), 0
        try:
            while not stop:
                step += 1
                gone = wants.choice(ids)
                own.shop.remove(gone)
                own.shop.put(f"other-{step % 40}", f"Thing {step}", ("Things",), price=float(step % 9))
                own.shop.put(gone, f"{LANTERN} {gone} {step}", ("Lights",), price=1.01)
        except BaseException as failure:
            failures.append(failure)

    thread = Thread(target=change)
    thread.start()
    try:
        for _ in range(5):
            view = own.shop.view()
            held = tuple(item for item in ids if view.snapshot.holds(item))
            assert len(held) >= 11
            rules = Rules(3, 3, budget=3.03, allowed=held)
            (bundle,) = own.recommend([Request(history=tuple(ids), rules=rules)], shop=view)[0]
            rows = [view.catalogue.row(item) for item in bundle.items]
            assert set(bundle.items) <= set(held) and sum(view.catalogue.cents[row] for row in rows) == 303
            request = Request(history=held, rules=rules)
            assert bundle.explanation in explained(own, view.catalogue, bundle.items, request)
    finally:
        stop.append(True)
        thread.join()
    assert not failures
    assert own.shop.view().snapshot.trie is not own.run.index[0]  # merged on the way
