"""One turn of a conversation: what the assistant says to a message, and what it asks of the shop, if anything.

    turn = Turning(shop, texts).turn("cheaper please", state)
    turn.words, turn.ask, turn.suggestions, turn.state

Products only where products help; what can't be met is said with what would be.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace

from bundlesmith.conversation.about import AboutSet
from bundlesmith.conversation.answering import Setting, Turn
from bundlesmith.conversation.heard import Heard, hear
from bundlesmith.conversation.making import Making
from bundlesmith.conversation.offers import Suggestion, money
from bundlesmith.conversation.replies import Foreigners, foreigners, replies
from bundlesmith.conversation.settling import begun, settled
from bundlesmith.conversation.state import ConversationState
from bundlesmith.pipeline.ask import exact_ask
from bundlesmith.understanding.acts import LAST, Said
from bundlesmith.understanding.shop_words import shop_words

OF_ITEMS = ("why", "facts", "stock", "price", "difference")
"""Acts that may be about one thing of the set."""


class Turning(Setting):
    """Answers messages; see `bundlesmith.conversation.answering.Setting` for what from."""

    def turn(self, text: str, state: ConversationState, ignore: Sequence[int] = ()) -> Turn:
        """Answer a message. It blocks while the ranker is asked.

        Args:
            text: what was said.
            state: the conversation before.
            ignore: the places of phrases that are to change nothing.

        Raises:
            BundlesmithError: if the state names items that the shop doesn't have, or makes no sense; never for a text.
        """
        text, state = begun(text, state)
        own = Foreigners(self.texts.languages).told(text)
        if own:
            heard = Heard("foreign", Said(), text, "en", own)
        else:
            heard = hear(text, state, shop_words(self.view), self.view, ignore)
        after = settled(heard, state)
        say = replies(heard.language)
        answers = _Answers(self, heard, state, after, say)
        answer = _ANSWERS.get(heard.act, _Answers.wish)
        turn = answers.not_in_it() if heard.act in OF_ITEMS and answers.absent() else answer(answers)
        if turn.phrases == () and heard.act in ("wish", "change", "recipient", "unclear"):
            told = tuple(one for one in heard.phrases if one.understood or not (one.of_kind and heard.too_dear))
            turn = replace(turn, phrases=told)
        options = [one.say for one in turn.suggestions]
        return replace(turn, state=turn.state.model_copy(update={"options": options}) if options else turn.state)


class _Answers(AboutSet, Making):
    """Answers everything."""

    def polite(self) -> Turn:
        if self.heard.act in ("greeting", "help", "restart"):
            return self.turn(self.say.say(self.heard.act), suggestions=self.directions())
        return self.told(self.heard.act, items=self.before.last)

    def dismissed(self) -> Turn:
        """What was asked last doesn't matter: one that could not be met is taken back, else it is said how."""
        says = [self.say.say(name) for name in ("undo_option", "restart_option")] if self.before.last else []
        suggestions = tuple(Suggestion(say, say) for say in says)
        return self.turn(self.say.say("dismissed", items=self.before.last), suggestions=suggestions)

    def not_in_it(self) -> Turn:
        """What is asked about isn't in the set."""
        return self.told("not_in_it", thing=self.absent(), titles=self.titles(self.before.last))

    def topic(self) -> Turn:
        own = self.turning.texts.topic(self.heard.detail, self.heard.language)
        return self.turn(own or self.say.say("topic_other" if self.heard.detail == "other" else "topic"))

    def foreign(self) -> Turn:
        own = self.turning.texts.languages.get(self.heard.detail)
        said = own or foreigners().known[self.heard.detail]
        return self.turn(f"{said.say} {replies('en').say('foreign')}")

    def choice(self) -> Turn:
        place = self.heard.said.place
        sets = self.before.sets
        if place is None or not sets:
            return self.told("chosen_none") if not sets else self.unclear()
        among = len(sets) if len(sets) > 1 else len(self.last)
        place = among - 1 if place == LAST else place
        if not 0 <= place < among:
            return self.unclear()
        if len(sets) > 1:
            return self.turn(self.say.say("chosen_set", number=place + 1), ask=exact_ask(self.after.ask, sets[place]))
        item = self.last[place]
        words = self.say.say("chosen_item", title=item.title, price=item.price and money(item.price))
        names = ("swap_option", "keep_option")
        says = [self.say.say(name, title=item.title) for name in names]
        return self.turn(words, suggestions=tuple(Suggestion(say, say) for say in says))

    def chosen(self) -> Turn:
        if not self.last:
            return self.told("chosen_none")
        return self.told("chosen", titles=self.titles(self.before.last), total=self.total(self.before.last))

    def agreed(self) -> Turn:
        return self.chosen() if self.last else self.told("yes")

    def undo(self) -> Turn:
        if not self.before.past:
            return self.told("nothing_to_undo")
        sets = self.after.sets
        if not sets:
            return self.told("undo_words")
        return self.turn(self.say.say("undo"), ask=exact_ask(self.after.ask, sets[0]))


_ANSWERS: dict[str, Callable[[_Answers], Turn]] = {
    **dict.fromkeys(("greeting", "help", "thanks", "bye", "restart", "no", "complaint", "twice"), _Answers.polite),
    "dismissed": _Answers.dismissed,
    "recall": _Answers.recall,
    "topic": _Answers.topic,
    "foreign": _Answers.foreign,
    **dict.fromkeys(("unclear", "any"), _Answers.unclear),
    "why": _Answers.why,
    "stock": _Answers.stock,
    "sells": _Answers.sells,
    "price": _Answers.price,
    "facts": _Answers.facts,
    "difference": _Answers.difference,
    "goes_with": _Answers.goes_with,
    "choice": _Answers.choice,
    "chosen": _Answers.chosen,
    "yes": _Answers.agreed,
    "undo": _Answers.undo,
    "like": _Answers.like,
    "colour": _Answers.colour,
    "recipient": _Answers.wish,
}
