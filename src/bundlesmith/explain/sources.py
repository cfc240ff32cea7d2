"""Reads what a free text says of a bundle: each amount, number, brand, colour and material in it needs a source.

    sourced("Red tent, 59.99", facts, named_values(catalogue))     # [Sourced("59.99", True), Sourced("Red", False)]

What explanations are made of carries its claims; a heading that the model writes, or that people gave to another set,
and the texts that `bundlesmith eval` is given, are read so.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

from bundlesmith.data.catalogue import Catalogue
from bundlesmith.encoder.gloss import glosses
from bundlesmith.explain.facts import COLOURS, BundleFacts, one_line
from bundlesmith.ranking.set_similarity import words

NamedValues = dict[str, str]
"""Brands, colours and materials in folded words -> as the catalogue writes them."""
_ATTRIBUTES = ("brand", *COLOURS, "material", "fabric", "filling")
_PLAIN = words(
    "black white red blue green yellow orange purple violet pink brown grey gray beige turquoise navy teal maroon "
    "burgundy khaki ivory magenta cyan lilac crimson scarlet silver cotton leather steel aluminium aluminum plastic "
    "wool linen polyester silicone bamboo velvet denim"
)
"""Colours and materials in any shop."""
_CHINESE = {"金色": "gold", "米色": "beige", "真皮": "leather", "不锈钢": "steel", "羊毛": "wool", "硅胶": "silicone"}
"""Those in Chinese that have no English name in `bundlesmith.encoder.gloss`."""
_SAME = {"gray": "grey", "golden": "gold", "aluminum": "aluminium"}
_COUNTS = re.compile(
    r"\b(?:all \d+|\d+ of \d+) similar sets\b|\b\d+ other sets\b"
    r"|另有\d+套搭配|(?:全部)?\d+套相似的搭配(?:里，\d+套)?|\d+款",
    re.I,
)
"""Counts of other customers' sets, which the bundle's own facts say nothing of, and of pieces."""
_NUMBER = re.compile(r"(?<![\w.,])\d+(?:[.,]\d+)*")


@dataclass(frozen=True, slots=True)
class Sourced:
    """What a text says, and whether the bundle, its customer's past or the request say so."""

    text: str
    holds: bool


@cache
def _chinese() -> dict[str, str]:
    """Colours and materials in Chinese, and what they are in English."""
    return {word: names[0] for word, names in glosses().items() if names[0] in _PLAIN} | _CHINESE


def named_values(catalogue: Catalogue) -> NamedValues:
    """The brands, colours and materials of a catalogue."""
    values = (one_line(each.get(name)) for each in catalogue.attributes for name in _ATTRIBUTES)
    return {" ".join(words(value)): value for value in values if value} | {word: word for word in _PLAIN}


def sourced(text: str, facts: BundleFacts, values: NamedValues) -> list[Sourced]:
    """All that a text says of amounts, numbers, brands, colours and materials."""
    items = [_said_of(facts, row) for row in (*facts.rows, *facts.past_rows)]
    rest, known = _COUNTS.sub(" ", text), _numbers(facts, items)
    found = [Sourced(number, number in known) for number in _NUMBER.findall(rest)]
    held = [_folded(item) for item in items]
    for value in _named(rest, values):
        wanted = _folded(_chinese().get(value, value))
        found.append(Sourced(value, any(wanted <= each for each in held)))
    return found


def _numbers(facts: BundleFacts, items: list[str]) -> set[str]:
    """Numbers that stand in the items, the past or the request, and amounts that are true of the bundle."""
    prices = [facts.catalogue.price(row) for row in (*facts.rows, *facts.past_rows)]
    budget, total = facts.request.rules.budget, facts.total
    left = budget - total if budget is not None and total is not None else None
    amounts = [amount for amount in (*prices, total, budget, left) if amount is not None]
    written = _NUMBER.findall(" ".join((*items, facts.request.words, str(len(facts.rows)))))
    return {*written, *(f"{amount:.2f}" for amount in amounts), *(f"{amount:g}" for amount in amounts)}


def _named(text: str, values: NamedValues) -> Iterator[str]:
    """The values that stand in a text, the longest first at each word; a brand is written with its capital."""
    yield from (name for name in _chinese() if name in text)
    spoken, at = text.split(), 0
    while at < len(spoken):
        for size in range(len(spoken) - at, 0, -1):
            part = " ".join(spoken[at : at + size]).strip(".,;:!?()\"'")
            value = values.get(" ".join(words(part)), "")
            if value and (value in _PLAIN or value[0].islower() or part[0].isupper()):
                yield part
                at += size - 1
                break
        at += 1


def _said_of(facts: BundleFacts, row: int) -> str:
    """All that the catalogue says of an item."""
    values = map(one_line, facts.catalogue.attributes[row].values())
    return " ".join((facts.catalogue.titles[row], *facts.catalogue.categories[row], *values))


def _folded(text: str) -> set[str]:
    return {_SAME.get(word, word) for word in words(text)}
