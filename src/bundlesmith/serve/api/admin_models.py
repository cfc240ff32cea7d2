"""`/v1/admin/models`: runs that come and go while the service runs."""

import asyncio
from pathlib import Path as Folder
from typing import Annotated, Any

from fastapi import APIRouter, Path, Request

from bundlesmith.serve.api.admin_bodies import AddedBody, RemovedBody
from bundlesmith.serve.api.bodies import ModelBody
from bundlesmith.serve.api.errors import responses
from bundlesmith.serve.api.service_of import service_of
from bundlesmith.serve.api.state import model_values

router = APIRouter(tags=["admin"])
ModelName = Annotated[str, Path(min_length=1, max_length=64)]


@router.post("/v1/admin/models", response_model=ModelBody, responses=responses(400, 413, 422, 503))
async def add(body: AddedBody, request: Request) -> dict[str, Any]:
    """Offer one more run, of a folder that the service (and its vLLM) can read, from the next request on.

    On vLLM it must be a plain adapter of the base that is served, and the service be started with `--adapters`.
    """
    service = service_of(request)
    run = await service.offer.add(body.name, Folder(body.folder))
    return await asyncio.to_thread(model_values, run)


@router.delete("/v1/admin/models/{name}", response_model=RemovedBody, responses=responses(400, 404, 422, 503))
async def remove(name: ModelName, request: Request) -> dict[str, str]:
    """Offer a run no longer. Answers under way are finished; its folder stays."""
    await service_of(request).offer.remove(name)
    return {"removed": name}
