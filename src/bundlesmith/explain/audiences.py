"""For whom things are, by their categories and titles, and whom a request names.

    audience_of("Acme Men's Rain Jacket", ("Clothing", "Jackets"))     # frozenset({"men"})
    audience_named("warm things for my 4 year old boy")                # frozenset({"boys", "baby"})

Whoever may wear a thing is in its audience; the empty one is everybody, or not known. Two things go together if either
is for everybody, or somebody is in both.
"""

import re
from collections.abc import Sequence
from functools import cache, lru_cache
from importlib.resources import files

import yaml

Audience = frozenset[str]
EVERYBODY: Audience = frozenset()
_CHILDREN: Audience = frozenset(("girls", "boys", "baby"))
_GROWN = {"girls": "women", "boys": "men"}
_CHILD = frozenset(
    ("child", "children", "child's", "children's", "childrens", "kid", "kids", "kids'", "kid's", "toddler", "toddlers")
)
"""Words for girls, boys and babies alike; in Chinese _CHILD_ZH."""
_CHILD_ZH = re.compile(r"儿童|孩子|小孩|小朋友|童装")
_SEVERAL = re.compile(
    r"\b(?:couples?|family|families|both|unisex|everyone|everybody|and (?:i|me|myself)|(?:me|i|us) and|we)\b"
    r"|我和|和我|一家|全家|情侣|夫妻|我们",
    re.IGNORECASE,
)
"""Words of a request for several people, not all of whom it names."""
_AGE = re.compile(
    r"\b(\w+)[ -](?:years?|yrs?)[ -]old\b|\bage[ds]? (\d+)\b|([\d一二两三四五六七八九十]+)岁", re.IGNORECASE
)
_GROWN_UP = 14
_WORD = re.compile(r"[^\W_]+(?:['’][^\W_]*)?")
_KEPT = 65536


@lru_cache(_KEPT)
def audience_of(title: str, category: Sequence[str]) -> Audience:
    """For whom an item is; what its category says comes before what its title says."""
    return _said(" ".join(category), "category") or _said(title, "title")


def audience_named(words: str) -> Audience | None:
    """Whom a request names; EVERYBODY if nobody, None if it is for several people.

    Whose occasion it is says nothing ("my sister's wedding"). A daughter may be grown up unless an age tells.
    """
    found = _said(words, "request")
    if _SEVERAL.search(words) or (len(found) > 1 and not found <= _CHILDREN):
        return None
    young = any(_is_young(next(filter(None, match))) for match in _AGE.findall(words))
    if young and found & _CHILDREN:
        return found | {"baby"}
    return found | {_GROWN[child] for child in found & _GROWN.keys() if len(found) == 1}


def go_together(one: Audience, other: Audience) -> bool:
    """Whether two things may be for the same person."""
    return not one or not other or not one.isdisjoint(other)


def _is_young(age: str) -> bool:
    return not age.isdigit() or int(age) < _GROWN_UP


def _said(text: str, where: str) -> Audience:
    spoken = {word.replace("’", "'") for word in _WORD.findall(text.casefold())}
    found = {
        name
        for name, words in _words()[where].items()
        if any(word in spoken if word.isascii() else word in text for word in words)
    }
    if found == {"baby"} or spoken & _CHILD or _CHILD_ZH.search(text):
        found |= _CHILDREN if not found & {"girls", "boys"} else {"baby"} & found
    return frozenset(found)


@cache
def _words() -> dict[str, dict[str, list[str]]]:
    """Place -> audience -> its words there."""
    table = yaml.safe_load(files(__package__).joinpath("audiences.yaml").read_text("utf-8"))
    found = {where: {name: each[where] for name, each in table.items()} for where in ("category", "title", "request")}
    found["category"] = {name: [*words, *found["title"][name]] for name, words in found["category"].items()}
    return found
