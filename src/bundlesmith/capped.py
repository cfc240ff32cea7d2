"""What the rest of a bundle costs after each item that may come next, where a category or a brand has a cap. Exact.

A bundle is a flow: from each slot, and from a node for what fills none, through kinds of items (their category, and so
the slots that they can fill), items and brands. Caps are capacities of kinds and brands, prices are costs. One flow of
least cost is found; what one more item would change follows from the shortest ways in what is left of the capacities
(Ahuja, Magnanti and Orlin, Network Flows, 1993, 9 and 11). So the work for a step is one linear programme, whatever
the number of items.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from bundlesmith.completion import Candidate, Completer, Part

Kind = tuple[int, int]
"""A category (-1: one that no cap counts) and the slots that its items can fill."""
Costs = NDArray[np.float64]
STEP = 2.0**20
"""A cent, in the lengths of ways: each arc is one more, so that none is 0; no way has so many arcs."""


@dataclass(frozen=True, slots=True, eq=False)
class Groups:
    """The kinds and brands of some items.

    Attributes:
        kinds, brands: the distinct ones.
        kind, brand: [items], which of them each is of.
    """

    kinds: tuple[Kind, ...]
    brands: tuple[int, ...]
    kind: NDArray[np.int64]
    brand: NDArray[np.int64]

    @classmethod
    def of(cls, categories: NDArray[np.int32], slots: NDArray[np.int64], brands: NDArray[np.int32]) -> Self:
        """Those of items with these categories, slots (as bits) and brands; -1 for what no cap counts."""
        wide = int(categories.max(initial=-1)) + 2
        masks, mask = np.unique(slots, return_inverse=True)
        keys, kind = np.unique(mask * wide + categories + 1, return_inverse=True)
        names, brand = np.unique(brands, return_inverse=True)
        kinds = tuple((key % wide - 1, int(masks[key // wide])) for key in keys.tolist())
        return cls(kinds, tuple(names.tolist()), kind, brand)


@dataclass(frozen=True, slots=True, eq=False)
class Rests:
    """What the cheapest rest costs after an item of a kind and brand.

    Attributes:
        kinds, brands: the rows and columns; -1 stands for categories and brands that no cap is near to.
        costs: in cents, [kinds, brands], as if the item weren't in the rest already; infinite where there is no rest.
        least: what the cheapest rest costs before any.
    """

    kinds: dict[Kind, int]
    brands: dict[int, int]
    costs: Costs
    least: float

    def whole(self, cents: NDArray[np.int64], groups: Groups) -> Costs:
        """What each of some items costs together with its cheapest rest: [items].

        No item makes it cheaper than the cheapest rest is; one that is in that rest leaves it as it is.
        """
        kinds = np.array([self.kinds.get(kind, self.kinds[-1, kind[1]]) for kind in groups.kinds], np.int64)
        brands = np.array([self.brands.get(brand, self.brands[-1]) for brand in groups.brands], np.int64)
        whole: Costs = np.maximum(cents + self.costs[kinds[groups.kind], brands[groups.brand]], self.least)
        return whole


def rests(completer: Completer, part: Part, slots: Sequence[int]) -> Rests:
    """What the cheapest rest costs after each item that may come next.

    Args:
        completer: with its pool and caps.
        part: what is taken, within the caps.
        slots: all that some item can fill, as bits.
    """
    network = Network(completer, part, slots)
    if (used := network.cheapest()) is None:
        nowhere = np.full((len(network.kinds), len(network.brands)), np.inf)
        return Rests(network.kinds, network.brands, nowhere, np.inf)
    least = network.cost_of(used)
    return Rests(network.kinds, network.brands, least + network.ways(used), least)


class Network:
    """The flows that are bundles with a part in them.

    Its nodes are the slots, then one for what fills none; two a kind, before and after its capacity; the brands; the
    end.
    """

    def __init__(self, completer: Completer, part: Part, slots: Sequence[int]) -> None:
        self.caps, self.slots, self.taken = completer.caps, completer.slots, part.items
        gone = {item.position for item in part.items}
        pool = [item for item in completer.pool if item.position not in gone]
        self.size = max(completer.least, part.size + completer.missing(part))
        self.more = self.size < completer.most
        self.fits = self.size <= completer.most
        self.items = [*part.items, *_cheapest_of_each(pool, self.size)]
        self.kinds: dict[Kind, int] = {}
        for kind in (*((-1, bits) for bits in (0, *slots)), *map(self._kind, self.items)):
            self.kinds.setdefault(kind, len(self.kinds))
        self.brands: dict[int, int] = {-1: 0}
        for item in self.items:
            self.brands.setdefault(self._brand(item), len(self.brands))
        self.kind = np.array([self.kinds[self._kind(item)] for item in self.items], np.int64)
        self.brand = np.array([self.brands[self._brand(item)] for item in self.items], np.int64)
        self.cents = np.array([0.0] * len(self.taken) + [float(item.cents) for item in self.items[len(self.taken) :]])
        self.most_of_kind = _capacities(self.kinds, self.caps.category, lambda kind: kind[0] >= 0)
        self.most_of_brand = _capacities(self.brands, self.caps.brand, lambda brand: brand >= 0)
        ways = [(bit, at) for (_, bits), at in self.kinds.items() for bit in range(self.slots) if bits >> bit & 1]
        self.ways_in = np.array([*ways, *((self.slots, at) for at in self.kinds.values())], np.int64).T

    def _kind(self, item: Candidate) -> Kind:
        return (item.category if self.caps.category is not None else -1), item.slots

    def _brand(self, item: Candidate) -> int:
        return item.brand if self.caps.brand is not None else -1

    def cheapest(self) -> NDArray[np.float64] | None:
        """The flow of least cost: how much goes from slots into kinds, then how much of each item; None if none is.

        A linear programme of a network, whose corners are whole numbers.
        """
        from scipy.optimize import linprog

        if not self.fits:
            return None
        into, n = self.ways_in.shape[1], len(self.items)
        ones, items = np.ones(into), np.arange(n)
        from_slots = sparse.csr_matrix((ones, (self.ways_in[0], np.arange(into))), (self.slots + 1, into + n))
        into_kinds = sparse.csr_matrix((ones, (self.ways_in[1], np.arange(into))), (len(self.kinds), into + n))
        of_kinds, of_brands = (
            sparse.csr_matrix((np.ones(n), (number, into + items)), (len(numbers), into + n))
            for number, numbers in ((self.kind, self.kinds), (self.brand, self.brands))
        )
        capped = np.concatenate([self.most_of_kind, self.most_of_brand])
        finite = np.flatnonzero(np.isfinite(capped))
        least = np.array([0.0] * into + [1.0] * len(self.taken) + [0.0] * (n - len(self.taken)))
        most = np.array([float(self.size)] * into + [1.0] * n)
        solved = linprog(
            np.concatenate([np.zeros(into), self.cents]),
            A_ub=sparse.vstack([of_kinds, of_brands]).tocsr()[finite] if len(finite) else None,
            b_ub=capped[finite] if len(finite) else None,
            A_eq=sparse.vstack([from_slots, into_kinds - of_kinds]),
            b_eq=[*[1.0] * self.slots, float(self.size - self.slots), *[0.0] * len(self.kinds)],
            bounds=np.stack([least, most], 1),
            method="highs-ds",
        )
        return np.rint(solved.x) if solved.status == 0 else None

    def cost_of(self, used: NDArray[np.float64]) -> float:
        """What the items of a flow cost that aren't taken."""
        return float(self.cents @ used[self.ways_in.shape[1] :])

    def ways(self, used: NDArray[np.float64]) -> Costs:
        """How much more a flow costs if one more item goes through it, for nothing: [kinds, brands]; below 0 if less.

        The item goes from its kind to its brand, so a shortest way leads back, from there to where it comes from.
        """
        from scipy.sparse.csgraph import johnson

        kinds, brands = len(self.kinds), len(self.brands)
        before = self.slots + 1 + np.arange(kinds)
        after, end = before + kinds, self.slots + 1 + 2 * kinds + brands
        of_brand = end - brands + np.arange(brands)
        into, flow = used[: self.ways_in.shape[1]], used[self.ways_in.shape[1] :]
        through, out = np.bincount(self.kind, flow, kinds), np.bincount(self.brand, flow, brands)
        fresh = np.arange(len(flow)) >= len(self.taken)
        arcs = [
            (self.ways_in[0], before[self.ways_in[1]], 0, np.ones(len(into), np.bool_)),
            (before[self.ways_in[1]], self.ways_in[0], 0, into > 0),
            (before, after, 0, through < self.most_of_kind),
            (after, before, 0, through > 0),
            (after[self.kind], of_brand[self.brand], self.cents, flow == 0),
            (of_brand[self.brand], after[self.kind], -self.cents, (flow > 0) & fresh),
            (of_brand, np.full(brands, end), 0, out < self.most_of_brand),
            (np.full(brands, end), of_brand, 0, out > 0),
            (np.array([end]), np.array([self.slots]), 0, np.array([self.more])),
        ]
        graph = _graph(arcs, end + 1)
        found = johnson(graph, indices=of_brand)[:, after]
        ways: Costs = np.round(found.T / STEP)
        return ways


def _capacities(numbers: Iterable[Any], cap: int | None, counted: Callable[[Any], bool]) -> Costs:
    most: Costs = np.array([cap if cap is not None and counted(each) else np.inf for each in numbers], np.float64)
    return most


def _graph(arcs: Sequence[tuple[Any, Any, Any, NDArray[np.bool_]]], nodes: int) -> Any:
    """The arcs that are open, each given as from, to, cents and whether it is; of several between two the shortest."""
    parts = [np.stack(np.broadcast_arrays(start, to, cents))[:, is_open] for start, to, cents, is_open in arcs]
    start, to, cents = np.concatenate(parts, 1)
    order = np.lexsort((cents, to, start))
    first = np.append(True, np.diff(start[order]) + np.diff(to[order]) * nodes != 0) if len(order) else order
    kept = order[first]
    lengths = cents[kept] * STEP + 1
    return sparse.csr_matrix((lengths, (start[kept].astype(int), to[kept].astype(int))), (nodes, nodes))


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
