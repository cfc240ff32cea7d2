"""Which items may come next, so that the bundle can still be completed within its rules; and if none can, why.

Items are positions 0…N-1 of a shelf, and a question is about ranges of them.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bundlesmith.constraints.capped import Rest, cheapest_rest
from bundlesmith.constraints.completion import INFINITE, BundlePart
from bundlesmith.constraints.limits import Find, RuleLimits, make_limits
from bundlesmith.constraints.offers import GroupOffer, OpenItems
from bundlesmith.constraints.rules import LARGEST, Rules, number_of
from bundlesmith.constraints.shelf import Shelf
from bundlesmith.constraints.view import Flags, Positions
from bundlesmith.errors import BundlesmithError

_FEW = 16
"""Up to so many positions, asking for each is faster than arrays."""
UNLIMITED = 1e12
"""A budget that allows everything that has a price."""


class NoBundleError(BundlesmithError):
    """No bundle fits the rules.

    Args:
        what, fix: as of every error.
        conflict: rules that conflict, of which none can be left out: how each is named, and the fields of
            `bundlesmith.constraints.rules.Rules` that it is; or "items", those already chosen.
    """

    def __init__(self, what: str, fix: str, conflict: Sequence[tuple[str, tuple[str, ...]]] = ()) -> None:
        super().__init__(what, fix)
        self.conflict = tuple(conflict)
        self.relaxations: tuple[Any, ...] = ()
        """What a bundle would fit, see `bundlesmith.pipeline.relaxing`; whoever knows the whole shop puts it here."""


@dataclass(frozen=True, slots=True, eq=False)
class Choice:
    """A bundle being written: what is taken, and what may come next. Shared by all that stand at this point.

    Attributes:
        taken: positions of the items so far, chosen ones first.
        part: what the completion knows of them.
        offers: what may come next is any item of any offer.
        may_stop: whether the bundle is complete as it stands.
        memo: what those who stand here have found and share.
        rest: the cheapest one; with slots or caps only.
    """

    limits: RuleLimits
    taken: tuple[int, ...]
    part: BundlePart
    offers: tuple[OpenItems | GroupOffer, ...]
    may_stop: bool
    memo: dict[Any, Any]
    rest: Rest | None = None

    def holds(self, low: NDArray[np.int32], high: NDArray[np.int32], nodes: slice | None = None) -> NDArray[np.bool_]:
        """Which ranges `low:high` of positions hold an item that may come next: bool [C] for int32 [C].

        Args:
            low, high: the ranges.
            nodes: where they stand among the shelf's `nodes`, ascending, if they are of these.
        """
        if int((high - low).sum()) <= _FEW:
            ranges = zip(low.tolist(), high.tolist(), strict=True)
            return np.array([any(map(self.may_take, range(first, last))) for first, last in ranges], np.bool_)
        held = np.zeros(len(low), np.bool_)
        rest = np.arange(len(low))
        for offer in self.offers:
            found = offer.hold(low, high, nodes) if len(rest) == len(low) else offer.hold(low[rest], high[rest], None)
            held[rest] = found
            if not len(rest := rest[~found]):
                break
        return held

    @property
    def may_go_on(self) -> bool:
        """Whether at least one more item may be taken."""
        return any(offer.any for offer in self.offers)

    def may_take(self, position: int) -> bool:
        """Whether the item at *position* may come next."""
        return any(offer.fits(position) for offer in self.offers)

    def is_open(self) -> Flags:
        """bool [N]: which items may come next, by position. It takes time in proportion to N."""
        found = np.zeros(len(self.limits.shelf), np.bool_)
        for offer in self.offers:
            found[offer.positions()] = True
        return found

    def open_before(self) -> Positions:
        """int32 [N + 1]: how many of the items before each position may come next; see `is_open`."""
        before = np.zeros(len(self.limits.shelf) + 1, np.int32)
        np.cumsum(self.is_open(), out=before[1:])
        return before

    def after(self, position: int) -> "Choice | None":
        """The choice after one more item; None if it may not come next."""
        if not self.may_take(position):
            return None
        item = self.limits.candidate(position)
        rest = None if self.rest is None else self.rest.plus(item)
        return _choice(self.limits, (*self.taken, position), self.part.plus(item), rest, self.offers)


def choice_after(limits: RuleLimits, taken: Sequence[int]) -> Choice:
    """The choice after the items *taken*, whether or not the rules would have let them be written."""
    part = BundlePart()
    for position in taken:
        part = part.plus(limits.candidate(position))
    rest = None if limits.completion.plain else _cheapest_rest(limits, part)
    return _choice(limits, tuple(taken), part, rest)


def _cheapest_rest(limits: RuleLimits, part: BundlePart) -> Rest | None:
    return cheapest_rest(limits.network, part) if part.within(limits.completion.caps) else None


def _choice(
    limits: RuleLimits,
    taken: tuple[int, ...],
    part: BundlePart,
    rest: Rest | None,
    before: Sequence[OpenItems | GroupOffer] = (),
) -> Choice:
    """Look ahead: an item is offered only if, after it, the cheapest rest fits into what is left of the budget."""
    completion = limits.completion
    left = INFINITE if limits.budget is None else limits.budget - part.cents
    complete = part.size >= completion.least and not completion.missing(part) and left >= 0
    if left < 0 or not part.within(completion.caps):
        return Choice(limits, taken, part, (), False, {})
    offers = (
        _plain_offers(limits, taken, part, left) if completion.plain else _offers(limits, taken, rest, left, before)
    )
    return Choice(limits, taken, part, tuple(offers), complete, {}, rest)


def _plain_offers(limits: RuleLimits, taken: tuple[int, ...], part: BundlePart, left: int) -> Iterator[OpenItems]:
    """Without slots and caps the cheapest items are the rest, and what is left for one more is the same for all.

    It is enough for each of these, too, if it is for the next one: that then stands in for the one that is taken.
    """
    completion = limits.completion
    count = max(completion.least - part.size - 1, 0)
    items = completion.cheapest(taken, count + 1) if part.size + 1 + count <= completion.most else None
    if items is None or sum(item.cents for item in items) > left:
        return
    limit = None if limits.budget is None else left - sum(item.cents for item in items[:-1])
    yield from (OpenItems(section.less(taken), limit) for section in limits.sections)


def _offers(
    limits: RuleLimits, taken: tuple[int, ...], rest: Rest | None, left: int, before: Sequence[OpenItems | GroupOffer]
) -> Iterator[GroupOffer]:
    """With slots or caps what an item may cost follows from its category and brand."""
    if rest is not None and rest.cents <= left:
        listed = next((offer.listed for offer in before if isinstance(offer, GroupOffer)), {})
        yield GroupOffer(limits, tuple(section.less(taken) for section in limits.sections), rest, left, listed)


def begin(rules: Rules, shelf: Shelf, find: Find, items: Sequence[str]) -> Choice:
    """The choice at the start of a request, with *items* already chosen.

    Raises:
        NoBundleError: if no bundle fits; it names rules that conflict, of which none can be left out.
        BundlesmithError: if an item or category is not known, or an item is chosen twice.
    """
    choice = _start(rules, shelf, find, items)
    if not choice.may_go_on:
        conflict = _why_none(rules, shelf, find, choice.taken)
        names, listed = "; ".join(name for name, _ in conflict), number_of(int(shelf.listed.sum()))
        what = f"No bundle fits these rules together: {names} (of {listed})."
        raise NoBundleError(what, "Loosen one of these rules.", conflict)
    return choice


def fits(rules: Rules, shelf: Shelf, find: Find, items: Sequence[str]) -> bool:
    """Whether a bundle fits, with *items* already chosen: some ten times as fast as to say why none does.

    Raises:
        BundlesmithError: if an item or category is not known, or an item is chosen twice.
    """
    return _start(rules, shelf, find, items).may_go_on


def _start(rules: Rules, shelf: Shelf, find: Find, items: Sequence[str]) -> Choice:
    taken = tuple(find(item) for item in items)
    if len(set(taken)) < len(taken):
        raise BundlesmithError(f"The chosen items {list(items)} repeat one.", "Name each item once.")
    return choice_after(make_limits(rules, shelf, find), taken)


def least_cost(rules: Rules, shelf: Shelf, find: Find, items: Sequence[str]) -> int | None:
    """What the cheapest bundle of the rules costs, in cents, whatever their budget; None if none fits the others.

    Raises:
        BundlesmithError: if an item or category is not known.
    """
    size = max(rules.min_items, len(items) + 1)
    if size > rules.max_items:
        return None
    limits = make_limits(replace(rules, min_items=size, budget=UNLIMITED), shelf, find)
    part = BundlePart()
    for item in items:
        part = part.plus(limits.candidate(find(item)))
    completion = limits.completion
    if completion.plain:
        found = completion.cheapest({item.position for item in part.items}, completion.least - part.size)
        return None if found is None else part.cents + sum(item.cents for item in found)
    rest = _cheapest_rest(limits, part)
    return None if rest is None else part.cents + rest.cents


def _why_none(rules: Rules, shelf: Shelf, find: Find, taken: tuple[int, ...]) -> list[tuple[str, tuple[str, ...]]]:
    """Rules under which nothing can follow what is taken, and of which none can be left out.

    One after the other is left out for good if there is still no bundle without it (a deletion filter: Chinneck and
    Dravnieks, ORSA Journal on Computing 3(2), 1991), so there is one look-ahead a rule.
    """
    kept = rules.named()
    roomy = min(rules.min_items + len(rules.slots) + len(taken) + 1, LARGEST)

    def limits(parts: Sequence[tuple[str, dict[str, Any]]]) -> RuleLimits:
        values: dict[str, Any] = {"min_items": 1, "max_items": roomy, "in_stock": False}
        for _, each in parts:
            values |= each
        return make_limits(Rules(**values), shelf, find)

    for part in list(kept):
        without = [other for other in kept if other is not part]
        if not choice_after(limits(without), taken).may_go_on:
            kept = without
    conflict = [(name, tuple(values)) for name, values in kept]
    if taken and choice_after(limits(kept), ()).may_go_on:
        conflict.insert(0, (f"{number_of(len(taken))} already chosen", ("items",)))
    return conflict
