"""What things are for: "nothing for cooking" names the things that one cooks with, on or in.

    rows_for("cooking", words)

What a product is for says the table of roles (`bundlesmith.explain.roles`), and the names of categories.
"""

import re
from collections import Counter
from functools import cache

from bundlesmith.encoder.gloss import glosses
from bundlesmith.explain.kinds import RoleType
from bundlesmith.explain.roles import shipped_roles
from bundlesmith.understanding.text import is_han
from bundlesmith.understanding.words import CatalogueWords

_ING = "ing"
_SHORTEST = 3
_MOST = 0.5
"""If so large a share of a category is for something, all of it is."""
_WORD = re.compile("[a-z]+")
_OBJECT = re.compile(r"(?:the|an?) ([a-z]+ [a-z]+)")


def rows_for(activity: str, words: CatalogueWords) -> tuple[int, ...]:
    """The rows of what is for an activity: "cooking", "wear", "做饭"; none if that is no activity."""
    found: dict[int, None] = {}
    for noun in _nouns_for(activity):
        found |= dict.fromkeys(words.kinds.get(noun, ()))
    near = Counter(tuple(words.catalogue.categories[row]) for row in found)
    paths, said = words.categories.paths, (activity, *glosses().get(activity, ()))
    whole = [path for path, many in near.items() if path and many >= _MOST * len(paths.rows(path))]
    named = [path for path in paths if any(_names(step, word) for step in path for word in said)] if found else []
    return tuple(sorted({*found, *words.of_paths((*whole, *named))}))


def is_product(name: str) -> bool:
    """Whether something is called so, though it be several words ("camera bag")."""
    return name in _products()


@cache
def _products() -> frozenset[str]:
    return frozenset(each.en.noun.lower() for each in shipped_roles().types)


def _names(step: str, activity: str) -> bool:
    """Whether a part of a category's path is called after an activity: "Cookware", "Sleeping"."""
    stems = tuple(stem for stem in _forms(activity) if len(stem) > _SHORTEST)
    return any(word in stems or word.startswith(stems) for word in _WORD.findall(step.lower())) if stems else False


@cache
def _nouns_for(activity: str) -> frozenset[str]:
    """The names of types of product that are for an activity, and of those for such a type ("to fuel the stove")."""
    types = shipped_roles().types
    found = {each.en.noun.lower() for each in types if _is_for(each, activity)}
    others = {each.en.noun.lower() for each in types if found.intersection(_OBJECT.findall(each.en.purpose.lower()))}
    chinese = {each.zh.noun for each in types if each.en.noun.lower() in found}
    return frozenset(found | others | chinese)


def _is_for(each: RoleType, activity: str) -> bool:
    if is_han(activity[0]):
        return each.zh.purpose.endswith(activity) or any(_is_for(each, word) for word in glosses().get(activity, ()))
    said = {*_WORD.findall(each.en.purpose.lower()), *_WORD.findall(each.en.noun.lower())}
    return not said.isdisjoint(_forms(activity))


@cache
def _forms(activity: str) -> frozenset[str]:
    """A word, and what it is done: "baking", "bake"."""
    stem = activity.removesuffix(_ING)
    if stem == activity or len(stem) < _SHORTEST - 1:
        return frozenset({activity, f"{activity}{_ING}"})
    return frozenset({activity, stem, f"{stem}e", stem[:-1] if stem[-1] == stem[-2] else stem})
