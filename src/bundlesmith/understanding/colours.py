"""Colours as shoppers say them, and the shades of a catalogue that are meant.

    shade_of("blue")("Navy")        True

The words are in `colours.yaml`.
"""

import re
from collections.abc import Callable, Mapping
from functools import cache
from importlib.resources import files
from typing import Any

import yaml

from bundlesmith.explain.facts import COLOURS


def colour_of(attributes: Mapping[str, Any]) -> str:
    """The colour of an item by its attributes; "" if it has none."""
    return str(next(filter(None, map(attributes.get, COLOURS)), ""))


def shade_of(colour: str) -> Callable[[str], bool]:
    """Tells whether the name of a colour is a shade of one that was said: "Navy" of "dark blue"."""
    said = re.findall(r"[a-z]+|[\u3400-\u9fff]+", colour.lower())
    shades = next((shades for word in reversed(said) if (shades := _shades().get(word))), frozenset(said))
    return lambda name: not shades.isdisjoint(name.lower().split())


def is_colour(word: str) -> bool:
    """Whether a word is a colour."""
    return word in _shades()


@cache
def _shades() -> dict[str, frozenset[str]]:
    rows = yaml.safe_load(files(__package__).joinpath("colours.yaml").read_text("utf-8"))
    return {word: frozenset(row["shades"].split()) for row in rows.values() for word in row["said"].split()}
