"""`POST /v1/rank`: which items come next: "customers also need"."""

from typing import Any

from fastapi import APIRouter, Request
from pydantic import BaseModel, Field

from bundlesmith.pipeline.ask import Ask
from bundlesmith.serve.api.bodies import ItemValues
from bundlesmith.serve.api.bundles import DOCUMENTED, unless_gone
from bundlesmith.serve.api.errors import responses
from bundlesmith.serve.api.service_of import service_of
from bundlesmith.serve.ranked import ranked_in_time

router = APIRouter(tags=["bundles"])


class RankBody(Ask):
    """A request as for bundles; of its size and its n nothing depends here: one more item is asked for.

    Attributes:
        k: how many items are ranked.
        model: who answers; empty: the default.
    """

    k: int = Field(10, ge=1, le=100)
    model: str = Field("", max_length=256)


class RankedItem(ItemValues):
    """An item that may come next; the score is its log-probability to be it, by the ranker or else by the model."""

    score: float


class RankedBody(BaseModel):
    """The best items to come next, best first; *history* is how many items of the customer were known.

    There are fewer than asked for if the rules allow no more. Times are in milliseconds after the request.
    """

    model: str
    version: int
    items: list[RankedItem]
    timing: dict[str, float]
    tokens: int
    history: int


@router.post("/v1/rank", response_model=RankedBody, responses=DOCUMENTED | responses(501))
async def rank(body: RankBody, request: Request) -> dict[str, Any]:
    """Rank the items that may come next in a bundle: for the words, the history, the items chosen, within the rules.

    The run's ranker ranks, or, if it has none, its model by beam search where the engine can (501 if it can't).
    """
    return vars(await unless_gone(request, ranked_in_time(service_of(request), body.plain(), body.k, body.model)))
