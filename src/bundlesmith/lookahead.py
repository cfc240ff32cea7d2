"""Which items may come next, so that the bundle can still be completed within its rules; and if none can, why.

Knows nothing about tokens or models: items are positions 0…N-1.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bundlesmith.catalogue import Catalogue
from bundlesmith.errors import BundlesmithError
from bundlesmith.rules import Limits, Rules, limits

_ENDLESS = 2**31


@dataclass(frozen=True, slots=True, eq=False)
class Choice:
    """A bundle being written: what is taken, and what may come next. Shared by all that stand at this point.

    Attributes:
        taken: positions of the items so far, chosen ones first.
        prefix: int32 [N + 1]; the number of items that may come next before each position.
        may_stop: whether the bundle is complete as it stands.
    """

    limits: Limits
    taken: tuple[int, ...]
    prefix: NDArray[np.int32]
    may_stop: bool

    @property
    def may_go_on(self) -> bool:
        """Whether at least one more item may be taken."""
        return bool(self.prefix[-1])

    def may_take(self, position: int) -> bool:
        """Whether the item at *position* may come next."""
        return bool(self.prefix[position + 1] > self.prefix[position])

    def take(self, position: int) -> "Choice":
        """The choice after one more item.

        Raises:
            BundlesmithError: if the rules don't allow this item here.
        """
        if not self.may_take(position):
            raise BundlesmithError(f"Item {position} may not follow {list(self.taken)}.")
        return choose(self.limits, (*self.taken, position))


def choose(limit: Limits, taken: Sequence[int]) -> Choice:
    """Look ahead from *taken*: an item is allowed only if the rest can still be completed.

    With n more items owed after this one, item i fits if its price and the n cheapest other items that are open
    fit into what is left of the budget. So a bundle that was started can always be ended.
    """
    allowed = limit.open.copy()
    allowed[list(taken)] = False
    if len(taken) >= limit.max_items:
        allowed[:] = False
    owed = max(limit.min_items - len(taken), 0)
    left = None if limit.budget is None else limit.budget - int(limit.cents[list(taken)].sum())
    if allowed.sum() < owed:
        allowed[:] = False
    elif left is not None:
        allowed &= limit.cents + _cheapest_others(limit.cents, allowed, max(owed - 1, 0)) <= left
    prefix = np.zeros(len(allowed) + 1, np.int32)
    np.cumsum(allowed, out=prefix[1:])
    return Choice(limit, tuple(taken), prefix, owed == 0 and (left is None or left >= 0))


def _cheapest_others(cents: NDArray[np.int64], allowed: NDArray[np.bool_], n: int) -> NDArray[np.int64]:
    """For each item, the sum of the *n* cheapest allowed items other than itself: int64 [N]."""
    if n == 0 or not allowed.any():
        return np.zeros(len(cents), np.int64)
    cheapest = np.sort(np.partition(cents[allowed], n)[: n + 1]) if allowed.sum() > n else np.sort(cents[allowed])
    total = int(cheapest[:n].sum())
    among = cents <= cheapest[n - 1]
    return np.where(among, int(cheapest[: n + 1].sum()) - cents, total)


def begin(rules: Rules, catalogue: Catalogue, items: Sequence[str]) -> Choice:
    """The choice at the start of a request, over the catalogue's rows, with *items* already chosen.

    Raises:
        BundlesmithError: if an item is not known or chosen twice, or no bundle fits; the error names the smallest
            set of rules that conflict.
    """
    rows = tuple(catalogue.row(item) for item in items)
    if len(set(rows)) < len(rows):
        raise BundlesmithError(f"The chosen items {list(items)} repeat one.", "Name each item once.")
    choice = choose(limits(rules, catalogue), rows)
    if not choice.may_go_on:
        raise BundlesmithError(_why_none(rules, catalogue, rows), "Loosen one of these rules.")
    return choice


def _why_none(rules: Rules, catalogue: Catalogue, rows: tuple[int, ...]) -> str:
    """Drop rules one by one while the rest still has no bundle: what remains is a smallest set in conflict."""
    left = rules
    for loosened in _loosened(rules):
        trial = replace(left, **loosened)
        if not choose(limits(trial, catalogue), rows).may_go_on:
            left = trial
    fits_without = choose(limits(left, catalogue), ()).may_go_on
    named = "; ".join(_named(left, len(rows) if fits_without else 0))
    return f"No bundle fits these rules together: {named} (of {len(catalogue)} items in the catalogue)."


def _loosened(rules: Rules) -> Iterator[dict[str, Any]]:
    yield {"owned": ()}
    yield {"excluded": ()}
    yield {"in_stock": False}
    yield {"allowed": None}
    yield {"budget": None}
    yield {"max_items": _ENDLESS}
    yield {"min_items": 1}


def _named(rules: Rules, chosen: int) -> list[str]:
    names = [f"{chosen} items already chosen"] if chosen else []
    if rules.min_items > 1:
        names.append(f"size of at least {rules.min_items}")
    if rules.max_items < _ENDLESS:
        names.append(f"size of at most {rules.max_items}")
    if rules.budget is not None:
        names.append(f"budget {rules.budget:.12g}")
    if rules.in_stock:
        names.append("in stock")
    if rules.excluded:
        names.append(f"{len(rules.excluded)} excluded items")
    if rules.owned:
        names.append(f"{len(rules.owned)} owned items")
    if rules.allowed is not None:
        names.append(f"only {len(rules.allowed)} allowed items")
    return names
