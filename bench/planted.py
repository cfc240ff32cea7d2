"""Planted lies: texts about the bundles of a data folder of which it is known whether they are true.

    for scene in scenes(data, 60, rng): planted(scene, rng)   # each with a true text and the same with one lie in it

The wordings are those of `bench/wordings-*.yaml`; what is true and what is wrong comes from the catalogue: the price of
another item, a name, brand or colour that the shop has elsewhere, a purchase that was none.
"""

import calendar
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import polars as pl
import yaml

from bundlesmith.constraints.rules import Rules
from bundlesmith.data.catalogue import Catalogue, open_catalogue
from bundlesmith.data.events import Event, load_histories
from bundlesmith.explain.claims.facts import COLOURS, BundleFacts, facts_of, month_of, one_line, short_name
from bundlesmith.explain.claims.found import words_in
from bundlesmith.explain.reasons import reasons
from bundlesmith.explain.roles import shipped_roles
from bundlesmith.explain.sentences import explanations
from bundlesmith.pipeline.ask import latest_events
from bundlesmith.request import PastEvent, Request

Wordings = dict[str, dict[str, list[str]]]


def _read(name: str) -> Wordings:
    wordings: Wordings = yaml.safe_load(Path(__file__).with_name(name).read_text("utf-8"))
    return wordings


SETS = {name: _read(f"wordings-{name}.yaml") for name in ("first", "second", "third", "fourth", "fifth")}
"""Sets of wordings in the order in which they were written; the checker was mended by all but the last."""
WORDINGS, UNSEEN = SETS["first"], SETS["fifth"]
MONTHS = calendar.month_name[1:]
NUMBERS = ["two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"]


@dataclass(frozen=True, slots=True)
class Planted:
    """A text, of what it speaks, and where a lie is in it.

    Attributes:
        text: as somebody may write it.
        kind: of what is claimed, a key of the wordings; "template" and "reason" for texts of the package.
        language: "en" or "zh".
        lie: the words that are wrong; "" if all is true.
        wording: of which wording it is; "" for texts of the package.
    """

    text: str
    kind: str
    language: str
    lie: str = ""
    wording: str = ""


Pair = tuple[str, dict[str, str], dict[str, str]]
"""A kind of claim, and what fills its wordings: truly, and with a lie."""


def scenes(data: Path, most: int, rng: random.Random) -> list[BundleFacts]:
    """Bundles of prepared data, each with its customer's past and, where prices are known, a budget."""
    catalogue = open_catalogue(data)
    users = load_histories(data / "events.parquet", catalogue).users
    table = pl.read_parquet(data / "bundles.parquet").filter(pl.col("items").list.len() > 1)
    rows = table.sample(min(most, len(table)), seed=rng.randrange(2**31)).iter_rows(named=True)
    return [_scene(row["items"], users.get(row["user_id"], []), row["intent"] or "", catalogue, rng) for row in rows]


def _scene(
    items: Sequence[str], events: Sequence[Event], words: str, catalogue: Catalogue, rng: random.Random
) -> BundleFacts:
    past = latest_events([PastEvent(catalogue.ids[event.row], event.time, event.kind) for event in events])
    past = tuple(event for event in past if event.item not in items)[-12:]
    prices = [catalogue.price(catalogue.row(item)) for item in items]
    budget = round(sum(prices) + rng.randint(1, 60)) if None not in prices else None  # type: ignore[arg-type]
    request = Request(tuple(event.item for event in past), words, rules=Rules(budget=budget), events=past)
    return facts_of(request, items, catalogue)


def planted(facts: BundleFacts, rng: random.Random, kinds: Wordings = WORDINGS) -> Iterator[Planted]:
    """For each kind of claim that the data allow and each language: a text as it is true, and with a lie in it.

    Every other one has a true sentence before or after it. The package's own true texts come, too.
    """
    for kind, true, lie in _pairs(facts, rng):
        for language, wordings in kinds[kind].items():
            wording = rng.choice(wordings)
            more = rng.choice(_own(facts, language)) if rng.random() < 0.5 else ""
            changed = next(name for name in true if true[name] != lie[name])
            for values, wrong in ((true, ""), (lie, lie[changed])):
                listed = _listed([facts.name(row) for row in facts.rows], language)
                said = wording.format(**{name: _in(language, value) for name, value in values.items()}, names=listed)
                yield Planted(rng.choice([f"{said} {more}", f"{more} {said}"]).strip(), kind, language, wrong, wording)
    for language in ("en", "zh"):
        yield Planted(rng.choice(_own(facts, language)), "template", language)
        yield Planted(rng.choice(reasons(facts, language, shipped_roles())).text, "reason", language)


def _own(facts: BundleFacts, language: str) -> list[str]:
    return [each.text for each in explanations(facts, language, shipped_roles())]


def _in(language: str, value: str) -> str:
    """A value in a language: numbers and months differ."""
    if language == "en":
        return value
    if value in NUMBERS:
        return "二三四五六七八九十"[NUMBERS.index(value)]
    parts = value.split()
    return f"{parts[1]}年{MONTHS.index(parts[0]) + 1}月" if len(parts) == 2 and parts[0] in MONTHS else value


def _pairs(facts: BundleFacts, rng: random.Random) -> Iterator[Pair]:
    row = rng.choice(facts.rows)
    about = {"name": facts.name(row)}
    if facts.name(row) in {facts.name(each) for each in facts.rows if each != row}:
        return  # which of them is meant can't be said
    for kind, found in (
        ("price", _price(facts, row, rng)),
        ("total", _amount(facts.total, rng)),
        ("budget", _amount(facts.request.rules.budget, rng)),
        ("brand", _of_item(facts, row, ("brand",), rng)),
        ("colour", _of_item(facts, row, COLOURS, rng)),
        ("material", _of_item(facts, row, ("material",), rng)),
        ("category", _category(facts, rng)),
        ("count", _count(facts, rng)),
        ("purchase", _purchase(facts, rng)),
        ("seen", _seen(facts, rng)),
    ):
        if found is not None:
            yield kind, about | {"value": found[0]}, about | {"value": found[1]}
    yield "item", about, about | {"name": _not_here(facts, rng)}
    yield from _month(facts, rng)


def _listed(names: Sequence[str], language: str) -> str:
    return "、".join(names) if language == "zh" else ", ".join(names[:-1]) + " and " + names[-1]


def _price(facts: BundleFacts, row: int, rng: random.Random) -> tuple[str, str] | None:
    """A price, and what another item of the shop costs."""
    price = facts.catalogue.price(row)
    if price is None:
        return None
    others = [other for at in range(len(facts.catalogue.ids)) if (other := facts.catalogue.price(at)) is not None]
    return f"{price:.2f}", f"{rng.choice([other for other in others if other != price]):.2f}"


def _amount(amount: float | None, rng: random.Random) -> tuple[str, str] | None:
    """An amount, and one that differs by some percent, or is quite another."""
    if amount is None:
        return None
    return f"{amount:.2f}", f"{amount * rng.choice((0.5, 0.8, 0.9, 1.1, 1.25, 2)):.2f}"


def _of_item(facts: BundleFacts, row: int, names: Sequence[str], rng: random.Random) -> tuple[str, str] | None:
    """What an attribute of an item is, and a value that other items of the shop have."""
    attributes = facts.catalogue.attributes
    value = next((one_line(attributes[row][name]) for name in names if name in attributes[row]), "")
    known = sorted({one_line(each[name]) for each in attributes for name in names if name in each})
    own = set(words_in(f"{value} {facts.catalogue.titles[row]}"))
    others = [other for other in known if other and not own & set(words_in(other))]
    return (value, rng.choice(others)) if value and others else None


def _category(facts: BundleFacts, rng: random.Random) -> tuple[str, str] | None:
    """A part of the path that all items share, and one that none has."""
    paths = [facts.catalogue.categories[row] for row in facts.rows]
    shared = [part for part in paths[0] if all(part in path for path in paths)]
    own = {word for path in paths for part in path for word in words_in(part)}
    others = sorted({part for path in facts.catalogue.categories for part in path if not own & set(words_in(part))})
    return (rng.choice(shared), rng.choice(others)) if shared and others else None


def _count(facts: BundleFacts, rng: random.Random) -> tuple[str, str]:
    size = len(facts.rows)
    wrong = rng.choice([n for n in range(2, 9) if n != size])
    if rng.random() < 0.5 or size > 10:
        return str(size), str(wrong)
    return NUMBERS[size - 2], NUMBERS[wrong - 2]


def _purchase(facts: BundleFacts, rng: random.Random) -> tuple[str, str] | None:
    """What the customer bought, and what they only looked at, or never saw."""
    names = _past(facts, {"purchase"})
    seen = [name for name in _past(facts, None) if name not in names]
    return (rng.choice(names), rng.choice([*seen, _stranger(facts, rng)])) if names else None


def _seen(facts: BundleFacts, rng: random.Random) -> tuple[str, str] | None:
    names = _past(facts, None)
    return (rng.choice(names), _stranger(facts, rng)) if names else None


def _past(facts: BundleFacts, kinds: set[str] | None) -> list[str]:
    """Names of the past's items, of events of these kinds."""
    pairs = zip(facts.past, facts.past_rows, strict=True)
    return sorted({facts.name(row) for event, row in pairs if kinds is None or event.kind in kinds})


def _not_here(facts: BundleFacts, rng: random.Random) -> str:
    """The name of an item that isn't in the bundle: of the customer's past, or of the shop's other items."""
    names = _past(facts, None)
    return rng.choice(names) if names and rng.random() < 0.5 else _stranger(facts, rng)


def _stranger(facts: BundleFacts, rng: random.Random) -> str:
    """The name of an item of the shop that could be none of the bundle's and none of the past's."""
    held = [" ".join(words_in(facts.catalogue.titles[row])) for row in (*facts.rows, *facts.past_rows)]
    while True:
        name = short_name(rng.choice(facts.catalogue.titles))
        said = words_in(name)
        if len(said) > 1 and not any(" ".join(said) in title for title in held):
            return name


def _month(facts: BundleFacts, rng: random.Random) -> Iterator[Pair]:
    """When something was bought, and another month."""
    bought = [
        (facts.name(row), month_of(event.time))
        for event, row in zip(facts.past, facts.past_rows, strict=True)
        if event.kind == "purchase" and event.time is not None and row not in facts.rows
    ]
    if not bought:
        return
    name, (year, month) = rng.choice(bought)
    others = [at for at in range(12) if all(other != name or at + 1 != then[1] for other, then in bought)]
    values = {"name": name, "value": f"{MONTHS[month - 1]} {year}"}
    yield "month", values, values | {"value": f"{MONTHS[rng.choice(others)]} {year}"}
