"""`POST /v1/sessions`: the bundles that are in a session or a basket."""

from typing import Annotated, Any

from fastapi import APIRouter, Request
from pydantic import BaseModel, ConfigDict, Field

from bundlesmith.constraints.rules import LARGEST, IdText
from bundlesmith.serve.api.bodies import FoundValues
from bundlesmith.serve.api.bundles import DOCUMENTED, unless_gone
from bundlesmith.serve.api.service_of import service_of
from bundlesmith.serve.sessions import bundles_in

router = APIRouter(tags=["bundles"])


class SessionBody(BaseModel):
    """A session or basket: the ids of its items, of which each counts once.

    Attributes:
        items: see above.
        model: who answers; empty: the default.
    """

    model_config = ConfigDict(extra="forbid")

    items: Annotated[list[IdText], Field(min_length=1, max_length=LARGEST)]
    model: str = Field("", max_length=256)


class InSessionBody(BaseModel):
    """The bundles in a session, none if it has less than two items. Times are in milliseconds after the request."""

    model: str
    version: int
    bundles: list[FoundValues]
    timing: dict[str, float]
    tokens: int


@router.post("/v1/sessions", response_model=InSessionBody, responses=DOCUMENTED)
async def sessions(body: SessionBody, request: Request) -> dict[str, Any]:
    """Find the bundles in a session: all of its items, and, of three or more, the part that is likeliest a bundle.

    Each has an intent and an explanation. Nobody is taken to be shown them: feedback is on bundles of other routes.
    """
    return vars(await unless_gone(request, bundles_in(service_of(request), body.items, body.model)))
