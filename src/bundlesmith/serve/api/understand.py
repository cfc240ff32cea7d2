"""`POST /v1/understand`: what a message is in its conversation, what is said to it, and what is to be asked for.

Where `ask` is given, it is what `POST /v1/bundles` takes, with `"understand": false`.
"""

from typing import Annotated, Any

from fastapi import APIRouter, Request
from pydantic import BaseModel, Field

from bundlesmith.constraints.rules import IdText, parse_size
from bundlesmith.conversation.heard import hear
from bundlesmith.conversation.replies import ShopTexts
from bundlesmith.conversation.state import ConversationState
from bundlesmith.errors import BundlesmithError
from bundlesmith.pipeline.ask import Ask
from bundlesmith.serve.api.authentication import Caller
from bundlesmith.serve.api.bodies import PhraseValues
from bundlesmith.serve.api.errors import responses
from bundlesmith.serve.api.service_of import service_of
from bundlesmith.serve.api.talking import checked, phrase_values, turn_values, turned
from bundlesmith.serve.live_run import LiveRun
from bundlesmith.understanding.shop_words import shop_words

router = APIRouter(tags=["bundles"])


class UnderstandBody(BaseModel):
    """A message, and what it is said to.

    Attributes:
        text: what the shopper wrote.
        ask: the request so far; its `words` are the wish.
        last: the ids of the last bundle that was shown.
        state: the conversation before, as the last answer gave it; then `ask` and `last` win where they are given.
        ignore: the places of phrases, as an answer to the same text counts them, that are to change nothing.
    """

    text: str = Field(max_length=4000)
    ask: Ask | None = None
    last: Annotated[list[IdText], Field(max_length=100)] = []
    state: ConversationState | None = None
    ignore: Annotated[list[Annotated[int, Field(ge=0, lt=10_000)]], Field(max_length=100)] = []
    model: str = Field("", max_length=256)

    def before(self) -> ConversationState:
        """The conversation before the message."""
        state = self.state or ConversationState()
        state = state.model_copy(update={"ask": state.ask.model_copy(update={"user": None})})
        values: dict[str, Any] = {"ask": self.ask} if self.ask else {}
        if self.ask and self.ask.budget != state.ask.budget:
            values |= {"budget_said": self.ask.budget}
        if self.last in state.sets:
            values |= {"at": state.sets.index(self.last)}
        elif self.last:
            values |= {"sets": [self.last], "at": 0}
        return state.model_copy(update=values)


class SuggestionValues(BaseModel):
    """What may be said next: its label, the message that says it, and what it would give, where that is known."""

    label: str
    say: str
    items: list[str]
    total: float | None
    change: dict[str, Any]


class ConflictValues(BaseModel):
    """A rule that can't be met together with the others: its field, and how it is said."""

    field: str
    said: str


class UnderstoodBody(BaseModel):
    """What came of the message.

    Attributes:
        act: what it was: "wish", "change", "greeting", "why", "topic", "unclear" …
        ask: the request after it.
        answers: whether a set is to be asked for with `ask`; if not, `reply` says all.
        reply: what the assistant says; may be "".
        phrases: the parts that are about rules.
        suggestions: what may be said next.
        conflict: the rules that can't be met together.
        state: the conversation after it, but for the sets that come of `ask`.
    """

    act: str
    ask: dict[str, Any]
    answers: bool
    reply: str
    phrases: list[PhraseValues]
    suggestions: list[SuggestionValues]
    conflict: list[ConflictValues]
    state: dict[str, Any]


@router.post("/v1/understand", response_model=UnderstoodBody, responses=responses(400, 401, 404, 413, 422, 429, 503))
async def understood(body: UnderstandBody, request: Request, key: Caller) -> dict[str, Any]:
    """Understand a message: what it is, its rules, and what is said to it; nothing is written."""
    service = service_of(request)
    run = service.run(body.model)
    return await service.heard(_understood, body, run, request.app.state.texts)


def _understood(body: UnderstandBody, run: LiveRun, texts: ShopTexts) -> dict[str, Any]:
    state = body.before()
    parse_size(state.ask.size)  # or only some messages would be refused
    if body.ignore:
        _check_ignored(body, checked(state, run), run)
    turn = turned(run, body.text, state, texts, body.ignore)
    values = turn_values(turn, turn.state)
    return {
        "act": turn.act,
        "ask": (turn.ask or turn.state.ask).model_dump(),
        "answers": turn.ask is not None,
        "reply": turn.words,
        "phrases": phrase_values(turn.phrases),
        "suggestions": values["suggestions"],
        "conflict": values["conflict"],
        "state": values["state"],
    }


def _check_ignored(body: UnderstandBody, state: ConversationState, run: LiveRun) -> None:
    view = run.shop.view()
    phrases = hear(body.text, state, shop_words(view), view).phrases
    if wrong := [place for place in body.ignore if place >= len(phrases)]:
        raise BundlesmithError(f"The message has no phrase {wrong[0]}.", f"It has {len(phrases)}, from 0.")
