"""An oracle for the rules at any size: the whole request as an integer programme.

    fits(shop, ask, taken)      whether a bundle holds these items

Written from the words of a request alone: nothing here calls the rules, the look-ahead or the decoder. Items that
differ in nothing but their price stand for each other, so of each such class the cheapest alone are looked at, as many
as a bundle may have.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_FLOOR, Decimal

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.optimize import Bounds, LinearConstraint, milp

from bundlesmith.pipeline.ask import Ask

Rows = Sequence[int]
Numbers = NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class Facts:
    """Columns of a shop, a row an item: cents, stock (-1: not known), and numbers of categories and brands (-1: none).

    Attributes:
        paths: the category paths, by number.
    """

    ids: Sequence[str]
    cents: Numbers
    stock: Numbers
    category: Numbers
    brand: Numbers
    paths: Sequence[tuple[str, ...]]


def writable(facts: Facts, ask: Ask, row_of: dict[str, int]) -> NDArray[np.bool_]:
    """Which items may be written at all, each taken alone: [items]."""
    may = np.ones(len(facts.ids), np.bool_)
    if ask.in_stock:
        may &= facts.stock != 0
    if ask.budget is not None or ask.min_price is not None or ask.max_price is not None:
        may &= facts.cents >= 0
    if ask.min_price is not None:
        may &= facts.cents >= int((Decimal(str(ask.min_price)) * 100).to_integral_value("ROUND_CEILING"))
    if ask.max_price is not None:
        may &= facts.cents <= _cents(ask.max_price)
    if ask.only:
        only = np.zeros(len(may), np.bool_)
        only[[row_of[item] for item in ask.only]] = True
        may &= only
    may[[row_of[item] for item in (*ask.exclude, *ask.items)]] = False
    return may


def _cents(amount: float) -> int:
    return int((Decimal(str(amount)) * 100).to_integral_value(ROUND_FLOOR))


def slots_of(facts: Facts, ask: Ask) -> dict[str, tuple[int, Numbers]]:
    """Each slot by its name: how often it is asked for, and the numbers of the categories that fill it."""
    found = {}
    for name in dict.fromkeys(ask.slots):
        wanted = [step.strip().lower() for step in name.split(">")]
        numbers = [number for number, path in enumerate(facts.paths) if _within(wanted, [s.lower() for s in path])]
        found[name] = ask.slots.count(name), np.array(numbers, np.int64)
    return found


def _within(wanted: Sequence[str], path: Sequence[str]) -> bool:
    return any(list(path[at : at + len(wanted)]) == list(wanted) for at in range(len(path)))


def fits(facts: Facts, ask: Ask, may: NDArray[np.bool_], taken: Rows, more: int = 0) -> bool:
    """Whether there is a bundle of these items, and of at least *more* others that may be written."""
    least, most = (int(each) for each in (ask.size.split(":") * 2)[:2])
    least = max(least, len(taken) + more)
    if least > most:
        return False
    slots = [*slots_of(facts, ask).values()]
    fill = np.zeros((len(slots), len(facts.paths) + 1), np.bool_)  # at last: what has no category
    for number, (_, numbers) in enumerate(slots):
        fill[number, numbers] = True
    pool = np.array([*taken, *_cheapest(facts, ask, may, taken, fill, most)], np.int64)
    n, m = len(pool), len(slots)
    if n < least:
        return False
    fixed = np.arange(n) < len(taken)
    cents = np.maximum(facts.cents[pool], 0) if ask.budget is not None else np.zeros(n, np.int64)
    classes, of_class = np.unique(fill[:, facts.category[pool]].T, axis=0, return_inverse=True)
    kinds = len(classes)
    whole = sparse.csr_matrix(np.ones((1, n)))
    of_classes = sparse.csr_matrix((np.ones(n), (of_class.reshape(-1), np.arange(n))), (kinds, n))
    filling = sparse.csr_matrix(np.kron(np.ones((1, m)), np.eye(kinds)) if m else np.zeros((kinds, 0)))
    each_slot = sparse.csr_matrix(np.kron(np.eye(m), np.ones((1, kinds))) if m else np.zeros((0, 0)))
    constraints = [_rows([whole, sparse.csr_matrix((1, m * kinds))], least, most)]
    if m:  # how many of each class fill each slot
        wanted = np.array([times for times, _ in slots], np.float64)
        constraints += [
            _rows([sparse.csr_matrix((m, n)), each_slot], wanted, wanted),
            _rows([of_classes, -filling], 0, np.inf),
        ]
    for groups, cap in ((facts.category, ask.per_category), (facts.brand, ask.per_brand)):
        if cap is not None and len(named := np.unique(groups[pool][groups[pool] >= 0])):
            held = np.flatnonzero(groups[pool] >= 0)
            at = named.searchsorted(groups[pool][held])
            counted = sparse.csr_matrix((np.ones(len(held)), (at, held)), (len(named), n))
            constraints.append(_rows([counted, sparse.csr_matrix((len(named), m * kinds))], 0, cap))
    most_filled = np.array([times * classes[:, number] for number, (times, _) in enumerate(slots)]).reshape(-1)
    solved = milp(
        np.concatenate([cents.astype(np.float64), np.zeros(m * kinds)]),
        constraints=constraints,
        integrality=np.ones(n + m * kinds),
        bounds=Bounds(np.append(fixed.astype(float), np.zeros(m * kinds)), np.append(np.ones(n), most_filled)),
        options={"mip_rel_gap": 0.0},
    )
    if solved.status == 2:
        return False
    assert solved.status == 0, solved.message
    cost = int(cents[np.rint(solved.x[:n]) > 0].sum())
    return ask.budget is None or cost <= _cents(ask.budget)


def _rows(parts: Sequence[sparse.csr_matrix], least: object, most: object) -> LinearConstraint:
    return LinearConstraint(sparse.hstack(parts).tocsr(), least, most)


def _cheapest(
    facts: Facts, ask: Ask, may: NDArray[np.bool_], taken: Rows, fill: NDArray[np.bool_], most: int
) -> Numbers:
    """Of each class of items that differ in their price alone the cheapest."""
    free = may.copy()
    free[list(taken)] = False
    rows = np.flatnonzero(free)
    cents = facts.cents[rows] if ask.budget is not None else np.zeros(len(rows), np.int64)
    kinds = np.unique(fill.T, axis=0, return_inverse=True)[1].reshape(-1)[facts.category[rows]].astype(np.int64)
    for groups, cap in ((facts.category, ask.per_category), (facts.brand, ask.per_brand)):
        if cap is not None:
            group = np.where(groups[rows] >= 0, groups[rows], -1)
            kinds = kinds * (int(groups.max()) + 2) + group + 1
    order = np.lexsort((cents, kinds))
    first = np.append(True, np.diff(kinds[order]) != 0)
    rank = np.arange(len(order)) - np.maximum.accumulate(np.where(first, np.arange(len(order)), 0))
    caps = [cap for cap in (ask.per_category, ask.per_brand) if cap is not None]
    counted = all(
        groups[rows].min(initial=0) >= 0
        for groups, cap in ((facts.category, ask.per_category), (facts.brand, ask.per_brand))
        if cap is not None
    )
    return rows[order[rank < (min([*caps, most]) if counted else most)]]


def is_bundle(facts: Facts, ask: Ask, may: NDArray[np.bool_], rows: Rows) -> bool:
    """Whether these items, the chosen ones first, are a whole bundle of the request."""
    least, most = (int(each) for each in (ask.size.split(":") * 2)[:2])
    chosen, written = list(rows[: len(ask.items)]), list(rows[len(ask.items) :])
    exact = ask.model_copy(update={"size": f"{len(rows)}:{len(rows)}"})
    return (
        [facts.ids[row] for row in chosen] == ask.items
        and bool(written)
        and len(set(rows)) == len(rows)
        and bool(may[written].all())
        and least <= len(rows) <= most
        and fits(facts, exact, np.zeros_like(may), rows)
    )
