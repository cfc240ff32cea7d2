"""A turn of a conversation as the routes of chat and page need it: opened on a run, and as JSON values."""

from collections.abc import Collection, Sequence
from typing import Any

from bundlesmith.conversation.answering import Turn
from bundlesmith.conversation.replies import ShopTexts, foreigners, replies
from bundlesmith.conversation.state import ConversationState
from bundlesmith.conversation.turn import Turning
from bundlesmith.pipeline.ask import Ask
from bundlesmith.pipeline.relaxing import sold
from bundlesmith.serve.live_run import LiveRun
from bundlesmith.serve.service import Service
from bundlesmith.understanding.change import Phrase
from bundlesmith.understanding.decide import MOST_SETS
from bundlesmith.understanding.request import with_rules
from bundlesmith.understanding.shop_words import shop_words


def turning(run: LiveRun, user: str | None, texts: ShopTexts) -> Turning:
    """What answers messages, on the shop and the customer as they are now. It blocks for a moment.

    Raises:
        StoreError: if the store can't be used.
    """
    view = run.shop.view()
    past = run.past(user, view)
    return Turning(view, lambda ask: sold(ask.request(view, past), view), texts, bool(past.history))


def turned(run: LiveRun, text: str, state: ConversationState, texts: ShopTexts, ignore: Sequence[int] = ()) -> Turn:
    """A turn; it blocks while the ranker is asked.

    Raises:
        BundlesmithError: if the state makes no sense.
    """
    return turning(run, state.ask.user, texts).turn(text, checked(state, run), ignore)


def checked(state: ConversationState, run: LiveRun) -> ConversationState:
    """A state that a client sent, without the items that the shop doesn't sell any more.

    Raises:
        BundlesmithError: if its size makes no sense, or an item that it names was never sold.
    """
    view = run.shop.view()

    def held(items: Sequence[str]) -> list[str]:
        return [item for item in items if view.snapshot.holds(item)]

    def limited(ask: Ask) -> Ask:
        ask.model_copy(update={"user": None}).request(view)  # who asks may be new
        values = {
            "items": held(ask.items),
            "only": held(ask.only),
            "n": min(ask.n, MOST_SETS),
            "words": ask.words[:2000],
        }
        return ask.model_copy(update=values)

    asks = {"ask": limited(state.ask), "pending": state.pending and limited(state.pending)}
    known = [held(one) for one in state.sets]
    at = state.at if all(known) else 0
    return state.model_copy(update={**asks, "sets": [one for one in known if one], "at": at})


def with_rules_of_words(service: Service, ask: Ask, model: str, given: Collection[str]) -> tuple[Ask, dict[str, Any]]:
    """A request with the rules in its words, and what the answer says of them. It blocks for a moment.

    Words in a language that the ranker's encoder doesn't read are said to be so, in it and in English.

    Raises:
        BundlesmithError: if there is no such model, or the size makes no sense.
    """
    run = service.run(service.sided(model, ask.user).model)
    understood, phrases = with_rules(ask, given, shop_words(run.shop.view()))
    said = understood.model_dump(exclude_defaults=True, exclude={"user", "history"})
    return understood, {"understood": [*_unread(ask.words), *phrase_values(phrases)], "ask": said}


def _unread(words: str) -> list[dict[str, Any]]:
    known = foreigners()
    if not (code := known.told(words)):
        return []
    said = f"{known.known[code].say} {replies('en').say('foreign')}"
    return [{"text": words, "field": "words", "said": said, "understood": False}]


def phrase_values(phrases: Sequence[Phrase]) -> list[dict[str, Any]]:
    """What was understood of a message, part by part."""
    return [
        {"text": phrase.text, "field": phrase.field, "said": phrase.said, "understood": phrase.understood}
        for phrase in phrases
    ]


def turn_values(turn: Turn, state: ConversationState) -> dict[str, Any]:
    """What a client needs to know of a turn, with the state after it."""
    return {
        "act": turn.act,
        "understood": phrase_values(turn.phrases),
        "ask": state.ask.model_dump(exclude_defaults=True, exclude={"user"}),
        "suggestions": [one.values() for one in turn.suggestions],
        "conflict": [{"field": name, "said": said} for name, said in turn.conflict],
        "state": state.model_dump(exclude_defaults=True),
    }


def understood_line(phrases: Sequence[Phrase]) -> str:
    """What was understood, and what was not, in a line each; "" if nothing was about rules."""
    said = [phrase.said for phrase in phrases if phrase.understood]
    others = [phrase.said for phrase in phrases if not phrase.understood]
    lines = ["(" + "; ".join(said) + ")"] if said else []
    return "".join(f"{line}\n" for line in [*lines, *others])


def offered(turn: Turn) -> str:
    """What may be said next, numbered, a line each: `bundlesmith.conversation.replay` reads it."""
    lines = [
        f"{at}. “{one.say}”" + (f" — {one.label}" if one.label != one.say else "")
        for at, one in enumerate(turn.suggestions, 1)
    ]
    return "".join(f"{line}\n" for line in lines)
