"""Several wishes in one message, and a wish that comes to a set: a set for all of them has something for each.

wishes_in("a coffee set for my mum and a toy for my nephew")      ("a coffee set for my mum", "a toy for my nephew")
"""

from collections.abc import Sequence
from dataclasses import replace

from bundlesmith.constraints.rules import parse_size
from bundlesmith.conversation.directions import confident, leading_department
from bundlesmith.conversation.state import ConversationState
from bundlesmith.pipeline.ask import Ask
from bundlesmith.shop.live_shop import ShopView
from bundlesmith.understanding.change import FieldChange, Phrase, apply
from bundlesmith.understanding.understand import Understanding, languages_of
from bundlesmith.understanding.words import CatalogueWords

NAMING = frozenset({"slots", "slots_of_things", "needed", "named", "add"})
"""Kinds that name what is to be in the set."""
_SEVERAL = 2


def wishes_in(text: str) -> tuple[str, ...]:
    """The wishes of a message, each for somebody or something; none if there is one."""
    for language in languages_of(text):
        parts = [part.strip(" ,.;!，。；！") for part in language.besides.split(text)]
        wishes = tuple(part for part in parts if language.whose.search(part.lower()))
        if len(wishes) >= _SEVERAL:
            return wishes
    return ()


def with_several(
    understood: Understanding, text: str, state: ConversationState, view: ShopView, words: CatalogueWords
) -> tuple[Understanding, tuple[str, ...]]:
    """What was understood, with a slot for each wish's department; and the wishes, if there are several.

    After a set, a wish that begins as what comes to something is one more: the set stays, and has something for it.
    """
    if any(phrase.kind in NAMING for phrase in understood.phrases if phrase.understood):
        return understood, ()
    more = _more(text) if state.last else ""
    wishes = (more,) if more else wishes_in(text) if not state.last else ()
    tops = [leading_department(view, wish) for wish in wishes if confident(view, wish, words)]
    if len(tops) < len(wishes) or len(set(tops)) < (1 if more else _SEVERAL):
        return understood, ()
    language = languages_of(text)[0]
    said = ("、" if language.code == "zh" else ", ").join(dict.fromkeys(tops))
    field, how = ("add", "add") if more else ("slots", "slots")
    changes = [FieldChange("slots", "add", tuple(dict.fromkeys(tops)))]
    if more:
        size = len(state.last) + 1
        changes += [FieldChange("items", "set", tuple(state.last)), FieldChange("size", "set", (size, size))]
    phrase = Phrase(text, 0, 0, "slots", tuple(tops), language.said[how].format(said), tuple(changes), field)
    return _with(understood, phrase, state.ask if more else None), wishes


def _more(text: str) -> str:
    """The wish that comes to a set ("and also something for the dog"); "" if a message isn't one."""
    for language in languages_of(text):
        match = language.comes_to.match(text.lower())
        if match and language.whose.search(text.lower()):
            return text[match.end() :].strip(" ,.;!?，。；！？")
    return ""


def _with(understood: Understanding, phrase: Phrase, before: Ask | None) -> Understanding:
    ask = apply(understood.ask, phrase.changes)
    wish = understood.wish if before is None else before.words
    least, most = parse_size(ask.size)
    size = {"size": f"{least}:{len(ask.slots)}"} if len(ask.slots) > most else {}
    return replace(
        understood,
        ask=ask.model_copy(update={"words": wish, **size}),
        wish=wish,
        phrases=(*(one for one in understood.phrases if one.kind not in ("add", "add_some")), phrase),
    )


def each_of(wishes: Sequence[str], ask: Ask) -> list[Ask]:
    """What is asked for with each wish alone."""
    return [ask.model_copy(update={"words": wish, "slots": [], "items": []}) for wish in wishes]
