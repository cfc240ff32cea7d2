"""What to do where no bundle fits: the nearest changes of the rules under which one does, and what they would give.

    relaxations(ask, conflict, opener, view)[0].fields      {"budget": 83.5}

Each change is of one rule of the conflict, or of several if one is not enough.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from typing import Any

from bundlesmith.constraints import lookahead
from bundlesmith.constraints.lookahead import NoBundleError, least_cost
from bundlesmith.constraints.rules import ASKED_ALIKE, CAPS, LARGEST, parse_size, unruled
from bundlesmith.errors import BundlesmithError
from bundlesmith.pipeline.answers import total
from bundlesmith.pipeline.ask import Ask
from bundlesmith.pipeline.opening import Openings
from bundlesmith.request import Request
from bundlesmith.shop.live_shop import ShopView

_MOST = 3
"""So many relaxations are told."""
RAISED = 20
"""A cap is raised by up to so many."""
LARGER = 20
"""A bundle is made larger by up to so many items."""
SUITING = 40
"""So many of the likeliest items suit a request."""
DEPTH = 3
"""So many rules are loosened together at most, before all are."""
Opener = Callable[[Ask], Request]
Conflict = Sequence[tuple[str, tuple[str, ...]]]


@dataclass(frozen=True, slots=True)
class Relaxation:
    """One way out.

    Attributes:
        kind: the rule that is loosened, see `rule_of`; "all": each of them.
        fields: the fields of the `Ask` that change, and their values.
        value: what is said of it: the budget, the size, the category, the cap, the ids that are let go.
        items, total: a bundle that it would give, and what that costs; no items if the run has no ranker.
    """

    kind: str
    fields: dict[str, Any]
    value: Any = None
    items: tuple[str, ...] = ()
    total: float | None = None


Looser = Callable[[Ask, Opener, ShopView], Iterator[Relaxation]]
"""How a rule is loosened, the nearest way first."""


def relaxations(
    ask: Ask, conflict: Conflict, opener: Opener, view: ShopView, most: int = _MOST, among: Sequence[str] = ()
) -> list[Relaxation]:
    """The nearest ways out of a conflict, at least one if the shop has a bundle at all.

    Args:
        ask: what is asked.
        conflict: see `bundlesmith.constraints.lookahead.NoBundleError`.
        opener: the request for an `Ask`.
        view: the shop.
        most: how many.
        among: ids of what suits the wish: a way out has a bundle of these; none: of anything.
    """
    named = [field for _, fields in conflict for field in fields]
    found = list(islice(_of_depth(ask, named, only_of(among, opener) if among else opener, view, DEPTH), most))
    bare = {"items": [], **unruled()}
    if not found and shop_fits(ask.model_copy(update=bare), opener, view):
        found = [Relaxation("all", bare)]
    return [_with_bundle(one, ask, opener, view) for one in found]


def _of_depth(ask: Ask, named: Sequence[str], opener: Opener, view: ShopView, depth: int) -> Iterator[Relaxation]:
    """Changes of one of the named rules; of more than one only where none is enough."""
    partly: list[Relaxation] = []
    some = False
    rules = {rule_of(name) for name in named}
    for kind, ways in _LOOSER.items():
        for one in ways(ask, opener, view) if kind in rules else ():
            if shop_fits(ask.model_copy(update=one.fields), opener, view):
                some = True
                yield one
                if kind != "slots":
                    break
            else:
                partly.append(one)
    if some or depth <= 1:
        return
    for one in partly[-1:]:
        looser = ask.model_copy(update=one.fields)
        for other in _of_depth(looser, list(_LOOSER), opener, view, depth - 1):
            yield Relaxation(other.kind, one.fields | other.fields, other.value)


def rule_of(field: str) -> str:
    """The rule that a field of `Rules` is of: both bounds of prices are one."""
    return "prices" if field in ("min_price", "max_price") else field


def sold(request: Request, view: ShopView) -> Request:
    """A request without the items in its rules that aren't sold any more."""
    rules = request.rules
    held = {
        name: tuple(item for item in getattr(rules, name) if view.snapshot.holds(item))
        for name in ("excluded", "owned")
    }
    return replace(request, rules=replace(rules, excluded=held["excluded"], owned=held["owned"]))


def only_of(items: Sequence[str], opener: Opener) -> Opener:
    """Requests that are met with these items, or not at all."""
    return lambda ask: opener(ask.model_copy(update={"only": list(items)}))


def conflict_of(request: Request, view: ShopView) -> Conflict:
    """The rules of a request that no bundle meets together; none if one does."""
    try:
        lookahead.begin(request.rules, view.snapshot.shelf, view.snapshot.find, request.items)
    except NoBundleError as error:
        return error.conflict
    return ()


def shop_fits(ask: Ask, opener: Opener, view: ShopView) -> bool:
    """Whether the shop has a bundle for an `Ask`; one that makes no sense has none."""
    try:
        request = opener(ask)
        return lookahead.fits(request.rules, view.snapshot.shelf, view.snapshot.find, request.items)
    except BundlesmithError:
        return False


def _with_bundle(one: Relaxation, ask: Ask, opener: Opener, view: ShopView) -> Relaxation:
    """A way out with the bundle that it gives; a budget is no more than that costs."""
    request = opener(ask.model_copy(update={**one.fields, "n": 1}))
    for bundle in Openings(view).composed(request, talk=False) or ():
        cost = total(bundle.items, view.catalogue)
        if one.kind == "budget" and cost is not None and cost < one.value:
            return _with_bundle(replace(one, fields={**one.fields, "budget": cost}, value=cost), ask, opener, view)
        return Relaxation(one.kind, one.fields, one.value, bundle.items, cost)
    return one


def suiting(ask: Ask, opener: Opener, view: ShopView, most: int = SUITING) -> list[str] | None:
    """The ids of what suits the words of a request: the likeliest items, whatever they cost, the best first.

    None if that isn't known: there is no ranker, there are no words, the other rules fit nothing, or several slots say
    what suits.
    """
    free = ask.model_copy(update={"budget": None})
    if not ask.words or len(ask.slots) > 1 or not shop_fits(free, opener, view):
        return None
    try:
        ranked = Openings(view).ranked(opener(free), most)
    except NoBundleError:  # no one item more fits: there are as many slots as it takes several for
        return None
    return [*ask.items, *(item for item, _ in ranked)] if ranked else None


def _budget(ask: Ask, opener: Opener, view: ShopView) -> Iterator[Relaxation]:
    if ask.budget is None:
        return
    request = opener(ask)
    cents = least_cost(request.rules, view.snapshot.shelf, view.snapshot.find, request.items)
    if cents is None:
        return
    if not ask.only and (suits := suiting(ask, opener, view)):
        inner = only_of(suits, opener)(ask)
        better = least_cost(inner.rules, view.snapshot.shelf, view.snapshot.find, inner.items)
        if better is not None and better > cents:
            yield Relaxation("budget", {"budget": better / 100}, better / 100)
    yield Relaxation("budget", {"budget": cents / 100}, cents / 100)


def _items(ask: Ask, opener: Opener, view: ShopView) -> Iterator[Relaxation]:
    """The dearest of what is chosen is let go, or else all of it."""
    catalogue = view.catalogue
    by_price = sorted(ask.items, key=lambda item: -(catalogue.price(catalogue.row(item)) or 0))
    if len(by_price) > 1 and shop_fits(ask.model_copy(update={"items": []}), opener, view):
        for item in by_price:
            yield Relaxation("items", {"items": [other for other in ask.items if other != item]}, [item])
    if by_price:  # where that isn't enough, one of them isn't either
        yield Relaxation("items", {"items": []}, by_price if len(by_price) == 1 else list(ask.items))


def _fewer(ask: Ask, opener: Opener, view: ShopView) -> Iterator[Relaxation]:
    least, _ = parse_size(ask.size)
    low, high = len(ask.items), least - 1  # the largest that fits, found by halving
    while low < high:
        size = (low + high + 1) // 2
        if shop_fits(ask.model_copy(update={"size": f"{size}:{size}"}), opener, view):
            low = size
        else:
            high = size - 1
    if low > len(ask.items):
        yield Relaxation("min_items", {"size": f"{low}:{low}"}, low)


def _more(ask: Ask, opener: Opener, view: ShopView) -> Iterator[Relaxation]:
    _, most = parse_size(ask.size)
    if most < LARGEST:
        fitting = _fitting(ask, lambda size: {"size": f"{most + 1}:{size}"}, opener, view)
        size = _least(most + 1, min(most + LARGER, LARGEST), fitting)
        yield Relaxation("max_items", {"size": f"{size}:{size}"}, size)


def _fitting(
    ask: Ask, fields: Callable[[int], dict[str, Any]], opener: Opener, view: ShopView
) -> Callable[[int], bool]:
    """Whether the shop has a bundle with the fields for a number."""
    return lambda number: shop_fits(ask.model_copy(update=fields(number)), opener, view)


def _least(low: int, high: int, is_enough: Callable[[int], bool]) -> int:
    """The least number that is enough, as all above it are, found by halving; *high* if none is."""
    if not is_enough(high):
        return high
    while low < high:
        middle = (low + high) // 2
        low, high = (low, middle) if is_enough(middle) else (middle + 1, high)
    return high


def _slots(ask: Ask, opener: Opener, view: ShopView) -> Iterator[Relaxation]:
    names = list(dict.fromkeys(ask.slots))
    if len(names) > 1 and not shop_fits(ask.model_copy(update={"slots": []}), opener, view):
        names = names[-1:]  # none of them is enough
    for gone in names:
        yield Relaxation("slots", {"slots": [slot for slot in ask.slots if slot != gone]}, gone)


def _raised(name: str) -> Looser:
    """A cap is raised."""

    def raised(ask: Ask, opener: Opener, view: ShopView) -> Iterator[Relaxation]:
        if (cap := getattr(ask, name)) is not None:
            more = _least(cap + 1, cap + RAISED, _fitting(ask, lambda more: {name: more}, opener, view))
            yield Relaxation(name, {name: more}, more)

    return raised


def _without(kind: str, **values: Any) -> Looser:
    return lambda ask, opener, view: iter([Relaxation(kind, values)])


def _unasked(name: str) -> Looser:
    """A rule that is set holds no more."""
    none = unruled()[name]
    return lambda ask, opener, view: iter([Relaxation(name, {name: none})] if getattr(ask, name) != none else [])


_LOOSER: dict[str, Looser] = {
    "budget": _budget,
    "items": _items,
    "min_items": _fewer,
    "slots": _slots,
    "prices": _without("prices", min_price=None, max_price=None),
    **{name: _raised(name) for name in CAPS},
    "excluded": _without("excluded", exclude=[]),
    "in_stock": _without("in_stock", in_stock=False),
    "allowed": _without("allowed", only=[]),
    "max_items": _more,
}
"""How each rule is loosened; the nearest first."""
_LOOSER |= {name: _unasked(name) for name in ASKED_ALIKE if rule_of(name) not in _LOOSER}
