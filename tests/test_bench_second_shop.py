"""The second shop: it shares nothing with the sample shop, its files are read, and its requests keep their promises."""

import random
import re
from collections import Counter
from pathlib import Path

import pytest
from bench.everyday import Request, load_requests, scored, types_of
from bench.everyday import vocabulary as vocabulary_of
from bench.second_shop import ORDERS, make_goods, make_orders, vocabulary, write_shop

from bundlesmith.data.prepare import DataSource, prepare
from bundlesmith.data.readers.config import load_tables_config
from bundlesmith.data.sample_shop.products import make_products
from bundlesmith.data.sample_shop.vocabulary import Vocabulary
from bundlesmith.data.tables import load


def _brands(of: Vocabulary) -> set[str]:
    return {brand.name for kind in of.types.values() for brand in kind.brands}


def test_it_is_large_enough() -> None:
    assert len(make_goods()) >= 320
    assert len(vocabulary().themes) >= 22
    assert len(make_orders(make_goods())) == ORDERS == 2000


def test_themes_have_types_of_their_department_and_each_type_a_theme() -> None:
    made, used = vocabulary(), set[str]()
    for theme in made.themes.values():
        assert theme.needs and theme.wordings and len(theme.types) > 2
        assert {made.types[kind].category[0] for kind in theme.types} == {theme.department}
        used |= set(theme.types)
    assert used == set(made.types)


def test_nothing_is_of_the_sample_shop() -> None:
    ours, sample = vocabulary(), vocabulary_of()
    assert not set(ours.departments) & set(sample.departments)
    assert not ours.themes.keys() & sample.themes.keys()
    assert not ours.types.keys() & sample.types.keys()
    assert not _brands(ours) & _brands(sample)
    assert not {kind.prefix for kind in ours.types.values()} & {kind.prefix for kind in sample.types.values()}


def test_orders_are_of_one_theme_mostly() -> None:
    orders = make_orders(make_goods())
    right = [[product.type in order.theme.types for product in order.products] for order in orders]
    assert {len(each) for each in right} == {2, 3, 4, 5, 6}
    assert all(len({product.item_id for product in order.products}) == len(order.products) for order in orders)
    strange = sum(not all(each) for each in right) / len(orders)
    assert 0.15 < strange < 0.35
    assert all(sum(each) >= len(each) - 2 for each in right)
    bought_for = Counter(order.theme.key for order in orders)
    assert set(bought_for) == set(vocabulary().themes) and max(bought_for.values()) > 5 * min(bought_for.values())


def test_the_same_seed_gives_the_same_files_and_another_one_others(tmp_path: Path) -> None:
    for name, seed in (("one", 11), ("same", 11), ("other", 12)):
        write_shop(tmp_path / name, orders=50, seed=seed)
    for file in ("goods.csv", "orders.csv", "catalogue.yaml", "baskets.yaml"):
        assert (tmp_path / "one" / file).read_bytes() == (tmp_path / "same" / file).read_bytes()
    for file in ("goods.csv", "orders.csv"):
        assert (tmp_path / "one" / file).read_bytes() != (tmp_path / "other" / file).read_bytes()


def test_prepare_reads_the_baskets(tmp_path: Path) -> None:
    write_shop(tmp_path, orders=200)
    prepare(DataSource(kind="tables", path=tmp_path / "baskets.yaml"), tmp_path / "data")
    data, products = load(tmp_path / "data"), make_goods()
    assert types_of(data.items, "second") == {product.item_id: product.type for product in products}
    assert data.bundles["items"].to_list() == [
        [product.item_id for product in order.products] for order in make_orders(products, 200)
    ]
    assert data.bundles["intent"].null_count() == 200 and data.events.is_empty()
    catalogue = load_tables_config(tmp_path / "catalogue.yaml")
    assert catalogue.items == load_tables_config(tmp_path / "baskets.yaml").items
    assert catalogue.events is None and catalogue.bundles is None


@pytest.mark.parametrize("seed", [11, 12])
def test_every_basket_can_be_made_of_what_a_theme_needs(seed: int) -> None:
    kinds = Counter(product.type for product in make_products(vocabulary(), random.Random(seed)))
    assert min(kinds.values()) >= 3 and set(kinds) == set(vocabulary().types)


def test_there_are_two_requests_for_each_theme_and_none_twice() -> None:
    requests, themes = load_requests("en", "second"), vocabulary().themes
    assert len(requests) >= 44
    asked = Counter(request.purposes[0] for request in requests)
    assert set(asked) == set(themes) and min(asked.values()) >= 2
    assert all(themes[key].department == request.department for request in requests for key in request.purposes)
    words = [request.words.lower() for request in requests]
    assert len(set(words)) == len(words)


def test_no_request_has_a_wording_of_its_theme() -> None:
    for request in load_requests("en", "second"):
        for key in request.purposes:
            for wording in vocabulary().themes[key].wordings:
                assert not re.search(rf"\b{re.escape(wording.lower())}\b", request.words.lower()), request.words


def test_the_figures_are_of_the_second_shop() -> None:
    request = Request("two nights at the pit", "Fishing", ("carp-night",), "second")
    items = {"a": "bite-alarm", "p": "rod-pod", "c": "bank-chair", "x": "saddle-soap"}
    good, bad = scored([["a", "p", "c"], ["a", "c", "x"]], request, items).sets
    assert (good.sensible, good.needs_met) == (True, 1)
    assert (bad.sensible, bad.needs_met) == (False, 0.5)
