"""What a bundle looks like from outside: items with titles and prices, the total, the intent, the explanation.

Knows nothing about how it was written.
"""

from collections.abc import Iterable
from typing import Any

from bundlesmith.catalogue import Listed
from bundlesmith.claims.book import Book
from bundlesmith.claims.facts import facts_of
from bundlesmith.claims.found import Checked
from bundlesmith.claims.language import language_for
from bundlesmith.claims.read import read_claims
from bundlesmith.claims.reasons import reasons
from bundlesmith.request import Recommendation, Request


def bundle_values(bundle: Recommendation, catalogue: Listed) -> dict[str, Any]:
    """A bundle as JSON values."""
    return {
        "items": [item_values(item, catalogue) for item in bundle.items],
        "total": total(bundle.items, catalogue),
        "intent": bundle.intent,
        "explanation": bundle.explanation,
        "score": round(bundle.score, 4),
    }


def told_values(
    bundle: Recommendation, request: Request, catalogue: Listed, book: Book, claims: Iterable[Checked] | None = None
) -> dict[str, Any]:
    """Why each item is in a bundle, and what its intent and explanation claim, as JSON values.

    Args:
        bundle: the answer.
        request: what was asked.
        catalogue: the shop from which it was answered.
        book: the words of the run's catalogue.
        claims: those of intent and explanation, if they have been read.
    """
    facts = facts_of(request, bundle.items, catalogue)
    if claims is None:
        claims = [each for said in (bundle.intent, bundle.explanation) for each in read_claims(said, facts, book)]

    def outside(item: str) -> str | int:
        return catalogue.outside_id(catalogue.row(item))

    return {
        "reasons": [
            {
                "item": outside(reason.item),
                "text": reason.text,
                "claims": [claim.values(outside) for claim in reason.claims],
            }
            for reason in reasons(facts, language_for(request))
        ],
        "claims": [each.claim.values(outside) for each in claims if each.holds],
    }


def item_values(item: str, catalogue: Listed) -> dict[str, Any]:
    """An item as JSON values; the stock is None where it is not counted. It has a picture if its attributes do."""
    row = catalogue.row(item)
    stock = int(catalogue.stock[row])
    values = {
        "item": catalogue.outside_id(row),
        "title": catalogue.titles[row],
        "category": list(catalogue.categories[row]),
        "price": catalogue.price(row),
        "stock": None if stock < 0 else stock,
    }
    image = catalogue.attributes[row].get("image")
    return {**values, "image": image} if isinstance(image, str) else values


def total(items: tuple[str, ...], catalogue: Listed) -> float | None:
    """What items cost together, or None if a price is not known."""
    cents = [int(catalogue.cents[catalogue.row(item)]) for item in items]
    return sum(cents) / 100 if min(cents) >= 0 else None
