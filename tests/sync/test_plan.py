from typing import Any

import polars as pl
import pytest

from bundlesmith.sync.plan import COLUMNS, plan


def items(n: int = 8, **columns: Any) -> pl.DataFrame:
    """Items i0, i1, … of which a column has other values, for all or by place."""
    rows = [
        {
            "item_id": f"i{at}",
            "title": f"Thing {at}",
            "category": ["Home", "Things"],
            "cents": 1000 + at,
            "stock": 5,
            "attributes": '{"brand": "A"}',
        }
        for at in range(n)
    ]
    for name, values in columns.items():
        for at, row in enumerate(rows):
            row[name] = values(at, row[name])
    return pl.DataFrame(rows, schema=COLUMNS)


def test_equal_sides_need_nothing() -> None:
    found = plan(items(), items())
    assert (len(found), found.same, found.doubts) == (0, 8, [])


def test_each_field_that_differs_is_found() -> None:
    export = items(
        title=lambda at, was: "Other" if at == 1 else was,
        category=lambda at, was: ["Home"] if at == 2 else was,
        cents=lambda at, was: None if at == 3 else was,
        stock=lambda at, was: None if at == 4 else was,
        attributes=lambda at, was: '{"brand": "B"}' if at == 5 else was,
    )
    found = plan(items(), export)
    assert found.changed["item_id"].to_list() == ["i1", "i2", "i3", "i4", "i5"]
    assert found.fields == {"title": 1, "category": 1, "price": 1, "stock": 1, "attributes": 1}
    assert (found.gone, len(found.new), found.same, found.doubts) == ([], 0, 3, [])


def test_what_came_and_what_went() -> None:
    found = plan(items(8), items(10).filter(pl.col("item_id") != "i3"))
    assert (found.gone, found.new["item_id"].to_list(), found.same) == (["i3"], ["i8", "i9"], 7)


def test_attributes_that_are_not_known_are_not_compared_unless_all_is_sent() -> None:
    sold = items(attributes=lambda at, was: None)
    assert len(plan(sold, items())) == 0
    assert len(plan(sold, items(), everything=True).changed) == 8


@pytest.mark.parametrize(
    ("export", "said"),
    [
        (items(4), "4 of 8 items would be taken off sale"),
        (items(cents=lambda at, was: 0), "8 of 8 prices would be 0 or gone"),
        (items(cents=lambda at, was: None if at < 2 else was), "2 of 8 prices would be 0 or gone"),
        (items(cents=lambda at, was: was * 100), "8 of 8 prices would be 10 times others"),
        (items(cents=lambda at, was: was // 100), "8 of 8 prices would be 10 times others"),
        (items(stock=lambda at, was: 0), "8 of 8 items in stock would be out of stock"),
        (items(stock=lambda at, was: None), "8 of 8 stocks would not be counted"),
        (items(title=lambda at, was: was.replace("T", "Ã")), "8 of 8 titles would be others"),
        (items(category=lambda at, was: []), "8 of 8 categories would be gone"),
        (items(attributes=lambda at, was: "{}"), "8 of 8 items would lose all their attributes"),
        (items(0), "8 of 8 items would be taken off sale"),
    ],
)
def test_what_looks_broken_is_doubted(export: pl.DataFrame, said: str) -> None:
    (doubt,) = plan(items(), export).doubts
    assert doubt.startswith(said)


@pytest.mark.parametrize(
    "export",
    [
        items(7),
        items(cents=lambda at, was: was * 2),
        items(cents=lambda at, was: 0 if at == 0 else was),
        items(stock=lambda at, was: 0 if at < 3 else was),
        items(30),
        items(attributes=lambda at, was: '{"brand": "B"}'),
    ],
)
def test_what_happens_every_night_is_not_doubted(export: pl.DataFrame) -> None:
    assert plan(items(), export).doubts == []


def test_a_service_that_sells_nothing_takes_all() -> None:
    found = plan(items(0), items())
    assert (len(found.new), found.doubts) == (8, [])
