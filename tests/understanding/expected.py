"""What a message is expected to change, written as the fields of an `Ask` that differ; all others must be the same."""

import re
from collections.abc import Callable
from typing import Any

from bundlesmith.data.catalogue import Catalogue
from bundlesmith.pipeline.ask import Ask
from bundlesmith.understanding import Understanding

Items = Callable[[Catalogue], set[str]]


def of(*steps: str) -> Items:
    """The items of categories."""
    return lambda shop: {
        shop.ids[row] for row in range(len(shop)) if any(step in shop.categories[row] for step in steps)
    }


def by(*brands: str) -> Items:
    """The items of brands."""
    return lambda shop: {shop.ids[row] for row in range(len(shop)) if shop.attributes[row].get("brand") in brands}


def called(name: str) -> Items:
    """The items whose titles, up to a comma or bracket, end with a word or its plural."""
    ends = re.compile(rf"^[^,(]*\b{name}s? *($|[,(])")
    return lambda shop: {shop.ids[row] for row in range(len(shop)) if ends.match(shop.titles[row])}


def check(understood: Understanding, before: Ask, expected: dict[str, Any], shop: Catalogue) -> None:
    """Compare what was understood with what is expected; the words only where these are."""
    wanted = {name: value for name, value in expected.items() if name not in ("refused", "words")}
    got = {name: value for name, value in understood.ask.model_dump().items() if value != getattr(before, name)}
    assert got.pop("words", before.words) == understood.wish == expected.get("words", understood.wish)
    for name in ("exclude", "items"):
        if name in wanted:
            assert set(got.pop(name, [])) == (wanted[name](shop) if callable(wanted[name]) else set(wanted[name]))
            del wanted[name]
    assert got == wanted, [phrase.said for phrase in understood.phrases]
    refused = [phrase.field for phrase in understood.phrases if not phrase.understood]
    assert refused == list(expected.get("refused", [])), [phrase.said for phrase in understood.phrases]
