"""The state of a conversation: purpose, rules, the sets that were shown, what may be chosen next, what can be undone.

It is a field of every answer, for clients that send it back; for those that don't, `bundlesmith.conversation.replay`
works it out from the messages. Nothing of a customer is kept between calls.
"""

from collections.abc import Sequence
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from bundlesmith.pipeline.ask import Ask
from bundlesmith.shop.live_shop import ShopView
from bundlesmith.understanding.change import LastBundle, LastItem

REMEMBERED = 8
"""So many changes can be undone, and so many earlier sets be spoken of."""
StateId = Annotated[str, StringConstraints(min_length=1, max_length=256)]
StateItems = Annotated[list[StateId], Field(max_length=100)]
Sets = Annotated[list[StateItems], Field(max_length=10)]


class StateBefore(BaseModel):
    """How it was before a change."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    ask: Ask
    sets: Sets = []
    spent: float | None = None


class Rejected(BaseModel):
    """Items that the shopper didn't want, and what was said: "without" them, or "another" set."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    items: Annotated[list[StateId], Field(max_length=1000)]
    why: Annotated[str, StringConstraints(max_length=40)]


class ConversationState(BaseModel):
    """A conversation.

    Attributes:
        ask: purpose (its words) and rules, as they stay from turn to turn.
        sets: the sets of the last answer that had some.
        at: which of them is spoken of.
        shown: the first set of each earlier answer, the oldest first.
        options: what may be said to choose among what was offered, in its order.
        asked: the wish that was asked back, until one that points somewhere comes.
        pending: what was asked last and could not be met: what is said next loosens it.
        rejected: what was not wanted.
        past: what can be undone, the latest last.
        budget_said: the budget that the shopper gave; that of `ask` may be lower since something cheaper was asked for.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    ask: Ask = Ask()
    sets: Sets = []
    at: int = Field(0, ge=0, lt=10)
    shown: Annotated[list[StateItems], Field(max_length=REMEMBERED)] = []
    options: Annotated[list[Annotated[str, StringConstraints(max_length=1000)]], Field(max_length=10)] = []
    asked: Annotated[str, StringConstraints(max_length=1000)] = ""
    pending: Ask | None = None
    rejected: Annotated[list[Rejected], Field(max_length=REMEMBERED)] = []
    past: Annotated[list[StateBefore], Field(max_length=REMEMBERED)] = []
    budget_said: float | None = None

    @property
    def last(self) -> list[str]:
        """The ids of the last set; of several, the one that is spoken of."""
        return self.sets[min(self.at, len(self.sets) - 1)] if self.sets else []

    def with_sets(self, sets: Sequence[Sequence[str]]) -> "ConversationState":
        """The state once these sets have been shown."""
        shown = [*self.shown, list(sets[0])][-REMEMBERED:] if sets and list(sets[0]) not in self.shown else self.shown
        return self.model_copy(update={"sets": [list(one) for one in sets], "at": 0, "shown": shown})

    def before_change(self) -> list[StateBefore]:
        """The past, with this state as what is undone next; unless it is one whose rules could not be met."""
        if self.pending is not None:
            return self.past
        step = StateBefore(ask=self.ask, sets=self.sets, spent=self.budget_said)
        return [*self.past, step][-REMEMBERED:]


def bundle_of(ids: Sequence[str], view: ShopView) -> LastBundle | None:
    """A bundle of those ids that the shop has, or None if it has none of them."""
    catalogue = view.catalogue
    rows = list(dict.fromkeys(catalogue.known(ids)))
    items = [
        LastItem(catalogue.ids[row], catalogue.titles[row], catalogue.categories[row], catalogue.price(row))
        for row in rows
    ]
    return LastBundle(tuple(items)) if items else None
