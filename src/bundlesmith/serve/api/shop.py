"""`GET /v1/shop`: what a page must know of a shop before anything is asked: its categories, what they cost, its models.

Knows nothing about customers.
"""

import asyncio
from collections import defaultdict
from functools import lru_cache
from statistics import median
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from pydantic import BaseModel

from bundlesmith.serve.api.errors import responses
from bundlesmith.serve.api.service_of import service_of
from bundlesmith.shop import ShopView

router = APIRouter(tags=["items"])
Category = dict[str, Any]


class CategoryValues(BaseModel):
    """A category: its path, how many items of it are on sale, and their median price (null: none is known)."""

    path: list[str]
    items: int
    price: float | None


class ShopBody(BaseModel):
    """A shop: the model that answers for it, all others, and the categories in the order of the alphabet."""

    model: str
    models: list[str]
    items: int
    categories: list[CategoryValues]


@router.get("/v1/shop", response_model=ShopBody, responses=responses(404, 422, 503))
async def shop(request: Request, model: Annotated[str, Query(max_length=256)] = "") -> dict[str, Any]:
    """The shop as a page shows it."""
    service = service_of(request)
    run = service.run(model)
    found = await asyncio.to_thread(lambda: categories(run.shop.view()))
    items = sum(category["items"] for category in found)
    return {"model": run.name, "models": sorted(service.runs), "items": items, "categories": found}


@lru_cache(maxsize=16)
def categories(view: ShopView) -> list[Category]:
    """All categories of what is on sale; items without one are under the empty path."""
    prices: dict[tuple[str, ...], list[float | None]] = defaultdict(list)
    catalogue = view.catalogue
    for row in range(len(catalogue)):
        if view.snapshot.holds(catalogue.ids[row]):
            prices[tuple(catalogue.categories[row])].append(catalogue.price(row))
    return [{"path": list(path), "items": len(prices[path]), "price": _middle(prices[path])} for path in sorted(prices)]


def _middle(prices: list[float | None]) -> float | None:
    known = [price for price in prices if price is not None]
    return round(median(known), 2) if known else None
