"""A shop of desks with brands and colours, and the facts of a bundle in it."""

from typing import Any

from bundlesmith.constraints.rules import Rules
from bundlesmith.explain.facts import BundleFacts, facts_of
from bundlesmith.explain.sources import named_values
from bundlesmith.request import PastEvent, Request
from tests.shops import make_catalogue

MAY_2025 = 1_747_000_000
ITEMS = [
    ("desk", "Lux Oak Desk, Brown", ("Home", "Desks"), 120.0, {"brand": "Lux", "colour": "Brown", "material": "oak"}),
    ("lamp", "Lux Reading Lamp, Black", ("Home", "Lamps"), 29.99, {"brand": "Lux", "colour": "Black"}),
    ("chair", "Rex Swivel Chair, Black", ("Home", "Chairs"), 80.5, {"brand": "Rex", "colour": "Black"}),
    ("stool", "Rex Bar Stool, Red", ("Home", "Chairs"), 45.0, {"brand": "Rex", "colour": "Red", "material": "steel"}),
    ("pen", "Zed Gel Pen", ("Office",), 1.0, {"brand": "Zed"}),
]
CATALOGUE = make_catalogue(
    [
        {"id": item, "title": title, "category": category, "price": price, "attributes": attributes}
        for item, title, category, price, attributes in ITEMS
    ]
)
VALUES = named_values(CATALOGUE)
BOUGHT = PastEvent("stool", MAY_2025, "purchase")
SEEN = PastEvent("pen", MAY_2025, "view")


def facts(*items: str, **asked: Any) -> BundleFacts:
    """The facts of a bundle, by default for a customer who bought a stool and looked at a pen."""
    budget = asked.pop("budget", None)
    values = {"history": ("pen", "stool"), "events": (SEEN, BOUGHT)} | asked
    return facts_of(Request(**values, rules=Rules(budget=budget)), items, CATALOGUE)
