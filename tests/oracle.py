"""Random requests on random catalogues, and all their bundles by plain enumeration.

Written from the words of `Rules` alone: nothing here calls the rules, the look-ahead or the decoder.
"""

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from itertools import combinations
from typing import Any

from hypothesis import strategies as st

from bundlesmith.constraints.rules import Rules
from bundlesmith.data.catalogue import Catalogue

from .shops import make_catalogue

EXAMPLES = int(os.environ.get("BUNDLESMITH_EXAMPLES", "120"))
"""How many random cases each property is tried on; `make check` takes fewer, `make test-thorough` many more."""


@dataclass(frozen=True)
class Case:
    """One request on one catalogue, whose item `i3` is spelt by the tokens `spellings[3]`."""

    spellings: list[tuple[int, ...]]
    cents: list[int | None]
    groups: list[tuple[str, str]]
    stock: list[int | None]
    rules: Rules
    items: tuple[str, ...]

    @cached_property
    def catalogue(self) -> Catalogue:
        prices = [None if cents is None else cents / 100 for cents in self.cents]
        rows = zip(prices, self.stock, self.groups, strict=True)
        return make_catalogue(
            [
                {"price": price, "stock": stock, "category": path(category), "attributes": {"brand": brand}}
                for price, stock, (category, brand) in rows
            ]
        )

    @cached_property
    def chosen(self) -> list[int]:
        return [int(item[1:]) for item in self.items]

    @cached_property
    def writable(self) -> list[int]:
        """The items that may be written at all, each taken alone."""
        return [row for row in range(len(self.spellings)) if row not in self.chosen and self._may_be_written(row)]

    def _may_be_written(self, row: int) -> bool:
        rules, item = self.rules, f"i{row}"
        return (
            item not in rules.excluded
            and item not in rules.owned
            and (rules.allowed is None or item in rules.allowed)
            and not (rules.in_stock and self.stock[row] == 0)
            and not (rules.budget is not None and self.cents[row] is None)
            and self._is_in_price_range(self.cents[row])
        )

    def is_bundle(self, rows: Sequence[int]) -> bool:
        """Whether these items, the chosen ones first, are a whole bundle; it holds more than what was chosen."""
        chosen, written = rows[: len(self.chosen)], rows[len(self.chosen) :]
        return (
            list(chosen) == self.chosen
            and len(written) >= 1
            and len(set(rows)) == len(rows)
            and set(written) <= set(self.writable)
            and self.rules.min_items <= len(rows) <= self.rules.max_items
            and self._is_affordable(rows)
            and self._fills_slots(rows, self.rules.slots)
            and self._keeps_cap(rows, 0, self.rules.per_category)
            and self._keeps_cap(rows, 1, self.rules.per_brand)
        )

    def _is_in_price_range(self, cents: int | None) -> bool:
        least, most = self.rules.min_price, self.rules.max_price
        if least is None and most is None:
            return True
        if cents is None:
            return False
        price = Decimal(cents) / 100
        return (least is None or price >= Decimal(str(least))) and (most is None or price <= Decimal(str(most)))

    def _fills_slots(self, rows: Sequence[int], slots: Sequence[str]) -> bool:
        """Whether each slot can have an item of its own, by Hall's theorem: no slots want more items than fit any."""
        names = sorted(set(slots))
        return all(
            sum(map(slots.count, some)) <= sum(not set(some).isdisjoint(path(self.groups[row][0])) for row in rows)
            for size in range(1, len(names) + 1)
            for some in combinations(names, size)
        )

    def _keeps_cap(self, rows: Sequence[int], group: int, cap: int | None) -> bool:
        """Items without a category or brand are not counted."""
        named = [self.groups[row][group] for row in rows if self.groups[row][group]]
        return cap is None or all(named.count(name) <= cap for name in named)

    def _is_affordable(self, rows: Sequence[int]) -> bool:
        """Chosen items without a price count as free: nothing is known to add."""
        total = sum(Decimal(self.cents[row] or 0) for row in rows) / 100
        return self.rules.budget is None or total <= Decimal(str(self.rules.budget))

    def bundles(self) -> Iterator[tuple[int, ...]]:
        """Every bundle, once, in one of its orders."""
        for size in range(1, self.rules.max_items - len(self.chosen) + 1):
            for written in combinations(self.writable, size):
                if self.is_bundle((*self.chosen, *written)):
                    yield (*self.chosen, *written)


def path(category: str) -> tuple[str, ...]:
    """The path of a category: "a" and "b" lie in "all", "" is none."""
    return ("all", category) if category else ()


spellings = st.lists(
    st.lists(st.integers(10, 12), min_size=1, max_size=4).map(tuple), min_size=1, max_size=12, unique=True
)
prices = st.none() | st.integers(0, 900) | st.sampled_from([100, 200])
stocks = st.sampled_from([None, None, 0, 1, 3])
groups = st.tuples(st.sampled_from(["a", "b", "c", ""]), st.sampled_from(["x", "y", "z", ""]))
budgets = st.none() | st.integers(1, 3000).map(lambda cents: cents / 100) | st.floats(0.01, 30)


def rarely(values: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """None in two of three cases: with all rules on at once there is hardly ever a bundle."""
    return st.none() | st.none() | values


@st.composite
def cases(draw: st.DrawFn) -> Case:
    """Random requests; about half of them have a bundle."""
    texts = draw(spellings)
    n = len(texts)
    ids = [f"i{row}" for row in range(n)]
    some: Any = st.lists(st.sampled_from(ids), max_size=3, unique=True).map(tuple)
    most: Any = st.none() | st.lists(st.sampled_from(ids), max_size=n, unique=True).map(tuple)
    least = draw(st.integers(1, 4))
    columns = [draw(st.lists(column, min_size=n, max_size=n)) for column in (prices, groups, stocks)]
    there = {name for category, _ in columns[1] for name in path(category)}
    cheapest = draw(rarely(st.integers(0, 300)))
    slots = st.just([]) | st.lists(st.sampled_from(sorted(there)), max_size=8) if there else st.just([])
    rules = Rules(
        min_items=least,
        max_items=draw(st.integers(least, 9)),
        budget=draw(budgets),
        in_stock=draw(st.booleans()),
        excluded=draw(some),
        owned=draw(some),
        allowed=draw(most),
        min_price=None if cheapest is None else cheapest / 100,
        max_price=draw(st.none() | st.integers(cheapest or 0, 1000).map(lambda cents: cents / 100)),
        slots=tuple(draw(slots)),
        per_category=draw(rarely(st.integers(1, 3))),
        per_brand=draw(rarely(st.integers(1, 3))),
    )
    return Case(texts, *columns, rules, draw(st.just(()) | some))
