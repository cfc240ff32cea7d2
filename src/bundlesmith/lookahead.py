"""Which items may come next, so that the bundle can still be completed within its rules; and if none can, why.

Knows nothing about tokens or models: items are positions 0…N-1 of a shelf, and a question is about ranges of them.
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bundlesmith.capped import rests
from bundlesmith.completion import INFINITE, Candidate, Part
from bundlesmith.errors import BundlesmithError
from bundlesmith.limits import Find, Limits, make_limits
from bundlesmith.rules import LARGEST, Rules
from bundlesmith.shelf import Section, Shelf
from bundlesmith.view import Positions

FEW = 16
"""Up to so many positions, asking for each is faster than arrays."""
UNLIMITED = 1e12
"""A budget that allows everything that has a price."""


class NoBundleError(BundlesmithError):
    """No bundle fits the rules.

    Args:
        what, fix: as of every error.
        conflict: rules that conflict, of which none can be left out: how each is named, and the fields of
            `bundlesmith.rules.Rules` that it is; or "items", those already chosen.
    """

    def __init__(self, what: str, fix: str, conflict: Sequence[tuple[str, tuple[str, ...]]] = ()) -> None:
        super().__init__(what, fix)
        self.conflict = tuple(conflict)
        self.relaxations: tuple[Any, ...] = ()
        """What a bundle would fit, see `bundlesmith.serve.relaxing`; whoever knows the whole shop puts it here."""


@dataclass(frozen=True, slots=True, eq=False)
class Offer:
    """Items that may come next: those of a section that cost no more than *limit* cents."""

    section: Section
    limit: int | None

    def hold(self, low: NDArray[np.int32], high: NDArray[np.int32]) -> NDArray[np.bool_]:
        """Which ranges of positions hold one of these."""
        return self.section.view.holds(low, high, self.section.without, self.limit)

    def positions(self) -> Positions:
        """All of these."""
        view, limit = self.section.view, self.limit
        open_places = np.ones(len(view), np.bool_) if limit is None else view.cents <= limit
        open_places[self.section.without] = False
        return view.positions[open_places]

    def nodes_hold(self, nodes: slice | None) -> NDArray[np.bool_] | None:
        """Which of some of the shelf's `nodes` hold one of these; None where that isn't known in advance."""
        if nodes is None or self.limit is None or (least := self.section.least(nodes)) is None:
            return None
        held: NDArray[np.bool_] = least <= self.section.view.rank(self.limit)
        return held


@dataclass(frozen=True, slots=True, eq=False)
class Choice:
    """A bundle being written: what is taken, and what may come next. Shared by all that stand at this point.

    Attributes:
        taken: positions of the items so far, chosen ones first.
        part: what the completer knows of them.
        offers: what may come next is any item of any offer.
        may_stop: whether the bundle is complete as it stands.
        memo: what those who stand here have found and share.
    """

    limits: Limits
    taken: tuple[int, ...]
    part: Part
    offers: tuple[Offer, ...]
    may_stop: bool
    memo: dict[Any, Any]

    def holds(self, low: NDArray[np.int32], high: NDArray[np.int32], nodes: slice | None = None) -> NDArray[np.bool_]:
        """Which ranges `low:high` of positions hold an item that may come next: bool [C] for int32 [C].

        Args:
            low, high: the ranges.
            nodes: where they stand among the shelf's `nodes`, ascending, if they are of these.
        """
        if int((high - low).sum()) <= FEW:
            ranges = zip(low.tolist(), high.tolist(), strict=True)
            return np.array([any(map(self.may_take, range(first, last))) for first, last in ranges], np.bool_)
        held = np.zeros(len(low), np.bool_)
        rest = np.arange(len(low))
        for offer in self.offers:
            known = offer.nodes_hold(nodes)
            found = offer.hold(low[rest], high[rest]) if known is None else known[rest]
            held[rest] = found
            if not len(rest := rest[~found]):
                break
        return held

    @property
    def may_go_on(self) -> bool:
        """Whether at least one more item may be taken."""
        return any(offer.section.least_fits(offer.limit) for offer in self.offers)

    def may_take(self, position: int) -> bool:
        """Whether the item at *position* may come next."""
        return any(offer.section.fits(position, offer.limit) for offer in self.offers)

    def open_before(self) -> Positions:
        """int32 [N + 1]: how many of the items before each position may come next. It takes time in proportion to N."""
        may_come = np.zeros(len(self.limits.shelf) + 1, np.int32)
        for offer in self.offers:
            may_come[offer.positions() + 1] = 1
        return np.cumsum(may_come, out=may_come)

    def after(self, position: int) -> "Choice | None":
        """The choice after one more item; None if it may not come next."""
        if not self.may_take(position):
            return None
        return _choice(self.limits, (*self.taken, position), self.part.plus(self.limits.candidate(position)))


def choose(limits: Limits, taken: Sequence[int]) -> Choice:
    """The choice after the items *taken*, whether or not the rules would have let them be written."""
    part = Part()
    for position in taken:
        part = part.plus(limits.candidate(position))
    return _choice(limits, tuple(taken), part)


def _choice(limits: Limits, taken: tuple[int, ...], part: Part) -> Choice:
    """Look ahead: an item is offered only if, after it, the cheapest rest fits into what is left of the budget."""
    completer = limits.completer
    left = INFINITE if limits.budget is None else limits.budget - part.cents
    complete = part.size >= completer.least and not completer.missing(part) and left >= 0
    if left < 0 or not part.within(completer.caps):
        return Choice(limits, taken, part, (), False, {})
    offers = _capped_offers if completer.caps.any else _offers
    return Choice(limits, taken, part, tuple(offers(limits, taken, part, left)), complete, {})


def _offers(limits: Limits, taken: tuple[int, ...], part: Part, left: int) -> Iterator[Offer]:
    """One offer for the items that fill no slot, or any, and one for those of each set of slots.

    Filling a slot never makes the rest dearer, so the first limit holds for all items; and what fills a slot is offered
    apart only if some cost more than that, and no more than their own limit.
    """
    covered: int | None = -1
    for slots, sections in ((0, limits.sections), *((bits, (section,)) for bits, section in limits.by_slots)):
        anyone = Candidate(-1, 0, slots, -1, -1)
        rest = limits.completer.rest(part.plus(anyone), frozenset(taken), left + 1)
        if rest is None:
            continue
        cost, items = rest
        limit = None if limits.budget is None else left - cost
        if slots and (covered is None or not sections[0].view.any_between(covered, limit)):
            continue
        covered = covered if slots else limit
        barred = _barred(limits, taken, part, left, [item for item in items if item.slots & slots == slots])
        gone = [*taken, *barred]
        yield from (Offer(section.less(gone), limit) for section in sections)


def _barred(limits: Limits, taken: tuple[int, ...], part: Part, left: int, items: Sequence[Candidate]) -> Iterator[int]:
    """Those of the items of a cheapest rest that can't be taken themselves: then another must stand in for them."""
    for item in items:
        below = left - item.cents + 1
        if limits.completer.rest(part.plus(item), frozenset((*taken, item.position)), below) is None:
            yield item.position


def _capped_offers(limits: Limits, taken: tuple[int, ...], part: Part, left: int) -> Iterator[Offer]:
    """With caps what an item may cost follows from its slots, category and brand; found for all items at once."""
    base = limits.everything
    cents = np.zeros(len(base.positions), np.int64) if limits.budget is None else base.cents
    found = rests(limits.completer, part, [slots for slots, _ in limits.by_slots])
    usable = found.whole(cents, limits.groups) <= left
    usable[base.find(taken)] = False
    yield Offer(Section(limits.shelf.view(base.positions[usable], False)), None)


def begin(rules: Rules, shelf: Shelf, find: Find, items: Sequence[str]) -> Choice:
    """The choice at the start of a request, with *items* already chosen.

    Raises:
        NoBundleError: if no bundle fits; it names rules that conflict, of which none can be left out.
        BundlesmithError: if an item or category is not known, or an item is chosen twice.
    """
    taken = tuple(find(item) for item in items)
    if len(set(taken)) < len(taken):
        raise BundlesmithError(f"The chosen items {list(items)} repeat one.", "Name each item once.")
    choice = choose(make_limits(rules, shelf, find), taken)
    if not choice.may_go_on:
        conflict = _why_none(rules, shelf, find, taken)
        names, listed = "; ".join(name for name, _ in conflict), _items(int(shelf.listed.sum()))
        what = f"No bundle fits these rules together: {names} (of {listed})."
        raise NoBundleError(what, "Loosen one of these rules.", conflict)
    return choice


def least_cost(rules: Rules, shelf: Shelf, find: Find, items: Sequence[str]) -> int | None:
    """What the cheapest bundle of the rules costs, in cents, whatever their budget; None if none fits the others.

    Raises:
        BundlesmithError: if an item or category is not known.
    """
    size = max(rules.min_items, len(items) + 1)
    if size > rules.max_items:
        return None
    limits = make_limits(replace(rules, min_items=size, budget=UNLIMITED), shelf, find)
    part = Part()
    for item in items:
        part = part.plus(limits.candidate(find(item)))
    if not part.within(limits.completer.caps):
        return None
    if limits.completer.caps.any:
        least = rests(limits.completer, part, [slots for slots, _ in limits.by_slots]).least
        return None if math.isinf(least) else part.cents + round(least)
    way = limits.completer.rest(part, frozenset(map(find, items)), INFINITE)
    return None if way is None else part.cents + way[0]


def _why_none(rules: Rules, shelf: Shelf, find: Find, taken: tuple[int, ...]) -> list[tuple[str, tuple[str, ...]]]:
    """Rules under which nothing can follow what is taken, and of which none can be left out.

    One after the other is left out for good if there is still no bundle without it (a deletion filter: Chinneck and
    Dravnieks, ORSA Journal on Computing 3(2), 1991), so there is one look-ahead a rule.
    """
    kept = _parts(rules)
    roomy = min(rules.min_items + len(rules.slots) + len(taken) + 1, LARGEST)

    def limits(parts: Sequence[tuple[str, dict[str, Any]]]) -> Limits:
        values: dict[str, Any] = {"min_items": 1, "max_items": roomy, "in_stock": False}
        for _, each in parts:
            values |= each
        return make_limits(Rules(**values), shelf, find)

    for part in list(kept):
        without = [other for other in kept if other is not part]
        if not choose(limits(without), taken).may_go_on:
            kept = without
    conflict = [(name, tuple(values)) for name, values in kept]
    if taken and choose(limits(kept), ()).may_go_on:
        conflict.insert(0, (f"{_items(len(taken))} already chosen", ("items",)))
    return conflict


def _parts(rules: Rules) -> list[tuple[str, dict[str, Any]]]:
    """Each rule that is set: how it is named, and its values."""
    parts: list[tuple[str, dict[str, Any]]] = []
    if rules.min_items > 1:
        parts.append((f"size of at least {rules.min_items}", {"min_items": rules.min_items}))
    parts.append((f"size of at most {rules.max_items}", {"max_items": rules.max_items}))
    if rules.budget is not None:
        parts.append((f"budget {rules.budget:.12g}", {"budget": rules.budget}))
    if rules.min_price is not None or rules.max_price is not None:
        prices = {"min_price": rules.min_price, "max_price": rules.max_price}
        parts.append((f"price of an item {rules.min_price or 0:g} to {rules.max_price or 'any'}", prices))
    if rules.in_stock:
        parts.append(("in stock", {"in_stock": True}))
    for name in ("excluded", "owned"):
        if listed := getattr(rules, name):
            parts.append((_items(len(listed), name), {name: listed}))
    if rules.allowed is not None:
        parts.append((f"only {_items(len(rules.allowed), 'allowed')}", {"allowed": rules.allowed}))
    if rules.slots:
        parts.append((f"one each of {', '.join(rules.slots)}", {"slots": rules.slots}))
    for name, group in (("per_category", "category"), ("per_brand", "brand")):
        if (cap := getattr(rules, name)) is not None:
            parts.append((f"at most {cap} of a {group}", {name: cap}))
    return parts


def _items(n: int, kind: str = "") -> str:
    return f"{n} {kind} item{'' if n == 1 else 's'}".replace("  ", " ")
