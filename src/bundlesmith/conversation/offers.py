"""What may be said next, as words and as values: a button, a line of an answer, a field of an error."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from bundlesmith.constraints.rules import ASKED_ALIKE, parse_size
from bundlesmith.conversation.replies import Replies
from bundlesmith.pipeline.ask import Ask
from bundlesmith.pipeline.relaxing import Conflict, Relaxation, rule_of
from bundlesmith.shop.live_shop import ShopView
from bundlesmith.understanding.decide import money

__all__ = ["Suggestion", "money", "relaxed_values", "rules_said", "suggestions_of"]


@dataclass(frozen=True, slots=True)
class Suggestion:
    """Something that may be said next.

    Attributes:
        label: what it is called.
        say: the message that says it.
        items, total: what it would give, where that is known.
        change: the fields of the request that it changes, where it loosens rules.
    """

    label: str
    say: str
    items: tuple[str, ...] = ()
    total: float | None = None
    change: dict[str, Any] = field(default_factory=dict)

    def values(self) -> dict[str, Any]:
        """As JSON values."""
        return {**asdict(self), "items": list(self.items)}


def suggestions_of(found: Sequence[Relaxation], ask: Ask, view: ShopView, say: Replies) -> list[Suggestion]:
    """Ways out of a conflict as what may be said."""
    return [Suggestion(_label(one, ask, view, say), _said(one, say), one.items, one.total, one.fields) for one in found]


def _said(one: Relaxation, say: Replies) -> str:
    value = money(one.value) if one.kind == "budget" else one.value
    return say.say(f"rules.{one.kind}.loosen", value=value)


def _label(one: Relaxation, ask: Ask, view: ShopView, say: Replies) -> str:
    """What it is called, and what it gives: "For 12.5 more: 3 things for 62.5: …"."""
    more = money(round(one.value - ask.budget, 2)) if one.kind == "budget" and ask.budget else ""
    value = money(one.value) if one.kind == "budget" else one.value
    head = say.say(f"rules.{one.kind}.offer", value=value, more=more, before=parse_size(ask.size)[0])
    if not one.items:
        return head
    titles = ", ".join(view.catalogue.titles[row] for row in view.catalogue.known(one.items))
    whole = money(one.total) if one.total is not None else ""
    return f"{head}: {say.say('option', n=len(one.items), total=whole, titles=titles)}"


def rules_said(ask: Ask, conflict: Conflict, say: Replies) -> list[tuple[str, str]]:
    """The rules of a conflict: the field of each, and how it is said."""
    least, most = parse_size(ask.size)
    values: dict[str, dict[str, Any]] = {
        **{name: {"value": getattr(ask, name)} for name in ASKED_ALIKE},
        "items": {"n": len(ask.items)},
        "min_items": {"value": least},
        "max_items": {"value": most},
        "budget": {"value": money(ask.budget or 0)},
        "excluded": {"n": len(ask.exclude)},
        "owned": {},
        "allowed": {"n": len(ask.only)},
        "slots": {"value": ", ".join(slot.split(" > ")[-1] for slot in ask.slots)},
        "prices": {"low": ask.min_price and money(ask.min_price), "high": ask.max_price and money(ask.max_price)},
    }
    names = [rule_of(fields[0]) for _, fields in conflict]
    return [(name, say.say(f"rules.{name}.named", **values[name])) for name in names]


def relaxed_values(found: Sequence[Relaxation], ask: Ask, view: ShopView, say: Replies) -> list[dict[str, Any]]:
    """Ways out of a conflict as JSON values."""
    return [one.values() for one in suggestions_of(found, ask, view, say)]
