"""`POST /v1/chat/completions`: the shop as a chat model, in OpenAI's format, so that any client of it works.

Each answer has words, a set, or both; what can't be met is an answer, too.
"""

import json
import time
import uuid
from collections.abc import AsyncGenerator, Sequence
from dataclasses import replace
from typing import Annotated, Any, Literal, Self

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse, Response, StreamingResponse
from pydantic import BaseModel, Field, StringConstraints, model_validator

from bundlesmith.constraints.lookahead import NoBundleError
from bundlesmith.constraints.rules import IdText
from bundlesmith.conversation.answering import Turn
from bundlesmith.conversation.replay import ReplayedMessage, replayed
from bundlesmith.conversation.replies import ShopTexts, replies
from bundlesmith.conversation.state import ConversationState
from bundlesmith.errors import BundlesmithError
from bundlesmith.pipeline.ask import Ask
from bundlesmith.pipeline.writing import Manner
from bundlesmith.serve.answer import Answer, new_id
from bundlesmith.serve.api.authentication import Caller
from bundlesmith.serve.api.bundles import DOCUMENTED, Piece, StreamedAnswer, unless_gone
from bundlesmith.serve.api.service_of import service_of
from bundlesmith.serve.api.talking import offered, turn_values, turned, understood_line
from bundlesmith.serve.live_run import LiveRun

router = APIRouter(tags=["chat"])


LONGEST, LONGEST_ANSWER, LONGEST_TALK = 4000, 40_000, 20_000
"""Most characters of what is said, of what the assistant answered, and of all that is heard again without a state."""


class MessagePart(BaseModel):
    """A part of a message; only text is read."""

    type: Literal["text"]
    text: Annotated[str, StringConstraints(max_length=LONGEST)]


class ChatMessage(BaseModel):
    """A message of a conversation; what the system says is not read: the shop has its own."""

    role: Literal["system", "developer", "user", "assistant"]
    content: (
        Annotated[str, StringConstraints(max_length=LONGEST_ANSWER)]
        | Annotated[list[MessagePart], Field(max_length=20)]
    )

    @model_validator(mode="after")
    def _of_its_length(self) -> Self:
        if self.role != "assistant" and isinstance(self.content, str) and len(self.content) > LONGEST:
            raise ValueError(f"a message has {LONGEST} characters at most, not {len(self.content)}")
        return self

    def text(self) -> str:
        """All that it says."""
        return self.content if isinstance(self.content, str) else "\n".join(part.text for part in self.content)


class ChatBody(BaseModel):
    """A conversation, as OpenAI's clients send it; `n` is the number of bundles, each a choice.

    `state` is that of the last answer (`bundlesmith.state`); without it, it is worked out from the messages.
    """

    messages: Annotated[list[ChatMessage], Field(min_length=1, max_length=100)]
    model: str = Field("", max_length=256)
    user: IdText | None = None
    n: int = Field(1, ge=1, le=10)
    seed: int = Field(0, ge=0, lt=1_000_000)
    temperature: float = Field(0.0, ge=0, le=2)
    stream: bool = False
    state: ConversationState | None = None

    @model_validator(mode="after")
    def _heard_again(self) -> Self:
        said = sum(len(message.text()) for message in self.messages if message.role == "user")
        if self.state is None and said > LONGEST_TALK:
            raise ValueError(f"the user says {LONGEST_TALK} characters at most without a state, not {said}")
        return self

    def heard(self) -> list[ReplayedMessage]:
        """What customer and shop said."""
        said = [message for message in self.messages if message.role in ("user", "assistant")]
        return [ReplayedMessage(message.text(), message.role == "assistant") for message in said]


@router.post("/v1/chat/completions", response_model=None, responses={**DOCUMENTED, 200: {"model": dict[str, Any]}})
async def chat(body: ChatBody, request: Request, key: Caller) -> Response:
    """Answer the last message of a conversation: in words, with a set, or both.

    `bundlesmith.act` is what the message was, `understood` which of its words became rules, `suggestions` what may be
    said next, and `state` the conversation, to be sent back as `state`.
    """
    service = service_of(request)
    heard = body.heard()
    if not heard or heard[-1].shop:
        raise BundlesmithError("The last message isn't the user's.", "End the conversation with what the user says.")
    side = await service.read(service.sided, body.model, body.user)
    run = service.run(side.model)
    texts: ShopTexts = request.app.state.texts
    turn = await service.heard(_turn, body, heard, run, texts)
    reply = _Reply(turn, run.name, body.n > 1)
    if turn.ask is None:
        return _spoken(reply, body.stream)
    ask = turn.ask.model_copy(update={"user": body.user, "n": max(turn.ask.n, body.n)})
    manner = Manner(body.temperature, body.seed, model=body.model)
    try:
        if not body.stream:
            return JSONResponse(reply.whole(await unless_gone(request, service.answer(ask, manner))))
        told = StreamedAnswer(service, ask, manner)
        await told.begun()
    except NoBundleError as error:  # the shop changed meanwhile
        changed = replace(turn, ask=None, words=f"{turn.words} {error.what}".strip())
        return _spoken(_Reply(changed, run.name, body.n > 1), body.stream)
    return StreamingResponse(reply.chunks(told), media_type=_EVENTS)


_EVENTS = "text/event-stream"


def _turn(body: ChatBody, heard: Sequence[ReplayedMessage], run: LiveRun, texts: ShopTexts) -> Turn:
    before = Ask(user=body.user, n=body.n)
    state = body.state or replayed(heard[:-1], run.shop.view(), before)
    state = state.model_copy(update={"ask": state.ask.model_copy(update={"user": body.user})})
    try:
        return turned(run, heard[-1].text, state, texts)
    except NoBundleError as error:  # an offer that was taken up asks for what can't be met
        language = "zh" if any("\u3400" <= sign <= "\u9fff" for sign in heard[-1].text) else "en"
        rules = ", ".join(said for said, _ in error.conflict)
        words = replies(language).say("conflict", rules=rules, several=len(error.conflict) > 1, options=False)
        return Turn("wish", language, state, words)


def _spoken(reply: "_Reply", stream: bool) -> Response:
    if stream:
        return StreamingResponse(reply.spoken(), media_type=_EVENTS)
    return JSONResponse(reply.whole(Answer(new_id(), reply.model, 0, [], {}, 0, 0)))


class _Reply:
    """An answer as OpenAI's clients read it.

    Args:
        turn: what is answered.
        model: who answers.
        apart: whether each set is a choice of its own; else all are in one message.
    """

    def __init__(self, turn: Turn, model: str, apart: bool) -> None:
        self.turn, self.model, self.apart = turn, model, apart
        self._say = replies(turn.language)

    def whole(self, answer: Answer) -> dict[str, Any]:
        """All of it."""
        texts = self._texts(answer.bundles)
        choices = [
            {
                "index": place,
                "message": {"role": "assistant", "content": text, "refusal": None},
                "finish_reason": "stop",
                "logprobs": None,
            }
            for place, text in enumerate(texts)
        ]
        return {
            "id": f"chatcmpl-{answer.id}",
            "object": "chat.completion",
            "created": int(time.time()),
            "model": answer.model,
            "choices": choices,
            "usage": {"prompt_tokens": 0, "completion_tokens": answer.tokens, "total_tokens": answer.tokens},
            "bundlesmith": self._values(answer.bundles) | {"answer": answer.values()},
        }

    def _values(self, bundles: Sequence[dict[str, Any]]) -> dict[str, Any]:
        sets = [[str(item["item"]) for item in bundle["items"]] for bundle in bundles]
        return turn_values(self.turn, self.turn.state.with_sets(sets) if sets else self.turn.state)

    @property
    def _begin(self) -> str:
        words = f"{self.turn.words}\n" if self.turn.words else ""
        return understood_line(self.turn.phrases) + words

    def _texts(self, bundles: Sequence[dict[str, Any]]) -> list[str]:
        told = [self._bundle(bundle) for bundle in bundles]
        if len(told) == 1 and self.turn.ask is not None and self.turn.ask.n > 1 and not self.apart:
            told = [f"{self._say.say('fewer_sets')}\n{told[0]}"]
        if not self.apart and len(told) > 1:
            told = ["\n".join(f"{self._say.say('set', number=at + 1)}\n{text}" for at, text in enumerate(told))]
        return [f"{self._begin}{text}{offered(self.turn)}".strip("\n") for text in told or [""]]

    def _bundle(self, bundle: dict[str, Any]) -> str:
        items = "".join(map(_line, bundle["items"]))
        return f"{items}{self._end_of_items(bundle['total'])}{bundle['intent']}\n{bundle['explanation']}"

    def _end_of_items(self, total: float | None) -> str:
        return "" if total is None else f"{self._say.say('total', total=f'{total:.2f}')}\n"

    def _head(self) -> dict[str, Any]:
        chunk = "chat.completion.chunk"
        return {"id": f"chatcmpl-{uuid.uuid4().hex}", "object": chunk, "created": int(time.time()), "model": self.model}

    async def spoken(self) -> AsyncGenerator[str]:
        """Words without a set, as events."""
        head, (text,) = self._head(), self._texts([])
        yield _data({**head, "choices": [_choice(0, {"role": "assistant", "content": text})]})
        values = self._values([]) | {"answer": Answer(new_id(), self.model, 0, [], {}, 0, 0).values()}
        yield _data({**head, "choices": [_choice(0, {}, "stop")], "bundlesmith": values})
        yield "data: [DONE]\n\n"

    async def chunks(self, told: StreamedAnswer) -> AsyncGenerator[str]:
        """The answer piece by piece; the whole of it is in the last one. Several sets in one message come at once."""
        head = self._head()
        begun: set[int] = set()
        explained: set[int] = set()
        together = not self.apart and self.turn.ask is not None and self.turn.ask.n > 1
        async for piece in told.pieces():
            name, values = piece
            if name == "error":
                yield _data({"error": values["error"]})
                return
            if name == "done":
                texts = self._texts(values["bundles"])
                if not begun:  # an answer that was given before comes as a whole
                    for place, text in enumerate(texts):
                        yield _data({**head, "choices": [_choice(place, {"role": "assistant", "content": text})]})
                ends = [_choice(place, {}, "stop") for place in range(len(texts))]
                yield _data(
                    {**head, "choices": ends, "bundlesmith": self._values(values["bundles"]) | {"answer": values}}
                )
                break
            if together:
                continue
            place = values["bundle"]
            delta: dict[str, Any] = {"content": self._said(piece, explained)}
            if place not in begun:
                begun.add(place)
                delta = {"role": "assistant", "content": self._begin + delta["content"]}
            if delta["content"]:
                yield _data({**head, "choices": [_choice(place, delta)]})
        yield "data: [DONE]\n\n"

    def _said(self, piece: Piece, explained: set[int]) -> str:
        """The text of a piece; the intent ends with a line of its own before the explanation begins."""
        name, values = piece
        if name == "item":
            return _line(values["item"])
        if name == "bundle":
            return self._end_of_items(values["total"])
        if values["part"] == "explanation" and values["bundle"] not in explained:
            explained.add(values["bundle"])
            return "\n" + str(values["text"])
        return str(values["text"])


def _line(item: dict[str, Any]) -> str:
    price = "" if item["price"] is None else f", {item['price']:.2f}"
    return f"- {item['title']} [{item['item']}]{price}\n"


def _choice(place: int, delta: dict[str, Any], finish: str | None = None) -> dict[str, Any]:
    return {"index": place, "delta": delta, "finish_reason": finish, "logprobs": None}


def _data(values: dict[str, Any]) -> str:
    return f"data: {json.dumps(values, ensure_ascii=False)}\n\n"
