"""Reads a finished text, and says of each of its claims whether it holds.

    read_claims("Tent and Stove go together. Together they cost 129.98.", facts, Book(catalogue))

It reads English and Chinese: names of items, prices, totals, budgets, brands, categories, colours, materials, counts,
and what the customer did before. A name in capitals and a number must come from somewhere, too. What it doesn't
understand it passes over: a claim that is not found is not checked.
"""

import re

from bundlesmith.explain.claims.amounts import check_amounts
from bundlesmith.explain.claims.book import Book
from bundlesmith.explain.claims.categories import check_categories
from bundlesmith.explain.claims.counts import check_counts
from bundlesmith.explain.claims.facts import BundleFacts, one_line
from bundlesmith.explain.claims.found import Checked, Text
from bundlesmith.explain.claims.names import check_names, check_unknown, find_names
from bundlesmith.explain.claims.past import check_past
from bundlesmith.explain.claims.qualities import check_numbers, check_values
from bundlesmith.explain.roles import shipped_roles


def read_claims(said: str, facts: BundleFacts, book: Book) -> list[Checked]:
    """All claims of a text, in its order."""
    text = Text(said, facts)
    _mask_made(text)
    find_names(text, book)
    check_past(text)
    check_names(text)
    check_counts(text)
    check_amounts(text)
    check_values(text, book)
    check_categories(text, book)
    check_numbers(text)
    check_unknown(text)
    return sorted(text.checked, key=lambda each: each.start)


_SETS = re.compile(r"\b(?:all \d+|\d+ of \d+) sets\b|(?:\d+套中有\d+|全部\d+)套", re.I)
"""Counts of other customers' sets, which the bundle's own facts say nothing of."""


def _mask_made(text: Text) -> None:
    """Take as read what explanations are made of: what items are for, what they fit, and counts of sets.

    "To sleep under canvas" names no material.
    """
    catalogue = text.facts.catalogue
    for found in _SETS.finditer(text.text):
        text.mask(found.start(), found.end())
    for row in text.facts.rows:
        role = shipped_roles().type_of(catalogue.titles[row], catalogue.categories[row])
        fits = one_line(catalogue.attributes[row].get("compatible_with"))
        patterns = [re.escape(fits)] if fits else []
        if role:
            patterns += [
                re.escape(role.en.purpose),
                rf"{re.escape(role.zh.noun)}(?:\d+件)?（{re.escape(role.zh.purpose)}）",
            ]
        for pattern in patterns:
            if made := re.search(pattern, text.text, re.I):
                text.mask(made.start(), made.end())
