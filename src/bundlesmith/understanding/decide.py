"""What each part of a message changes, given the `Ask` so far and the last bundle.

How things are said comes from the language of the message.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from bundlesmith.constraints.rules import CAPS, FLAGS, LARGEST, parse_size, unruled
from bundlesmith.pipeline.ask import Ask
from bundlesmith.understanding import goods
from bundlesmith.understanding.change import FieldChange, LastBundle, Phrase, apply, complaint
from bundlesmith.understanding.corrections import MODEL, PIECES, follows_word, is_corrected
from bundlesmith.understanding.find import Found
from bundlesmith.understanding.language import ANY_FLAGS, Language, PhraseKind
from bundlesmith.understanding.words import CatalogueWords

LEAST_AMOUNT, LEAST_FACTOR = 0.01, 0.01
SAME_THING: tuple[frozenset[str], ...] = (
    frozenset({"budget", "budgets", "any_budget"}),
    frozenset({"exactly", "sizes"}),
    *(frozenset({name, f"any_{name}"}) for name in (*FLAGS, *CAPS)),
)
"""Kinds that replace each other: of several in a message the last one counts."""
MOST_SETS = 10
NO_CONDITIONS = tuple(
    FieldChange(name, "set", parse_size(value) if name == "size" else () if value == [] else value)
    for name, value in {"items": [], **unruled()}.items()
)
_APIECE = re.compile(r"\b(each|apiece)\b(?! (item|piece|product|thing))", re.IGNORECASE)
_NO_TWO = re.compile(r"no (?!more|higher)", re.IGNORECASE)
"""How "no two of the same brand" begins: that is one of each."""
_BARE = re.compile(
    r"(?:make it|exactly|just|only|(?:is|are|will be) (?:enough|plenty|sufficient|fine)|will do|[\W\d])+"
)
"""A number that isn't said to count things."""


@dataclass(slots=True)
class ReadConversation:
    """The conversation while a message is read.

    Attributes:
        before: the `Ask` before the message.
        now: with what was decided so far.
        bounds: sizes and prices that the message itself has set, by kind.
        language: in which things are said back.
    """

    before: Ask
    last: LastBundle | None
    words: CatalogueWords
    language: Language
    text: str
    now: Ask
    bounds: dict[str, float] = field(default_factory=dict)

    def said(self, name: str, *values: object) -> str:
        """How something is said."""
        return self.language.said[name].format(*values)


@dataclass(frozen=True, slots=True)
class Decision:
    """What was decided of one part; without changes it was not understood."""

    field: str
    value: Any
    said: str
    changes: tuple[FieldChange, ...] = ()
    of_kind: tuple[str, ...] = ()


def decide(talk: ReadConversation, parts: Sequence[Found]) -> list[tuple[Found, Phrase]]:
    """Decide on the parts in their order; *talk* has the result."""
    decided: list[tuple[Found, Phrase]] = []
    talk.bounds |= {"sets": 1} if any(found.kind == "sets" for found in parts) else {}
    latest = {found.kind: at for at, found in enumerate(parts)}
    for at, found in enumerate(parts):
        if is_corrected(talk.text, found, parts[at + 1 :]):
            answer: Decision | None = Decision("budget", None, talk.said("replaced"))
        else:
            answer = _DECIDERS[found.kind](talk, found)
        if answer is None:
            continue
        if answer.changes and any(then > at and _replaces(kind, found.kind) for kind, then in latest.items()):
            answer = Decision(answer.field, None, talk.said("replaced"))
        answer = _checked(talk, answer)
        text = talk.text[found.start : found.end]
        said = (answer.field, answer.value, answer.said, answer.changes, found.kind, answer.of_kind)
        phrase = Phrase(text, found.start, found.end, *said)
        decided.append((found, phrase))
    return decided


def _replaces(later: PhraseKind, kind: PhraseKind) -> bool:
    return any(later in same and (kind in same or (kind == "unclear" and "budget" in same)) for same in SAME_THING)


def _checked(talk: ReadConversation, answer: Decision) -> Decision:
    """The answer, if what it changes makes sense together with all before it; else why not."""
    if not answer.changes:
        return answer
    after = apply(talk.now, answer.changes)
    wrong = complaint(after, talk.words.cost(after.items))
    if wrong is not None and wrong != complaint(talk.now, talk.words.cost(talk.now.items)):
        return Decision(answer.field, None, talk.said(wrong), of_kind=answer.of_kind)
    talk.now = after
    return answer


def _refused(talk: ReadConversation, field: str, why: str, *values: object) -> Decision:
    return Decision(field, None, talk.said(why, *values))


def _amounts(found: Found) -> list[float] | None:
    values = [number.value for number in found.numbers]
    amounts = [round(value, 2) for value in values if value is not None]
    return amounts if len(amounts) == len(values) and all(amount >= LEAST_AMOUNT for amount in amounts) else None


def _counts(found: Found) -> list[int] | None:
    values = [number.value for number in found.numbers]
    counts = [int(value) for value in values if value is not None and value == int(value) and 1 <= value <= LARGEST]
    return counts if len(counts) == len(values) else None


def money(amount: float) -> str:
    """An amount as people write it."""
    return f"{amount:,.2f}".removesuffix(".00")


def _budget(talk: ReadConversation, found: Found) -> Decision | None:
    amounts = _amounts(found)
    if not amounts and [number for number in found.numbers if (number.start, number.end) == (found.start, found.end)]:
        return None  # an amount of nothing, and nothing else said of it
    if not amounts:
        return _refused(talk, "budget", "not_amount")
    if len(amounts) > 1 and amounts[0] > amounts[1]:
        return _refused(talk, "budget", "no_size_range", *map(money, amounts))
    budget = min(amounts[-1], talk.bounds.get("cheaper", amounts[-1]))
    talk.bounds["budget"] = budget
    return Decision("budget", budget, talk.said(found.kind, money(budget)), (FieldChange("budget", "set", budget),))


def _any_budget(talk: ReadConversation, found: Found) -> Decision:
    return Decision("budget", "any", talk.said("any_budget"), (FieldChange("budget", "set", None),))


def _cheaper(talk: ReadConversation, found: Found) -> Decision:
    if talk.last is None or not talk.last.items:
        return _refused(talk, "budget", "no_last")
    total, less = talk.last.total, _amounts(found)
    if found.numbers and not less:
        return _refused(talk, "budget", "not_amount")
    if total is None or (below := _lower(total, found.factor, less)) < LEAST_AMOUNT:
        return _refused(talk, "budget", "no_total")
    budget = below if talk.now.budget is None else min(below, talk.now.budget)
    talk.bounds["cheaper"] = budget
    changes = [FieldChange("budget", "set", budget)]
    if talk.words.cost(talk.now.items) > budget:  # what was kept of a dearer set can't all stay
        changes.append(FieldChange("items", "set", ()))
    return Decision("budget", budget, talk.said("cheaper"), tuple(changes))


def _lower(total: float, factor: float, less: Sequence[float] | None) -> float:
    """A total that is lower by a factor, or by an amount where one was said."""
    return round(total - less[0], 2) if less else int(total * factor * 100) / 100


def _price(talk: ReadConversation, found: Found) -> Decision | None:
    if found.kind == "max_price" and "sets" in talk.bounds and _APIECE.search(talk.text[found.start : found.end]):
        return _budget(talk, replace(found, kind="budget"))  # of sets, each is each set
    name = "min_price" if found.kind == "min_price" else "max_price"
    amounts = _amounts(found)
    if not amounts:
        return _refused(talk, name, "not_amount")
    if found.kind == "prices" and amounts[0] > amounts[1]:
        return _refused(talk, name, "no_size_range", *map(money, amounts))
    low = {"prices": amounts[0], "min_price": amounts[-1]}.get(found.kind, talk.now.min_price)
    high = amounts[-1] if found.kind != "min_price" else talk.now.max_price
    if low is not None and high is not None and low > high:
        if "prices" in talk.bounds:
            return _refused(talk, name, "contradicts")
        low, high = (None, high) if found.kind == "max_price" else (low, None)
    talk.bounds["prices"] = 1
    changes = tuple(
        FieldChange(field, "set", value)
        for field, value in (("min_price", low), ("max_price", high))
        if value != getattr(talk.now, field) or field == name
    )
    value = tuple(amounts) if found.kind == "prices" else amounts[-1]
    return Decision(name, value, talk.said(found.kind, *map(money, amounts)), changes)


def _size(talk: ReadConversation, found: Found) -> Decision | None:
    counts = _counts(found) if found.numbers else [2]  # a pair
    pieces = "piece" in talk.text[found.start : found.end].lower()
    if not counts:
        return None if pieces else _refused(talk, "size", "not_number")
    if found.kind == "sizes" and counts[0] > counts[1]:
        return _refused(talk, "size", "no_size_range", *counts)
    if pieces and counts[-1] > PIECES:
        return None
    if counts[-1] > PIECES and _BARE.fullmatch(talk.text[found.start : found.end].lower()):
        return _budget(talk, replace(found, kind="budget"))
    low, high = (counts[0], counts[-1])
    if found.kind in ("least", "most"):
        low, high = (counts[0], LARGEST) if found.kind == "least" else (1, counts[0])
    if low > talk.bounds.get("most", LARGEST) or high < talk.bounds.get("least", 1):
        return _refused(talk, "size", "contradicts")
    talk.bounds["least"] = max(low, talk.bounds.get("least", 1))
    talk.bounds["most"] = min(high, talk.bounds.get("most", LARGEST))
    name = "exactly_one" if found.kind == "exactly" and low == 1 else found.kind
    if found.kind in ("least", "most"):
        how: Any = found.kind
        return Decision("size", _bounds(low, high), talk.said(name, counts[0]), (FieldChange("size", how, counts[0]),))
    return Decision("size", _bounds(low, high), talk.said(name, low, high), (FieldChange("size", "set", (low, high)),))


def _beyond(talk: ReadConversation, found: Found) -> Decision | None:
    """Fewer than so many, or more."""
    kind: PhraseKind = "most" if found.kind == "below" else "least"
    more = -1 if kind == "most" else 1
    shifted = [replace(number, value=None if number.value is None else number.value + more) for number in found.numbers]
    return _size(talk, replace(found, kind=kind, numbers=tuple(shifted)))


def _bounds(low: int, high: int) -> str:
    return f"{low}:{'' if high == LARGEST else high}"


def _resized(talk: ReadConversation, found: Found) -> Decision:
    if talk.last is None or not talk.last.items:
        return _refused(talk, "size", "no_last")
    more = found.kind == "bigger"
    size = len(talk.last.items) + (1 if more else -1)
    if not 1 <= size <= LARGEST:
        return _refused(talk, "size", "no_size")
    return _size_change(talk, "least" if more else "most", size)


def _size_change(talk: ReadConversation, how: Any, size: int) -> Decision:
    least, most = parse_size(apply(talk.now, [FieldChange("size", how, size)]).size)
    return Decision("size", f"{least}:{most}", talk.said(how, size), (FieldChange("size", how, size),))


def _cap(talk: ReadConversation, found: Found) -> Decision:
    alone = not found.numbers or _NO_TWO.match(talk.text, found.start)
    counts = [1] if alone else _counts(found)
    if not counts:
        return _refused(talk, found.kind, "not_number")
    changes = (FieldChange(found.kind, "set", counts[-1]),)
    return Decision(found.kind, counts[-1], talk.said(found.kind, counts[-1]), changes)


def _flag(talk: ReadConversation, found: Found) -> Decision:
    name = found.kind.removeprefix("any_")
    holds = name == found.kind
    return Decision(name, holds, talk.said(found.kind), (FieldChange(name, "set", holds),))


def _sets(talk: ReadConversation, found: Found) -> Decision:
    counts = _counts(found) if found.numbers else [2]
    if not counts or counts[0] > MOST_SETS:
        return _refused(talk, "n", "not_sets", MOST_SETS)
    return Decision("n", counts[0], talk.said("sets", counts[0]), (FieldChange("n", "set", counts[0]),))


def _loosened(field: str, *changes: FieldChange) -> Callable[[ReadConversation, Found], Decision]:
    return lambda talk, found: Decision(field, None, talk.said(found.kind), changes)


def _not_told(name: str, why: str) -> Callable[[ReadConversation, Found], Decision]:
    return lambda talk, found: _refused(talk, name, why)


def _unclear(talk: ReadConversation, found: Found) -> Decision | None:
    """A bare number after "at most": money if it is too large to be a number of items, and nothing else is."""
    if "budget" in talk.bounds:
        return None
    text = talk.text[found.start : found.end].lower()
    if "dozen" in text:
        return _size(talk, replace(found, kind="least" if "least" in text else "most"))
    if found.numbers[0].value is not None and found.numbers[0].value <= PIECES:
        people = talk.text[found.start :].lower().startswith("for ")
        return None if people or follows_word(talk.text, found) else _refused(talk, "budget", "unclear")
    if follows_word(talk.text, found) and (found.numbers[0].value or 0) < MODEL:
        return None  # "iPhone 14"
    return _budget(talk, replace(found, kind="budget"))


def _correction(talk: ReadConversation, found: Found) -> Decision | None:
    """ "80 not 60", "not 60 but 80": a number that is money if it is too large for a number of items."""
    first = not talk.text[found.start : found.end].lower().startswith(("not", "不"))
    number = found.numbers[0 if first else -1]
    money = number.money or (number.value or 0) > PIECES
    right = replace(found, kind="budget" if money else "exactly", numbers=(number,))
    return _budget(talk, right) if money else _size(talk, right)


def _of_goods(
    decider: Callable[..., goods.GoodsDecision | None],
) -> Callable[[ReadConversation, Found], Decision | None]:
    def decided(talk: ReadConversation, found: Found) -> Decision | None:
        outcome = decider(found, talk.now, talk.last, talk.words)
        if outcome is None:
            return None
        said = goods.said(outcome, talk.language)
        return Decision(outcome.field, outcome.value, said, outcome.changes, outcome.of_kind)

    return decided


_DECIDERS: dict[str, Callable[[ReadConversation, Found], Decision | None]] = {
    **dict.fromkeys((*FLAGS, *ANY_FLAGS), _flag),
    **dict.fromkeys(("prices", "max_price", "min_price"), _price),
    **dict.fromkeys(CAPS, _cap),
    **dict.fromkeys(("sizes", "least", "most", "exactly"), _size),
    **dict.fromkeys(("below", "above"), _beyond),
    **dict.fromkeys(("bigger", "smaller"), _resized),
    **dict.fromkeys(("budget", "budgets"), _budget),
    **dict.fromkeys(("exclude", "exclude_known", "drop", "have", "owned", "allergic"), _of_goods(goods.exclude)),
    **dict.fromkeys(("swap", "swap_rest", "cheaper_swap"), _of_goods(goods.swap)),
    **dict.fromkeys(("slots", "slots_of_things", "needed", "named"), _of_goods(goods.include)),
    "sets": _sets,
    "any_budget": _any_budget,
    "least_budget": _not_told("budget", "least_budget"),
    "unclear": _unclear,
    "corrected": _correction,
    "cheaper": _cheaper,
    "any_price": _loosened("max_price", FieldChange("min_price", "set", None), FieldChange("max_price", "set", None)),
    "no_conditions": _loosened("size", *NO_CONDITIONS),
    "allow_all": _loosened("exclude", FieldChange("exclude", "set", ())),
    "any_kind": _loosened("only", FieldChange("only", "set", ())),
    "let_go": _loosened("items", FieldChange("items", "set", ())),
    "unneeded": _of_goods(goods.unneeded),
    "add_some": _of_goods(goods.add_some),
    "another": _of_goods(goods.another),
    "nicer": _of_goods(goods.nicer),
    "keep": _of_goods(goods.keep),
    "add": _of_goods(goods.add),
    "only": _of_goods(goods.only),
}
