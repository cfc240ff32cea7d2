"""The cheapest way to complete a bundle: slots filled, caps kept, enough items. Exact.

Without caps greed is exact: sets of items that fill the open slots, and some more, are the bases of a matroid (the
elongation of a transversal matroid; Oxley, Matroid Theory, 2011, 2.4). With caps of one kind and no open slot they are,
too; caps of both kinds make it a flow; and slots beside caps an integer programme. Only a pool of candidates is looked
at that is sure to hold the best way.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from bundlesmith.errors import BundlesmithError

INFINITE = 2**62
SECONDS = 2.0
"""An integer programme that takes longer isn't decided."""
TIME_LIMIT = 1
"""What HiGHS calls that."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """An item that may complete a bundle: its place in the order, price, the slots that it can fill (bits), groups."""

    position: int
    cents: int
    slots: int
    category: int
    brand: int


Way = tuple[int, tuple[Candidate, ...]]
"""What some items cost, in cents, and the items."""


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
    """A part of a bundle: the slots (as bits) that each of its items may fill, and how often it has each group."""

    fills: tuple[int, ...] = ()
    categories: Counter[int] = field(default_factory=Counter)
    brands: Counter[int] = field(default_factory=Counter)
    size: int = 0
    cents: int = 0

    def plus(self, item: Candidate) -> "Part":
        """The part with one more item."""
        return Part(
            tuple(sorted((*self.fills, item.slots))) if item.slots else self.fills,
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
def most_filled(fills: tuple[int, ...]) -> int:
    """How many slots can be filled at once by items of which each may fill one of some slots, given as bits.

    A largest matching, grown by augmenting paths (Kuhn, Naval Research Logistics 2, 1955).
    """
    filled_by: dict[int, int] = {}

    def fill(item: int, seen: set[int]) -> bool:
        for bit in range(fills[item].bit_length()):
            if fills[item] >> bit & 1 and bit not in seen:
                seen.add(bit)
                if bit not in filled_by or fill(filled_by[bit], seen):
                    filled_by[bit] = item
                    return True
        return False

    return sum(fill(item, set()) for item in range(len(fills)))


@dataclass(frozen=True, slots=True)
class Completer:
    """Finds the cheapest rest.

    Attributes:
        pool: candidates, the cheapest first; see `make_pool`.
        slots: how many there are.
        least, most: the size range of the whole bundle.
    """

    pool: tuple[Candidate, ...]
    slots: int
    least: int
    most: int
    caps: Caps

    def rest(self, part: Part, without: frozenset[int], below: int) -> Way | None:
        """The cheapest items that complete *part*, if they cost less than *below*.

        Args:
            part: what is taken.
            without: positions that may not be used.
            below: cents.

        Returns:
            cost in cents and the items; None if there are none.
        """
        missing = self.missing(part)
        if part.size + missing > self.most:
            return None
        usable = [item for item in self.pool if item.position not in without]
        count = max(missing, self.least - part.size, 0)
        if len(usable) < count:
            return None
        if missing and (self.caps.category is not None or self.caps.brand is not None):
            found = self._fill_by_programme(part, usable, count)
        elif missing:
            found = self._fill_by_greed(part, usable, count - missing)
        else:
            found = self._fill_free(part, usable, count)
        return found if found is not None and found[0] < below else None

    def missing(self, part: Part) -> int:
        """How many slots the items of a part leave open."""
        return self.slots - most_filled(part.fills)

    def _fill_by_greed(self, part: Part, usable: list[Candidate], free: int) -> Way | None:
        """The cheapest items that fill the open slots, and *free* others, where there are no caps."""
        fills, filled, chosen = part.fills, most_filled(part.fills), list[Candidate]()
        spent = set[int]()  # slots that items can fill, of which none would be one more
        for item in usable:
            if filled == self.slots and not free:
                break
            if item.slots and item.slots not in spent and most_filled((*fills, item.slots)) > filled:
                fills, filled = (*fills, item.slots), filled + 1
            elif free:
                free -= 1
                spent.add(item.slots)
            else:
                spent.add(item.slots)
                continue
            chosen.append(item)
        return _way(chosen) if filled == self.slots and not free else None

    def _fill_by_programme(self, part: Part, usable: list[Candidate], count: int) -> Way | None:
        """The cheapest *count* items that fill the open slots within the caps.

        A variable for each item says whether it is used; others, how many items of each group of slots fill which slot,
        among them those that the part has. Given the first, the others are a flow: they are whole by themselves.

        Raises:
            BundlesmithError: if it isn't solved within SECONDS.
        """
        from scipy.optimize import Bounds, LinearConstraint, milp

        usable = _cheapest_of_each(usable, count)
        groups = sorted({item.slots for item in usable if item.slots} | set(part.fills))
        pairs = [(at, bit) for at, bits in enumerate(groups) for bit in range(self.slots) if bits >> bit & 1]
        n, rows, low, high = len(usable), list[NDArray[np.float64]](), list[float](), list[float]()

        def limit(items: Iterable[int], assigned: Iterable[int], weight: float, least: float, most: float) -> None:
            row = np.zeros(n + len(pairs))
            row[list(items)], row[[n + at for at in assigned]] = weight, 1
            rows.append(row)
            low.append(least)
            high.append(most)

        limit(range(n), (), 1, count, count)
        for bit in range(self.slots):
            limit((), [at for at, pair in enumerate(pairs) if pair[1] == bit], 0, 1, 1)
        for at, bits in enumerate(groups):
            of_group = [place for place, item in enumerate(usable) if item.slots == bits]
            assigned = [place for place, pair in enumerate(pairs) if pair[0] == at]
            limit(of_group, assigned, -1, -np.inf, part.fills.count(bits))
        for cap, counts, of in (
            (self.caps.category, part.categories, [item.category for item in usable]),
            (self.caps.brand, part.brands, [item.brand for item in usable]),
        ):
            for group in set(of) - {-1} if cap is not None else ():
                assert cap is not None
                limit([at for at, each in enumerate(of) if each == group], (), 1, -np.inf, max(cap - counts[group], 0))
        solved = milp(
            np.array([*(float(item.cents) for item in usable), *[0.0] * len(pairs)]),
            integrality=np.array([1] * n + [0] * len(pairs)),
            bounds=Bounds(0, np.array([1.0] * n + [float(self.slots)] * len(pairs))),
            constraints=LinearConstraint(np.array(rows), low, high),
            options={"time_limit": SECONDS},
        )
        if solved.status == TIME_LIMIT:
            what = f"Whether {self.slots} slots and the most of a category and of a brand fit together isn't clear"
            raise BundlesmithError(f"{what} after {SECONDS:g} s.", "Ask for fewer slots, or loosen one of the caps.")
        if solved.status:
            return None
        return _way([item for item, share in zip(usable, solved.x[:n], strict=True) if share > 0.5])

    def _fill_free(self, part: Part, usable: list[Candidate], free: int) -> Way | None:
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
        return _way(chosen) if len(chosen) == free else None

    def _fill_by_flow(self, part: Part, usable: list[Candidate], free: int) -> Way | None:
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
        return _way([item for item, share in zip(usable, solved.x, strict=True) if share > 0.5])


def _way(items: Sequence[Candidate]) -> Way:
    return sum(item.cents for item in items), tuple(items)


def _cheapest_of_each(ordered: Sequence[Candidate], most: int) -> list[Candidate]:
    """Of items that differ in nothing but their price the *most* cheapest; no more of them are needed."""
    seen: Counter[tuple[int, int, int]] = Counter()
    kept = []
    for item in ordered:
        kind = item.slots, item.category, item.brand
        if seen[kind] < most:
            kept.append(item)
            seen[kind] += 1
    return kept


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
