"""Customers over HTTP: what they do, what they think of bundles, and that they are forgotten."""

import asyncio
import time
from typing import Annotated, Any

import numpy as np
from fastapi import APIRouter, Path, Query, Request

from bundlesmith.pipeline.answers import item_values
from bundlesmith.serve.api.authentication import Caller
from bundlesmith.serve.api.bodies import (
    CustomerBody,
    CustomersBody,
    EventsBody,
    FeedbackBody,
    ForgottenBody,
    StoredBody,
)
from bundlesmith.serve.api.errors import NotThereError, responses
from bundlesmith.serve.api.service_of import service_of
from bundlesmith.serve.live_run import LiveRun
from bundlesmith.serve.service import Service
from bundlesmith.serve.tracing import span
from bundlesmith.shop.live_shop import ShopView
from bundlesmith.store import Feedback, NewEvent

router = APIRouter(tags=["customers"])
ERRORS = responses(400, 404, 413, 422, 503)
PeopleModelQuery = Annotated[str, Query(max_length=256)]
User = Annotated[str, Path(min_length=1, max_length=256)]
_LATEST = 20
"""So many items of a history are shown."""
_TELLING = 3
"""A customer with so many events has a history that is worth showing."""


@router.post("/v1/events", response_model=StoredBody, responses=ERRORS)
async def events(body: EventsBody, request: Request) -> dict[str, int]:
    """Store what a customer did; it is on the disk when this answers, and changes their next bundles."""
    service, now = service_of(request), int(time.time())
    new = [
        NewEvent(**{**event.model_dump(), "time": now if event.time is None else event.time}) for event in body.events
    ]
    with span("store"):
        return {"stored": len(await asyncio.to_thread(service.store.events.add, body.user, new))}


@router.post("/v1/feedback", response_model=StoredBody, responses=ERRORS)
async def feedback(body: FeedbackBody, request: Request, caller: Caller) -> dict[str, int]:
    """Store what somebody thinks of a bundle that was shown: to them, or to nobody in particular."""
    with span("store"):
        await asyncio.to_thread(_store_feedback, service_of(request), body, caller)
    return {"stored": 1}


def _store_feedback(service: Service, body: FeedbackBody, caller: Caller) -> None:
    shown = service.store.shown.find(body.bundle_id)
    if shown is None or not caller.may_name(shown.user):
        raise NotThereError(f'No bundle "{body.bundle_id}" was shown.', "Give the id of a bundle of an answer.")
    said = Feedback(
        user=body.user,
        bundle_id=body.bundle_id,
        verdict=body.verdict,
        reason=body.reason,
        items=shown.items,
        model=shown.model,
        variant=shown.variant,
        time=int(time.time()),
    )
    service.store.feedback.add(said)


@router.get("/v1/users", response_model=CustomersBody, responses=responses(404, 422, 503))
async def customers(
    request: Request, sample: Annotated[int, Query(ge=1, le=50)] = 8, model: PeopleModelQuery = ""
) -> dict[str, Any]:
    """Some customers of a run, spread over all of them, with the latest of their history."""
    run = service_of(request).run(model)
    return {"users": await asyncio.to_thread(lambda: _sample(run, run.shop.view(), sample))}


def _sample(run: LiveRun, view: ShopView, size: int) -> list[dict[str, Any]]:
    groups = view.histories.users
    telling = np.flatnonzero(np.diff(groups.starts) >= _TELLING)
    places = telling[np.unique(np.linspace(0, len(telling) - 1, size).astype(int))] if len(telling) else telling
    users = [groups.names[int(place)] for place in places]
    return [_customer(run, view, user) for user in users if run.knows(user, view)]


def _customer(run: LiveRun, view: ShopView, user: str) -> dict[str, Any]:
    deeds = run.deeds(user, view)[:_LATEST]
    history = [{**item_values(item, view.catalogue), "kind": kind, "time": time} for item, kind, time in deeds]
    return {"user": user, "history": history}


@router.get("/v1/users/{user}", response_model=CustomerBody, responses=responses(400, 404, 422, 503))
async def customer(user: User, request: Request, model: PeopleModelQuery = "") -> dict[str, Any]:
    """A customer's latest items; of one who isn't known, none."""
    run = service_of(request).run(model)
    return await asyncio.to_thread(lambda: _customer(run, run.shop.view(), user))


@router.delete("/v1/users/{user}", response_model=ForgottenBody, responses=responses(400, 422, 503))
async def forget(user: User, request: Request) -> Any:
    """Forget a customer: events, feedback, bundles shown; the histories of runs aren't used for them any more."""
    service = service_of(request)
    gone = await asyncio.to_thread(service.store.users.forget, user)
    service.cache.clear()
    return gone
