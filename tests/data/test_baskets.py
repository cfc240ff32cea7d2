import random

import polars as pl
import pytest

from bundlesmith.data.baskets import bundles_of_baskets
from bundlesmith.data.prepare import DataSource, prepare
from bundlesmith.data.tables import EVENTS, load

DAY = 86_400
MAY = 19_844 * DAY


def events(*rows):
    """Events of (user, item, time, kind, session)."""
    return pl.DataFrame([(*row, None) for row in rows], schema=EVENTS, orient="row")


def made(table, how="auto"):
    bundles, changes = bundles_of_baskets(table, how)
    return bundles.select("bundle_id", "items").rows(), {change.reason: change.count for change in changes}


def order(name, *items, user="u", day=0):
    return [(user, item, MAY + day * DAY + place, "interaction", name) for place, item in enumerate(items)]


def test_an_order_is_a_bundle_with_each_item_once():
    table = events(*order("1", "a", "b", "a"), *order("2", "c", day=1), *order("3", "b", "c", day=2))
    found, said = made(table)
    assert found == [("1", ["a", "b"]), ("3", ["b", "c"])]
    assert said == {"baskets of one item": 1, "no bundles are given: each is what was bought in one session": 2}
    bundles, _ = bundles_of_baskets(table, "auto")
    assert bundles.row(0, named=True) | {"items": []} == {
        "bundle_id": "1",
        "user_id": "u",
        "session_id": "1",
        "timestamp": MAY,
        "items": [],
        "intent": None,
        "explanation": None,
        "split": None,
    }


def test_without_orders_a_day_of_a_customer_is_a_bundle():
    rows = [("u", "a", MAY, "x", None), ("u", "b", MAY + 3600, "x", None), ("u", "c", MAY + DAY, "x", None)]
    found, _ = made(events(*rows, ("v", "c", MAY, "x", None), ("v", "a", MAY, "x", None)))
    assert found == [("u 2024-05-01", ["a", "b"]), ("v 2024-05-01", ["c", "a"])]
    found, _ = made(events(("u", "a", 3, "x", None), ("u", "b", 3, "x", None), ("u", "c", 4, "x", None)))
    assert found == [("u 3", ["a", "b"])]


def test_only_what_was_bought_counts():
    rows = [
        ("u", item, MAY, kind, "1")
        for item, kind in (("a", "view"), ("b", "Purchase"), ("c", "cart"), ("d", "purchase"))
    ]
    assert made(events(*rows))[0] == [("1", ["b", "d"])]
    assert made(events(*[("u", item, MAY, "view", "1") for item in "ab"]))[0] == []
    assert made(events(*order("1", "a", "b")), "none")[0] == []


def test_a_subscription_is_one_bundle():
    rows = [line for month in range(5) for line in order(f"o{month}", "a", "b", day=30 * month)]
    found, said = made(events(*rows, *order("x", "b", "a", user="v")))
    assert found == [("o0", ["a", "b"]), ("x", ["b", "a"])]
    assert said["the same customer had the same basket before"] == 4


def orders(rng, count=400):
    """Orders of 2 to 3 items of one of 20 themes, two in three with a bag, and one theme that needs string."""
    for number in range(count):
        theme = rng.randrange(20)
        chosen = [f"t{theme}-{item}" for item in rng.sample(range(6), rng.randint(2, 3))]
        chosen += ["bag"] * (rng.random() < 0.66) + ["string"] * (theme == 0)
        yield from order(str(number), *chosen, user=f"u{number}", day=number)


def test_what_is_bought_with_everything_counts_little_and_what_belongs_stays():
    found, said = made(events(*orders(random.Random(3))))
    assert len(found) > 380 and said["staples: bought with everything, so they say little"] > 200
    assert sum("bag" in items for _, items in found) < 0.08 * len(found)
    assert sum(len(items) for _, items in found) > 2.4 * len(found)  # what makes the sets stays
    stringed = [items for _, items in found if "string" in items]
    assert stringed and all(item == "string" or item.startswith("t0-") for items in stringed for item in items)


def test_a_large_basket_is_parted_into_what_goes_together():
    rng = random.Random(5)
    large = [f"t{theme}-{item}" for item in range(6) for theme in range(5)]
    found, said = made(events(*orders(rng), *order("large", *large, user="w", day=999)))
    parts = [items for name, items in found if name.startswith("large #")]
    assert len(parts) >= 3 and all(2 <= len(items) <= 20 for items in parts)
    alike = [len({item.split("-")[0] for item in items}) == 1 for items in parts]
    assert sum(alike) >= len(alike) - 1 and said["of baskets of more than 20 items: what is bought together"] == len(
        parts
    )
    assert len({item for items in parts for item in items}) == sum(map(len, parts))


@pytest.mark.parametrize("baskets", ["", "baskets: none\n"])
def test_a_shop_of_orders_alone(tmp_path, baskets):
    (tmp_path / "goods.csv").write_text("sku,name\n" + "".join(f"p{n},Thing {n}\n" for n in range(6)))
    lines = [f"{n},c{n},2024-05-{n + 1:02},p{m % 6}\n" for n in range(20) for m in (n, n + 1)]
    (tmp_path / "orders.csv").write_text("order,customer,at,sku\n" + "".join(lines))
    (tmp_path / "shop.yaml").write_text(
        "items: {file: goods.csv, columns: {item_id: sku, title: name}}\n"
        "events: {file: orders.csv, columns: {session_id: order, user_id: customer, timestamp: at, item_id: sku}}\n"
        + baskets
    )
    report = prepare(DataSource(kind="tables", path=tmp_path / "shop.yaml"), tmp_path / "out")
    bundles = load(tmp_path / "out").bundles
    assert report.kept["bundles"] == bundles.height == (0 if baskets else 20)
    if not baskets:
        assert report.splits["bundles"] == {"train": 16, "valid": 2, "test": 2}
        assert bundles["intent"].null_count() == 20
