"""`POST /v1/chat/completions`: the shop as a chat model, in OpenAI's format, so that any client of it works.

Knows nothing about how bundles are written.
"""

import asyncio
import json
import time
import uuid
from collections.abc import AsyncGenerator
from dataclasses import replace
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse, Response, StreamingResponse
from pydantic import BaseModel, Field, StringConstraints

from bundlesmith.errors import BundlesmithError
from bundlesmith.serve.answer import Answer
from bundlesmith.serve.api.bodies import Id
from bundlesmith.serve.api.bundles import DOCUMENTED, Piece, Told, unless_gone
from bundlesmith.serve.api.doors import Caller
from bundlesmith.serve.api.service_of import service_of
from bundlesmith.serve.ask import Ask
from bundlesmith.serve.conversation import Message, Talked, talked, understood_line
from bundlesmith.serve.service import Wish
from bundlesmith.serve.writing import Manner

router = APIRouter(tags=["chat"])


class Part(BaseModel):
    """A part of a message; only text is read."""

    type: Literal["text"]
    text: Annotated[str, StringConstraints(max_length=4000)]


class ChatMessage(BaseModel):
    """A message of a conversation; what the system says is not read: the shop has its own."""

    role: Literal["system", "developer", "user", "assistant"]
    content: Annotated[str, StringConstraints(max_length=4000)] | Annotated[list[Part], Field(max_length=20)]

    def text(self) -> str:
        """All that it says."""
        return self.content if isinstance(self.content, str) else "\n".join(part.text for part in self.content)


class ChatBody(BaseModel):
    """A conversation, as OpenAI's clients send it; `n` is the number of bundles, each a choice."""

    messages: Annotated[list[ChatMessage], Field(min_length=1, max_length=100)]
    model: str = Field("", max_length=256)
    user: Id | None = None
    n: int = Field(1, ge=1, le=10)
    seed: int = Field(0, ge=0, lt=1_000_000)
    temperature: float = Field(0.0, ge=0, le=2)
    stream: bool = False

    def heard(self) -> list[Message]:
        """What customer and shop said."""
        said = [message for message in self.messages if message.role in ("user", "assistant")]
        return [Message(message.text(), message.role == "assistant") for message in said]


@router.post("/v1/chat/completions", response_model=None, responses={**DOCUMENTED, 200: {"model": dict[str, Any]}})
async def chat(body: ChatBody, request: Request, key: Caller) -> Response:
    """Answer the last message of a conversation with a bundle.

    Budget, sizes, exclusions and categories said in words become rules; `bundlesmith.understood` says which.
    """
    service = service_of(request)
    heard = body.heard()
    if not heard or heard[-1].shop:
        raise BundlesmithError("The last message isn't the user's.", "End the conversation with what the user says.")
    asked = Wish(Ask(user=body.user, n=body.n), Manner(body.temperature, body.seed), body.model)
    sided = await asyncio.to_thread(service.sided, asked)
    run = service.run(sided.model)
    now = await asyncio.to_thread(lambda: talked(heard, run.shop.view(), asked.ask))
    wish = replace(sided, ask=now.ask)
    if not body.stream:
        return JSONResponse(_completion(await unless_gone(request, service.answer(wish)), now))
    told = Told(service, wish)
    await told.begun()
    return StreamingResponse(_chunks(told, now, run.name), media_type="text/event-stream")


def _understood(now: Talked) -> dict[str, Any]:
    phrases = [
        {"text": phrase.text, "field": phrase.field, "said": phrase.said, "understood": phrase.understood}
        for phrase in now.phrases
    ]
    return {"understood": phrases, "ask": now.ask.model_dump(exclude_defaults=True, exclude={"user"})}


def _completion(answer: Answer, now: Talked) -> dict[str, Any]:
    choices = [
        {
            "index": place,
            "message": {"role": "assistant", "content": _text(bundle, now), "refusal": None},
            "finish_reason": "stop",
            "logprobs": None,
        }
        for place, bundle in enumerate(answer.bundles)
    ]
    return {
        "id": f"chatcmpl-{answer.id}",
        "object": "chat.completion",
        "created": int(time.time()),
        "model": answer.model,
        "choices": choices,
        "usage": {"prompt_tokens": 0, "completion_tokens": answer.tokens, "total_tokens": answer.tokens},
        "bundlesmith": {**_understood(now), "answer": answer.values()},
    }


def _text(bundle: dict[str, Any], now: Talked) -> str:
    items = "".join(map(_line, bundle["items"]))
    end = f"{_end_of_items(bundle['total'])}{bundle['intent']}\n{bundle['explanation']}"
    return understood_line(now.phrases) + items + end


def _line(item: dict[str, Any]) -> str:
    price = "" if item["price"] is None else f", {item['price']:.2f}"
    return f"- {item['title']} [{item['item']}]{price}\n"


def _end_of_items(total: float | None) -> str:
    return "" if total is None else f"Total: {total:.2f}\n"


async def _chunks(told: Told, now: Talked, model: str) -> AsyncGenerator[str]:
    """The answer as OpenAI's clients read it, piece by piece; the whole of it is in the last one."""
    head = {
        "id": f"chatcmpl-{uuid.uuid4().hex}",
        "object": "chat.completion.chunk",
        "created": int(time.time()),
        "model": model,
    }
    begun: set[int] = set()
    explained: set[int] = set()
    async for piece in told.pieces():
        name, values = piece
        if name == "error":
            yield _data({"error": values["error"]})
            return
        if name == "done":
            if not begun:  # an answer that was given before comes as a whole
                for place, bundle in enumerate(values["bundles"]):
                    yield _data(
                        {**head, "choices": [_choice(place, {"role": "assistant", "content": _text(bundle, now)})]}
                    )
            ends = [_choice(place, {}, "stop") for place in range(len(values["bundles"]))]
            yield _data({**head, "choices": ends, "bundlesmith": {**_understood(now), "answer": values}})
            break
        place = values["bundle"]
        delta: dict[str, Any] = {"content": _said(piece, explained)}
        if place not in begun:
            begun.add(place)
            delta = {"role": "assistant", "content": understood_line(now.phrases) + delta["content"]}
        if delta["content"]:
            yield _data({**head, "choices": [_choice(place, delta)]})
    yield "data: [DONE]\n\n"


def _said(piece: Piece, explained: set[int]) -> str:
    """The text of a piece; the intent ends with a line of its own before the explanation begins."""
    name, values = piece
    if name == "item":
        return _line(values["item"])
    if name == "bundle":
        return _end_of_items(values["total"])
    if values["part"] == "explanation" and values["bundle"] not in explained:
        explained.add(values["bundle"])
        return "\n" + str(values["text"])
    return str(values["text"])


def _choice(place: int, delta: dict[str, Any], finish: str | None = None) -> dict[str, Any]:
    return {"index": place, "delta": delta, "finish_reason": finish, "logprobs": None}


def _data(values: dict[str, Any]) -> str:
    return f"data: {json.dumps(values, ensure_ascii=False)}\n\n"
