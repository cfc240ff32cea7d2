"""Customers over HTTP: what they do, what they think of bundles, and that they are forgotten.

Knows nothing about models.
"""

import asyncio
import time
from typing import Annotated, Any

from fastapi import APIRouter, Path, Request

from bundlesmith.serve.api.bodies import EventsBody, FeedbackBody, ForgottenBody, StoredBody
from bundlesmith.serve.api.doors import Caller, Manager
from bundlesmith.serve.api.errors import NotThereError, responses
from bundlesmith.serve.service import Service
from bundlesmith.serve.store import Feedback, NewEvent

router = APIRouter(tags=["customers"])
ERRORS = responses(400, 401, 404, 413, 422, 429, 503)


@router.post("/v1/events", response_model=StoredBody, responses=ERRORS)
async def events(body: EventsBody, request: Request, key: Caller) -> dict[str, int]:
    """Store what a customer did; it is on the disk when this answers, and changes their next bundles."""
    service, now = _service(request), int(time.time())
    new = [
        NewEvent(**{**event.model_dump(), "time": now if event.time is None else event.time}) for event in body.events
    ]
    return {"stored": len(await asyncio.to_thread(service.store.events.add, body.user, new))}


@router.post("/v1/feedback", response_model=StoredBody, responses=ERRORS)
async def feedback(body: FeedbackBody, request: Request, key: Caller) -> dict[str, int]:
    """Store what somebody thinks of a bundle that was shown."""
    await asyncio.to_thread(_store_feedback, _service(request), body)
    return {"stored": 1}


def _store_feedback(service: Service, body: FeedbackBody) -> None:
    shown = service.store.shown.find(body.bundle_id)
    if shown is None:
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


@router.delete("/v1/users/{user}", response_model=ForgottenBody, responses=responses(400, 401, 403, 422, 429, 503))
async def forget(user: Annotated[str, Path(min_length=1, max_length=256)], request: Request, key: Manager) -> Any:
    """Forget a customer: events, feedback, bundles shown; the histories of runs aren't used for them any more."""
    service = _service(request)
    gone = await asyncio.to_thread(service.store.users.forget, user)
    service.cache.clear()
    return gone


def _service(request: Request) -> Service:
    service: Service = request.app.state.service
    return service
