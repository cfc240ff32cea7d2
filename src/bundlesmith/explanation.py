"""The sentences that are true of one bundle, by construction: facts of the catalogue, the request and the history.

Knows nothing about models: the decoder lets a model choose among these sentences and write no others.
"""

import re
from collections.abc import Sequence

from bundlesmith.catalogue import Goods
from bundlesmith.prompts import render

WHOLE, CUT = 8, 6


def short_name(title: str) -> str:
    """A title up to a comma, a bracket, a dash or a bar; of more than eight words, six, and not ending in "for".

    Titles of shops are shorter than that, and lose what they are by being cut: "… Acoustic Guitar" for guitar strings.
    """
    head = re.split(r"\s*(?:[,;(\[|]|\s[-–—]\s)", " ".join(title.split()), maxsplit=1)[0]
    words = (head or title).split()
    words = words if len(words) <= WHOLE else words[:CUT]
    while len(words) > 1 and words[-1].lower() in _LOOSE:
        words.pop()
    return " ".join(words)


_LOOSE = frozenset(["for", "with", "and", "or", "of", "the", "a", "in", "to", "by", "from", "&", "-", "+", "w/"])
"""Words that a name doesn't end with."""


def sentences(
    rows: Sequence[int],
    catalogue: Goods,
    history: Sequence[int] = (),
    budget: float | None = None,
    language: str = "en",
) -> list[str]:
    """All explanations that are true of the bundle of these rows, at least one, each one or two sentences.

    Args:
        rows: the bundle's items, 2 or more.
        catalogue: the catalogue.
        history: the customer's items, oldest first.
        budget: the request's budget, or None.
        language: "en" or "zh".
    """
    lines = render(
        "explanation" if language == "en" else f"explanation.{language}",
        names=[short_name(catalogue.titles[row]) for row in rows],
        shared=_shared_category(rows, catalogue),
        brand=_shared_brand(rows, catalogue),
        total=_total(rows, catalogue),
        budget="" if budget is None else f"{budget:.2f}",
        past=_related_past(rows, catalogue, history),
    )
    found = list(dict.fromkeys(line for line in lines.split("\n") if line))
    together = found[0]  # the template's first line says no more than that they go together
    return [line for line in found if not line.startswith(together)] if _apart(rows, catalogue) else found


def _shared_category(rows: Sequence[int], catalogue: Goods) -> str:
    """The deepest category that all items share, or "" if they share none."""
    paths = [catalogue.categories[row] for row in rows]
    shared = ""
    for level in zip(*paths, strict=False):
        if len(set(level)) > 1:
            break
        shared = level[0]
    return shared


def _shared_brand(rows: Sequence[int], catalogue: Goods) -> str:
    brands = {" ".join(str(catalogue.attributes[row].get("brand") or "").split()) for row in rows}
    return brands.pop() if len(brands) == 1 else ""


def _apart(rows: Sequence[int], catalogue: Goods) -> bool:
    """Whether two items fit different things: a tyre of one size and a tube of another don't go together."""
    return len({str(value) for row in rows if (value := catalogue.attributes[row].get("compatible_with"))}) > 1


def _total(rows: Sequence[int], catalogue: Goods) -> str:
    cents = [int(catalogue.cents[row]) for row in rows]
    return f"{sum(cents) / 100:.2f}" if min(cents) >= 0 else ""


def _related_past(rows: Sequence[int], catalogue: Goods, history: Sequence[int]) -> str:
    """The latest item of the history in the same category as an item of the bundle, and not in the bundle."""
    categories = {catalogue.categories[row] for row in rows} - {()}
    for row in reversed(history):
        if row not in rows and catalogue.categories[row] in categories:
            return short_name(catalogue.titles[row])
    return ""
