"""`POST /v1/tokens`: the shop's server gets a token for the browser of one customer. `GET /v1/me`: who asks."""

import secrets
from typing import Annotated

from fastapi import APIRouter, Request
from pydantic import BaseModel, ConfigDict, Field

from bundlesmith.constraints.rules import IdText
from bundlesmith.serve.api.authentication import Caller, Doors
from bundlesmith.serve.api.errors import responses
from bundlesmith.serve.api.rights import PrincipalKind
from bundlesmith.serve.api.signing import Claims, issue

router = APIRouter(tags=["customers"])


class TokenBody(BaseModel):
    """For whom a token is.

    Attributes:
        user: the customer; null: a guest, who gets a new id. A key of the role "user" may ask for guests alone.
        seconds: how long it is valid.
    """

    model_config = ConfigDict(extra="forbid")

    user: IdText | None = None
    seconds: Annotated[int, Field(ge=1, le=86_400)] = 900


class TokenValues(BaseModel):
    """A token, whose it is, and when it ends, in seconds since 1970."""

    token: str
    user: str
    ends: int


class MeBody(BaseModel):
    """Who asks: *kind* is the role of a key, "customer" for a token, or "local" without either on this machine."""

    kind: PrincipalKind
    user: str | None


@router.post("/v1/tokens", response_model=TokenValues, responses=responses(400, 413, 422, 503))
async def token(body: TokenBody, request: Request, caller: Caller) -> TokenValues:
    """Make a token, with which its customer alone may be named. Its calls count as those of the key that made it."""
    doors: Doors = request.app.state.doors
    user = body.user or f"guest-{secrets.token_hex(12)}"
    made, ends = issue(doors.store.signing, Claims(user, caller.key), body.seconds)
    return TokenValues(token=made, user=user, ends=ends)


@router.get("/v1/me", response_model=MeBody, responses=responses(503))
async def me(caller: Caller) -> MeBody:
    """Who asks, as the service sees it."""
    return MeBody(kind=caller.kind, user=caller.user)
