"""`/admin`: the page of the shop's people, and what it shows: requests, engines, what came of bundles, two models on
one request. All but the page itself needs an administrator's key, on this machine, too.
"""

import asyncio
import time
from dataclasses import asdict
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response

from bundlesmith.pipeline.writing import Manner
from bundlesmith.serve.api.admin_bodies import CompareBody, ComparedBody, FiguresBody, OverviewBody
from bundlesmith.serve.api.bundles import unless_gone
from bundlesmith.serve.api.errors import responses
from bundlesmith.serve.api.page import page_file
from bundlesmith.serve.api.service_of import service_of
from bundlesmith.serve.live_run import LiveRun
from bundlesmith.serve.proportions import share
from bundlesmith.serve.recent import together
from bundlesmith.serve.service import Service
from bundlesmith.store import Figures

router = APIRouter(tags=["admin"])


@router.get("/admin", include_in_schema=False)
async def page(request: Request) -> Response:
    """The page; it asks for a key."""
    return await page_file("admin.html", request)


@router.get("/v1/admin/overview", response_model=OverviewBody, responses=responses(422, 503))
async def overview(request: Request, minutes: Annotated[int, Query(ge=1, le=1440)] = 60) -> dict[str, Any]:
    """Engines, the queue, and what requests of the last minutes say; of this process."""
    service, now = service_of(request), time.time()
    asked = service.recent.of(minutes, now)
    return {
        "now": now,
        "since": service.recent.since,
        "default": service.default,
        "engines": await asyncio.to_thread(lambda: [_engine(run) for run in service.runs.values()]),
        "queue": {"inside": service.gate.inside, "places": service.gate.places, "waiting": service.gate.waiting},
        **together(asked, minutes, now),
    }


def _engine(run: LiveRun) -> dict[str, Any]:
    """It blocks for a moment."""
    made = run.run.made
    return {
        "model": run.name,
        "run": made["key"],
        "state": run.writer.state,
        "kind": type(run.writer).__name__,
        "base": run.run.settings.base,
        "items": run.shop.view().on_sale,
    }


@router.get("/v1/admin/figures", response_model=FiguresBody, responses=responses(503))
async def figures(request: Request) -> dict[str, Any]:
    """What came of all bundles that were shown, by model, run and variant, with intervals."""
    return {"figures": await asyncio.to_thread(_figures, service_of(request))}


def _figures(service: Service) -> list[dict[str, Any]]:
    return [_with_shares(one) for one in service.store.feedback.figures()]


def _with_shares(one: Figures) -> dict[str, Any]:
    return {
        "model": one.model,
        "run": one.run,
        "variant": one.variant,
        "shown": one.shown,
        "up": asdict(share(one.up, one.up + one.down)),
        "baskets": asdict(share(one.baskets, one.shown)),
        "purchases": asdict(share(one.purchases, one.shown)),
    }


@router.post(
    "/v1/admin/compare",
    response_model=ComparedBody,
    responses=responses(400, 404, 413, 422, 503, 504),
)
async def compare(body: CompareBody, request: Request) -> dict[str, Any]:
    """Let models answer the same request. Nobody is shown the answers, so they count for no figure."""
    return {"answers": await unless_gone(request, _in_turn(service_of(request), body))}


async def _in_turn(service: Service, body: CompareBody) -> list[dict[str, Any]]:
    """One after the other, or their times would say nothing."""
    names = [service.run(model).name for model in body.models]
    manners = [Manner(body.temperature, body.seed, model=name, shown=False) for name in names]
    return [(await service.answer(body.plain(), manner)).values() for manner in manners]
