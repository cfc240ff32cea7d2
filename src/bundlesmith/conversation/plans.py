"""How a change of the last set is carried out: as much as possible of it stays, and what is let go is said.

for plan in plans(heard, before, after, view): ...      the first that fits is asked for
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from bundlesmith.constraints.rules import parse_size
from bundlesmith.conversation.directions import named_kind
from bundlesmith.conversation.heard import ADDS, SLOTTING, SWAPS, Heard
from bundlesmith.conversation.state import ConversationState, bundle_of
from bundlesmith.data.category import is_of
from bundlesmith.pipeline.ask import Ask, exact_ask
from bundlesmith.pipeline.satisfied import fills_slots, may_be_written, within_caps
from bundlesmith.shop.live_shop import ShopView
from bundlesmith.understanding.change import LastItem
from bundlesmith.understanding.shop_words import shop_words

_MOST = 40
"""So many plans are tried at most."""
_ALIKE = 3
"""For cheaper so many things are exchanged for others of their types, before one of them is for another type."""
MOST_LEFT_OUT = 500
CHEAPER = (0.95, 0.99)
"""Where nothing is cheaper by as much as was asked for, shares of the last total that will do, too."""


@dataclass(frozen=True, slots=True)
class ChangePlan:
    """One way to carry a change out.

    Attributes:
        ask: what is asked for.
        let_go: ids of the last set that don't stay, though nobody asked for that.
        notes: what is said of it: keys of the texts.
    """

    ask: Ask
    let_go: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


def wanted(heard: Heard, before: ConversationState, after: ConversationState, view: ShopView) -> Ask:
    """What is asked for where no plan fits: this is what is loosened."""
    if (dear := too_dear(heard, before, after, view)) is not None:
        return dear
    return next(plans(heard, before, after, view)).ask if heard.kinds & (ADDS | SWAPS) else after.ask


def too_dear(heard: Heard, before: ConversationState, after: ConversationState, view: ShopView) -> Ask | None:
    """What is asked for where the budget is too small for a kind that is named, or for the set with what is added.

    None where it isn't, or where no kind is named and nothing is added.
    """
    ask, catalogue = after.ask, view.catalogue
    if heard.too_dear and before.last:
        return exact_ask(before.ask, list(dict.fromkeys((*before.last, *heard.too_dear))))
    limits = [limit for limit in (ask.budget, ask.max_price) if limit is not None]
    if not limits or heard.act != "wish" or ask.slots or ask.only:
        return None
    rows = named_kind(ask.words, shop_words(view))
    prices = [price for row in rows if (price := catalogue.price(row)) is not None]
    if not prices or min(prices) <= min(limits):
        return None
    return ask.model_copy(update={"only": [catalogue.ids[row] for row in rows], "size": "1:1"})


def plans(heard: Heard, before: ConversationState, after: ConversationState, view: ShopView) -> Iterator[ChangePlan]:
    """The ways to carry a message out, the best first; at least one.

    Args:
        heard: the message.
        before, after: the state before and after it; the rules of the latter hold in each way.
        view: the shop.
    """
    last = bundle_of(before.last, view)
    fresh = heard.act in ("wish", "recipient") or heard.understood is None or last is None
    if heard.loosens and heard.understood is not None:
        yield ChangePlan(heard.understood.ask)
        return
    if fresh or heard.understood is None or last is None:
        if others := _other_kinds(heard, view):
            yield ChangePlan(after.ask.model_copy(update={"exclude": [*after.ask.exclude, *others]}))
        yield ChangePlan(after.ask)
        return
    if refined(heard, before) or heard.kinds == {"sets"} or "another" in heard.kinds:
        yield ChangePlan(after.ask)
        return
    if "nicer" in heard.kinds:
        yield from _nicer(heard.understood.ask, list(last.items))
        return
    found = _Changing(heard, before, after, view, list(last.items))
    for _, plan in zip(range(_MOST), found.plans(), strict=False):
        yield plan
    if not found.named:
        yield ChangePlan(after.ask)


def kinds_wanted(heard: Heard) -> list[str]:
    """The items of kinds that are to be in the set and are no categories."""
    return [item for phrase in heard.phrases if phrase.kind in SLOTTING for item in phrase.of_kind]


def _other_kinds(heard: Heard, view: ShopView) -> list[str]:
    """What else there is in the categories of kinds of item that are wanted: no rollerball for a fountain pen."""
    catalogue = view.catalogue
    wanted = set(kinds_wanted(heard))
    paths = {tuple(catalogue.categories[catalogue.row(item)]) for item in wanted}
    ids = [catalogue.ids[row] for row in shop_words(view).of_paths(paths)]
    return [item for item in ids if item not in wanted][:MOST_LEFT_OUT]


def refined(heard: Heard, before: ConversationState) -> bool:
    """Whether a message adds to the words of the wish."""
    return heard.understood is not None and heard.understood.wish != before.ask.words


def _nicer(meant: Ask, items: Sequence[LastItem]) -> Iterator[ChangePlan]:
    """All that can be is exchanged for something dearer; else as many of the cheapest as fit."""
    yield ChangePlan(meant)
    better = sorted((one for one in items if one.item_id not in meant.items), key=lambda item: item.price or 0)
    for count in range(len(better) - 1, 0, -1):
        stay = [item.item_id for item in items if item not in better[:count]]
        slots = [" > ".join(item.category) for item in better[:count]]
        exclude = [item for item in meant.exclude if item not in stay]
        yield ChangePlan(meant.model_copy(update={"items": stay, "slots": slots, "exclude": exclude}))


@dataclass(frozen=True, slots=True)
class _Changing:
    heard: Heard
    before: ConversationState
    after: ConversationState
    view: ShopView
    items: list[LastItem]

    def plans(self) -> Iterator[ChangePlan]:
        heard, ask = self.heard, self.after.ask
        assert heard.understood is not None
        if heard.kinds & SWAPS:
            meant = heard.understood.ask
            if kind := [item for one in heard.phrases if one.kind in SWAPS for item in one.of_kind]:
                yield ChangePlan(meant.model_copy(update={"only": kind, "slots": ask.slots}))
            yield ChangePlan(meant)
            yield ChangePlan(meant.model_copy(update={"slots": ask.slots}))
        stay, added = self._staying(), self._added()
        size = self._size(added)
        same = not added and size == len(self.items) and len(stay) == size and self._affordable(stay, ask.budget)
        if same and fills_slots([item.category for item in stay], ask.slots):
            yield ChangePlan(exact_ask(ask, [item.item_id for item in stay]), notes=(self._why_same(),))
            return
        if size < len(stay) and not added:
            yield ChangePlan(ask.model_copy(update={"only": [one.item_id for one in stay], "size": f"{size}:{size}"}))
        yield from self._adding(stay, added, size) if heard.kinds & ADDS else ()
        for budget, note in self._budgets():
            for exclude in self._excluded():
                asked = ask.model_copy(update={"budget": budget, "exclude": exclude})
                yield from (replace(plan, notes=(*note, *plan.notes)) for plan in self._keeping(asked, stay, size))

    @property
    def named(self) -> bool:
        """Whether it is said which items are to be added: then a set without them is no answer."""
        return bool(self.heard.kinds & ADDS) and bool(self._kind())

    def _excluded(self) -> Iterator[list[str]]:
        """What is left out: where a thing of the last set goes, nothing of its kind comes for it, if that will do."""
        exclude = self.after.ask.exclude
        gone = [item for item in self.items if item.item_id in exclude and item.item_id not in self.before.ask.exclude]
        if gone and self.heard.kinds & {"exclude", "exclude_known", "drop"}:
            words = shop_words(self.view)
            rows = words.of_paths({tuple(item.category) for item in gone if item.category})
            kept = {item.item_id for item in self.items} - {item.item_id for item in gone}
            same = [self.view.catalogue.ids[row] for row in rows[:MOST_LEFT_OUT]]
            yield list(dict.fromkeys([*exclude, *(item for item in same if item not in kept)]))
        yield exclude

    def _why_same(self) -> str:
        kinds = self.heard.kinds
        if kinds & {"exclude", "exclude_known", "drop", "have"}:
            return "none_in_it"
        return "kept" if "keep" in kinds else "unchanged"

    def _staying(self) -> list[LastItem]:
        """The items of the last set that keep the rules; what is asked for by its id needn't be in stock."""
        ask, catalogue = self.after.ask, self.view.catalogue
        rules = ask.rules()
        kept: list[LastItem] = []
        rows: list[int] = []
        for item in self.items:
            row = catalogue.row(item.item_id)
            of_item = replace(rules, in_stock=rules.in_stock and item.item_id not in ask.items)
            if may_be_written(row, of_item, catalogue) and within_caps([*rows, row], rules, catalogue):
                kept.append(item)
                rows.append(row)
        return kept

    def _added(self) -> list[str]:
        """The ids that are added by name; one "" for each thing that is added by its kind."""
        if not self.heard.kinds & ADDS:
            return []
        assert self.heard.understood is not None
        ids = {item.item_id for item in self.items}
        meant = self.heard.understood.ask
        named = [item for item in meant.items if item not in ids and item not in self.before.ask.items]
        more = parse_size(meant.size)[0] - len(self.items) - len(named)
        if not any(one.kind in ADDS and one.understood for one in self.heard.phrases):  # "with a stove"
            slots = len(self.after.ask.slots) - len(self.before.ask.slots)
            more = max(more, slots, 0 if named else 1)
        return [*named, *[""] * more]

    def _size(self, added: Sequence[str]) -> int:
        least, most = parse_size(self.after.ask.size)
        size = len(self.items) + len(added)
        if added or not self.heard.kinds & {
            "exactly",
            "sizes",
            "least",
            "most",
            "above",
            "below",
            "bigger",
            "smaller",
            "needed",
        }:
            return size
        return min(max(size, least), most)

    def _budgets(self) -> Iterator[tuple[float | None, tuple[str, ...]]]:
        """The budget; where something is added, the one that the shopper gave; and for cheaper, less of a cut."""
        budget, said = self.after.ask.budget, self.after.budget_said
        if self.heard.kinds & ADDS and budget is not None and "cheaper" not in self.heard.kinds and said != budget:
            yield said, ("budget_back",) if said is not None else ()
        yield budget, ()
        if "cheaper" in self.heard.kinds and all(item.price for item in self.items):
            total = sum(item.price or 0 for item in self.items)
            for share in CHEAPER:
                if budget is not None and share * total > budget:
                    yield round(share * total, 2), ()

    @staticmethod
    def _affordable(items: Sequence[LastItem], budget: float | None) -> bool:
        return budget is None or sum(item.price or 0 for item in items) <= budget + 1e-9

    def _adding(self, stay: list[LastItem], added: list[str], size: int) -> Iterator[ChangePlan]:
        """Everything stays, and what is added comes to it."""
        ask, ids = self.after.ask, [item.item_id for item in stay]
        named = [item for item in added if item]
        for budget, note in self._budgets():
            asked = ask.model_copy(update={"budget": budget})
            if len(named) == len(added):
                yield ChangePlan(exact_ask(asked, [*ids, *named]), notes=note)
            else:
                fixed = {"items": [*ids, *named], "size": f"{size}:{size}", "only": self._kind() or ask.only}
                yield ChangePlan(asked.model_copy(update=fixed), notes=note)

    def _kind(self) -> list[str]:
        """The items of a kind that is added and is no category."""
        assert self.heard.understood is not None
        return [item for phrase in self.heard.phrases if phrase.kind == "add" for item in phrase.of_kind]

    def _keeping(self, ask: Ask, stay: list[LastItem], size: int) -> Iterator[ChangePlan]:
        """As many as fit stay; of those that don't the dearest go first, and others of their kinds come.

        For cheaper these are called as what goes is, before they are of its category only: a bread knife for one.
        """
        by_price = sorted(stay, key=lambda item: -(item.price or 0))
        if "cheaper" in self.heard.kinds:
            for gone in range(1, min(len(by_price), _ALIKE) + 1):
                alike = ask.model_copy(update={"exclude": [*ask.exclude, *self._unlike(by_price[:gone])]})
                yield from self._plan(alike, stay, by_price[:gone], size, replaced=True)
        for gone in range(len(by_price) + 1):
            yield from self._plan(ask, stay, by_price[:gone], size, replaced=True)
        if self.heard.kinds & ADDS:
            yield from self._smaller(ask, stay, size)
        if self.named:
            return
        if by_price:
            notes = () if "cheaper" in self.heard.kinds else ("others",)
            yield ChangePlan(ask.model_copy(update={"items": [], "size": f"{size}:{size}"}), notes=notes)
        for count in range(size - 1, max(len(ask.slots), 1), -1):
            for gone in range(len(by_price) + 1):
                yield from self._plan(ask, stay, by_price[:gone], count, replaced=True)
            yield ChangePlan(ask.model_copy(update={"items": [], "size": f"{count}:{count}"}), notes=("fewer",))

    def _unlike(self, items: Sequence[LastItem]) -> list[str]:
        """What is of the categories of items, and of another type of product than those of that category are."""
        catalogue, type_of = self.view.catalogue, self.view.run.roles.type_of
        paths = {tuple(item.category) for item in items if item.category}
        types = {(tuple(item.category), type_of(item.title, item.category)) for item in items}
        found = []
        for row in shop_words(self.view).of_paths(paths):
            path = tuple(catalogue.categories[row])
            if (path, type_of(catalogue.titles[row], path)) not in types:
                found.append(catalogue.ids[row])
        return found[:MOST_LEFT_OUT]

    def _smaller(self, ask: Ask, stay: list[LastItem], size: int) -> Iterator[ChangePlan]:
        """For what is added one or two of the rest go: what is of the same kind first, then the cheapest that do."""
        wanted = {self.view.catalogue.categories[self.view.catalogue.row(item)] for item in self._kind()}
        order = sorted(stay, key=lambda item: (item.category not in wanted, item.price or 0))
        for item in order:
            yield from self._plan(ask, stay, [item], size - 1, replaced=False)
        for at, item in enumerate(order):
            for other in order[at + 1 :]:
                yield from self._plan(ask, stay, [item, other], size - 2, replaced=False)

    def _plan(
        self, ask: Ask, stay: list[LastItem], gone: Sequence[LastItem], size: int, replaced: bool
    ) -> Iterator[ChangePlan]:
        """The rest stays, and what goes is replaced by others of its kinds, or by nothing."""
        kept = [item for item in stay if item not in gone]
        lost = [item.item_id for item in gone]
        slots = self._slots(ask.slots, gone if replaced else (), kept)
        if len(kept) >= size or len(slots) > size:
            return
        fixed: dict[str, object] = {"items": [item.item_id for item in kept], "size": f"{size}:{size}", "slots": slots}
        added = self.heard.kinds & ADDS
        if added and not lost:
            return
        if added and not replaced:
            fixed |= {"only": self._kind() or ask.only}
        elif added and self._kind():
            return  # what is added must be of its kind, and what replaces others of theirs
        if added or "cheaper" not in self.heard.kinds:
            fixed |= {"exclude": [*ask.exclude, *lost]}
        notes = () if size >= len(self.items) else ("fewer",)
        yield ChangePlan(ask.model_copy(update=fixed), tuple(lost) if added or lost else (), notes)

    def _slots(self, slots: Sequence[str], gone: Sequence[LastItem], kept: Sequence[LastItem]) -> list[str]:
        """The slots that are asked for, and one for each item that goes, where none of these stands for it."""
        open_slots = [slot for slot in slots if not any(is_of(item.category, slot) for item in kept)]
        found = list(slots)
        for item in gone:
            filled = next((slot for slot in open_slots if is_of(item.category, slot)), None)
            if filled is not None:
                open_slots.remove(filled)
            elif item.category:
                found.append(" > ".join(item.category))
        return found
