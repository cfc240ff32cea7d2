import hashlib
import itertools
import json
import os
import random
import subprocess
import sys
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from bundlesmith.data.sample import CUSTOMERS, make_shop
from bundlesmith.data.sample_shop.people import make_customers
from bundlesmith.data.sample_shop.products import make_products
from bundlesmith.data.sample_shop.vocabulary import AGREE, Vocabulary, read_vocabulary, spell_out
from bundlesmith.data.tables import BUNDLES, EVENTS, ITEMS
from bundlesmith.errors import BundlesmithError

Shop = tuple[pl.DataFrame, pl.DataFrame, pl.DataFrame]

HASH_THE_SHOP = """
import hashlib
from bundlesmith.data.sample import make_shop
print(hashlib.sha256("".join(table.write_json() for table in make_shop()).encode()).hexdigest())
"""


@pytest.fixture(scope="module")
def shop() -> Shop:
    return make_shop()


@pytest.fixture(scope="module")
def vocabulary() -> Vocabulary:
    return read_vocabulary()


def catalogue(shop: Shop) -> dict[str, dict[str, Any]]:
    return {row["item_id"]: row for row in shop[0].to_dicts()}


def test_every_process_makes_the_same_shop(shop: Shop) -> None:
    here = hashlib.sha256("".join(table.write_json() for table in shop).encode()).hexdigest()
    for hash_seed in ("0", "4711"):
        made = subprocess.run(
            [sys.executable, "-c", HASH_THE_SHOP],
            env={**os.environ, "PYTHONHASHSEED": hash_seed, "PYTHONPATH": os.pathsep.join(sys.path)},
            capture_output=True,
            text=True,
            check=True,
        )
        assert made.stdout.strip() == here


def test_another_seed_makes_another_shop(shop: Shop) -> None:
    other = make_shop(8)
    assert not any(mine.equals(theirs) for mine, theirs in zip(shop, other, strict=True))


def test_the_tables_have_the_schemas_and_point_at_each_other(shop: Shop) -> None:
    items, events, bundles = shop
    assert [dict(table.schema) for table in shop] == [ITEMS, EVENTS, BUNDLES]
    known = set(items["item_id"])
    assert len(known) == len(items)
    assert set(events["item_id"]) <= known
    assert set(bundles["items"].explode()) <= known
    assert bundles["bundle_id"].is_unique().all()
    assert events["split"].null_count() == len(events)
    assert bundles["explanation"].null_count() == bundles["split"].null_count() == len(bundles)


def test_the_shop_is_large_enough_and_small_enough(shop: Shop, tmp_path: Path) -> None:
    items, events, bundles = shop
    assert len(items) >= 600
    assert items["category"].list.first().n_unique() >= 12
    assert items["category"].list.len().is_between(2, 3).all()
    assert events["user_id"].n_unique() == CUSTOMERS >= 3_000
    assert len(bundles) >= 2_000
    for name, table in zip(("items", "events", "bundles"), shop, strict=True):
        table.write_parquet(tmp_path / name)
    assert sum(path.stat().st_size for path in tmp_path.iterdir()) < 2_000_000


def test_products_are_told_apart_and_priced_like_a_shops(shop: Shop) -> None:
    items = shop[0]
    assert items["title"].is_unique().all()
    assert not items["title"].str.contains(r"[<>]").any()
    cents = (items["price"] * 100).round().cast(pl.Int64) % 100
    assert set(cents) == {99, 95, 50}
    assert items["price"].is_between(1, 1_500).all()
    assert 0.05 < items["stock"].null_count() / len(items) < 0.15
    assert 0.02 < (items["stock"] == 0).sum() / len(items) < 0.1


def test_attributes_are_flat_json_and_agree_with_the_title(shop: Shop) -> None:
    for title, text in shop[0].select("title", "attributes").iter_rows():
        attributes = json.loads(text)
        assert title.startswith(attributes["brand"])
        assert title.endswith(attributes.get("colour", ""))
        assert all(isinstance(value, str | int | float) for value in attributes.values())
        assert not any("<" in str(value) for value in attributes.values())


def test_a_weekend_camping_trip_for_two_fits_into_250(shop: Shop) -> None:
    sold = shop[0].filter(pl.col("stock").is_null() | (pl.col("stock") > 0))
    parts = [r"2-Person .*Tent", r"Double Sleeping Bag", r"Gas Stove", r"Gas Cartridge", r"Headlamp"]
    prices = [sold.filter(pl.col("title").str.contains(part))["price"].sort().to_list() for part in parts]
    sets = list(itertools.product(*prices))
    assert sum(sum(chosen) < 250 for chosen in sets) >= 20
    assert any(sum(chosen) >= 250 for chosen in sets)


def test_customers_follow_one_to_three_interests_with_some_noise(shop: Shop, vocabulary: Vocabulary) -> None:
    customers = make_customers(vocabulary, CUSTOMERS, random.Random("7 customers"))
    interests = {customer.user_id: set(customer.favourites) for customer in customers}
    department = {item_id: row["category"][0] for item_id, row in catalogue(shop).items()}
    outside = [
        department[item] not in interests[user] for user, item in shop[1].select("user_id", "item_id").iter_rows()
    ]
    assert {len(chosen) for chosen in interests.values()} == {1, 2, 3}
    assert 0.07 < sum(outside) / len(outside) < 0.13


def test_visits_are_dated_sessions_of_one_customer(shop: Shop) -> None:
    events = shop[1]
    assert events.group_by("user_id").len()["len"].is_between(4, 25).all()
    assert set(events["kind"]) == {"view", "cart", "buy"}
    first, last = (int(datetime(*day, tzinfo=UTC).timestamp()) for day in ((2024, 7, 1), (2026, 7, 1)))
    assert events["timestamp"].is_between(first, last, closed="left").all()
    assert events["timestamp"].max() > last - 14 * 86_400  # type: ignore[operator]
    visits = events.group_by("session_id").agg(
        pl.col("user_id").n_unique().alias("users"),
        (pl.col("timestamp").max() - pl.col("timestamp").min()).alias("seconds"),
    )
    assert visits["users"].max() == 1
    assert visits["seconds"].max() < 3_600  # type: ignore[operator]


def test_a_bundle_is_bought_whole_in_its_session_after_views(shop: Shop) -> None:
    _, events, bundles = shop
    sessions = events.partition_by("session_id", as_dict=True)
    for bundle in bundles.iter_rows(named=True):
        visit = sessions[(bundle["session_id"],)]
        bought = visit.filter(pl.col("kind") == "buy")
        assert set(visit["user_id"]) == {bundle["user_id"]}
        assert sorted(bought["item_id"]) == sorted(bundle["items"])
        assert set(bought["timestamp"]) == {bundle["timestamp"]}
        views = visit.filter(pl.col("kind") == "view")
        assert 1 <= len(views) <= 3
        assert (views["timestamp"] < bundle["timestamp"]).all()


def test_bundles_come_after_history_in_the_same_department(shop: Shop) -> None:
    department = {item_id: row["category"][0] for item_id, row in catalogue(shop).items()}
    histories = shop[1].partition_by("user_id", as_dict=True)
    before, same = 0, 0
    for bundle in shop[2].iter_rows(named=True):
        history = histories[(bundle["user_id"],)]
        earlier = history.filter(
            (pl.col("timestamp") < bundle["timestamp"]) & (pl.col("session_id") != bundle["session_id"])
        )
        before += len(earlier) > 0
        same += department[bundle["items"][0]] in {department[item] for item in earlier["item_id"]}
    assert before == len(shop[2])
    assert same / len(shop[2]) > 0.85


def test_bundles_belong_together_but_for_a_few_strays(shop: Shop) -> None:
    rows = catalogue(shop)
    strays = 0
    for chosen in shop[2]["items"].to_list():
        departments = [rows[item]["category"][0] for item in chosen]
        home = max(set(departments), key=departments.count)
        own = [json.loads(rows[item]["attributes"]) for item in chosen if rows[item]["category"][0] == home]
        strays += len(set(departments)) > 1
        assert 2 <= len(chosen) <= 6
        assert len(set(chosen)) == len(chosen)
        assert all(len({one[name] for one in own if name in one}) <= 1 for name in AGREE)
    assert 0.05 < strays / len(shop[2]) < 0.11


def test_intents_are_many_mostly_lower_case_and_sometimes_missing(shop: Shop) -> None:
    intents = shop[2]["intent"]
    said = intents.drop_nulls()
    assert 0.03 < intents.null_count() / len(intents) < 0.07
    assert said.n_unique() >= 600
    assert 0.02 < (said != said.str.to_lowercase()).mean() < 0.2  # type: ignore[operator]
    assert not said.str.contains(r"[<>|()]|  |^ | $").any()


def test_themes_are_many_and_worded_in_many_ways(vocabulary: Vocabulary) -> None:
    assert len(vocabulary.themes) >= 60
    assert {key: theme.wordings for key, theme in vocabulary.themes.items() if len(theme.wordings) < 6} == {}


def test_every_theme_names_types_that_are_sold_and_every_type_is_in_a_theme(vocabulary: Vocabulary) -> None:
    named = {kind for theme in vocabulary.themes.values() for kind in theme.types}
    assert named == set(vocabulary.types)


def test_every_colour_has_a_family(vocabulary: Vocabulary) -> None:
    worn = {colour for kind in vocabulary.types.values() for colour in kind.colours}
    assert worn <= set(vocabulary.families)


def test_a_type_with_too_few_names_is_refused(vocabulary: Vocabulary) -> None:
    kind = replace(vocabulary.types["tool-battery"], count=500)
    with pytest.raises(BundlesmithError, match='"tool-battery" has no 500 different titles'):
        make_products(Vocabulary({kind.key: kind}, {}, vocabulary.families), random.Random(1))


def test_choices_are_spelled_out() -> None:
    assert spell_out("(first|new) tent( for two|)") == [
        "first tent for two",
        "first tent",
        "new tent for two",
        "new tent",
    ]
