"""`POST /v1/understand`: what a shopper's message changes in a request, before anything is written.

Knows nothing about models: the answer's `ask` is what `POST /v1/bundles` takes.
"""

import asyncio
from typing import Annotated, Any

from fastapi import APIRouter, Request
from pydantic import BaseModel, Field

from bundlesmith.errors import BundlesmithError
from bundlesmith.rules import parse_size
from bundlesmith.serve.api.bodies import Id, LimitedAsk
from bundlesmith.serve.api.doors import Caller
from bundlesmith.serve.api.errors import responses
from bundlesmith.serve.api.service_of import service_of
from bundlesmith.serve.conversation import last_bundle, words_of
from bundlesmith.serve.understanding.change import Phrase
from bundlesmith.serve.understanding.understand import Understanding, understand
from bundlesmith.shop import ShopView

router = APIRouter(tags=["bundles"])


class UnderstandBody(BaseModel):
    """A message, and what it is said to.

    Attributes:
        text: what the shopper wrote.
        ask: the request so far; its `words` are the wish.
        last: the ids of the last bundle that was shown.
        ignore: the places of phrases, as an answer to the same text counts them, that are to change nothing.
    """

    text: str = Field(max_length=4000)
    ask: LimitedAsk = LimitedAsk()
    last: Annotated[list[Id], Field(max_length=100)] = []
    ignore: Annotated[list[Annotated[int, Field(ge=0, lt=10_000)]], Field(max_length=100)] = []
    model: str = Field("", max_length=256)


class PhraseValues(BaseModel):
    """A part of the message that is about rules; *said*: what was understood, or why it was not, in its language."""

    text: str
    field: str
    said: str
    understood: bool


class UnderstoodBody(BaseModel):
    """The request after the message, and the phrases that changed it."""

    ask: dict[str, Any]
    phrases: list[PhraseValues]


@router.post("/v1/understand", response_model=UnderstoodBody, responses=responses(400, 401, 404, 413, 422, 429, 503))
async def understood(body: UnderstandBody, request: Request, key: Caller) -> dict[str, Any]:
    """Understand a message: budgets, sizes, exclusions, categories, and what changes the last bundle."""
    service = service_of(request)
    run = service.run(body.model)
    return await asyncio.to_thread(lambda: _understood(body, run.shop.view()))


def _understood(body: UnderstandBody, view: ShopView) -> dict[str, Any]:
    parse_size(body.ask.size)  # or only some messages would be refused
    found = understand(body.text, words_of(view), body.ask.plain(), last_bundle(body.last, view))
    ask = found.without(*_ignored(found, body.ignore)) if body.ignore else found.ask
    phrases = [
        {"text": phrase.text, "field": phrase.field, "said": phrase.said, "understood": phrase.understood}
        for phrase in found.phrases
    ]
    return {"ask": ask.model_dump(), "phrases": phrases}


def _ignored(found: Understanding, places: list[int]) -> list[Phrase]:
    wrong = [place for place in places if place >= len(found.phrases)]
    if wrong:
        raise BundlesmithError(f"The message has no phrase {wrong[0]}.", f"It has {len(found.phrases)}, from 0.")
    return [found.phrases[place] for place in places]
