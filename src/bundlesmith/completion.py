"""The cheapest way to complete a bundle: slots filled, caps kept, enough items. Exact.

Knows nothing about tokens, and little of the catalogue: only a pool of candidates that is sure to hold the best way.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import lru_cache

import numpy as np

INFINITE = 2**62


@dataclass(frozen=True, slots=True)
class Candidate:
    """An item that may complete a bundle: its place in the order, price, the slots that it can fill (bits), groups."""

    position: int
    cents: int
    slots: int
    category: int
    brand: int


@dataclass(frozen=True, slots=True)
class Caps:
    """The most items of one category and of one brand; None: any number. Items without a group (-1) don't count."""

    category: int | None = None
    brand: int | None = None

    def allow(self, item: Candidate, categories: Counter[int], brands: Counter[int]) -> bool:
        """Whether one more item may be added to the counts."""
        if self.category is not None and item.category >= 0 and categories[item.category] >= self.category:
            return False
        return self.brand is None or item.brand < 0 or brands[item.brand] < self.brand


@dataclass(slots=True)
class Part:
    """A part of a bundle: which slots it may fill, in every way that matters; and how often it has each group."""

    filled: frozenset[int] = frozenset((0,))
    categories: Counter[int] = field(default_factory=Counter)
    brands: Counter[int] = field(default_factory=Counter)
    size: int = 0
    cents: int = 0

    def plus(self, item: Candidate) -> "Part":
        """The part with one more item."""
        return Part(
            fill(self.filled, item.slots),
            _counted(self.categories, item.category),
            _counted(self.brands, item.brand),
            self.size + 1,
            self.cents + item.cents,
        )


def _counted(counts: Counter[int], group: int) -> Counter[int]:
    """The counts with one more of a group; the same, shared, if the item has none."""
    if group < 0:
        return counts
    more = counts.copy()
    more[group] += 1
    return more


@lru_cache(4096)
def fill(filled: frozenset[int], slots: int) -> frozenset[int]:
    """All sets of slots (as bits) that may be filled after an item that can fill any one of *slots*."""
    if not slots:
        return filled
    bits = [1 << bit for bit in range(slots.bit_length()) if slots >> bit & 1]
    more = {before | bit for before in filled for bit in bits} | filled
    return frozenset(way for way in more if not any(way != other and way & other == way for other in more))


@dataclass(frozen=True, slots=True)
class Completer:
    """Finds the cheapest rest.

    Attributes:
        pool: candidates, the cheapest first; see `make_pool`.
        all_slots: the bits of all slots.
        least, most: the size range of the whole bundle.
    """

    pool: tuple[Candidate, ...]
    all_slots: int
    least: int
    most: int
    caps: Caps

    def rest(self, part: Part, without: frozenset[int], below: int) -> tuple[int, tuple[Candidate, ...]] | None:
        """The cheapest items that complete *part*, if they cost less than *below*.

        Args:
            part: what is taken.
            without: positions that may not be used.
            below: cents.

        Returns:
            cost in cents and the items; None if there are none.
        """
        best: tuple[int, tuple[Candidate, ...]] | None = None
        usable = [item for item in self.pool if item.position not in without]
        for filled in part.filled:
            open_slots = [1 << bit for bit in range(self.all_slots.bit_length()) if not filled >> bit & 1]
            free = max(self.least - part.size - len(open_slots), 0)
            if part.size + len(open_slots) > self.most:
                continue
            for cost, items in self._ways(part, usable, open_slots, free, 0, below):
                if cost < below:
                    best, below = (cost, items), cost
        return best

    def _ways(
        self, part: Part, usable: list[Candidate], open_slots: list[int], free: int, cost: int, below: int
    ) -> Iterator[tuple[int, tuple[Candidate, ...]]]:
        """Ways to fill the slots one by one, and then the free places; each cheaper than those before."""
        if not open_slots:
            found = self._fill_free(part, usable, free)
            if found is not None and cost + found[0] < below:
                yield cost + found[0], found[1]
            return
        for item in usable:
            if cost + item.cents >= below:
                return
            if item.slots & open_slots[0] and self.caps.allow(item, part.categories, part.brands):
                others = [other for other in usable if other is not item]
                for total, items in self._ways(part.plus(item), others, open_slots[1:], free, cost + item.cents, below):
                    below = total
                    yield total, (item, *items)

    def _fill_free(self, part: Part, usable: list[Candidate], free: int) -> tuple[int, tuple[Candidate, ...]] | None:
        """The *free* cheapest items within the caps. One kind of cap is a matroid: greed is exact."""
        if free and self.caps.category is not None and self.caps.brand is not None:
            return self._fill_by_flow(part, usable, free)
        chosen: list[Candidate] = []
        categories, brands = part.categories.copy(), part.brands.copy()
        for item in usable:
            if len(chosen) == free:
                break
            if self.caps.allow(item, categories, brands):
                chosen.append(item)
                categories[item.category] += 1
                brands[item.brand] += 1
        return (sum(item.cents for item in chosen), tuple(chosen)) if len(chosen) == free else None

    def _fill_by_flow(self, part: Part, usable: list[Candidate], free: int) -> tuple[int, tuple[Candidate, ...]] | None:
        """Both kinds of cap: a flow from categories to brands, whose linear programme has whole solutions."""
        from scipy.optimize import linprog

        assert self.caps.category is not None and self.caps.brand is not None
        rows: list[list[bool]] = []
        bounds: list[int] = []
        for group in {item.category for item in usable if item.category >= 0}:
            rows.append([item.category == group for item in usable])
            bounds.append(max(self.caps.category - part.categories[group], 0))
        for group in {item.brand for item in usable if item.brand >= 0}:
            rows.append([item.brand == group for item in usable])
            bounds.append(max(self.caps.brand - part.brands[group], 0))
        if len(usable) < free:
            return None
        solved = linprog(
            [item.cents for item in usable],
            A_ub=np.array(rows, float) if rows else None,
            b_ub=bounds or None,
            A_eq=np.ones((1, len(usable))),
            b_eq=[free],
            bounds=(0, 1),
            method="highs-ds",
        )
        if solved.status != 0:
            return None
        chosen = tuple(item for item, share in zip(usable, solved.x, strict=True) if share > 0.5)
        return sum(item.cents for item in chosen), chosen


def make_pool(ordered: Iterator[Candidate], most: int, caps: Caps) -> list[Candidate]:
    """Candidates enough that a cheapest rest is among them, whatever other *most* - 1 items are in the bundle.

    Of items in the order of price, one is needed only if the others may block all that are cheaper: they are at most
    *most* - 1, so they use up as many items of its category and brand together, and exhaust as many categories and
    brands. Hence *most* of each pair of category and brand do, as do pairs with *most* different brands of a category,
    or categories of a brand; and after 2 *most* pairs that share neither, at least one is free whatever is taken.
    """
    pool: list[Candidate] = []
    pairs: Counter[tuple[int, int]] = Counter()
    brands_of: dict[int, set[int]] = defaultdict(set)
    categories_of: dict[int, set[int]] = defaultdict(set)
    apart: set[tuple[str, int]] = set()
    for item in ordered:
        category, brand = _group(caps.category, item.category, item), _group(caps.brand, item.brand, item)
        if pairs[category, brand] >= most or len(brands_of[category]) > most or len(categories_of[brand]) > most:
            continue
        pool.append(item)
        pairs[category, brand] += 1
        brands_of[category].add(brand)
        categories_of[brand].add(category)
        if ("c", category) not in apart and ("b", brand) not in apart:
            apart |= {("c", category), ("b", brand)}
        if len(apart) >= 4 * most:
            break
    return pool


def _group(cap: int | None, group: int, item: Candidate) -> int:
    """The group that a cap counts; a number of its own for an item that no cap counts."""
    return group if cap is not None and group >= 0 else -1 - item.position


def merged(pools: Sequence[Sequence[Candidate]]) -> tuple[Candidate, ...]:
    """Pools as one, the cheapest first, each item once."""
    items = {item.position: item for pool in pools for item in pool}
    return tuple(sorted(items.values(), key=lambda item: (item.cents, item.position)))
