"""The state of a conversation after a message: purpose, rules and sets, whatever is answered.

    after = settled(hear("cheaper", before, words, view), before)

Works the same for the last message and for those before it, so a conversation can be replayed.
"""

from bundlesmith.constraints.rules import parse_size
from bundlesmith.conversation.heard import ADDS, BUDGETS, SIZES, SLOTTING, SWAPS, Heard
from bundlesmith.conversation.state import ConversationState, Rejected
from bundlesmith.pipeline.ask import LONGEST_WISH, Ask
from bundlesmith.understanding.acts import LAST, Said, parted_choice, recipient_swapped
from bundlesmith.understanding.change import FieldChange, apply
from bundlesmith.understanding.language import load_language
from bundlesmith.understanding.understand import Understanding, languages_of

KEEPS = frozenset({"keep", "named", "let_go", "no_conditions"})
"""Kinds after which the items that were chosen stay as they are said."""


def settled(heard: Heard, state: ConversationState) -> ConversationState:
    """The state after a message, whatever is answered: purpose and rules that stay. Sets are as before."""
    act = heard.act
    if act == "restart":
        return ConversationState(past=state.before_change())
    if (act == "undo" and state.past) or (act == "dismissed" and state.pending is not None and state.past):
        places = [at for at, step in enumerate(state.past) if step.sets != state.sets]
        if heard.said.place == 0:
            places = [at for at in places if state.past[at].sets] or places
        place = places[0 if heard.said.place == 0 else -1] if places and state.pending is None else len(state.past) - 1
        step = state.past[place]
        return ConversationState(
            ask=step.ask,
            sets=step.sets,
            shown=state.shown,
            rejected=state.rejected,
            past=state.past[:place],
            budget_said=step.spent,
        )
    if act == "choice" and (one := _one_set(heard.said, state)) is not None:
        return one
    if act in ("wish", "change", "recipient") and heard.understood is not None:
        return _changed(heard, state, heard.understood)
    changes = {"past": state.before_change()} if act in ("like", "colour") else {}
    return state.model_copy(update={"options": [], **changes})


def begun(text: str, state: ConversationState) -> tuple[str, ConversationState]:
    """What else a message says that begins with one of several sets ("the second, but cheaper"), and the state then."""
    parted = parted_choice(text, languages_of(text)) if len(state.sets) > 1 else None
    one = _one_set(parted[0], state) if parted else None
    return (parted[1], one) if parted and one else (text, state)


def _one_set(said: Said, state: ConversationState) -> ConversationState | None:
    """The state with the set that was chosen; None if none was."""
    if said.place is None or len(state.sets) < 2:
        return None
    place = len(state.sets) - 1 if said.place == LAST else said.place
    if not 0 <= place < len(state.sets):
        return None
    one = state.ask.model_copy(update={"n": 1})
    return state.model_copy(update={"ask": one, "sets": [state.sets[place]], "at": 0, "past": state.before_change()})


def _changed(heard: Heard, state: ConversationState, understood: Understanding) -> ConversationState:
    before, after, kinds = state.ask, understood.ask, heard.kinds
    if heard.loosens:  # what was only of the set that could not be made doesn't stay
        fixed = {name: getattr(before, name) for name in ("items", "size", "only", "slots")}
        dropped = [slot for slot in before.slots if slot in after.slots]
        fixed |= {"slots": dropped} if "unneeded" in kinds else {}
        after = after.model_copy(update=fixed | ({"size": after.size} if kinds & SIZES else {}))
    fresh = heard.act == "wish" and bool(before.words) and understood.wish != before.words
    values = after.model_dump()
    if heard.act == "change" and "sets" not in kinds and state.sets:
        values["n"] = 1
    if heard.act == "recipient":
        whom = heard.said.whom
        new = f"给{whom}" if heard.language == "zh" else f"for {whom}"
        values["words"] = recipient_swapped(before.words, new, [load_language(heard.language)])[:LONGEST_WISH]
    sized = kinds & {"exactly", "sizes"} and before.only and after.only == before.only
    if sized and parse_size(after.size)[0] > len(after.only):  # so many there aren't of that kind
        values["only"] = []
    if kinds & ADDS and before.only and any(one.kind == "add" and one.field != "items" for one in heard.phrases):
        values["only"] = []  # something else was asked for
    if not kinds & KEEPS and (state.sets or not kinds & ADDS):
        values["items"] = [] if fresh else [item for item in before.items if item not in after.exclude]
    if not kinds & SIZES or kinds & ADDS | kinds & SWAPS:
        values["size"] = before.size if not kinds & SIZES else after.size
        if kinds & (ADDS | SWAPS) and not kinds & (SIZES - SLOTTING):
            values["size"] = state.ask.size
    if kinds & SWAPS:
        values["slots"] = before.slots
    if fresh:
        for name in ("slots", "only"):
            values[name] = getattr(apply(Ask(), _changes(heard)), name)
        if before.only and not kinds & SIZES:
            values["size"] = Ask().size
    said = after.budget if kinds & BUDGETS or "no_conditions" in kinds else state.budget_said
    if state.budget_said is None and not kinds & BUDGETS:
        said = state.ask.budget if "cheaper" not in kinds else before.budget
    rejected = [*state.rejected, *_rejected(heard)]
    return state.model_copy(
        update={
            "ask": Ask.model_validate(values),
            "options": [],
            "asked": heard.asked,
            "pending": None,
            "rejected": rejected[-len(state.past) - 8 :][-8:],
            "past": state.before_change(),
            "budget_said": said,
        }
    )


def _changes(heard: Heard) -> list[FieldChange]:
    return [change for phrase in heard.phrases for change in phrase.changes if change.field in ("slots", "only")]


def _rejected(heard: Heard) -> list[Rejected]:
    return [
        Rejected(items=list(change.value)[:1000], why=phrase.kind)
        for phrase in heard.phrases
        for change in phrase.changes
        if change.field == "exclude" and change.how == "add" and change.value
    ]
