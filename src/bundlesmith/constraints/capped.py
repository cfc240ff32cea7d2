"""What the rest of a bundle costs after each item that may come next, where there are slots or caps. Exact.

A bundle is a flow: from each slot, and from a node for what fills none, through kinds of items (their category, and so
the slots that they can fill), items and brands. Caps are capacities of kinds and brands, prices are costs. The flow of
least cost is found once, when a request begins; what one more item changes is a shortest way in what is left of the
capacities, and along that way the flow of the next step is of least cost again (Ahuja, Magnanti and Orlin, Network
Flows, 1993, 9 and 11).
"""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from bundlesmith.constraints.completion import BundlePart, Candidate
from bundlesmith.constraints.flow import cheapest_flow
from bundlesmith.constraints.network import Costs, KindBrand, KindNumbers, Network
from bundlesmith.constraints.view import Flags

Arcs = tuple[Any, Any, Any, Any]
"""From which nodes, to which, at what cost, and the item that each is; -1 for none."""


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
    """The cheapest rest of a part that is within the caps; None if there is none."""
    completion, network = network.completion, network.plus(part.items)
    size = max(completion.least, part.size + completion.missing(part))
    if size > completion.most:
        return None
    taken = np.zeros(len(network.at), np.bool_)
    taken[[network.at[item.position] for item in part.items]] = True
    used = cheapest_flow(network, taken, size)
    return None if used is None else Rest(network, taken, used)


@dataclass(frozen=True, slots=True, eq=False)
class Ways:
    """The shortest ways from brands back to kinds: how much more the rest costs after one more item, for nothing.

    Attributes:
        costs: [rows, columns], in cents; below 0 where the rest is cheaper then, infinite where there is none.
        row: int64 [kinds], the row of each: many have one, as do those of the same slots that no item goes through.
        column: int64 [brands], the column of each.
    """

    network: Network
    costs: Costs
    row: KindNumbers
    column: KindNumbers
    _back: NDArray[np.int32]
    _source: KindNumbers
    _target: KindNumbers
    _items: dict[tuple[int, int], int]

    def row_of(self, kind: KindBrand) -> int:
        """The row of a kind, which the network may lack: then no cap is near to it."""
        return int(self.row[self.network.kinds.get(kind, self.network.kinds[-1, kind[1]])])

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
        arcs = [np.concatenate(column) for column in zip(*map(_together, self._arcs()), strict=True)]
        start, to, cents, item = _shortest(*arcs)
        sources = np.append(self.end, self.brand[self.busy])
        ends, row = np.unique(self.after[self.node], return_inverse=True)
        nodes, numbers = np.unique(np.concatenate([start, to, sources, ends]), return_inverse=True)
        start, to, sources, targets = np.split(numbers, np.cumsum([len(start), len(to), len(sources)]))
        graph = sparse.csr_matrix((cents, (start, to)), (len(nodes), len(nodes)))
        found, back = shortest_ways(graph, sources)
        costs = np.append(found[:, targets], np.full((1, len(targets)), np.inf), axis=0).T
        column = np.where(self.room, 0, len(sources))
        column[self.busy] = 1 + np.arange(int(self.busy.sum()))
        places = np.flatnonzero(item >= 0)
        items = dict(
            zip(zip(start[places].tolist(), to[places].tolist(), strict=True), item[places].tolist(), strict=True)
        )
        return Ways(self.network, np.ascontiguousarray(costs), row, column, back, sources, targets, items)

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
        fits = sparse.csr_matrix(network.bits[kinds][:, None] >> np.arange(slots) & 1)
        slot = maximum_bipartite_matching(fits, "column") if slots else np.full(len(kinds), -1)
        return np.stack([np.where(slot < 0, slots, slot), kinds]).astype(np.int64)


def shortest_ways(graph: Any, sources: KindNumbers) -> tuple[Costs, NDArray[np.int32]]:
    """[sources, nodes]: how far each node is, and the node before it. No circle of arcs is below 0."""
    from scipy.sparse.csgraph import johnson

    found: tuple[Costs, NDArray[np.int32]] = johnson(graph, indices=sources, return_predecessors=True)
    return found


def _together(arcs: Arcs) -> tuple[NDArray[Any], ...]:
    return tuple(np.atleast_1d(each) for each in np.broadcast_arrays(*arcs))


def _shortest(start: KindNumbers, to: KindNumbers, cents: Costs, item: KindNumbers) -> Arcs:
    """Of several arcs from one node to another the shortest."""
    order = np.lexsort((cents, to, start))
    start, to, cents, item = start[order], to[order], cents[order], item[order]
    first = np.append(True, (np.diff(start) != 0) | (np.diff(to) != 0))
    return start[first], to[first], cents[first], item[first]
