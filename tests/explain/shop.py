"""A shop of camping things, a table of roles for some of them, and the facts of bundles in it."""

from typing import Any

from bundlesmith.constraints.rules import Rules
from bundlesmith.explain.facts import BundleFacts, facts_of
from bundlesmith.explain.kinds import ProductRole, RoleType
from bundlesmith.explain.roles import Roles
from bundlesmith.request import PastEvent, Request
from tests.shops import make_catalogue

MAY_2025 = 1_747_000_000
ITEMS = [
    ("tent", "Fjell Dome Tent, Green", ("Camping", "Tents"), 129.0, {"brand": "Fjell", "colour": "Green"}),
    ("bag", "Fjell Summer Sleeping Bag 2 m", ("Camping", "Sleeping Bags"), 49.5, {"brand": "Fjell", "colour": "Green"}),
    ("stove", "Brenn Gas Stove", ("Camping", "Cooking"), 30.0, {"brand": "Brenn", "compatible_with": "EN 417"}),
    ("gas", "Brenn Gas Cartridge 230 g", ("Camping", "Cooking"), 6.0, {"brand": "Brenn", "compatible_with": "EN 417"}),
    ("thing", "Brenn Wurzel", ("Camping", "Cooking"), 5.0, {"brand": "Brenn"}),
    ("tent2", "Fjell Tunnel Tent, Red", ("Camping", "Tents"), None, {"brand": "Fjell", "colour": "Red"}),
    ("stove2", "Lys Gas Stove", ("Camping", "Gas"), 20.0, {"brand": "Lys", "material": "steel"}),
    ("ball", "Lys Ball, Red", ("Play",), 2.0, {"brand": "Lys"}),
    ("ball2", "Brenn Ball, Blue", ("Play",), 3.0, {"brand": "Brenn"}),
    ("lamp", "Lys Camping Lantern", ("Camping", "Lights"), 12.0, {"brand": "Lys"}),
    ("rival", "Lys Gas Cartridge", ("Camping", "Gas"), 5.0, {"brand": "Lys", "compatible_with": "CV 300"}),
]
CATALOGUE = make_catalogue(
    [
        {"id": item, "title": title, "category": category, "price": price, "attributes": attributes}
        for item, title, category, price, attributes in ITEMS
    ]
)
ROW = {item: row for row, (item, *_) in enumerate(ITEMS)}
TYPES = {
    name: RoleType(ProductRole(*english), ProductRole(*chinese))
    for name, english, chinese in [
        ("tent", ("tent", "to sleep in"), ("帐篷", "在户外睡觉")),
        ("bag", ("sleeping bag", "to keep warm in"), ("睡袋", "夜里保暖")),
        ("stove", ("gas stove", "to cook on"), ("炉子", "做饭")),
        ("gas", ("gas cartridge", "to feed the stove with"), ("气罐", "给炉子供气")),
        ("ball", ("ball", "to throw"), ("球", "抛接")),
        ("lamp", ("lantern", "to see by"), ("营灯", "夜里照明")),
    ]
}
ROLES = Roles(TYPES.values())
BOUGHT = PastEvent("tent2", MAY_2025, "purchase")


def facts(*items: str, budget: float | None = None, **asked: Any) -> BundleFacts:
    """The facts of a bundle; by default nothing is known of who asks."""
    return facts_of(Request(**asked, rules=Rules(budget=budget)), items, CATALOGUE)
