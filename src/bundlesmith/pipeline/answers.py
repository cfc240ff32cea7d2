"""What a bundle looks like from outside: items with titles and prices, the total, the intent, the explanation."""

from typing import Any

from bundlesmith.data.catalogue import Listed
from bundlesmith.explain.facts import facts_of
from bundlesmith.explain.language import language_for
from bundlesmith.explain.sources import sourced
from bundlesmith.explain.tell import tell
from bundlesmith.recommendation import Recommendation
from bundlesmith.request import Request
from bundlesmith.run import Run
from bundlesmith.told import Sayings


def bundle_values(bundle: Recommendation, catalogue: Listed) -> dict[str, Any]:
    """A bundle as JSON values."""
    return {
        "items": [item_values(item, catalogue) for item in bundle.items],
        "total": total(bundle.items, catalogue),
        "intent": bundle.intent,
        "explanation": bundle.explanation,
        "score": round(bundle.score, 4),
    }


def told_of(bundle: Recommendation, request: Request, catalogue: Listed, run: Run) -> Sayings:
    """What may be said of a bundle: what is decided, else what is true of it by catalogue and request."""
    return bundle.told or tell(facts_of(request, bundle.items, catalogue), language_for(request), run.roles)


def words_hold(bundle: Recommendation, request: Request, catalogue: Listed, run: Run) -> bool:
    """Whether a bundle's explanation was made with its claims, and all that its intent says has a source."""
    told = told_of(bundle, request, catalogue, run)
    facts = facts_of(request, bundle.items, catalogue)
    called = bundle.intent == told.heading or all(
        each.holds for each in sourced(bundle.intent, facts, run.named_values)
    )
    return called and told.claims_of(bundle.explanation) is not None


def told_values(bundle: Recommendation, request: Request, catalogue: Listed, run: Run) -> dict[str, Any]:
    """Why each item is in a bundle, what its explanation claims, and what is missing, as JSON values.

    Args:
        bundle: the answer.
        request: what was asked.
        catalogue: the shop from which it was answered.
        run: who answered.
    """
    told = told_of(bundle, request, catalogue, run)

    def outside(item: str) -> str | int:
        return catalogue.outside_id(catalogue.row(item))

    return {
        "reasons": [
            {
                "item": outside(reason.item),
                "text": reason.text,
                "claims": [claim.values(outside) for claim in reason.claims],
                "weights": {kind: round(weight, 3) for kind, weight in reason.weights.items()},
            }
            for reason in told.reasons
        ],
        "claims": [claim.values(outside) for claim in told.claims_of(bundle.explanation) or ()],
        "missing": None if told.missing is None else item_values(told.missing, catalogue),
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
