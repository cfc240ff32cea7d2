"""The cheapest flow: found over few items, and beside a programme over all of them."""

import random
from typing import Any

import numpy as np
import pytest

from bundlesmith.constraints import capped, flow
from bundlesmith.constraints.capped import Rest, cheapest_rest
from bundlesmith.constraints.completion import BundlePart, Candidate, Caps, Completion
from bundlesmith.constraints.network import Network, network_of


def a_network(items: int, categories: int, brands: int, sizes: tuple[int, int], caps: Caps, seed: int) -> Network:
    """20 slots, of which each category fills one or two, or none; there is a category for each."""
    drawn = random.Random(seed)
    bits = [1 << at if at < 20 else drawn.choice([0, 1 << drawn.randrange(20) | 1]) for at in range(categories)]
    of = [(drawn.randrange(categories), drawn.randrange(brands)) for _ in range(items)]
    counted = caps.category is not None
    pool = [
        Candidate(at, drawn.randrange(500), bits[category], category if counted else -1, brand)
        for at, (category, brand) in enumerate(of)
    ]
    pool.sort(key=lambda item: item.cents)
    return network_of(Completion(tuple(pool), 20, *sizes, caps), sorted({*bits}))


def part_of(network: Network, count: int) -> BundlePart:
    """The dearest items, as far as the caps allow."""
    part = BundlePart()
    for item in network.completion.pool[::-1]:
        if part.size < count and part.plus(item).within(network.completion.caps):
            part = part.plus(item)
    return part


@pytest.mark.parametrize("caps", [Caps(2, 2), Caps(1, None), Caps(None, 1), Caps(1, 1), Caps(3, 5)])
@pytest.mark.parametrize("at_once", [20, 256])
def test_it_costs_no_more_than_that_over_all_items(caps: Caps, at_once: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(flow, "_AT_ONCE", at_once)
    met = 0
    for seed in range(5):
        least = random.Random(seed).choice([20, 25, 40, 60])
        network = a_network(600, 50, 45, (least, 60), caps, seed)
        part = part_of(network, seed)
        with monkeypatch.context() as changed:
            changed.setattr(flow, "_likely", lambda network, size: np.ones(len(network.at), np.bool_))
            whole = cheapest_rest(network, part)
        with monkeypatch.context() as changed:
            changed.setattr(flow, "_likely", lambda network, size: np.zeros(len(network.at), np.bool_))
            few = cheapest_rest(network, part)
        found = cheapest_rest(network, part)
        costs = [None if each is None else each.cents for each in (whole, few, found)]
        assert costs[0] == costs[1] == costs[2]
        met += costs[0] is not None
        for rest in (whole, few, found):
            assert rest is None or is_bundle(rest, least)
    assert met >= 2


def is_bundle(rest: Rest, least: int) -> bool:
    network, used = rest.network, np.flatnonzero(rest.used)
    kinds, brands = (np.bincount(each[used]) for each in (network.kind, network.brand))
    caps_kept = (kinds <= network.most_of_kind()[: len(kinds)]).all()
    return (
        bool(rest.used[rest.taken].all())
        and bool(caps_kept)
        and bool((brands <= network.most_of_brand()[: len(brands)]).all())
        and len(used) >= least
    )


def test_a_large_pool_is_solved_over_few_of_its_items(monkeypatch: pytest.MonkeyPatch) -> None:
    """And what one more item changes is looked for among few nodes, however many categories there are."""
    columns, nodes = list[int](), list[int]()
    solved, csgraph = flow._solved, capped.shortest_ways

    def counted(network: Network, taken: Any, size: int, some: Any) -> Any:
        columns.append(len(some))
        return solved(network, taken, size, some)

    def counted_nodes(graph: Any, sources: Any) -> Any:
        nodes.append(graph.shape[0])
        return csgraph(graph, sources)

    monkeypatch.setattr(flow, "_solved", counted)
    monkeypatch.setattr(capped, "shortest_ways", counted_nodes)
    network = a_network(12_000, 6000, 300, (40, 100), Caps(3, 1), 1)
    rest = cheapest_rest(network, BundlePart())
    assert rest is not None
    rest.ways.changed(network.completion.pool[-1])
    assert len(columns) <= 6 and max(columns) < 1500, columns
    assert nodes[0] < 400, nodes
