"""What a bundle looks like from outside: items with titles and prices, the total, the intent, the explanation.

Knows nothing about how it was written.
"""

from typing import Any, Protocol

from bundlesmith.catalogue import Goods
from bundlesmith.request import Recommendation


class Listed(Goods, Protocol):
    """A catalogue, or a shop's catalogue as it is now."""

    def row(self, item_id: str) -> int:
        """The row of an item."""
        ...

    def price(self, row: int) -> float | None:
        """The price in units of the currency, or None where it is not known."""
        ...

    def outside_id(self, row: int) -> str | int:
        """The id as the source wrote it."""
        ...

    @property
    def stock(self) -> Any:
        """Pieces in stock by row; -1 where stock is not counted."""
        ...


def bundle_values(bundle: Recommendation, catalogue: Listed) -> dict[str, Any]:
    """A bundle as JSON values."""
    return {
        "items": [item_values(item, catalogue) for item in bundle.items],
        "total": total(bundle.items, catalogue),
        "intent": bundle.intent,
        "explanation": bundle.explanation,
        "score": round(bundle.score, 4),
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
