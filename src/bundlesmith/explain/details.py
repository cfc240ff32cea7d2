"""What the catalogue says of an item besides its title: what it is made of, how large or heavy it is.

details(facts, row, "en")        (Detail("weight_kg", "weight", "1.2 kg"),)
value_in_chinese("Navy", "colours")    "藏青色"
"""

import re
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Literal

import yaml

from bundlesmith.explain.facts import COLOURS, BundleFacts
from bundlesmith.explain.nouns import stems

ValueKind = Literal["colours", "materials"]
_MOST = 2
"""So many are told of an item."""
_LONGEST = 30
"""Longer values are descriptions."""
_UNIT = re.compile(r"_(kg|g|cm|mm|m|ml|l|w|h|min|lm|mp)$")
"""How a name says the unit of its numbers: "weight_kg"."""
_UNITS = {"w": "W", "mp": "MP"}
_WORD = re.compile(r"[A-Za-z]+")
_NOT_REALLY = frozenset(("artificial", "fake", "faux", "imitation", "mock", "non", "synthetic", "vegan"))
"""Words by which something isn't what follows: vegan leather is no leather."""
_MEASURES = frozenset(
    ("bar", "cm", "db", "gb", "hz", "kg", "khz", "kw", "lb", "lm", "mah", "min", "ml", "mm", "oz", "tb")
)


@dataclass(frozen=True, slots=True)
class Detail:
    """An attribute of an item: its name in the catalogue, and name and value as they are said."""

    attribute: str
    name: str
    value: str


def details(facts: BundleFacts, row: int, language: str) -> tuple[Detail, ...]:
    """Up to two attributes of an item that its title doesn't say."""
    held, found = set(stems(facts.catalogue.titles[row])), []
    names, attributes = _values()["names"], facts.shown(row)
    known = {_UNIT.sub("", name): name for name in attributes if name not in COLOURS}
    for name in (each for each in names if each in known):
        text, unit = attributes[known[name]], _UNIT.search(known[name])
        whole = f"{text} {_UNITS.get(unit[1], unit[1])}" if unit and text.replace(".", "").isdigit() else text
        value = whole if language == "en" else value_in_chinese(whole)
        if value and len(value) <= _LONGEST and not set(stems(text)) <= held:
            mains = name == "power" and not value.endswith("W")  # "USB-C"
            chinese = "电源" if mains else names[name]
            found.append(Detail(known[name], name.replace("_", " ") if language == "en" else chinese, value))
    return tuple(found[:_MOST])


def attribute_name(attribute: str, language: str) -> str:
    """What an attribute that pieces share is called in a sentence; "" if that isn't known."""
    return attribute.replace("_", " ") if language == "en" else _values()["shared"].get(attribute, "")


def value_in_chinese(value: str, kind: ValueKind = "materials") -> str:
    """A value as a Chinese sentence has it; "" if it has English words that aren't known.

    Of several words the last are what it is: "Alpine Navy" is navy.
    """
    if all(_is_code(word) for word in _WORD.findall(value)):
        return value
    parts = [_translated(part, _values()[kind]) for part in re.split(r"\s+and\s+|\s*[,/&]\s*", value.casefold())]
    return "和".join(parts) if all(parts) else ""


def _translated(value: str, known: dict[str, str]) -> str:
    words = value.split()
    for start in range(len(words)):
        if (end := " ".join(words[start:])) in known:
            return "" if _NOT_REALLY.intersection(words[:start]) else known[end]
    return ""


def _is_code(word: str) -> bool:
    """Whether letters are a unit, or the name of a norm: "mAh", "EN"."""
    return word.casefold() in _MEASURES or len(word) == 1 or word.isupper()


@cache
def _values() -> dict[str, dict[str, str]]:
    table: dict[str, dict[str, str]] = yaml.safe_load(files(__package__).joinpath("values.yaml").read_text("utf-8"))
    return table
