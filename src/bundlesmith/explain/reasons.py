"""One short reason an item: what it is for, and what spoke for it. True by construction, and without a model.

    reasons(facts_of(request, bundle.items, catalogue), "en", shipped_roles(), grounds)

What the customer chose or asked for by name comes first, then the past. Of the rest that comes first which weighs most
for the item by the ranker, if one chose it; what the other items' reasons have said already comes later.
"""

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from bundlesmith.claim import Claim
from bundlesmith.data.category import steps
from bundlesmith.explain.facts import COLOURS, FITS, BundleFacts, month_of
from bundlesmith.explain.grounds import NO_GROUNDS, Grounds
from bundlesmith.explain.kinds import ProductRole
from bundlesmith.explain.nouns import stems, with_article
from bundlesmith.explain.roles import Roles
from bundlesmith.prompts import render
from bundlesmith.ranking.set_similarity import words
from bundlesmith.told import Reason

_PLAIN = frozenset(
    words(
        "a an and any are as at be but by can do for from get give has have help i if in into is it items like "
        "looking me my need not of on one or our put set sets some something that the their them these they this "
        "those to together under up us want was we what which who will with would you your please bundle bundles "
        "recommend find show good best nice new more most very all less than people person thing things stuff "
        "gift gifts present presents kit kits home first old basic basics"
    )
)


@dataclass(frozen=True, slots=True)
class _Ground:
    """What a reason says: its kind (see `prompts/reason.jinja`), the other item's row, an attribute and its value."""

    kind: str
    other: int | None = None
    attribute: str = ""
    value: str = ""
    first: float = 0.0
    noun: str = ""


AGAIN = 1.0
"""So many nats less speak for a ground that another item's reason has."""
FIRST = 100.0
"""What the customer said or did speaks before what was counted."""
MOST_SHARED = 3
"""So many of the request's words are named."""
_NAMES = frozenset(("brand", "series", "collection"))
"""Attributes whose values are names."""
_EVIDENCE = {"sets": "sets", "words": "words", "fits": "beside", "same": "beside"}
"""The kind of evidence that a ground is of; see `bundlesmith.explain.grounds`."""
TOGETHER = (*COLOURS, "motif", "theme", "pattern", "series", "collection", "scent", "age")
"""Attributes for which pieces are chosen to be the same, besides what they fit."""


def reasons(facts: BundleFacts, language: str, roles: Roles, grounds: Grounds = NO_GROUNDS) -> list[Reason]:
    """A reason for each item of a bundle, in its order.

    Args:
        facts: the bundle, and what is known of its request and customer.
        language: "en" or "zh".
        roles: tells what items are for.
        grounds: what decided the bundle, if a ranker did.
    """
    titles, categories = facts.catalogue.titles, facts.catalogue.categories
    known = {row: roles.of(titles[row], categories[row], language) for row in facts.rows}
    said: Counter[str] = Counter()
    found = []
    for row in facts.rows:
        role, weights = known[row], grounds.weights.get(row, {})
        ground = max(
            _grounds(facts, row, role, grounds, language),
            key=lambda each: weights.get(_EVIDENCE.get(each.kind, ""), 0.0) - AGAIN * said[each.kind] + each.first,
        )  # ties: the first
        said[ground.kind] += 1
        found.append(_reason(facts, row, known, ground, language, weights))
    return found


def _grounds(
    facts: BundleFacts, row: int, role: ProductRole | None, grounds: Grounds, language: str
) -> Iterator[_Ground]:
    """All that could be said of an item besides what it is for, the strongest first; at least one."""
    path = facts.catalogue.categories[row]
    if facts.item_id(row) in facts.request.items:
        yield _Ground("chosen", first=2 * FIRST)
    for slot in facts.request.rules.slots:
        if steps(slot) == steps(*path)[-len(steps(slot)) :]:
            yield _Ground("slot", value=slot, first=2 * FIRST)
    yield from _past(facts, row)
    support = grounds.support.get(row)
    if role and support and support.tells:
        yield _Ground("sets", value=support.text(language), noun=support.type.role(language).noun)
    if shared := _shared_words(facts, row, role):
        yield _Ground("words", value=shared)
    yield from _beside(facts, row)
    if role:
        yield _Ground("role alone")
    elif len(path) > 2:
        yield _Ground("own category", value=path[-1])
    if (price := facts.catalogue.price(row)) is not None:
        yield _Ground("price", value=facts.money(price), first=-FIRST)
    others = [other for other in facts.rows if other != row]
    yield _Ground("other", others[0], first=-2 * FIRST) if others else _Ground("chosen", first=-2 * FIRST)


def _past(facts: BundleFacts, row: int) -> Iterator[_Ground]:
    """What it has in common with an item of the past that isn't in the bundle; what they have comes first."""
    order = sorted(range(len(facts.past)), key=lambda at: (facts.past[at].kind != "purchase", -at))
    earlier = [facts.past_rows[at] for at in order if facts.past_rows[at] not in facts.rows]
    kinds = (
        ("past fits", FITS, _fits),
        ("past brand", "brand", BundleFacts.brand),
    )
    for kind, attribute, of in kinds:
        value = of(facts, row)
        other = next((other for other in earlier if value and of(facts, other) == value), None)
        if other is not None:
            yield _Ground(kind, other, attribute, value, FIRST)


def _beside(facts: BundleFacts, row: int) -> Iterator[_Ground]:
    """What it has in common with another item of the bundle: a maker, or a colour, only if it was asked for."""
    others = [other for other in facts.rows if other != row]
    own = facts.shown(row)
    for name in (FITS, *TOGETHER):
        if name in COLOURS and not _is_asked(facts, own.get(name, "")):
            continue
        for other in others:
            if name in own and facts.shown(other).get(name) == own[name] and not _is_called(facts, other, own[name]):
                yield _Ground("fits" if name == FITS else "same", other, name, own[name])
    value = facts.brand(row)
    like = [each for each in others if value and facts.brand(each) == value and _is_asked(facts, value)]
    if like:
        yield _Ground("brand", like[0], "brand", value)


def _is_asked(facts: BundleFacts, value: str) -> bool:
    return set(stems(value)) <= set(stems(facts.request.words))


def _is_called(facts: BundleFacts, row: int, value: str) -> bool:
    """Whether an item is what a value names: strings don't "fit acoustic guitar, as does the acoustic guitar"."""
    return set(stems(value)) <= set(stems(facts.name(row)))


def _fits(facts: BundleFacts, row: int) -> str:
    return facts.shown(row).get(FITS, "")


def _shared_words(facts: BundleFacts, row: int, role: ProductRole | None) -> str:
    """The request's telling words that say what an item is, as they stand together in the request.

    They are of its category, of what it is called, or of a value of it: a title has names, too ("Trail Home").
    """
    called = role.noun if role else facts.name(row)
    values = (value for name, value in facts.shown(row).items() if name not in _NAMES)
    own = set(stems(" ".join((called, *facts.catalogue.categories[row][-1:], *values))))
    found: list[list[str]] = [[]]
    for word in re.findall(r"\w+", facts.request.words):
        if word.casefold() not in _PLAIN and len(word) > 1 and not word.isdigit() and own.issuperset(stems(word)):
            found[-1].append(word)
        elif found[-1]:
            found.append([])
    return " ".join(max(found, key=len)[:MOST_SHARED])


def _reason(
    facts: BundleFacts,
    row: int,
    known: Mapping[int, ProductRole | None],
    ground: _Ground,
    language: str,
    weights: Mapping[str, float],
) -> Reason:
    role = known[row]
    name = "" if ground.other is None else _name(facts, ground.other, known)
    event = None
    if ground.kind.startswith("past") and ground.other is not None:
        event = facts.event(ground.other)
    year, month = month_of(event.time) if event and event.time is not None else (0, 0)
    text = render(
        "reason" if language == "en" else f"reason.{language}",
        purpose=role.purpose if role else "",
        kind=ground.kind,
        other=name,
        attribute=ground.attribute,
        value=ground.value,
        noun=with_article(ground.noun) if ground.noun and language == "en" else ground.noun,
        event=event and event.kind,
        year=year,
        month=month,
    )
    said = " ".join(text.split()) if language == "en" else text.strip()
    return Reason(facts.item_id(row), said, tuple(_claims(facts, row, role, ground, name, language)), weights)


def _name(facts: BundleFacts, other: int, known: Mapping[int, ProductRole | None]) -> str:
    """What the other item is called: by its type if no other piece is of that type; one of the past by its title."""
    role = known.get(other)
    alone = role is not None and list(known.values()).count(role) == 1
    return role.noun if role and alone else facts.name(other)


def _claims(
    facts: BundleFacts, row: int, role: ProductRole | None, ground: _Ground, name: str, language: str
) -> Iterator[Claim]:
    """What a reason claims: of its own item, and of the other one that it names."""
    item = facts.item_id(row)
    if role:
        said = role.purpose[:1].upper() + role.purpose[1:] if language == "en" else role.purpose
        yield Claim(said, "purpose", item, None, role.purpose)
    if ground.kind in ("slot", "own category"):
        yield Claim(ground.value, "category", item, "category", ground.value)
    elif ground.kind in ("brand", "past brand"):
        yield Claim(ground.value, "brand", item, "brand", ground.value)
    elif ground.kind == "words":
        yield Claim(ground.value, "attribute", item, "title", ground.value)
    elif ground.kind == "sets":
        yield Claim(ground.value, "sets", item, None, ground.noun)
    elif ground.kind == "price":
        yield Claim(ground.value, "price", item, "price", facts.catalogue.price(row))
    elif ground.attribute:
        yield Claim(ground.value, "attribute", item, ground.attribute, ground.value)
    if ground.other is None:
        return
    other = facts.item_id(ground.other)
    if ground.kind.startswith("past"):
        yield Claim(name, "history", other, None, name, facts.event(ground.other))
    else:
        yield Claim(name, "item", other, None, name)
