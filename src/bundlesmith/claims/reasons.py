"""One short reason an item, from catalogue, request and history alone: true by construction, and without a model.

    reasons(facts_of(request, bundle.items, catalogue), "en")

Of all that could be said of an item, what the other items' reasons haven't said yet comes first; then, in this order:
the customer chose it, a slot, the past (it fits the same thing, is of the same kind, of the same brand), the request's
words, and what it shares with another item of the bundle. Knows nothing about models.
"""

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from bundlesmith.category import steps
from bundlesmith.claims.claim import Claim
from bundlesmith.claims.facts import COLOURS, Facts, month_of
from bundlesmith.claims.found import words_in
from bundlesmith.prompts import render

FITS = "compatible_with"
_PLAIN = frozenset(
    words_in(
        "a an and any are as at be but by can do for from get give has have help i if in into is it items like "
        "looking me my need not of on one or our put set sets some something that the their them these they this "
        "those to together under up us want was we what which who will with would you your please bundle bundles "
        "recommend find show good best nice new more most very all less than people person thing things stuff"
    )
)


@dataclass(frozen=True, slots=True)
class Reason:
    """Why an item is there: a sentence, and the claims in it; *item* is its id."""

    item: str
    text: str
    claims: tuple[Claim, ...]


@dataclass(frozen=True, slots=True)
class _Ground:
    """What a reason says: its kind (see `prompts/reason.jinja`), the other item's row, an attribute and its value."""

    kind: str
    other: int | None = None
    attribute: str = ""
    value: str = ""


def reasons(facts: Facts, language: str) -> list[Reason]:
    """A reason for each item of a bundle, in its order."""
    said: Counter[str] = Counter()
    found = []
    for row in facts.rows:
        grounds = list(_grounds(facts, row))
        ground = min(grounds, key=lambda each: said[each.kind])  # ties: the first
        said[ground.kind] += 1
        found.append(_reason(facts, row, ground, language))
    return found


def _grounds(facts: Facts, row: int) -> Iterator[_Ground]:
    """All that could be said of an item, the strongest first; at least one."""
    path = facts.catalogue.categories[row]
    if facts.item_id(row) in facts.request.items:
        yield _Ground("chosen")
    for slot in facts.request.rules.slots:
        if steps(slot) == steps(*path)[-len(steps(slot)) :]:
            yield _Ground("slot", value=slot)
    yield from _past(facts, row)
    if words := _shared_words(facts, row):
        yield _Ground("words", value=words)
    yield from _beside(facts, row)
    if path:
        yield _Ground("own category", value=path[-1])
    if (price := facts.catalogue.price(row)) is not None:
        yield _Ground("price", value=f"{price:.2f}")
    others = [other for other in facts.rows if other != row]
    yield _Ground("other", others[0]) if others else _Ground("chosen")


def _past(facts: Facts, row: int) -> Iterator[_Ground]:
    """What it has in common with an item of the past that isn't in the bundle; what they have comes first."""
    order = sorted(range(len(facts.past)), key=lambda at: (facts.past[at].kind != "purchase", -at))
    earlier = [facts.past_rows[at] for at in order if facts.past_rows[at] not in facts.rows]
    kinds = (("past fits", FITS, _fits), ("past category", "category", _leaf), ("past brand", "brand", Facts.brand))
    for kind, attribute, of in kinds:
        value = of(facts, row)
        other = next((other for other in earlier if value and of(facts, other) == value), None)
        if other is not None:
            yield _Ground(kind, other, attribute, value)


def _beside(facts: Facts, row: int) -> Iterator[_Ground]:
    """What it has in common with another item of the bundle."""
    others = [other for other in facts.rows if other != row]
    own = facts.shown(row)
    shared = [(name, own[name], other) for name in own for other in others if facts.shown(other).get(name) == own[name]]
    for name, value, other in sorted(shared, key=lambda each: (each[0] != FITS, each[0] not in COLOURS)):
        yield _Ground("fits" if name == FITS else "same", other, name, value)
    for kind, of in (("brand", Facts.brand), ("category", _leaf)):
        value = of(facts, row)
        like = [each for each in others if value and of(facts, each) == value]
        if like:
            yield _Ground(kind, like[0], kind, value)


def _fits(facts: Facts, row: int) -> str:
    return facts.shown(row).get(FITS, "")


def _leaf(facts: Facts, row: int) -> str:
    return (facts.catalogue.categories[row] or ("",))[-1]


def _shared_words(facts: Facts, row: int) -> str:
    """The request's telling words that the item's title or category holds, as the request writes them."""
    own = set(_words(" ".join((facts.catalogue.titles[row], *facts.catalogue.categories[row]))))
    held = [word for word in re.findall(r"\w+", facts.request.words) if _stem(word) in own]
    return " ".join(dict.fromkeys(held))


def _words(text: str) -> list[str]:
    return [stem for word in re.findall(r"\w+", text) if (stem := _stem(word))]


def _stem(word: str) -> str:
    """A word as it is compared: in lower case, without the s of a plural; "" for one that says nothing."""
    folded = word.casefold()
    if folded in _PLAIN or len(folded) < 2 or folded.isdigit():
        return ""
    return folded[:-1] if len(folded) > 3 and folded.endswith("s") and not folded.endswith("ss") else folded


def _reason(facts: Facts, row: int, ground: _Ground, language: str) -> Reason:
    event = None
    if ground.kind.startswith("past") and ground.other is not None:
        event = facts.event(ground.other)
    year, month = month_of(event.time) if event and event.time is not None else (0, 0)
    text = render(
        "reason" if language == "en" else f"reason.{language}",
        kind=ground.kind,
        other="" if ground.other is None else facts.name(ground.other),
        attribute=ground.attribute,
        value=ground.value,
        event=event and event.kind,
        year=year,
        month=month,
    )
    return Reason(facts.item_id(row), text.strip(), tuple(_claims(facts, row, ground)))


def _claims(facts: Facts, row: int, ground: _Ground) -> Iterator[Claim]:
    """What a reason claims: of its own item, and of the other one that it names."""
    item = facts.item_id(row)
    if ground.kind in ("slot", "own category", "category", "past category"):
        yield Claim(ground.value, "category", item, "category", ground.value)
    elif ground.kind in ("brand", "past brand"):
        yield Claim(ground.value, "brand", item, "brand", ground.value)
    elif ground.kind == "words":
        yield Claim(ground.value, "attribute", item, "title", ground.value)
    elif ground.kind == "price":
        yield Claim(ground.value, "price", item, "price", facts.catalogue.price(row))
    elif ground.attribute:
        yield Claim(ground.value, "attribute", item, ground.attribute, ground.value)
    if ground.other is None:
        return
    name, other = facts.name(ground.other), facts.item_id(ground.other)
    if ground.kind.startswith("past"):
        yield Claim(name, "history", other, None, name, facts.event(ground.other))
    else:
        yield Claim(name, "item", other, None, name)
