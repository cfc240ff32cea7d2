"""What the rest of a bundle costs after each item that may come next, where there are slots or caps. Exact.

A bundle is a flow: from each slot, and from a node for what fills none, through kinds of items (their category, and so
the slots that they can fill), items and brands. Caps are capacities of kinds and brands, prices are costs. The flow of
least cost is found once, when a request begins; what one more item changes is a shortest way in what is left of the
capacities, and along that way the flow of the next step is of least cost again (Ahuja, Magnanti and Orlin, Network
Flows, 1993, 9 and 11).
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from bundlesmith.constraints.completion import BundlePart, Candidate, Completion
from bundlesmith.constraints.view import Flags

KindBrand = tuple[int, int]
"""A category (-1: one that no cap counts) and the slots that its items can fill."""
Costs = NDArray[np.float64]
KindNumbers = NDArray[np.int64]
Arcs = tuple[Any, Any, Any, Any]
"""From which nodes, to which, at what cost, and the item that each is; -1 for none."""


@dataclass(frozen=True, slots=True, eq=False)
class Network:
    """The items that flows go through, and their kinds and brands.

    Attributes:
        completion: slots, sizes and caps.
        kinds, brands: numbers of the distinct ones; -1 stands for categories and brands that no cap counts.
        at: the number of each item, by position.
        kind, brand: int64 [items], which of them each is of.
        cents: [items].
        plain: int64 [kinds], the number of the kind of the same slots that no cap counts.
        ways_in: int64 [2, ways], from which slots into which kinds items can go; the last slot is for what fills none.
    """

    completion: Completion
    kinds: dict[KindBrand, int]
    brands: dict[int, int]
    at: dict[int, int]
    kind: KindNumbers
    brand: KindNumbers
    cents: Costs
    plain: KindNumbers
    ways_in: KindNumbers

    def plus(self, items: Iterable[Candidate]) -> "Network":
        """The network with these items, too."""
        if not (new := [item for item in items if item.position not in self.at]):
            return self
        kinds, brands = dict(self.kinds), dict(self.brands)
        kind = [kinds.setdefault((item.category, item.slots), len(kinds)) for item in new]
        brand = [brands.setdefault(item.brand, len(brands)) for item in new]
        return Network(
            self.completion,
            kinds,
            brands,
            self.at | {item.position: len(self.at) + number for number, item in enumerate(new)},
            np.append(self.kind, np.array(kind, np.int64)),
            np.append(self.brand, np.array(brand, np.int64)),
            np.append(self.cents, [float(item.cents) for item in new]),
            *(self.plain, self.ways_in) if len(kinds) == len(self.kinds) else _ways_in(kinds, self.completion.slots),
        )

    def most_of_kind(self) -> Costs:
        """[kinds]: how many items a bundle may have of each."""
        return _capacities((category for category, _ in self.kinds), self.completion.caps.category)

    def most_of_brand(self) -> Costs:
        """[brands]: likewise."""
        return _capacities(self.brands, self.completion.caps.brand)


def network_of(completion: Completion, slots: Sequence[int]) -> Network:
    """The network of a completion's pool.

    Args:
        completion: with its pool and caps.
        slots: all sets of slots that an item can fill, as bits.
    """
    kinds = {(-1, bits): number for number, bits in enumerate(dict.fromkeys((0, *slots)))}
    none = np.empty(0, np.int64)
    empty = Network(
        completion, kinds, {-1: 0}, {}, none, none, none.astype(np.float64), *_ways_in(kinds, completion.slots)
    )
    return empty.plus(completion.pool)


def _ways_in(kinds: dict[KindBrand, int], slots: int) -> tuple[KindNumbers, KindNumbers]:
    """`Network.plain` and `Network.ways_in`."""
    ways = [(bit, at) for (_, bits), at in kinds.items() for bit in range(slots) if bits >> bit & 1]
    ways += [(slots, at) for at in kinds.values()]
    return np.array([kinds[-1, bits] for _, bits in kinds], np.int64), np.array(ways, np.int64).T


def _capacities(groups: Iterable[int], cap: int | None) -> Costs:
    return np.array([cap if cap is not None and group >= 0 else np.inf for group in groups], np.float64)


@dataclass(frozen=True, eq=False)
class Rest:
    """A flow of least cost: the items of a bundle that are taken, and its cheapest rest.

    Attributes:
        taken, used: bool [items]; what is taken, and that with its rest.
    """

    network: Network
    taken: Flags
    used: Flags

    @property
    def cents(self) -> int:
        """What the rest costs."""
        return round(float(self.network.cents[self.used & ~self.taken].sum()))

    @cached_property
    def ways(self) -> "Ways":
        """What one more item changes."""
        return _Left(self).ways()

    def plus(self, item: Candidate) -> "Rest":
        """The rest after one more item, if it is one that leaves any."""
        network = self.network.plus([item])
        more = np.zeros(len(network.at) - len(self.taken), np.bool_)
        taken, used = np.append(self.taken, more), np.append(self.used, more)
        number = network.at[item.position]
        if not used[number]:
            used[self.ways.changed(item)] ^= True
        taken[number] = used[number] = True
        return Rest(network, taken, used)


def cheapest_rest(network: Network, part: BundlePart) -> Rest | None:
    """The cheapest rest of a part that is within the caps; None if there is none.

    A linear programme of a network, whose corners are whole numbers.
    """
    from scipy.optimize import linprog

    completion, network = network.completion, network.plus(part.items)
    size = max(completion.least, part.size + completion.missing(part))
    if size > completion.most:
        return None
    taken = np.zeros(len(network.at), np.bool_)
    taken[[network.at[item.position] for item in part.items]] = True
    ways, n = network.ways_in.shape[1], len(taken)
    from_slots = _counts(network.ways_in[0], np.arange(ways), completion.slots + 1, ways + n)
    into_kinds = _counts(network.ways_in[1], np.arange(ways), len(network.kinds), ways + n)
    of_kinds = _counts(network.kind, ways + np.arange(n), len(network.kinds), ways + n)
    of_brands = _counts(network.brand, ways + np.arange(n), len(network.brands), ways + n)
    capped = np.concatenate([network.most_of_kind(), network.most_of_brand()])
    finite = np.flatnonzero(np.isfinite(capped))
    solved = linprog(
        np.concatenate([np.zeros(ways), np.where(taken, 0, network.cents)]),
        A_ub=sparse.vstack([of_kinds, of_brands]).tocsr()[finite] if len(finite) else None,
        b_ub=capped[finite] if len(finite) else None,
        A_eq=sparse.vstack([from_slots, into_kinds - of_kinds]),
        b_eq=[*[1.0] * completion.slots, float(size - completion.slots), *[0.0] * len(network.kinds)],
        bounds=np.stack([np.append(np.zeros(ways), taken), np.append(np.full(ways, float(size)), np.ones(n))], 1),
        method="highs-ds",
    )
    return Rest(network, taken, np.rint(solved.x[ways:]) > 0) if solved.status == 0 else None


def _counts(row: KindNumbers, column: KindNumbers, rows: int, columns: int) -> Any:
    return sparse.csr_matrix((np.ones(len(row)), (row, column)), (rows, columns))


@dataclass(frozen=True, slots=True, eq=False)
class Ways:
    """The shortest ways from brands back to kinds: how much more the rest costs after one more item, for nothing.

    Attributes:
        costs: [kinds, columns], in cents; below 0 where the rest is cheaper then, infinite where there is none.
        column: int64 [brands], the column of each.
    """

    network: Network
    costs: Costs
    column: KindNumbers
    _back: NDArray[np.int32]
    _source: KindNumbers
    _target: KindNumbers
    _items: dict[tuple[int, int], int]

    def row_of(self, kind: KindBrand) -> int:
        """The row of a kind, which the network may lack: then no cap is near to it."""
        return self.network.kinds.get(kind, self.network.kinds[-1, kind[1]])

    def column_of(self, brand: int) -> int:
        """The column of a brand, which the network may lack."""
        return int(self.column[self.network.brands.get(brand, 0)])

    def changed(self, item: Candidate) -> list[int]:
        """The items that come into the rest or leave it when an item is taken that isn't in it."""
        column = self.column_of(item.brand)
        node, found = int(self._target[self.row_of((item.category, item.slots))]), list[int]()
        while node != self._source[column]:
            before = int(self._back[column, node])
            found.append(self._items.get((before, node), -1))
            node = before
        return [number for number in found if number >= 0]


class _Left:
    """What a flow leaves of the capacities, as arcs from node to node.

    The nodes are the slots, then one for what fills none; two a kind, before and after its capacity; the brands; the
    end. Kinds of the same slots that no item goes through are one node: the plain one's. Brands from which no item can
    be taken back are the end, or nowhere.
    """

    def __init__(self, rest: Rest) -> None:
        self.rest, self.network = rest, rest.network
        network, slots = rest.network, rest.network.completion.slots
        kinds, brands = len(network.kinds), len(network.brands)
        self.through = np.bincount(network.kind[rest.used], minlength=kinds)
        self.out = np.bincount(network.brand[rest.used], minlength=brands)
        self.room = self.out < network.most_of_brand()
        self.busy = np.zeros(brands, np.bool_)
        self.busy[network.brand[rest.used & ~rest.taken]] = True
        self.node = np.where(self.through > 0, np.arange(kinds), network.plain)
        self.before = slots + 1 + np.arange(kinds)
        self.after, self.end = self.before + kinds, slots + 1 + 2 * kinds + brands
        self.brand = self.end - brands + np.arange(brands)

    def ways(self) -> Ways:
        """The shortest ways."""
        from scipy.sparse.csgraph import johnson

        arcs = [np.concatenate(column) for column in zip(*map(_together, self._arcs()), strict=True)]
        start, to, cents, item = _shortest(*arcs)
        sources = np.append(self.end, self.brand[self.busy])
        nodes, numbers = np.unique(np.concatenate([start, to, sources, self.after]), return_inverse=True)
        start, to, sources, after = np.split(numbers, np.cumsum([len(start), len(to), len(sources)]))
        graph = sparse.csr_matrix((cents, (start, to)), (len(nodes), len(nodes)))
        found, back = johnson(graph, indices=sources, return_predecessors=True)
        targets = after[self.node]
        costs = np.append(found[:, targets], np.full((1, len(targets)), np.inf), axis=0).T
        column = np.where(self.room, 0, len(sources))
        column[self.busy] = 1 + np.arange(int(self.busy.sum()))
        places = np.flatnonzero(item >= 0)
        items = dict(
            zip(zip(start[places].tolist(), to[places].tolist(), strict=True), item[places].tolist(), strict=True)
        )
        return Ways(self.network, np.ascontiguousarray(costs), column, back, sources, targets, items)

    def _arcs(self) -> Iterable[Arcs]:
        rest, network, completion = self.rest, self.network, self.network.completion
        lives = self.node == np.arange(len(self.node))
        slot, kind = network.ways_in[:, lives[network.ways_in[1]]]
        yield slot, self.before[kind], 0, -1
        filled = self._filled()
        yield self.before[filled[1]], filled[0], 0, -1
        open_, full = lives & (self.through < network.most_of_kind()), self.through > 0
        yield self.before[open_], self.after[open_], 0, -1
        yield self.after[full], self.before[full], 0, -1
        number = np.flatnonzero(~rest.used & (self.busy | self.room)[network.brand])
        brand = network.brand[number]
        to = np.where(self.busy[brand], self.brand[brand], self.end)
        yield self.after[self.node[network.kind[number]]], to, network.cents[number], number
        number = np.flatnonzero(rest.used & ~rest.taken)
        yield self.brand[network.brand[number]], self.after[network.kind[number]], -network.cents[number], number
        yield self.brand[self.busy & self.room], self.end, 0, -1
        yield self.end, self.brand[self.busy], 0, -1
        size = int(rest.used.sum())
        if size < completion.most:
            yield self.end, completion.slots, 0, -1
        if size > max(completion.least, completion.slots):
            yield completion.slots, self.end, 0, -1

    def _filled(self) -> KindNumbers:
        """[2, used]: slots and the kinds of the items that fill them, in one of the ways in which all are filled."""
        from scipy.sparse.csgraph import maximum_bipartite_matching

        network, slots = self.network, self.network.completion.slots
        kinds = network.kind[self.rest.used]
        bits = np.array([bits for _, bits in network.kinds], np.int64)[kinds]
        fits = sparse.csr_matrix(bits[:, None] >> np.arange(slots) & 1)
        slot = maximum_bipartite_matching(fits, "column") if slots else np.full(len(kinds), -1)
        return np.stack([np.where(slot < 0, slots, slot), kinds]).astype(np.int64)


def _together(arcs: Arcs) -> tuple[NDArray[Any], ...]:
    return tuple(np.atleast_1d(each) for each in np.broadcast_arrays(*arcs))


def _shortest(start: KindNumbers, to: KindNumbers, cents: Costs, item: KindNumbers) -> Arcs:
    """Of several arcs from one node to another the shortest."""
    order = np.lexsort((cents, to, start))
    start, to, cents, item = start[order], to[order], cents[order], item[order]
    first = np.append(True, (np.diff(start) != 0) | (np.diff(to) != 0))
    return start[first], to[first], cents[first], item[first]
