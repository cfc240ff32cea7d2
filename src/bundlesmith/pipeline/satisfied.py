"""Whether a bundle keeps the rules of its request, read from the catalogue and not from the decoder that wrote it.

The decoder can't write anything else; this counts whether that is so.
"""

from collections import Counter
from collections.abc import Hashable, Iterable, Sequence

import numpy as np
from scipy.sparse import csr_matrix
from scipy.sparse.csgraph import maximum_bipartite_matching

from bundlesmith.constraints.rules import Rules, to_cents
from bundlesmith.data.catalogue import Listed
from bundlesmith.data.category import is_of
from bundlesmith.request import Request


def keeps(items: Sequence[str], request: Request, catalogue: Listed) -> bool:
    """Whether a bundle is one that the request allows."""
    rules, chosen = request.rules, tuple(items[: len(request.items)])
    rows = [catalogue.row(item) for item in items]
    written = rows[len(chosen) :]
    return (
        chosen == request.items
        and len(set(items)) == len(items)
        and rules.min_items <= len(items) <= rules.max_items
        and all(may_be_written(row, rules, catalogue) for row in written)
        and _is_affordable(rows, written, rules, catalogue)
        and fills_slots([catalogue.categories[row] for row in rows], rules.slots)
        and within_caps(rows, rules, catalogue)
    )


def may_be_written(row: int, rules: Rules, catalogue: Listed) -> bool:
    """Whether an item keeps the rules that hold for each item alone."""
    item, cents = catalogue.ids[row], int(catalogue.cents[row])
    return (
        item not in rules.excluded
        and item not in rules.owned
        and (rules.allowed is None or item in rules.allowed)
        and (not rules.in_stock or int(catalogue.stock[row]) != 0)
        and (rules.min_price is None or (cents >= 0 and cents / 100 >= rules.min_price - 1e-6))
        and (rules.max_price is None or 0 <= cents <= to_cents(rules.max_price))
    )


def _is_affordable(rows: Sequence[int], written: Sequence[int], rules: Rules, catalogue: Listed) -> bool:
    if rules.budget is None:
        return True
    known = all(int(catalogue.cents[row]) >= 0 for row in written)
    return known and sum(max(int(catalogue.cents[row]), 0) for row in rows) <= to_cents(rules.budget)


def fills_slots(paths: Sequence[Sequence[str]], slots: Sequence[str]) -> bool:
    """Whether each slot has an item of its own: a largest matching of slots and items leaves none out."""
    fits = [[is_of(path, slot) for path in paths] for slot in slots]
    matched = maximum_bipartite_matching(csr_matrix(np.array(fits, np.int8).reshape(len(slots), len(paths))), "column")
    return bool((matched >= 0).all())


def within_caps(rows: Sequence[int], rules: Rules, catalogue: Listed) -> bool:
    """Whether there aren't too many items of a category or a brand."""
    return _at_most(rules.per_category, (catalogue.categories[row] for row in rows)) and _at_most(
        rules.per_brand, (str(catalogue.attributes[row].get("brand") or "") for row in rows)
    )


def _at_most(cap: int | None, groups: Iterable[Hashable]) -> bool:
    """Items without a category or brand aren't counted."""
    return cap is None or max(Counter(group for group in groups if group).values(), default=0) <= cap
