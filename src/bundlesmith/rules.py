"""What a bundle must obey, as a request states it, checked against a catalogue.

Knows nothing about tokens or models. `bundlesmith.lookahead` turns rules into the items that may come next.
"""

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from bundlesmith.catalogue import Catalogue
from bundlesmith.errors import BundlesmithError


@dataclass(frozen=True, slots=True)
class Rules:
    """The rules of one request.

    Attributes:
        min_items, max_items: the size of the whole bundle, items already chosen included.
        budget: the most that the whole bundle may cost, in units of the currency; None: no limit. With a
            budget, items without a price are left out.
        in_stock: whether every written item must be in stock.
        excluded: ids that must not be written.
        owned: ids that the customer has already; not written either, and named apart so that a conflict says so.
        allowed: the only ids that may be written; None: the whole catalogue.
    """

    min_items: int = 2
    max_items: int = 5
    budget: float | None = None
    in_stock: bool = True
    excluded: tuple[str, ...] = ()
    owned: tuple[str, ...] = ()
    allowed: tuple[str, ...] | None = None

    def __post_init__(self) -> None:
        if not 1 <= self.min_items <= self.max_items:
            raise BundlesmithError(
                f"The size {self.min_items}:{self.max_items} is not a range.",
                'Write it as "2:5": the smallest number first, at least 1.',
            )
        if self.budget is not None and not 0 < self.budget < float("inf"):
            raise BundlesmithError(f"The budget is {self.budget:.12g}.", "Give an amount above 0.")


def parse_size(text: str) -> tuple[int, int]:
    """Read "2:5" (or "3", for exactly three) as the smallest and the largest size.

    Raises:
        BundlesmithError: if the text is neither.
    """
    match = re.fullmatch(r"(\d{1,4})(?::(\d{1,4}))?", text.strip())
    if not match:
        raise BundlesmithError(f'The size "{text}" is not a range.', 'Write it as "2:5" or as "3".')
    return int(match[1]), int(match[2] or match[1])


@dataclass(frozen=True, slots=True, eq=False)
class Limits:
    """Rules as arrays over the items in some order (rows of a catalogue, or leaves of a trie).

    Attributes:
        open: bool [N]; items that may be written at all.
        cents: int64 [N]; prices; 0 where the price is not known (such items are not open under a budget).
        budget: int, cents; None: no limit.
    """

    open: NDArray[np.bool_]
    cents: NDArray[np.int64]
    min_items: int
    max_items: int
    budget: int | None

    def in_order(self, rows: NDArray[np.int32]) -> "Limits":
        """The same limits with the items in another order: position i holds what was at `rows[i]`."""
        return replace(self, open=self.open[rows], cents=self.cents[rows])


def limits(rules: Rules, catalogue: Catalogue) -> Limits:
    """Turn rules into arrays over the catalogue's rows.

    Raises:
        BundlesmithError: if a rule names an item that the catalogue doesn't have.
    """
    open_rows = np.ones(len(catalogue), np.bool_)
    if rules.allowed is not None:
        open_rows[:] = False
        open_rows[_rows(rules.allowed, catalogue)] = True
    open_rows[_rows((*rules.excluded, *rules.owned), catalogue)] = False
    if rules.in_stock:
        open_rows &= catalogue.stock != 0
    if rules.budget is not None:
        open_rows &= catalogue.cents >= 0
    # A float such as 29.99 may lie just below its cents; anything else below a cent doesn't buy one.
    budget = None if rules.budget is None else math.floor(rules.budget * 100 + 1e-6)
    return Limits(open_rows, np.maximum(catalogue.cents, 0), rules.min_items, rules.max_items, budget)


def _rows(item_ids: Sequence[str], catalogue: Catalogue) -> list[int]:
    return [catalogue.row(item) for item in item_ids]
