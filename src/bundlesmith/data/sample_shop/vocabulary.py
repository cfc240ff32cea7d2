"""What the sample shop sells and what its customers ask for, read from the YAML files beside this module.

A file is a department: its brands by tier, its types of product, and its themes (which types make a set, and
how shoppers ask for it).
"""

import itertools
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

TIERS = ("value", "mid", "premium")
AGREE = (
    "compatible_with",
    "age",
    "motif",
    "digits",
)  # where two items of a set both have one, it is the same


@dataclass(frozen=True)
class Brand:
    """A maker, its tier (an index into TIERS), and the names of its series, if it has any."""

    name: str
    tier: int
    series: tuple[str, ...]


@dataclass(frozen=True)
class ProductType:
    """A type of product, say two-person tents: all that its products may be called, cost and come in.

    An attribute is one value, a range ("0.9..1.9"), a list to choose from, or a mapping from each choice to
    the factor by which it changes the price. `<name>` in a name or a value stands for that attribute. A name
    may bring attributes of its own, and under "price" a factor.
    """

    key: str
    prefix: str
    category: tuple[str, ...]
    names: tuple[tuple[str, dict[str, Any]], ...]
    price: tuple[float, float]
    colours: tuple[str, ...]
    brands: tuple[Brand, ...]
    series: bool
    count: int
    attributes: dict[str, Any]


@dataclass(frozen=True)
class Theme:
    """A reason to buy a set: a choice of types for each need, types that also fit, and ways to ask for it."""

    key: str
    department: str
    needs: tuple[tuple[str, ...], ...]
    fits: tuple[str, ...]
    wordings: tuple[str, ...]

    @property
    def types(self) -> tuple[str, ...]:
        """Every type that may be in the set."""
        return tuple(dict.fromkeys([*itertools.chain(*self.needs), *self.fits]))


@dataclass(frozen=True)
class Vocabulary:
    """Types and themes by key, and the family of each colour."""

    types: dict[str, ProductType]
    themes: dict[str, Theme]
    families: dict[str, str]

    @property
    def departments(self) -> tuple[str, ...]:
        """The departments, in the order of their files."""
        return tuple(dict.fromkeys(theme.department for theme in self.themes.values()))


def read_vocabulary(folder: Path = Path(__file__).parent) -> Vocabulary:
    """Read colours.yaml and the departments in *folder*, in the order of the file names."""
    colours = yaml.safe_load((folder / "colours.yaml").read_text(encoding="utf-8"))
    types: dict[str, ProductType] = {}
    themes: dict[str, Theme] = {}
    for path in sorted(folder.glob("*.yaml")):
        if path.name != "colours.yaml":
            department = yaml.safe_load(path.read_text(encoding="utf-8"))
            types |= _types(department, colours["palettes"])
            themes |= _themes(department)
    families = {colour: family for family, members in colours["families"].items() for colour in members}
    return Vocabulary(types, themes, families)


def _types(department: dict[str, Any], palettes: dict[str, list[str]]) -> dict[str, ProductType]:
    groups = department["brands"]
    makers = {name: _brands(group) for name, group in groups.items()}
    first = next(iter(groups))
    return {
        key: ProductType(
            key=key,
            prefix=department["prefix"],
            category=(department["department"], *entry["path"].split(" > ")),
            names=_names(entry["name"]),
            price=(entry["price"][0], entry["price"][1]),
            colours=tuple(palettes[entry["colours"]]) if "colours" in entry else (),
            brands=_turned(makers[entry.get("by", first)], place),
            series=entry.get("series", True),
            count=entry.get("count", 3),
            attributes=entry.get("attributes", {}),
        )
        for place, (key, entry) in enumerate(department["types"].items())
    }


def _names(entry: str | list[str] | dict[str, dict[str, Any]]) -> tuple[tuple[str, dict[str, Any]], ...]:
    if isinstance(entry, dict):
        return tuple(entry.items())
    return tuple((name, {}) for name in ([entry] if isinstance(entry, str) else entry))


def _brands(group: dict[str, dict[str, list[str]]]) -> list[list[Brand]]:
    """The brands of each tier of *group*."""
    return [
        [Brand(name, tier, tuple(series)) for name, series in group.get(word, {}).items()]
        for tier, word in enumerate(TIERS)
    ]


def _turned(tiers: list[list[Brand]], place: int) -> tuple[Brand, ...]:
    """One brand of each tier, then the next of each; types begin with different ones, so all get a share."""
    turned = [brands[place % len(brands) :] + brands[: place % len(brands)] for brands in tiers if brands]
    return tuple(brand for row in itertools.zip_longest(*turned) for brand in row if brand is not None)


def _themes(department: dict[str, Any]) -> dict[str, Theme]:
    return {
        key: Theme(
            key=key,
            department=department["department"],
            needs=tuple(tuple(need.split("|")) for need in entry["needs"]),
            fits=tuple(entry["fits"]),
            wordings=tuple(wording for pattern in entry["wordings"] for wording in spell_out(pattern)),
        )
        for key, entry in department["themes"].items()
    }


def spell_out(pattern: str) -> list[str]:
    """Every way through the choices of *pattern*: "(first|new) tent" gives "first tent" and "new tent"."""
    parts = [part.split("|") for part in re.split(r"[()]", pattern)]
    return [" ".join("".join(words).split()) for words in itertools.product(*parts)]
