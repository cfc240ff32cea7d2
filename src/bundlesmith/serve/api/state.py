"""How the service is: for people, balancers and Prometheus."""

import asyncio
from typing import Any

from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse

from bundlesmith.serve.api.bodies import ModelsBody, StateBody
from bundlesmith.serve.api.errors import RETRY, responses
from bundlesmith.serve.api.service_of import service_of
from bundlesmith.serve.live_run import LiveRun
from bundlesmith.serve.service import Service

router = APIRouter(tags=["state"])


@router.get("/healthz", response_model=StateBody)
async def healthz(request: Request) -> dict[str, Any]:
    """Whether the process answers."""
    return _state(service_of(request), "ok")


@router.get("/readyz", response_model=StateBody, responses={503: {"model": StateBody, "description": "Not ready"}})
async def readyz(request: Request) -> JSONResponse:
    """Whether it can write bundles now."""
    service = service_of(request)
    if service.ready:
        return JSONResponse(_state(service, "ready"))
    status = "stopping" if service.stopping else "not ready"
    return JSONResponse(_state(service, status), 503, {"Retry-After": str(RETRY)})


def _state(service: Service, status: str) -> dict[str, Any]:
    return {"status": status, "engines": {name: str(run.writer.state) for name, run in service.runs.items()}}


@router.get("/metrics", response_class=Response, responses={200: {"content": {"text/plain": {}}}})
async def metrics(request: Request) -> Response:
    """What is counted, as Prometheus reads it."""
    return Response(service_of(request).metrics(), media_type="text/plain; version=0.0.4")


@router.get("/v1/models", response_model=ModelsBody, responses=responses(503))
async def models(request: Request) -> dict[str, Any]:
    """The models that can be asked, the default first."""
    service = service_of(request)
    names = sorted(service.runs, key=lambda name: (name != service.default, name))
    runs = [service.runs[name] for name in names]
    return {"object": "list", "data": await asyncio.to_thread(lambda: [model_values(run) for run in runs])}


def model_values(run: LiveRun) -> dict[str, Any]:
    """A model of a service; it blocks for a moment."""
    version, view = run.shop.versioned()
    return {
        "id": run.name,
        "state": str(run.writer.state),
        "base": run.run.settings.base,
        "items": view.on_sale,
        "key": run.key,
        "version": version,
    }
