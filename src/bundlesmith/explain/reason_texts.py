"""What a reason says: a ground of an item as a sentence with its claims, by `prompts/reason.jinja`."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from bundlesmith.claim import Claim
from bundlesmith.explain.details import Detail, attribute_name, value_in_chinese
from bundlesmith.explain.facts import COLOURS, BundleFacts, month_of
from bundlesmith.explain.kinds import ProductRole
from bundlesmith.explain.nouns import with_article
from bundlesmith.prompts import render
from bundlesmith.request import PastEvent
from bundlesmith.told import Reason

MOST_IN_REASON, MOST_SIGNS_IN_REASON = 15, 60
"""A reason has no more words; in Chinese signs, Latin letters of names included."""


@dataclass(frozen=True, slots=True)
class ReasonGround:
    """What a reason says: its kind (see `prompts/reason.jinja`), the other item's row, an attribute and its value.

    Of two attributes of the item alone both are *details*; *first* are nats that speak for it in any case.
    """

    kind: str
    other: int | None = None
    attribute: str = ""
    value: str = ""
    first: float = 0.0
    noun: str = ""
    nouns: tuple[str, str] | None = None
    details: tuple[Detail, ...] = ()


def reason_of(
    facts: BundleFacts,
    row: int,
    role: ProductRole | None,
    ground: ReasonGround,
    name: str,
    language: str,
    weights: Mapping[str, float],
) -> Reason:
    """What a ground says of an item, with its claims; *name* is what the other item is called."""
    event = None
    if ground.kind.startswith("past") and ground.other is not None:
        event = facts.event(ground.other)
    year, month = month_of(event.time) if event and event.time is not None else (0, 0)
    said = _rendered(facts, role, ground, name, language, event, year, month)
    if year and not is_short(said, language):
        said = _rendered(facts, role, ground, name, language, event, 0, 0)
    return Reason(facts.item_id(row), said, tuple(_claims(facts, row, role, ground, name, language)), weights)


def is_short(text: str, language: str) -> bool:
    """Whether a reason is no longer than one may be."""
    return len(text.split()) <= MOST_IN_REASON if language == "en" else len(text) <= MOST_SIGNS_IN_REASON


def _rendered(
    facts: BundleFacts,
    role: ProductRole | None,
    ground: ReasonGround,
    name: str,
    language: str,
    event: PastEvent | None,
    year: int,
    month: int,
) -> str:
    """The sentence; *event* happened in a *month* of a *year*, 0 if that isn't said."""
    text = render(
        "reason" if language == "en" else f"reason.{language}",
        purpose=role.purpose if role else "",
        kind=ground.kind,
        other=name,
        attribute=attribute_name(ground.attribute, language),
        value=_said_value(ground, language),
        details=ground.details,
        asked=bool(facts.request.words),
        noun=with_article(ground.noun) if ground.noun and language == "en" else ground.noun,
        nouns=ground.nouns or ("", ""),
        event=event and event.kind,
        year=year,
        month=month,
    )
    return " ".join(text.split()) if language == "en" else text.strip()


def _said_value(ground: ReasonGround, language: str) -> str:
    """The value of a ground as it is said; "" of what can't be said in Chinese."""
    if language == "en" or ground.attribute in ("", "brand", "title"):
        return ground.value
    return value_in_chinese(ground.value, "colours" if ground.attribute in COLOURS else "materials")


def _claims(
    facts: BundleFacts, row: int, role: ProductRole | None, ground: ReasonGround, name: str, language: str
) -> Iterator[Claim]:
    """What a reason claims: of its own item, and of the other one that it names."""
    item = facts.item_id(row)
    if role and ground.kind == "role alone":
        said = role.purpose[:1].upper() + role.purpose[1:] if language == "en" else role.purpose
        yield Claim(said, "purpose", item, None, role.purpose)
    for each in ground.details:
        yield Claim(each.value, "attribute", item, each.attribute, each.value)
    if ground.kind in ("slot", "own category"):
        yield Claim(ground.value, "category", item, "category", ground.value)
    elif ground.kind in ("brand", "past brand"):
        yield Claim(ground.value, "brand", item, "brand", ground.value)
    elif ground.kind == "words":
        yield Claim(ground.value, "attribute", item, "title", ground.value)
    elif ground.kind == "sets":
        yield Claim(ground.value, "sets", item, None, ground.noun)
    elif ground.kind == "pair" and ground.nouns:
        yield Claim(ground.value, "sets", item, None, ground.nouns[1])
        return
    elif ground.kind == "price":
        yield Claim(ground.value, "price", item, "price", facts.catalogue.price(row))
    elif ground.attribute and (said := _said_value(ground, language)):
        yield Claim(said, "attribute", item, ground.attribute, ground.value)
    if ground.other is None:
        return
    other = facts.item_id(ground.other)
    if ground.kind.startswith("past"):
        yield Claim(name, "history", other, None, name, facts.event(ground.other))
    else:
        yield Claim(name, "item", other, None, name)
