import random
from collections.abc import Iterator
from threading import Thread
from time import sleep

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bundlesmith.constraints.lookahead import begin
from bundlesmith.constraints.rules import Rules
from bundlesmith.constraints.shelf import make_shelf
from bundlesmith.decoding.decoder import Decoder, parse_answer
from bundlesmith.decoding.grammar import Grammar
from bundlesmith.decoding.trie import build_trie
from bundlesmith.decoding.weights import ItemWeights
from bundlesmith.errors import BundlesmithError
from bundlesmith.live.live_shelf import LiveShelf
from bundlesmith.live.snapshot import Snapshot
from tests.oracle import EXAMPLES
from tests.shops import MARKS, make_catalogue

Shop = dict[str, dict]
"""id -> tokens, price, stock, category, brand."""


def live_shelf(shop: Shop, merge_after: int = 4000) -> LiveShelf:
    trie = build_trie([facts["tokens"] for facts in shop.values()])
    catalogue = make_catalogue(
        [{"id": item, **facts, "attributes": {"brand": facts["brand"]}} for item, facts in shop.items()]
    )
    ids = [catalogue.ids[row] for row in trie.row_of_leaf]
    return LiveShelf(trie, make_shelf(catalogue, trie.row_of_leaf, trie.ranges), ids, MARKS, merge_after)


def decoder_on(snapshot: Snapshot, rules: Rules, weights: dict[str, float]) -> Decoder:
    choice = begin(rules, snapshot.shelf, snapshot.find, ())
    weighed = ItemWeights({snapshot.find(item): weight for item, weight in weights.items()})
    return Decoder(Grammar(snapshot.trie, MARKS, None, weighed, snapshot.added), choice)


def facts(tokens, price=1.0, stock=None, category=(), brand=""):
    return {"tokens": tokens, "price": price, "stock": stock, "category": category, "brand": brand}


SHOP = {"a": facts((10,), 1, 1), "b": facts((10, 11), 2, 0), "c": facts((12,), 3)}


def offered(live: LiveShelf, rules=None) -> list[str]:
    """The items that may come first, by plain reading."""
    snapshot = live.snapshot
    choice = begin(rules or Rules(1, 1), snapshot.shelf, snapshot.find, ())
    return [snapshot.item(at) for at in range(len(snapshot.shelf)) if choice.may_take(at)]


def test_without_changes_it_is_the_shelf_it_was_made_of():
    live = live_shelf(SHOP)
    assert offered(live) == ["a", "c"] and live.snapshot is live.snapshot and live.snapshot.added is None


def test_a_restocked_item_is_offered_and_one_sold_out_is_not():
    live = live_shelf(SHOP)
    live.restock("b", 4)
    live.restock("a", 0)
    assert offered(live) == ["b", "c"]
    live.restock("a", None)
    assert offered(live) == ["a", "b", "c"]


def test_a_price_counts_from_the_next_request_on():
    live = live_shelf(SHOP)
    live.reprice("a", 3.5)
    assert offered(live, Rules(1, 1, budget=3)) == ["c"]
    live.reprice("c", None)
    live.reprice("a", 2.999)
    assert offered(live, Rules(1, 1, budget=3)) == ["a"]


def test_a_removed_item_is_unknown_and_its_id_and_spelling_are_free():
    live = live_shelf(SHOP)
    live.remove("a")
    assert offered(live) == ["c"]
    with pytest.raises(BundlesmithError, match='no item "a"'):
        live.snapshot.find("a")
    live.add("new", (10,))
    live.add("a", (12, 12))
    assert offered(live) == ["c", "new", "a"]


def test_an_added_item_brings_its_category_and_brand():
    live = live_shelf(SHOP)
    live.add("tent", (11, 10), price=9, category=("Camping", "Tents"), brand="Fjell")
    live.add("stove", (11,), price=9, category=("Camping", "Stoves"), brand="Fjell")
    for _ in range(2):
        assert offered(live, Rules(1, 1, slots=("tents",))) == ["tent"]
        assert sorted(offered(live, Rules(2, 2, slots=("Camping", "Stoves"), per_brand=2))) == ["stove", "tent"]
        with pytest.raises(BundlesmithError, match="at most 1 of a brand"):
            offered(live, Rules(2, 2, slots=("Camping", "Camping"), per_brand=1))
        live.merge()


@pytest.mark.parametrize("change", ["reprice", "restock", "remove"])
def test_a_change_of_an_unknown_item_is_an_error(change):
    live = live_shelf(SHOP)
    with pytest.raises(BundlesmithError, match='no item "x"'):
        getattr(live, change)(*(("x",) if change == "remove" else ("x", 1)))


def test_what_is_there_already_can_not_be_added():
    live = live_shelf(SHOP)
    live.add("new", (11,))
    for item in ("a", "new"):
        with pytest.raises(BundlesmithError, match=f'"{item}" is there already'):
            live.add(item, (11, 11))
    for tokens, other in (((10, 11), "b"), ((11,), "new")):
        with pytest.raises(BundlesmithError, match=f'is that of "{other}"'):
            live.add("other", tokens)
    for tokens in ((), (10, MARKS.separator), (MARKS.line,)):
        with pytest.raises(BundlesmithError, match="empty or holds a mark"):
            live.add("other", tokens)


@pytest.mark.parametrize("price", [-0.01, float("nan"), float("inf")])
def test_a_price_that_is_no_amount_is_an_error(price):
    with pytest.raises(BundlesmithError, match="The price is"):
        live_shelf(SHOP).reprice("a", price)


def test_a_negative_stock_is_an_error():
    with pytest.raises(BundlesmithError, match="The stock is -1"):
        live_shelf(SHOP).restock("a", -1)


def test_a_request_under_way_keeps_its_facts():
    live = live_shelf(SHOP)
    before = live.snapshot
    decoder = decoder_on(before, Rules(2, 2), {})
    live.remove("c")
    live.restock("a", 0)
    live.add("new", (12, 13))
    live.merge()
    assert sorted(decoder.allowed().tolist()) == [10, 12]
    done = parse_answer(decoder.grammar, decoder.choice, [12, MARKS.separator, 10, MARKS.line])
    assert [before.item(position) for position in done.taken] == ["c", "a"]
    assert offered(live) == ["new"]


def test_merging_a_shelf_that_lost_all_its_items_keeps_it_empty():
    live = live_shelf({"a": SHOP["a"]})
    live.remove("a")
    live.merge()
    with pytest.raises(BundlesmithError, match="No bundle fits"):
        offered(live)
    live.add("a", (10,))
    live.merge()
    assert offered(live) == ["a"]


def same_bundles(ours: Decoder, theirs: Decoder, item, their_item) -> Iterator[tuple[str, ...]]:
    """Walk both through every answer: they allow the same tokens with the same bias, and mean the same items."""
    tokens, their_tokens = ours.allowed(), theirs.allowed()
    order, their_order = np.argsort(tokens), np.argsort(their_tokens)
    assert tokens[order].tolist() == their_tokens[their_order].tolist()
    assert ours.bias()[order] == pytest.approx(theirs.bias()[their_order], abs=1e-9)
    bundle = tuple(item(position) for position in ours.taken)
    assert bundle == tuple(their_item(position) for position in theirs.taken)
    if ours.done:
        yield bundle
    for token in tokens.tolist():
        after, their_after = ours.copy(), theirs.copy()
        after.advance(token)
        their_after.advance(token)
        yield from same_bundles(after, their_after, item, their_item)


def check_against_scratch(live: LiveShelf, shop: Shop, rules: Rules, weights: dict[str, float]) -> None:
    fresh = live_shelf(shop).snapshot
    try:
        theirs = decoder_on(fresh, rules, weights)
    except BundlesmithError as error:
        with pytest.raises(BundlesmithError) as caught:
            decoder_on(live.snapshot, rules, weights)
        assert caught.value.what == error.what or "There is no category" in error.what
        return
    ours = decoder_on(live.snapshot, rules, weights)
    bundles = list(same_bundles(ours, theirs, live.snapshot.item, fresh.item))
    assert bundles and len(set(bundles)) == len(bundles)


spellings = st.lists(st.integers(10, 12), min_size=1, max_size=3).map(tuple)
prices = st.none() | st.integers(0, 400).map(lambda cents: cents / 100)
stocks = st.none() | st.integers(0, 1)
categories = st.sampled_from([(), ("all", "x"), ("all", "y"), ("all", "x", "z")])
brands = st.sampled_from(["", "p", "q"])
items = st.builds(facts, spellings, prices, stocks, categories, brands)
shops = st.lists(items, min_size=1, max_size=5, unique_by=lambda item: item["tokens"]).map(
    lambda found: {f"i{row}": item for row, item in enumerate(found)}
)
IDS = st.integers(0, 7).map(lambda number: f"i{number}")
changes = st.lists(
    st.one_of(
        st.tuples(st.just("reprice"), IDS, prices),
        st.tuples(st.just("restock"), IDS, stocks),
        st.tuples(st.just("remove"), IDS),
        st.tuples(st.just("add"), IDS, items),
        st.tuples(st.just("merge")),
    ),
    max_size=12,
)
some_rules = st.builds(
    Rules,
    st.just(1),
    st.integers(1, 2),
    budget=st.none() | st.integers(1, 600).map(lambda cents: cents / 100),
    in_stock=st.booleans(),
    min_price=st.none() | st.just(0.5),
    slots=st.sampled_from([(), (), ("x",), ("all", "y"), ("all > x",)]),
    per_category=st.sampled_from([None, None, 1]),
    per_brand=st.sampled_from([None, None, 1]),
)


def apply(live: LiveShelf, shop: Shop, change) -> None:
    """Make one change in both; what can't be changed is an error and changes nothing."""
    name, *rest = change
    if name == "merge":
        live.merge()
        return
    item = rest[0]
    spelt = {other["tokens"] for other in shop.values()}
    possible = (item in shop) != (name == "add") and (name != "add" or rest[1]["tokens"] not in spelt)
    arguments = {"reprice": "price", "restock": "stock"}
    arguments = rest[1] if name == "add" else {arguments[name]: rest[1]} if name in arguments else {}
    if not possible:
        with pytest.raises(BundlesmithError):
            getattr(live, name)(item, **arguments)
        return
    getattr(live, name)(item, **arguments)
    if name == "remove":
        del shop[item]
    else:
        shop[item] = shop.get(item, {}) | arguments


@settings(max_examples=EXAMPLES // 2, deadline=None)
@given(shops, changes, some_rules, st.dictionaries(IDS, st.integers(-3, 3).map(float), max_size=4))
def test_after_any_changes_it_offers_what_a_shelf_built_from_scratch_offers(shop, todo, rules, weights):
    live = live_shelf(shop)
    for change in todo:
        apply(live, shop, change)
    if not shop:
        return
    weights = {item: weight for item, weight in weights.items() if item in shop}
    check_against_scratch(live, shop, rules, weights)
    live.merge()
    assert live.snapshot.added is None
    check_against_scratch(live, shop, rules, weights)


def test_a_thread_merges_many_changes_and_loses_none_that_come_meanwhile():
    wants = random.Random(4)
    shop = {f"i{row}": facts((10 + row % 90, 10 + row // 90), 1.0, 1) for row in range(2000)}
    live = live_shelf(shop, merge_after=50)
    first, threads = live._changes.base, set()
    for step in range(1500):
        item = wants.choice(sorted(shop)) if step % 10 == 0 else f"i{wants.randrange(2000)}"
        if step % 3 == 0:
            apply(live, shop, ("add", f"new{step}", facts((200 + step,), 2.0)))
        elif step % 3 == 1:
            apply(live, shop, ("reprice", item, float(wants.randrange(50))))
        else:
            apply(live, shop, ("remove", item))
        threads.add(live._thread)
    for thread in threads - {None}:
        thread.join()
    assert live._changes.base is not first
    for _ in range(2):
        snapshot = live.snapshot
        assert {item: snapshot.shelf.cents[snapshot.find(item)] for item in shop} == {
            item: round(known["price"] * 100) for item, known in shop.items()
        }
        assert snapshot.shelf.listed.sum() == len(shop)
        live.merge()


def test_threads_that_read_see_whole_snapshots_while_others_change_and_merge():
    live = live_shelf({"base": facts((10,), 1.0)}, merge_after=20)
    failures: list[BaseException] = []

    reads: list[Snapshot] = []

    def write() -> None:
        for step in range(400):
            while len(reads) < step / 4 and not failures:
                sleep(0)
            live.add(f"n{step}", (11, 20 + step), price=2.0)
            live.reprice("base", float(step % 3 + 1))
            if step >= 5:
                live.remove(f"n{step - 5}")

    def read() -> None:
        try:
            wants = random.Random(0)
            while writer.is_alive():
                reads.append(snapshot := live.snapshot)
                decoder = decoder_on(snapshot, Rules(1, 3, budget=6), {})
                while not decoder.done:
                    decoder.advance(wants.choice(decoder.allowed().tolist()))
                taken = [snapshot.item(position) for position in decoder.taken]
                assert [snapshot.find(item) for item in taken] == list(decoder.taken)
                assert sum(int(snapshot.shelf.cents[position]) for position in decoder.taken) <= 600
        except BaseException as failure:
            failures.append(failure)

    writer, reader = Thread(target=write), Thread(target=read)
    writer.start()
    reader.start()
    writer.join()
    reader.join()
    assert not failures
    assert sorted(offered(live)) == sorted(["base", *(f"n{step}" for step in range(395, 400))])


def test_snapshots_share_what_did_not_change():
    """Bytes are counted: a snapshot has its own for what differs from the base, however large that is."""
    shop = {f"i{row}": facts((10 + row % 90, 10 + row // 90), 1.0, 1) for row in range(2000)}
    live = live_shelf(shop)
    live.add("new", (300,), 2.0, category=("Camping",))
    base, kept = live._changes.base.shelf, []
    for step in range(64):
        live.reprice(f"i{step * 7}", float(step))
        live.restock(f"i{step * 7}", step % 2)
        kept.append(live.snapshot)
    whole = sum(getattr(base, name).nbytes for name in ("cents", "in_stock", "listed", "category", "brand"))
    for step, snapshot in enumerate(kept):
        columns = [getattr(snapshot.shelf, name) for name in ("cents", "in_stock", "listed", "category", "brand")]
        own = sum(column.nbytes for column in columns)
        assert own <= 18 * (step + 2) < whole / 10
        assert columns[0]._base is base.cents and columns[3]._base is base.category
        assert snapshot.added is kept[0].added and snapshot.trie is kept[0].trie
    assert [int(kept[at].shelf.cents[kept[at].find("i0")]) for at in (0, 63)] == [0, 0]
    assert (
        int(kept[10].shelf.cents[kept[10].find("i70")]) == 1000 and int(kept[9].shelf.cents[kept[9].find("i70")]) == 100
    )
