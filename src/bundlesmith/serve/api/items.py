"""The catalogue over HTTP: search it, and change it while it is in use."""

import asyncio
from collections.abc import Callable, Mapping
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Request, Response

from bundlesmith.pipeline.answers import item_values
from bundlesmith.serve.api.bodies import ItemBody, ItemsBody, ItemValues
from bundlesmith.serve.api.errors import NotThereError, responses
from bundlesmith.serve.api.service_of import service_of
from bundlesmith.serve.changing import ItemChanges
from bundlesmith.serve.live_run import LiveRun
from bundlesmith.shop.search import search_items

router = APIRouter(tags=["items"])
ItemId = Annotated[str, Path(min_length=1, max_length=256)]
ModelQuery = Annotated[str, Query(max_length=256)]


@router.get("/v1/items", response_model=ItemsBody, responses=responses(404, 422, 503))
async def items(
    request: Request,
    search: Annotated[str, Query(max_length=200)] = "",
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
    offset: Annotated[int, Query(ge=0, lt=10**9)] = 0,
    model: ModelQuery = "",
) -> dict[str, Any]:
    """Items on sale whose title, category or id holds all words of *search*."""
    return await asyncio.to_thread(found, _run(request, model), search, limit, offset)


def found(run: LiveRun, search: str, limit: int, offset: int = 0) -> dict[str, Any]:
    """Items on sale whose title, category or id holds all words of *search*, and how many there are."""
    view = run.shop.view()
    ids, total = search_items(view, search, limit, offset)
    return {"items": [item_values(item, view.catalogue) for item in ids], "total": total}


@router.get("/v1/items/{item_id:path}", response_model=ItemValues, responses=responses(404, 422, 503))
async def item(item_id: ItemId, request: Request, model: ModelQuery = "") -> dict[str, Any]:
    """One item on sale."""
    return await asyncio.to_thread(_on_sale, _run(request, model), item_id)


@router.put("/v1/items/{item_id:path}", response_model=ItemValues, responses=responses(400, 404, 413, 422, 503))
async def put_item(item_id: ItemId, body: ItemBody, request: Request, model: ModelQuery = "") -> dict[str, Any]:
    """Sell an item, or change one: in effect for the next request, here and in all processes that share the store."""
    run = _run(request, model)
    given = {name: value for name, value in body.model_dump().items() if name in body.model_fields_set}
    async with run.one_change:
        values = await asyncio.to_thread(_put, run, item_id, given)
    service_of(request).cache.clear()
    return values


@router.delete("/v1/items/{item_id:path}", status_code=204, responses=responses(404, 422, 503))
async def delete_item(item_id: ItemId, request: Request, model: ModelQuery = "") -> Response:
    """Take an item off sale."""
    run = _run(request, model)
    async with run.one_change:
        await asyncio.to_thread(_remove, run, item_id)
    service_of(request).cache.clear()
    return Response(status_code=204)


def _run(request: Request, model: str) -> LiveRun:
    service = service_of(request)
    return service.run(model)


def _on_sale(run: LiveRun, item_id: str) -> dict[str, Any]:
    view = run.shop.view()
    if not view.snapshot.holds(item_id):
        raise NotThereError(f'There is no item "{item_id}" on sale.', "GET /v1/items lists them.")
    return item_values(item_id, view.catalogue)


def _put(run: LiveRun, item_id: str, given: Mapping[str, Any]) -> dict[str, Any]:
    _change(run, lambda changes: changes.put(item_id, given))
    return _on_sale(run, item_id)


def _remove(run: LiveRun, item_id: str) -> None:
    _on_sale(run, item_id)
    _change(run, lambda changes: changes.remove(item_id))
    run.shop.view()


def _change(run: LiveRun, make: Callable[[ItemChanges], None]) -> None:
    """Change an item by the log, which all processes follow."""
    make(changes := ItemChanges(run.shop))
    with run.store.changing(run.name) as log:
        if log.last != changes.version:  # another change came, and may have been of this item, or taken the spelling
            make(changes := ItemChanges(run.shop))  # now nobody else writes
        changes.write(log)
