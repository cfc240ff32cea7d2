"""A message heard in its conversation: what it is, and what it changes.

    heard = hear("the second, please", state, shop)
    heard.act, heard.understood

Works the same for the last message and for those before it, so a conversation can be replayed.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from bundlesmith.constraints.rules import CAPS
from bundlesmith.conversation.directions import confident, leading_departments
from bundlesmith.conversation.remarks import asks, is_remark, opens, points, telling
from bundlesmith.conversation.replies import foreigners
from bundlesmith.conversation.several import NAMING, with_several
from bundlesmith.conversation.state import ConversationState, bundle_of
from bundlesmith.pipeline.ask import LONGEST_WISH, Ask
from bundlesmith.ranking.terms import sayings
from bundlesmith.shop.live_shop import ShopView
from bundlesmith.understanding.act_classifier import likely_said
from bundlesmith.understanding.acts import (
    CHEAPEST,
    DEAREST,
    LAST,
    MIDDLE,
    Said,
    parted_choice,
    read_act,
    read_topic,
)
from bundlesmith.understanding.change import Phrase
from bundlesmith.understanding.language import ANY_FLAGS
from bundlesmith.understanding.personal import without_personal
from bundlesmith.understanding.request import with_rules
from bundlesmith.understanding.shop_words import shop_words
from bundlesmith.understanding.spelling import common, means, mended
from bundlesmith.understanding.understand import Understanding, languages_of, understand
from bundlesmith.understanding.words import CatalogueWords

ABOUT_SET = ("why", "facts", "stock", "difference", "goes_with", "price", "like", "colour")
"""Acts that need a set to be about."""
_ENOUGH = 4
"""A question with so many words beside it is a wish."""
_WITHIN = {
    "stock": {"in_stock", "only"},
    "goes_with": {"another"},
    "colour": {"another"},
    "sells": {"slots", "slots_of_things", "needed", "named"},
    "undo": {"nicer"},
    "choice": {"cheaper", "cheaper_swap"},
    "facts": {"cheaper", "cheaper_swap", "needed", "slots", "slots_of_things", "add", "only", "another"},
    "difference": {"another"},
    "price": {"only", "exactly"},
    "why": {"only"},
}
"""Kinds that are only a part of how an act is said."""
SIZES = frozenset(
    {"exactly", "sizes", "least", "most", "above", "below", "bigger", "smaller", "needed", "slots", "slots_of_things"}
)
BUDGETS = frozenset({"budget", "budgets", "unclear", "any_budget"})
ADDS = frozenset({"add", "add_some"})
LOOSENING = (
    BUDGETS
    | {"exactly", "sizes", "least", "most", "above", "below", *CAPS}
    | {"max_price", "min_price", "prices", "unneeded", "any_price", "allow_all", "any_kind", *ANY_FLAGS}
    | {"let_go", "no_conditions"}
)
"""Kinds that answer what was said to be impossible."""
SLOTTING = frozenset({"slots", "slots_of_things", "needed"})
"""Kinds that say what else is to be in a set."""
SWAPS = frozenset({"swap", "swap_rest", "cheaper_swap", "nicer"})
CHANGING = (
    SLOTTING
    | ADDS
    | SWAPS
    | {"cheaper", "another", "bigger", "smaller", "keep", "exclude", "exclude_known", "drop", "sets"}
)
"""Kinds that change a set, and don't begin another."""
MOST_ASKED = 400
"""So many signs of what was asked back are remembered."""
_FEW = 2
"""Fewer words beside a change are no other wish."""


@dataclass(frozen=True, slots=True)
class Heard:
    """A message.

    Attributes:
        act: what it is: "wish", "change", "unclear", or an act or "topic" or "foreign".
        said: how its act was said.
        text: the message as it was read.
        language: "en" or "zh".
        detail: the topic, or the language that isn't spoken.
        understood: its rules and wish; None where it has none.
        kinds: of the phrases that were understood.
        sure: whether a wish points anywhere in the shop.
        loosens: whether it loosens what was asked last and could not be met.
        asked: the wish that points nowhere, with what was asked back before.
        about: ids of what is named by its title, where something is asked of it.
        wishes: those of the message, if there are several; or the one that comes to the set.
    """

    act: str
    said: Said
    text: str
    language: str
    detail: str = ""
    understood: Understanding | None = None
    kinds: frozenset[str] = frozenset()
    sure: bool = True
    loosens: bool = False
    asked: str = ""
    about: tuple[str, ...] = ()
    wishes: tuple[str, ...] = ()

    @property
    def too_dear(self) -> tuple[str, ...]:
        """Ids that are to be added and cost more than the budget, so that the rule was not understood."""
        return next(
            (one.of_kind for one in self.phrases if one.kind == "add" and not one.understood and one.of_kind), ()
        )

    @property
    def wish(self) -> str:
        """The message without its rules."""
        return without_phrases(self.text, self.phrases).strip()

    @property
    def phrases(self) -> tuple[Phrase, ...]:
        """The parts that are about rules."""
        return self.understood.phrases if self.understood else ()


def hear(
    text: str, state: ConversationState, words: CatalogueWords, view: ShopView, ignore: Sequence[int] = ()
) -> Heard:
    """Hear a message.

    Args:
        text: what was said.
        state: the conversation before it.
        words: those of the catalogue.
        view: the shop.
        ignore: the places of phrases that are to change nothing.
    """
    text = without_personal(text)
    if foreign := foreigners().told(text):
        return Heard("foreign", Said(), text, "en", foreign)
    text = mended(text, words)
    languages = languages_of(text)
    language = languages[0].code
    said, topic = _placed(read_act(text, languages), text, state, words), read_topic(text, languages)
    if (option := _option(said, text, state)) is not None:
        return _taken_up(option, state, words, view)
    last = bundle_of(state.last, view)

    def departments() -> frozenset[str]:
        return leading_departments(view, state.ask.words or text)

    understood = understand(text, words, state.pending or state.ask, last, departments)
    understood, wishes = with_several(understood, text, state, view, words)
    loosens = state.pending is not None and _loosens(understood, state)
    if state.pending is not None and not loosens:
        state = state.model_copy(update={"pending": None})
        understood = understand(text, words, state.ask, last, departments)
    if ignore:
        gone = [understood.phrases[place] for place in ignore]
        understood = replace(understood, ask=understood.without(*gone))
    gone_kinds = {understood.phrases[place].kind for place in ignore}
    kinds = frozenset(phrase.kind for phrase in understood.phrases if phrase.understood) - gone_kinds
    beside = telling(without_phrases(text, understood.phrases))
    if not (said.act or topic) and (beside or not kinds or asks(text)):
        likely, likely_topic = likely_said(text)
        if not _rules(kinds, likely.act):
            said, topic = _placed(likely, text, state, words), likely_topic
        if said.act and (option := _option(said, text, state)) is not None:
            return _taken_up(option, state, words, view)
    changed = bool(state.last and kinds & CHANGING) and (beside < _FEW or not opens(understood.wish))
    refused = not beside and not kinds & NAMING and not all(phrase.understood for phrase in understood.phrases)
    if changed or refused:  # it is no other wish
        same = understood.ask.model_copy(update={"words": state.ask.words})
        understood = replace(understood, wish=state.ask.words, ask=same)
    if changed and kinds & SLOTTING and understood.ask.only == state.ask.only:
        kinds = kinds - SLOTTING | {"add"}
    if state.last and understood.wish != state.ask.words and is_remark(understood, text, state.ask.words, words, view):
        whole = f"{state.ask.words}, {understood.wish}"[:LONGEST_WISH]
        ask = understood.ask.model_copy(update={"words": whole})
        understood = replace(understood, wish=whole, ask=ask)
    heard = Heard("", said, text, language, "", understood, kinds, loosens=loosens, wishes=wishes)
    act, detail = _act(heard, state, topic, last is not None and points(text, last))
    if act == "wish" and not _sure(heard, state, words, view):
        whole = ", ".join(filter(None, (state.asked, understood.wish)))[-MOST_ASKED:]
        if not state.asked or not confident(view, whole, words):
            unsure = _unsure(heard, state, understood, words)
            return unsure if state.last else replace(unsure, asked=whole)
        ask = understood.ask.model_copy(update={"words": whole})
        heard = replace(heard, understood=replace(understood, wish=whole, ask=ask))
    if act in ("wish", "change"):
        return replace(heard, act=act)
    about = _titled(understood) if act in ABOUT_SET else ()
    kept = understood if act in ("recipient", "unclear") else None
    return replace(heard, act=act, detail=detail, about=about, understood=kept)


def _taken_up(option: str, state: ConversationState, words: CatalogueWords, view: ShopView) -> Heard:
    """What was chosen among what was offered, as if it had been said."""
    heard = hear(option, state.model_copy(update={"options": [], "asked": ""}), words, view)
    return heard if heard.sure else _as_said(heard, option)


def _titled(understood: Understanding) -> tuple[str, ...]:
    named = [phrase for phrase in understood.phrases if phrase.kind == "named" and phrase.understood]
    return tuple(item for phrase in named for one in phrase.changes if one.field == "items" for item in one.value)


def _placed(said: Said, text: str, state: ConversationState, words: CatalogueWords) -> Said:
    """What is chosen by its price, or is in the middle, is at a place; of one set nothing is chosen by its price."""
    if said.place == MIDDLE:
        many = len(state.options) or (len(state.sets) if len(state.sets) > 1 else len(state.last))
        return replace(said, place=many // 2 if many % 2 else None)
    if said.place not in (CHEAPEST, DEAREST):
        return said
    if len(state.sets) < 2:
        return Said(rest=text)
    costs = [words.cost(one) for one in state.sets]
    return replace(said, place=costs.index(min(costs) if said.place == CHEAPEST else max(costs)))


def without_phrases(text: str, phrases: Sequence[Phrase]) -> str:
    """A message without the parts that are about rules."""
    rest = list(text)
    for phrase in phrases:
        rest[phrase.start : phrase.end] = " " * (phrase.end - phrase.start)
    return "".join(rest)


def _sure(heard: Heard, state: ConversationState, words: CatalogueWords, view: ShopView) -> bool:
    understood, before = heard.understood, state.ask
    if understood is None or understood.wish == before.words or heard.kinds & NAMING:
        return True
    return confident(view, understood.wish, words, vague=not telling(understood.wish, vague=False))


def _unsure(heard: Heard, state: ConversationState, understood: Understanding, known: CatalogueWords) -> Heard:
    """A wish that points nowhere: its words are no purpose; its rules hold."""
    words = state.ask.words
    plain = replace(understood, ask=understood.ask.model_copy(update={"words": words}), wish=words)
    if words or state.last:
        return replace(heard, act="change" if heard.kinds else "unclear", understood=plain)
    act = "wish" if heard.kinds or means(heard.text, known) else "unclear"
    return replace(heard, act=act, understood=plain, sure=False)


def _as_said(heard: Heard, wish: str) -> Heard:
    """A direction that was offered and taken up: it points somewhere, whatever is thought of its words."""
    assert heard.understood is not None
    ask = heard.understood.ask.model_copy(update={"words": wish})
    return replace(heard, act="wish", sure=True, asked="", understood=replace(heard.understood, ask=ask, wish=wish))


def _loosens(understood: Understanding, state: ConversationState) -> bool:
    kinds = {phrase.kind for phrase in understood.phrases if phrase.understood}
    return bool(kinds) and kinds <= LOOSENING and state.pending is not None and understood.wish == state.pending.words


def _act(heard: Heard, state: ConversationState, topic: str, pointing: bool) -> tuple[str, str]:
    said, kinds, understood = heard.said, heard.kinds, heard.understood
    assert understood is not None
    if kinds == {"named"} and asks(heard.text):
        return (said.act if said.act in ("price", "stock") else "facts"), ""
    rules = _rules(kinds, said.act)
    if said.act and said.act not in (*ABOUT_SET, "recipient") and not rules:
        return said.act, ""
    question = bool(state.last) and asks(heard.text)
    if topic and (not rules or (asks(heard.text) and rules <= CHANGING)):
        return "topic", topic
    if said.act in ABOUT_SET and state.last and not rules and telling(said.rest) < _ENOUGH:
        return said.act, ""
    if said.act == "recipient" and (state.ask.words or state.last):
        return "recipient", ""
    if said.act in ABOUT_SET and not (state.last or rules or telling(said.rest)):
        return said.act, ""
    if question and pointing and not said.act and rules <= SLOTTING | {"add"}:
        return "facts", ""
    before = state.ask
    if understood.wish != before.words:
        if before.words and understood.wish.startswith(f"{before.words}, "):
            return "change", ""
        return ("unclear" if question and not kinds else "wish"), ""
    if kinds or heard.too_dear:
        return ("change" if state.last or before.words else "wish"), ""
    return "unclear", ""


def _rules(kinds: frozenset[str], act: str) -> frozenset[str]:
    """Kinds of rules that aren't only a part of how an act is said."""
    return kinds - {"named"} - _WITHIN.get(act, frozenset())


def _option(said: Said, text: str, state: ConversationState) -> str | None:
    """What was chosen among what was offered, with what else is said of it; None if nothing was."""
    if not state.options:
        return None
    if not said.act and (parted := parted_choice(text, languages_of(text))):
        option = _option(parted[0], "", state)
        return option and f"{option}, {parted[1]}"
    if said.act in ("yes", "any"):
        return state.options[0]
    if said.act == "choice" and said.place is not None:
        place = len(state.options) - 1 if said.place == LAST else said.place
        return state.options[place] if 0 <= place < len(state.options) else None
    return None


def warm(views: Sequence[ShopView]) -> None:
    """Read what the first message would have to wait for."""
    common()
    likely_said("hello")
    for view in views:
        mended("hello", shop_words(view))
    languages_of("你好")
    sayings()


def understood_asks(asks: Sequence[Ask], view: ShopView) -> list[tuple[Ask, tuple[Phrase, ...]]]:
    """Requests with the rules of their words, and what was understood of each; what is not a default was given."""
    words = shop_words(view)
    return [with_rules(ask, set(ask.model_dump(exclude_defaults=True)), words) for ask in asks]
