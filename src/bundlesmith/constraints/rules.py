"""What a bundle must obey, as a request states it.

`bundlesmith.constraints.lookahead` turns rules into the items that may come next.
"""

import math
import re
from dataclasses import dataclass

from bundlesmith.errors import BundlesmithError

LARGEST = 100
"""The most items of a bundle."""
MOST_SLOTS = 50


@dataclass(frozen=True, slots=True)
class Rules:
    """The rules of one request; all hold together.

    Attributes:
        min_items, max_items: the size of the whole bundle, items already chosen included.
        budget: the most that the whole bundle may cost, in units of the currency; None: no limit. With a budget,
            items without a price are left out.
        min_price, max_price: what one written item may cost; None: any price, or none known.
        in_stock: whether every written item must be in stock.
        excluded: ids that must not be written.
        owned: ids that the customer has already; not written either, and named apart so that a conflict says so.
        allowed: the only ids that may be written; None: the whole catalogue.
        slots: categories of which the bundle must hold an item, each an item of its own ("Tents", "Camping > Stoves";
            twice for two of them).
        per_category, per_brand: the most items of the same category path, or of the same brand; None: any number.
    """

    min_items: int = 2
    max_items: int = 5
    budget: float | None = None
    min_price: float | None = None
    max_price: float | None = None
    in_stock: bool = True
    excluded: tuple[str, ...] = ()
    owned: tuple[str, ...] = ()
    allowed: tuple[str, ...] | None = None
    slots: tuple[str, ...] = ()
    per_category: int | None = None
    per_brand: int | None = None

    def __post_init__(self) -> None:
        if not 1 <= self.min_items <= self.max_items:
            raise BundlesmithError(
                f"The size {self.min_items}:{self.max_items} is not a range.",
                'Write it as "2:5": the smallest number first, at least 1.',
            )
        if self.max_items > LARGEST:
            raise BundlesmithError(f"A bundle of {self.max_items} items is too large.", f"Ask for at most {LARGEST}.")
        if self.budget is not None and not 0 < self.budget < math.inf:
            raise BundlesmithError(f"The budget is {self.budget:.12g}.", "Give an amount above 0.")
        least, most = self.min_price or 0, math.inf if self.max_price is None else self.max_price
        if not (0 <= least <= most and least < math.inf):
            raise BundlesmithError(f"The price range {self.min_price}:{self.max_price} is empty.", "Widen it.")
        if len(self.slots) > MOST_SLOTS:
            raise BundlesmithError(f"There are {len(self.slots)} slots.", f"Give {MOST_SLOTS} at most.")
        for name in ("per_category", "per_brand"):
            if (cap := getattr(self, name)) is not None and cap < 1:
                raise BundlesmithError(f"{name} is {cap}.", "Give at least 1, or leave it out.")


def parse_size(text: str) -> tuple[int, int]:
    """Read "2:5" (or "3", for exactly three) as the smallest and the largest size.

    Raises:
        BundlesmithError: if the text is neither.
    """
    match = re.fullmatch(r"(\d{1,4})(?::(\d{1,4}))?", text.strip())
    if not match:
        raise BundlesmithError(f'The size "{text}" is not a range.', 'Write it as "2:5" or as "3".')
    return int(match[1]), int(match[2] or match[1])


def to_cents(amount: float) -> int:
    """An amount in hundredths, rounded down: a float such as 29.99 may lie just below its cents."""
    return math.floor(amount * 100 + 1e-6)
