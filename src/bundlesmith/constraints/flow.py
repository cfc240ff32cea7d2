"""The cheapest flow through a network: first any, by a largest flow; then of least cost, over few items at a time.

A linear programme over all items of a pool would spend its time on those that are never used. So it is solved over
some, and its dual prices say which of the others would make it cheaper: these are added until there are none (column
generation: Ford and Fulkerson, Management Science 5(1), 1958). The corners of a network's programme are whole numbers.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from bundlesmith.constraints.network import Costs, KindNumbers, Network
from bundlesmith.constraints.view import Flags

_AT_ONCE = 256
"""So many items are added to a programme at a time."""


def cheapest_flow(network: Network, taken: Flags, size: int) -> Flags | None:
    """bool [items]: those of the cheapest bundle of a size that holds what is *taken*; None if there is none.

    Args:
        taken: bool [items], for nothing; none is beyond a cap.
    """
    some = _any_flow(network, taken, size)
    if some is None or size == taken.sum() or not network.cents.any():
        return some
    some |= _likely(network, size)
    while True:
        solved = _solved(network, taken, size, np.flatnonzero(some))
        worth = np.where(some, 0, solved.worth)
        if not (cheaper := np.flatnonzero(worth < -0.5)).size:
            return solved.used
        some[cheaper[np.argsort(worth[cheaper], kind="stable")[:_AT_ONCE]]] = True


def _any_flow(network: Network, taken: Flags, size: int) -> Flags | None:
    """bool [items]: some bundle of the size. Nodes are the slots, kinds twice, brands, the source and two ends.

    What is taken has to be used: its kinds lead to the last end by themselves, all else by the first.
    """
    from scipy.sparse.csgraph import maximum_flow

    slots, kinds, brands = network.completion.slots, len(network.kinds), len(network.brands)
    into = slots + 1 + np.arange(kinds)
    out, brand = into + kinds, slots + 1 + 2 * kinds + np.arange(brands)
    source, first, last = slots + 1 + 2 * kinds + brands + np.arange(3)
    pairs, pair, many = np.unique(network.kind * brands + network.brand, return_inverse=True, return_counts=True)
    many = many - np.bincount(pair[taken], minlength=len(pairs))
    kind_taken = np.bincount(network.kind[taken], minlength=kinds)
    brand_left = network.most_of_brand() - np.bincount(network.brand[taken], minlength=brands)
    arcs = (
        (np.full(slots + 1, source), np.arange(slots + 1), np.append(np.ones(slots), size - slots)),
        (network.ways_in[0], into[network.ways_in[1]], np.full(network.ways_in.shape[1], size)),
        (into, out, np.minimum(network.most_of_kind(), size)),
        (out, np.full(kinds, last), kind_taken),
        (out[pairs // brands], brand[pairs % brands], many),
        (brand, np.full(brands, first), np.minimum(brand_left, size)),
        ([first], [last], [size - taken.sum()]),
    )
    start, to, most = (np.concatenate(column) for column in zip(*arcs, strict=True))
    graph = sparse.csr_matrix((most.astype(np.int32), (start, to)), (int(last) + 1,) * 2)
    found = maximum_flow(graph, int(source), int(last))
    if found.flow_value < size:
        return None
    through = np.asarray(found.flow[out[pairs // brands], brand[pairs % brands]]).reshape(-1)
    used: Flags = taken | (_places(np.where(taken, -1, pair)) < through[pair])
    return used


def _likely(network: Network, size: int) -> Flags:
    """bool [items]: the cheapest, as far as each cap alone allows, of all and of those that can fill the same slots."""
    within = _places(network.kind) < network.most_of_kind()[network.kind]
    within &= _places(network.brand) < network.most_of_brand()[network.brand]
    likely = np.zeros(len(within), np.bool_)
    kept = np.flatnonzero(within)
    of_slots = network.plain[network.kind[kept]]
    likely[kept[(np.arange(len(kept)) < 2 * size) | (_places(of_slots) < network.completion.slots)]] = True
    return likely


def _places(groups: KindNumbers) -> KindNumbers:
    """The place of each item among those of its group: 0 for the first."""
    order = np.argsort(groups, kind="stable")
    ordered = groups[order]
    first = np.flatnonzero(np.append(True, ordered[1:] != ordered[:-1]))[: len(ordered)]
    places = np.empty(len(groups), np.int64)
    places[order] = np.arange(len(groups)) - np.repeat(first, np.diff(np.append(first, len(groups))))
    return places


@dataclass(frozen=True, slots=True)
class _Solved:
    """What a programme over some items finds.

    Attributes:
        used: bool [items], its bundle.
        worth: [items], how much the bundle costs more with each; below 0, it may cost less.
    """

    used: Flags
    worth: Costs


def _solved(network: Network, taken: Flags, size: int, some: KindNumbers) -> _Solved:
    """Solve the programme over *some* items, which can be done: what flows from slots into kinds, and what is used."""
    from scipy.optimize import linprog

    slots = network.completion.slots
    kinds, kind = np.unique(network.kind[some], return_inverse=True)
    number = np.full(len(network.kinds), -1)
    number[kinds] = np.arange(len(kinds))
    slot, into = network.ways_in[:, number[network.ways_in[1]] >= 0]
    ways, n, brands = len(slot), len(some), len(network.brands)
    item = ways + np.arange(n)
    from_slots = _counts(slot, np.arange(ways), slots + 1, ways + n)
    balance = _counts(number[into], np.arange(ways), len(kinds), ways + n) - _counts(kind, item, len(kinds), ways + n)
    used_of = sparse.vstack(
        [_counts(kind, item, len(kinds), ways + n), _counts(network.brand[some], item, brands, ways + n)]
    )
    capped = np.concatenate([network.most_of_kind()[kinds], network.most_of_brand()])
    finite = np.flatnonzero(np.isfinite(capped))
    solved = linprog(
        np.concatenate([np.zeros(ways), np.where(taken, 0, network.cents)[some]]),
        A_ub=used_of.tocsr()[finite] if len(finite) else None,
        b_ub=capped[finite] if len(finite) else None,
        A_eq=sparse.vstack([from_slots, balance]),
        b_eq=[*[1.0] * slots, float(size - slots), *[0.0] * len(kinds)],
        bounds=np.stack([np.append(np.zeros(ways), taken[some]), np.append(np.full(ways, float(size)), np.ones(n))], 1),
        method="highs-ds",
    )
    assert solved.status == 0, solved.message
    used = np.zeros(len(network.at), np.bool_)
    used[some] = np.rint(solved.x[ways:]) > 0
    of_caps = np.zeros(len(capped))
    of_caps[finite] = solved.ineqlin.marginals if len(finite) else 0
    return _Solved(used, network.cents + _prices(network, solved.eqlin.marginals, kinds, of_caps))


def _prices(network: Network, balanced: Costs, kinds: KindNumbers, of_caps: Costs) -> Costs:
    """[items]: the dual prices of what each goes through; kinds that the programme lacks have that of a slot."""
    slots = network.completion.slots
    fills = np.append(network.bits[:, None] >> np.arange(slots) & 1, np.ones((len(network.bits), 1)), axis=1)
    of_kind = -np.where(fills > 0, balanced[: slots + 1], -np.inf).max(axis=1)
    of_kind[kinds] = balanced[slots + 1 :] - of_caps[: len(kinds)]
    prices: Costs = of_kind[network.kind] - of_caps[len(kinds) :][network.brand]
    return prices


def _counts(row: NDArray[Any], column: NDArray[Any], rows: int, columns: int) -> Any:
    return sparse.csr_matrix((np.ones(len(row)), (row, column)), (rows, columns))
