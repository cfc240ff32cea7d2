"""The cheapest way to complete a bundle without caps: slots filled, enough items. Exact.

Sets of items that fill the open slots, and some more, are the bases of a matroid (the elongation of a transversal
matroid; Oxley, Matroid Theory, 2011, 1.6 and 2.4), so greed finds the cheapest. Only a pool of candidates is looked at
that is sure to hold it. With caps see `bundlesmith.capped`.
"""

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

INFINITE = 2**62


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

    @property
    def any(self) -> bool:
        """Whether there is one."""
        return self.category is not None or self.brand is not None


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a bundle: its items, what they cost, and the slots (as bits) that each may fill, in ascending order."""

    items: tuple[Candidate, ...] = ()
    cents: int = 0
    fills: tuple[int, ...] = ()

    @property
    def size(self) -> int:
        """How many items it has."""
        return len(self.items)

    def plus(self, item: Candidate) -> "Part":
        """The part with one more item."""
        fills = tuple(sorted((*self.fills, item.slots))) if item.slots else self.fills
        return Part((*self.items, item), self.cents + item.cents, fills)

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
class Completer:
    """Finds the cheapest rest, where there are no caps.

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
        found = self._cheapest(part.fills, usable, count - missing)
        return found if found is not None and found[0] < below else None

    def missing(self, part: Part) -> int:
        """How many slots the items of a part leave open."""
        return self.slots - most_filled(part.fills)

    def _cheapest(self, fills: tuple[int, ...], usable: Sequence[Candidate], free: int) -> Way | None:
        """The cheapest items that fill the slots which items of *fills* leave open, and *free* others."""
        filled, chosen = most_filled(fills), list[Candidate]()
        spent = set[int]()  # slots that items can fill, of which none would be one more
        for item in usable:
            if filled == self.slots and not free:
                break
            if item.slots and item.slots not in spent and most_filled(tuple(sorted((*fills, item.slots)))) > filled:
                fills, filled = tuple(sorted((*fills, item.slots))), filled + 1
                chosen.append(item)
                continue
            spent.add(item.slots)
            if free:
                free -= 1
                chosen.append(item)
        if filled < self.slots or free:
            return None
        return sum(item.cents for item in chosen), tuple(chosen)


class Pool:
    """Candidates enough that a cheapest rest is among them, whatever other *most* - 1 items are in the bundle.

    They are added in the order of price. Then one is needed only if the others may block all that are cheaper: they are
    at most *most* - 1, so they use up as many items of its category and brand together, and exhaust as many categories
    and brands. Hence *most* of each pair of category and brand do, as do pairs with *most* different brands of a
    category, or categories of a brand; and after 2 *most* pairs that share neither, at least one is free whatever is
    taken.

    Attributes:
        items: those that may be needed.
        enough: whether no more are.
        full_categories, full_brands: of which no more are.
    """

    def __init__(self, most: int, caps: Caps) -> None:
        self.items: list[Candidate] = []
        self.enough = False
        self.full_categories, self.full_brands = set[int](), set[int]()
        self._most, self._caps = most, caps
        self._pairs: Counter[tuple[int, int]] = Counter()
        self._brands_of: dict[int, set[int]] = defaultdict(set)
        self._categories_of: dict[int, set[int]] = defaultdict(set)
        self._apart: set[tuple[str, int]] = set()

    def add(self, item: Candidate) -> None:
        """Keep an item if it may be needed; none is cheaper than those before."""
        category = _group(self._caps.category, item.category, item)
        brand = _group(self._caps.brand, item.brand, item)
        if category in self.full_categories or brand in self.full_brands or self._pairs[category, brand] >= self._most:
            return
        self.items.append(item)
        self._pairs[category, brand] += 1
        for group, other, met, full in (
            (category, brand, self._brands_of, self.full_categories),
            (brand, category, self._categories_of, self.full_brands),
        ):
            met[group].add(other)
            if len(met[group]) > self._most:
                full.add(group)
        if ("c", category) not in self._apart and ("b", brand) not in self._apart:
            self._apart |= {("c", category), ("b", brand)}
        self.enough = len(self._apart) >= 4 * self._most


def _group(cap: int | None, group: int, item: Candidate) -> int:
    """The group that a cap counts; a number of its own for an item that no cap counts."""
    return group if cap is not None and group >= 0 else -1 - item.position


def merged(pools: Sequence[Sequence[Candidate]]) -> tuple[Candidate, ...]:
    """Pools as one, the cheapest first, each item once."""
    items = {item.position: item for pool in pools for item in pool}
    return tuple(sorted(items.values(), key=lambda item: (item.cents, item.position)))
