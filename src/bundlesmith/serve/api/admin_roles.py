"""`/v1/admin/roles`: a shop's own table of what its products are called and are for."""

import asyncio
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request

from bundlesmith.serve.api.admin_bodies import RolesBody, RolesText
from bundlesmith.serve.api.errors import responses
from bundlesmith.serve.api.service_of import service_of

router = APIRouter(tags=["admin"])


@router.get("/v1/admin/roles", response_model=RolesBody, responses=responses(404, 422, 503))
async def roles(request: Request, model: Annotated[str, Query(max_length=256)] = "") -> dict[str, Any]:
    """The table as YAML; empty if there is none, and the package's own speaks alone."""
    run = service_of(request).run(model)
    return {"model": run.name, "text": await asyncio.to_thread(lambda: run.run.own_roles)}


@router.put("/v1/admin/roles", response_model=RolesBody, responses=responses(400, 404, 413, 422, 503))
async def put_roles(body: RolesText, request: Request) -> dict[str, Any]:
    """Replace the table; answers hold to it from the next on, in all processes that serve the run's folder."""
    run = service_of(request).run(body.model)
    await asyncio.to_thread(run.run.write_own_roles, body.text)
    return {"model": run.name, "text": body.text}
