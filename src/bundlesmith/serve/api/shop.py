"""`GET /v1/shop`: what a page needs of a shop before anything is asked: categories, what they cost, models."""

import asyncio
from functools import lru_cache
from typing import Annotated, Any

import numpy as np
from fastapi import APIRouter, Query, Request
from numpy.typing import NDArray
from pydantic import BaseModel

from bundlesmith.serve.api.errors import responses
from bundlesmith.serve.api.service_of import service_of
from bundlesmith.shop.live_shop import ShopView

router = APIRouter(tags=["items"])
CategoryBody = dict[str, Any]


class CategoryValues(BaseModel):
    """A category: its path, how many items of it are on sale, and their median price (null: none is known)."""

    path: list[str]
    items: int
    price: float | None


class ShopBody(BaseModel):
    """A shop: the model that answers for it, all others, the code of its currency ("": not known), and the categories
    in the order of the alphabet.
    """

    model: str
    models: list[str]
    items: int
    currency: str
    categories: list[CategoryValues]


@router.get("/v1/shop", response_model=ShopBody, responses=responses(404, 422, 503))
async def shop(request: Request, model: Annotated[str, Query(max_length=256)] = "") -> dict[str, Any]:
    """The shop as a page shows it."""
    service = service_of(request)
    run = service.run(model)
    found = await asyncio.to_thread(lambda: categories(run.shop.view()))
    items = sum(category["items"] for category in found)
    about = {"model": run.name, "models": sorted(service.runs), "currency": run.run.catalogue.currency}
    return {**about, "items": items, "categories": found}


@lru_cache(maxsize=4)
def categories(view: ShopView) -> list[CategoryBody]:
    """All categories of what is on sale; items without one are under the empty path."""
    shelf = view.snapshot.shelf
    sold = np.flatnonzero(np.asarray(shelf.listed))
    numbers, cents = np.asarray(shelf.category)[sold], np.asarray(shelf.cents)[sold]
    order = np.argsort(numbers, kind="stable")
    numbers, cents = numbers[order], cents[order]
    starts = np.flatnonzero(np.diff(numbers, prepend=-2))
    found = [
        {"path": list(shelf.paths[numbers[start]]) if numbers[start] >= 0 else [], "items": end - start}
        | {"price": _middle(cents[start:end])}
        for start, end in zip(starts.tolist(), [*starts[1:].tolist(), len(numbers)], strict=True)
    ]
    return sorted(found, key=lambda category: category["path"])


def _middle(cents: NDArray[np.int64]) -> float | None:
    known = cents[cents >= 0]
    return round(float(np.median(known)) / 100, 2) if len(known) else None
