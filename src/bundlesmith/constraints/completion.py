"""What completes a bundle: how many slots are open, and candidates that are sure to hold the cheapest rest.

See `bundlesmith.constraints.capped`.
"""

from collections import Counter, defaultdict
from collections.abc import Container, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice

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

    @property
    def any(self) -> bool:
        """Whether there is one."""
        return self.category is not None or self.brand is not None

    @property
    def both(self) -> bool:
        """Whether there are both."""
        return self.category is not None and self.brand is not None


@dataclass(frozen=True, slots=True)
class BundlePart:
    """A part of a bundle: its items, what they cost, and the slots (as bits) that each may fill, in ascending order."""

    items: tuple[Candidate, ...] = ()
    cents: int = 0
    fills: tuple[int, ...] = ()

    @property
    def size(self) -> int:
        """How many items it has."""
        return len(self.items)

    def plus(self, item: Candidate) -> "BundlePart":
        """The part with one more item."""
        fills = tuple(sorted((*self.fills, item.slots))) if item.slots else self.fills
        return BundlePart((*self.items, item), self.cents + item.cents, fills)

    def within(self, caps: Caps) -> bool:
        """Whether no category and no brand has more of its items than it may have."""
        groups = ((caps.category, [item.category for item in self.items]), (caps.brand, [i.brand for i in self.items]))
        return all(cap is None or all(n <= cap for of, n in Counter(has).items() if of >= 0) for cap, has in groups)


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
class Completion:
    """What a bundle is completed to, and by what.

    Attributes:
        pool: candidates, the cheapest first; see `Pool`.
        slots: how many there are.
        least, most: the size range of the whole bundle.
    """

    pool: tuple[Candidate, ...]
    slots: int
    least: int
    most: int
    caps: Caps

    @property
    def plain(self) -> bool:
        """Whether any items do, if only they are enough: there are neither slots nor caps."""
        return not self.slots and not self.caps.any

    def missing(self, part: BundlePart) -> int:
        """How many slots the items of a part leave open."""
        return self.slots - most_filled(part.fills)

    def cheapest(self, without: Container[int], count: int) -> list[Candidate] | None:
        """The *count* cheapest candidates but for some positions; None if there are fewer."""
        found = list(islice((item for item in self.pool if item.position not in without), count))
        return found if len(found) == count else None


class Pool:
    """Candidates enough that a cheapest rest is among them, whatever other *most* - 1 items are in the bundle.

    They are added in the order of price. Then one is needed only if the others may block all that are cheaper and could
    take its place:

    - of its category and brand: others block those that they are, and the caps allow no more of them;
    - of its category alone: besides these, a brand is blocked by as many others as its cap;
    - of its brand alone: likewise;
    - of any: each other item blocks itself, or by its category and its brand a share of what two caps allow. So among
      pairs of category and brand that share neither some stay free.

    Attributes:
        items: those that may be needed.
        enough: whether no more are.
        full_pairs, full_categories, full_brands: of which no more are.
    """

    def __init__(self, most: int, caps: Caps) -> None:
        self.items: list[Candidate] = []
        self.enough = False
        self.full_pairs, self.full_categories, self.full_brands = set[tuple[int, int]](), set[int](), set[int]()
        self.caps, others = caps, most - 1
        category, brand = caps.category or most, caps.brand or most
        self._of_pair = min(category, brand, most)
        self._of_category = 1 + min(others, category - 1 + (others // brand if caps.brand else 0))
        self._of_brand = 1 + min(others, brand - 1 + (others // category if caps.category else 0))
        shares = sum(1 / cap for cap in (caps.category, caps.brand) if cap is not None)
        self._apart_enough = 1 + int(others * max(1.0, shares) + 1e-9)
        self._pairs: Counter[tuple[int, int]] = Counter()
        self._brands_of: dict[int, set[int]] = defaultdict(set)
        self._categories_of: dict[int, set[int]] = defaultdict(set)
        self._apart_categories, self._apart_brands = set[int](), set[int]()

    def groups(self, item: Candidate) -> tuple[int, int]:
        """The category and the brand that the caps count; below 0, a number of its own for an item that none counts."""
        alone = -1 - item.position
        category = item.category if self.caps.category is not None and item.category >= 0 else alone
        brand = item.brand if self.caps.brand is not None and item.brand >= 0 else alone
        return category, brand

    def add(self, item: Candidate) -> None:
        """Keep an item if it may be needed; none is cheaper than those before."""
        category, brand = pair = self.groups(item)
        if category in self.full_categories or brand in self.full_brands or pair in self.full_pairs:
            return
        self.items.append(item)
        self._pairs[pair] += 1
        if self._pairs[pair] >= self._of_pair:
            self.full_pairs.add(pair)
        for group, other, met, most, full in (
            (category, brand, self._brands_of, self._of_category, self.full_categories),
            (brand, category, self._categories_of, self._of_brand, self.full_brands),
        ):
            met[group].add(other)
            if len(met[group]) >= most:
                full.add(group)
        if category not in self._apart_categories and brand not in self._apart_brands:
            self._apart_categories.add(category)
            self._apart_brands.add(brand)
        self.enough = len(self._apart_categories) >= self._apart_enough


def merged_pools(pools: Sequence[Sequence[Candidate]]) -> tuple[Candidate, ...]:
    """Pools as one, the cheapest first, each item once."""
    items = {item.position: item for pool in pools for item in pool}
    return tuple(sorted(items.values(), key=lambda item: (item.cents, item.position)))
