"""The state of a conversation from the texts of its messages alone, for clients that send nothing else back.

What the assistant showed names its items by id, and what it offered stands numbered and in quotes.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from bundlesmith.constraints.rules import parse_size
from bundlesmith.conversation.heard import hear
from bundlesmith.conversation.plans import wanted
from bundlesmith.conversation.settling import begun, settled
from bundlesmith.conversation.state import ConversationState
from bundlesmith.pipeline.ask import Ask
from bundlesmith.shop.live_shop import ShopView
from bundlesmith.understanding.shop_words import shop_words
from bundlesmith.understanding.words import CatalogueWords

ITEM = re.compile(r"^- .*\[([^\[\]\n]{1,256})\](?:, [\d.,]+)?\s*$", re.MULTILINE)
"""How an answer names an item of a set."""
OPTION = re.compile(r"^\d\. “([^“”\n]{1,1000})”", re.MULTILINE)
"""How an answer offers something to say."""
SET = re.compile(r"^(?:Set \d+:|第\d+套：)\s*$", re.MULTILINE)
"""How an answer of several sets begins each."""


@dataclass(frozen=True, slots=True)
class ReplayedMessage:
    """One message; what the shop said itself has *shop* set."""

    text: str
    shop: bool = False


def replayed(messages: Sequence[ReplayedMessage], view: ShopView, before: Ask) -> ConversationState:
    """The state after these messages, the oldest first.

    Args:
        messages: what was said, up to the one that is to be answered.
        view: the shop as it is now.
        before: what is asked before anything is said.
    """
    state, words = ConversationState(ask=before), shop_words(view)
    for at, message in enumerate(messages):
        if message.shop:
            state = _shown(message.text, state, view)
        else:
            answered = messages[at + 1].text if at + 1 < len(messages) and messages[at + 1].shop else ""
            state = _said(message.text, answered, state, words, view)
    return state


def _said(
    text: str, answered: str, state: ConversationState, words: CatalogueWords, view: ShopView
) -> ConversationState:
    text, state = begun(text, state)
    heard = hear(text, state, words, view)
    after = settled(heard, state)
    unmet = answered and not ITEM.search(answered) and OPTION.search(answered)
    if heard.act in ("wish", "change", "recipient") and heard.sure and unmet:
        return after.model_copy(update={"pending": wanted(heard, state, after, view)})
    return after


def _shown(text: str, state: ConversationState, view: ShopView) -> ConversationState:
    parts = [part for part in SET.split(text) if ITEM.search(part)]
    sets = [[item for item in dict.fromkeys(ITEM.findall(part)) if view.snapshot.holds(item)] for part in parts]
    sets = [one for one in sets if one]
    options = OPTION.findall(text)
    if sets:
        state = _within(state.with_sets(sets), view)
    return state.model_copy(update={"options": options[:10]})


def _within(state: ConversationState, view: ShopView) -> ConversationState:
    """The state with rules that its set keeps: where it costs more, or has another size, they were changed for it."""
    values: dict[str, object] = {}
    cost, budget = shop_words(view).cost(state.last), state.ask.budget
    if budget is not None and cost > budget:
        said = state.budget_said
        values["budget"] = said if said is not None and said >= cost else None
    least, most = parse_size(state.ask.size)
    if not least <= len(state.last) <= most:
        values["size"] = f"{len(state.last)}:{len(state.last)}"
    return state.model_copy(update={"ask": state.ask.model_copy(update=values)}) if values else state
