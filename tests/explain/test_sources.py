"""What in a free text has no source, in a shop of desks."""

import pytest

from bundlesmith.explain.sources import sourced
from tests.explain.desks import VALUES, facts


@pytest.mark.parametrize(
    ("text", "unfounded"),
    [
        ("Home office", []),
        ("Lux Oak Desk and Lux Reading Lamp, 149.99", []),
        ("Within 200.00, which leaves 50.01 of it", []),
        ("For 149.98 together", ["149.98"]),
        ("A set of 2 for room 7", ["7"]),
        ("Room 12", []),  # asked for
        ("Grey home office", ["Grey"]),
        ("black and brown", []),
        ("A red stool", []),  # bought before
        ("Zed desk", []),
        ("Kit of Rex", []),
        ("8 of 21 similar sets have a lamp", []),
        ("白色的书桌", ["白色"]),
        ("黑色的台灯", []),
    ],
)
def test_amounts_numbers_brands_and_colours_need_a_source(text: str, unfounded: list[str]) -> None:
    known = facts("desk", "lamp", budget=200.0, words="for room 12")
    assert [each.text for each in sourced(text, known, VALUES) if not each.holds] == unfounded


def test_another_items_brand_has_none() -> None:
    alone = facts("desk", history=(), events=())
    assert [each.holds for each in sourced("Rex oak desk", alone, VALUES)] == [False, True]
    assert sourced("a zed", alone, VALUES) == []  # in lower case it is a word like others
