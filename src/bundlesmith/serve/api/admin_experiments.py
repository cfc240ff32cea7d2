"""`/v1/admin/experiments`: two models, the customers divided between them, and whether what comes of it differs."""

import asyncio
from dataclasses import asdict
from typing import Annotated, Any

from fastapi import APIRouter, Path, Request

from bundlesmith.errors import BundlesmithError
from bundlesmith.serve.api.admin_bodies import ExperimentBody, ExperimentsBody, ExperimentValues
from bundlesmith.serve.api.errors import responses
from bundlesmith.serve.api.service_of import service_of
from bundlesmith.serve.proportions import difference, p_of_split, share
from bundlesmith.serve.service import Service
from bundlesmith.store import Experiment, VariantCounts

router = APIRouter(tags=["admin"])
ExperimentName = Annotated[str, Path(min_length=1, max_length=64)]


@router.get("/v1/admin/experiments", response_model=ExperimentsBody, responses=responses(503))
async def experiments(request: Request) -> dict[str, Any]:
    """All experiments, and what came of them."""
    return {"experiments": await asyncio.to_thread(_all, service_of(request))}


@router.post(
    "/v1/admin/experiments",
    response_model=ExperimentValues,
    responses=responses(400, 404, 413, 422, 503),
)
async def start(body: ExperimentBody, request: Request) -> dict[str, Any]:
    """Begin one: from the next request on, customers who name no model are divided between A and B."""
    return await asyncio.to_thread(_start, service_of(request), body)


@router.post(
    "/v1/admin/experiments/{name}/end",
    response_model=ExperimentValues,
    responses=responses(400, 422, 503),
)
async def end(name: ExperimentName, request: Request) -> dict[str, Any]:
    """End one: the default model answers again. What came of it so far stays, and what still comes is counted."""
    service = service_of(request)
    return await asyncio.to_thread(lambda: _values(service, service.store.experiments.end(name)))


def _all(service: Service) -> list[dict[str, Any]]:
    return [_values(service, one) for one in service.store.experiments.all()]


def _start(service: Service, body: ExperimentBody) -> dict[str, Any]:
    if body.a == body.b:
        raise BundlesmithError(f'A and B are both "{body.a}".', "ExperimentName two models.")
    for model in (body.a, body.b):
        service.run(model)
    if body.name in service.runs:
        raise BundlesmithError(f'"{body.name}" is a model.', "Give the experiment another name: requests name either.")
    return _values(service, service.store.experiments.start(body.name, body.a, body.b, body.percent))


def _values(service: Service, experiment: Experiment) -> dict[str, Any]:
    sides = service.store.experiments.outcomes(experiment)
    a, b = sides["A"], sides["B"]
    return {
        **asdict(experiment),
        "missing": sorted({experiment.a, experiment.b} - set(service.runs)),
        "split_p": p_of_split(a.users, b.users, experiment.percent),
        "outcomes": [_outcome(what, a, b) for what in ("purchases", "baskets", "up")],
    }


def _outcome(what: str, a: VariantCounts, b: VariantCounts) -> dict[str, Any]:
    first, second = share(getattr(a, what), a.users), share(getattr(b, what), b.users)
    return {"what": what, "a": asdict(first), "b": asdict(second), "difference": asdict(difference(first, second))}
