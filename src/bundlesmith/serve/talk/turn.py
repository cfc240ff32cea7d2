"""One turn of a conversation: what the assistant says to a message, and what it asks of the shop, if anything.

    turn = Turning(shop, texts).turn("cheaper please", state)
    turn.words, turn.ask, turn.suggestions, turn.state

Products only where products help; what can't be met is said with what would be. Knows nothing about HTTP.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from bundlesmith.lookahead import NoBundleError, begin
from bundlesmith.request import Recommendation, Request
from bundlesmith.rules import parse_size
from bundlesmith.run import Run
from bundlesmith.serve.answers import told_values, total
from bundlesmith.serve.ask import Ask, exact_ask
from bundlesmith.serve.opening import Openings
from bundlesmith.serve.relaxing import fits, relaxations, suited, suiting
from bundlesmith.serve.shop_words import shop_words
from bundlesmith.serve.talk import directions
from bundlesmith.serve.talk.heard import Heard, hear, settled
from bundlesmith.serve.talk.offers import Suggestion, money, rules_said, suggestions_of
from bundlesmith.serve.talk.plans import Plan, plans, refined, too_dear, wanted
from bundlesmith.serve.talk.replies import ENGLISH, Foreigners, Replies, ShopTexts, foreigners, replies
from bundlesmith.serve.talk.state import State, bundle_of
from bundlesmith.serve.understanding.acts import LAST, Said
from bundlesmith.serve.understanding.change import LastItem, Phrase
from bundlesmith.serve.understanding.text import fold, split_words
from bundlesmith.shop import ShopView

NEXT = 3
"""So many things are named that go with a set."""
RANKED = 40
FACTS = 3
"""So many facts of an item are told in a comparison."""
NAMED = 3
"""So many items are named where there are more."""


@dataclass(frozen=True, slots=True)
class Turn:
    """What comes of a message.

    Attributes:
        act: what the message was, see `bundlesmith.serve.talk.heard`.
        language: "en" or "zh".
        words: what the assistant says; "" if the set says it all.
        ask: what is asked of the shop; None: no set is answered with.
        suggestions: what may be said next, each a button on a page.
        state: the conversation after it, but for the sets that come of *ask*.
        phrases: the parts of the message that are about rules.
        conflict: the rules that can't be met together: the fields and how each is said.
    """

    act: str
    language: str
    state: State
    words: str = ""
    ask: Ask | None = None
    suggestions: tuple[Suggestion, ...] = ()
    phrases: tuple[Phrase, ...] = ()
    conflict: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Turning:
    """Answers messages about one shop as it is at one moment, to one customer.

    Attributes:
        view: the shop.
        run: whose shop it is.
        opener: the request for an `Ask`, with what is known of the customer.
        texts: what the shop has to say.
        known: whether something is known of the customer: then a set may be asked for without words.
    """

    view: ShopView
    run: Run
    opener: Callable[[Ask], Request]
    texts: ShopTexts
    known: bool = False

    def turn(self, text: str, state: State, ignore: Sequence[int] = ()) -> Turn:
        """Answer a message. It blocks while the ranker is asked.

        Args:
            text: what was said.
            state: the conversation before.
            ignore: the places of phrases that are to change nothing.

        Raises:
            BundlesmithError: if the state names items that the shop doesn't have, or makes no sense; never for a text.
        """
        own = Foreigners(self.texts.languages).told(text, ENGLISH)
        if own:
            heard = Heard("foreign", Said(), text, "en", own)
        else:
            heard = hear(text, state, shop_words(self.view), self.view, ignore)
        after = settled(heard, state)
        say = replies(heard.language)
        answer = _ANSWERS.get(heard.act, _Answers.wish)
        turn = answer(_Answers(self, heard, state, after, say))
        if turn.phrases == () and heard.act in ("wish", "change", "recipient", "unclear"):
            told = tuple(one for one in heard.phrases if one.understood or not (one.of_kind and heard.too_dear))
            turn = replace(turn, phrases=told)
        options = [one.say for one in turn.suggestions]
        return replace(turn, state=turn.state.model_copy(update={"options": options}) if options else turn.state)


@dataclass(frozen=True, slots=True)
class _Answers:
    turning: Turning
    heard: Heard
    before: State
    after: State
    say: Replies

    @property
    def view(self) -> ShopView:
        return self.turning.view

    @property
    def last(self) -> list[LastItem]:
        found = bundle_of(self.before.last, self.view)
        return list(found.items) if found else []

    def _turn(self, words: str, **more: Any) -> Turn:
        values = {"act": self.heard.act, "language": self.heard.language, "state": self.after, "words": words}
        return Turn(**{**values, **more})

    def _told(self, name: str, **values: Any) -> Turn:
        return self._turn(self.say.say(name, **values))

    # What is polite, and what can't be done.

    def polite(self) -> Turn:
        if self.heard.act in ("greeting", "help", "restart"):
            options = tuple(Suggestion(name, name) for name in directions.purposes(self.view))
            return self._turn(self.say.say(self.heard.act), suggestions=options)
        return self._told(self.heard.act, items=self.before.last)

    def topic(self) -> Turn:
        own = self.turning.texts.topic(self.heard.detail, self.heard.language)
        return self._turn(own or self.say.say("topic_other" if self.heard.detail == "other" else "topic"))

    def foreign(self) -> Turn:
        own = self.turning.texts.languages.get(self.heard.detail)
        said = own or foreigners().known[self.heard.detail]
        return self._turn(f"{said.say} {replies('en').say('foreign')}")

    def unclear(self) -> Turn:
        if not self.last and not _whys(self.heard):
            return self._asked_back(self.heard.text)
        return self._told("unclear", items=self.before.last, whys=_whys(self.heard))

    # What is asked about the last set.

    def why(self) -> Turn:
        if not self.last:
            return self._told("no_set")
        ids = tuple(item.item_id for item in self.last)
        request = replace(self.turning.opener(Ask()), words=self.before.ask.words, language=self.heard.language)
        rules = replace(request.rules, budget=self.before.ask.budget)
        told = told_values(
            Recommendation(ids, 0.0), replace(request, rules=rules), self.view.catalogue, self.turning.run
        )
        texts = {str(reason["item"]): reason["text"] for reason in told["reasons"]}
        plain = self.say.say("why_plain")
        meant = self._meant()
        reasons = [{"title": item.title, "text": texts.get(item.item_id) or plain} for item in meant]
        return self._told("why", reasons=reasons)

    def stock(self) -> Turn:
        if not self.last:
            return self._stock_of_kind()
        catalogue, meant = self.view.catalogue, self._meant()
        stocks = [int(catalogue.stock[catalogue.row(item.item_id)]) for item in meant]
        if all(stocks):
            return self._told("stock_all", n=len(meant))
        pairs = zip(meant, stocks, strict=True)
        return self._told("stock_some", items=[{"title": i.title, "stock": None if n < 0 else n} for i, n in pairs])

    def _stock_of_kind(self) -> Turn:
        words, catalogue = shop_words(self.view), self.view.catalogue
        texts = [word.text for word in split_words(fold(self.heard.text))]
        names = [" ".join(texts[at : at + n]) for n in (3, 2, 1) for at in range(len(texts) - n + 1)]
        for name in names:
            rows = words.kinds.get(name) or (words.categories[name].rows if name in words.categories else ())
            if rows:
                there = [row for row in rows if int(catalogue.stock[row]) != 0]
                titles = ", ".join(catalogue.titles[row] for row in there[:NAMED])
                return self._told("stock_kind", n=len(there), titles=titles, more=len(there) > NAMED)
        return self._told("no_set")

    def price(self) -> Turn:
        if not self.last:
            return self._told("no_set")
        meant = self._meant()
        whole = self._total_of([item.item_id for item in meant]) if len(meant) > 1 else None
        items = [{"title": item.title, "price": item.price and money(item.price)} for item in meant]
        return self._told("price", items=items, total=whole and money(whole))

    def difference(self) -> Turn:
        if not self.last:
            return self._told("no_set")
        sets = self.before.sets
        if len(sets) > 1:
            alone = [[i for i in one if not any(i in other for other in sets if other is not one)] for one in sets]
            told = [
                {"number": at + 1, "total": self._total(one), "titles": self._titles(alone[at])}
                for at, one in enumerate(sets)
            ]
            return self._told("difference_sets", sets=told)
        items = [
            {
                "title": item.title,
                "kind": item.category[-1] if item.category else "",
                "price": item.price and money(item.price),
                "facts": self._facts(item),
            }
            for item in self._meant()
        ]
        return self._told("difference_items", items=items)

    def goes_with(self) -> Turn:
        if not self.last:
            return self.wish()
        free = {"items": self.before.last, "size": "1:100", "slots": [], "only": [], "budget": None}
        ask = self.before.ask.model_copy(update=free)
        if fits(ask, self.turning.opener, self.view):
            return self._goes_with(ask)
        return self._told("goes_with_none")

    def _goes_with(self, ask: Ask) -> Turn:
        ranked = Openings(self.view).ranked(self.turning.opener(ask), RANKED) or []
        catalogue, found = self.view.catalogue, dict[tuple[str, ...], str]()
        taken = {item.category for item in self.last}
        for item, _ in ranked:
            path = catalogue.categories[catalogue.row(item)]
            if path not in taken and len(found) < NEXT:
                found.setdefault(path, item)
        options = tuple(self._adding(item) for item in found.values())
        return self._turn(self.say.say("goes_with" if options else "goes_with_none"), suggestions=options)

    def _adding(self, item: str) -> Suggestion:
        catalogue = self.view.catalogue
        row = catalogue.row(item)
        price = catalogue.price(row)
        label = catalogue.titles[row] + (f", {money(price)}" if price is not None else "")
        return Suggestion(label, self.say.say("goes_with_option", title=catalogue.titles[row]), (item,), price)

    # What is chosen.

    def choice(self) -> Turn:
        place = self.heard.said.place
        sets = self.before.sets
        if place is None or not sets:
            return self._told("chosen_none") if not sets else self.unclear()
        among = len(sets) if len(sets) > 1 else len(self.last)
        place = among - 1 if place == LAST else place
        if not 0 <= place < among:
            return self.unclear()
        if len(sets) > 1:
            return self._turn(self.say.say("chosen_set", number=place + 1), ask=exact_ask(self.after.ask, sets[place]))
        item = self.last[place]
        words = self.say.say("chosen_item", title=item.title, price=item.price and money(item.price))
        names = ("swap_option", "keep_option")
        says = [self.say.say(name, title=item.title) for name in names]
        return self._turn(words, suggestions=tuple(Suggestion(say, say) for say in says))

    def chosen(self) -> Turn:
        if not self.last:
            return self._told("chosen_none")
        return self._told("chosen", titles=self._titles(self.before.last), total=self._total(self.before.last))

    def agreed(self) -> Turn:
        return self.chosen() if self.last else self._told("yes")

    def undo(self) -> Turn:
        if not self.before.past:
            return self._told("nothing_to_undo")
        sets = self.after.sets
        if not sets:
            return self._told("undo_words")
        return self._turn(self.say.say("undo"), ask=exact_ask(self.after.ask, sets[0]))

    # What is changed.

    def like(self) -> Turn:
        place, shown = self.heard.said.place or 0, self.before.shown
        if len(shown) > 1 and place < len(shown):
            items, name = shown[place], ""
        elif self.last and place < len(self.last):
            items, name = [self.last[place].item_id], self.last[place].title
        else:
            return self.unclear()
        found = bundle_of(items, self.view)
        categories = [" > ".join(item.category) for item in found.items if item.category] if found else []
        ask = self.before.ask.model_copy(update={"exclude": [*self.before.ask.exclude, *items], "items": []})
        words = self.say.say("like", title=name) if name else self.say.say("like_set")
        size = f"{len(items)}:{len(items)}" if not name else ask.size
        tries = [
            ask.model_copy(update={"slots": categories, "size": size}),
            ask,
        ]
        state = self.after.model_copy(update={"past": self.before.before_change()})
        return self._first(tries, words, state)

    def colour(self) -> Turn:
        meant, found = self._meant(), list[str]()
        swapped = False
        for item in self.last:
            other = self._recoloured(item, found) if item in meant else None
            found.append(other or item.item_id)
            swapped = swapped or other is not None
        if not swapped:
            return self._told("no_colour")
        state = self.after.model_copy(update={"past": self.before.before_change()})
        return self._first([exact_ask(self.before.ask, found)], self.say.say("colour"), state)

    def _recoloured(self, item: LastItem, taken: Sequence[str]) -> str | None:
        """The same in another colour, in stock; the nearest in price of those."""
        catalogue, stem = self.view.catalogue, item.title.rpartition(",")[0] or item.title
        words = shop_words(self.view)
        key = catalogue.row(item.item_id)
        own = _colour(catalogue.attributes[key])
        rows = [
            row
            for row in words.of_paths([tuple(item.category)])
            if catalogue.titles[row].rpartition(",")[0] == stem
            and _colour(catalogue.attributes[row]) not in ("", own)
            and int(catalogue.stock[row]) != 0
            and catalogue.ids[row] not in taken
        ]
        rows.sort(key=lambda row: abs((catalogue.price(row) or 0) - (item.price or 0)))
        return catalogue.ids[rows[0]] if own and rows else None

    def wish(self) -> Turn:
        ask = self.after.ask
        aimless = not (ask.words or ask.slots or ask.items or ask.only or self.last)
        if not self.heard.sure or (aimless and not self.turning.known):
            return self._asked_back(self.heard.text)
        if (dear := too_dear(self.heard, self.before, self.after, self.view)) is not None:
            return self.impossible(dear, "budget")
        return self._planned()

    def _asked_back(self, wish: str) -> Turn:
        names = directions.purposes(self.view, wish)
        options = tuple(Suggestion(name, name) for name in names)
        said = self.say.say("ask_back", names=names)
        why = " ".join(f"{why}." for why in _whys(self.heard))
        return self._turn(f"{why} {said}".strip(), suggestions=options)

    def _planned(self) -> Turn:
        """The first plan that fits; or what stands in the way, and what would fit."""
        for plan in plans(self.heard, self.before, self.after, self.view):
            if fits(plan.ask, self.turning.opener, self.view):
                return self._unsuited(plan.ask) or self._turn(
                    self._noted(plan), ask=plan.ask, state=self._ruled(plan.ask)
                )
        return self.impossible(wanted(self.heard, self.before, self.after, self.view))

    def _unsuited(self, ask: Ask) -> Turn | None:
        """Where the budget of a new wish buys only what doesn't suit it: what would suit."""
        if self.heard.act != "wish" or self.heard.loosens or ask.budget is None or not ask.words:
            return None
        least = suiting(ask, self.turning.opener, self.view)
        if least is None or least <= ask.budget:
            return None
        found = [suited(ask, least, self.turning.opener, self.view)]
        rules = [("budget", self.say.say("rules.budget", value=money(ask.budget)))]
        words = self.say.say("unsuited", rules=rules[0][1])
        offered = suggestions_of(found, ask, self.view, self.say)
        state = self.after.model_copy(update={"pending": ask})
        return self._turn(words, suggestions=tuple(offered), state=state, conflict=tuple(rules))

    def _ruled(self, ask: Ask) -> State:
        """The state after, with the rules that the set keeps where a plan had to change them."""
        now = self.after.ask
        least, most = parse_size(now.size)
        size = parse_size(ask.size)
        values: dict[str, Any] = {} if ask.budget == now.budget else {"budget": ask.budget}
        if not least <= size[0] <= size[1] <= most:
            values["size"] = ask.size
        return self.after.model_copy(update={"ask": now.model_copy(update=values)})

    def _noted(self, plan: Plan) -> str:
        """What is said of how a change was carried out."""
        said = []
        cheaper = "cheaper" in self.heard.kinds and self.last
        for note in plan.notes:
            budget = plan.ask.budget
            value = {"budget": budget and money(budget), "n": int(plan.ask.size.split(":")[0])}
            said.append(self.say.say(note, **value))
        if cheaper and not refined(self.heard, self.before):
            said.append(self.say.say("same_kind" if plan.ask.slots or plan.ask.items else "other_kinds"))
        elif plan.let_go:
            said.append(self.say.say("let_go", titles=self._titles(plan.let_go)))
        return " ".join(said)

    def impossible(self, ask: Ask, kind: str = "") -> Turn:
        """What conflicts, and what would fit; with a kind, what is loosened in this way only."""
        request = self.turning.opener(ask)
        try:
            begin(request.rules, self.view.snapshot.shelf, self.view.snapshot.find, request.items)
        except NoBundleError as error:
            found = relaxations(ask, error.conflict, self.turning.opener, self.view)
            found = [one for one in found if one.kind == kind] or found
            offered = suggestions_of(found, ask, self.view, self.say)
            rules = rules_said(ask, error.conflict, self.say)
            rules = [rule for rule in rules if rule[0] == kind] or rules
            named = (
                ", ".join(said for _, said in rules) if self.heard.language == "en" else "、".join(s for _, s in rules)
            )
            words = self.say.say("conflict", rules=named, options=bool(offered))
            state = self.after.model_copy(update={"pending": ask})
            return self._turn(words, suggestions=tuple(offered), state=state, conflict=tuple(rules))
        return self._turn("", ask=ask)

    def _first(self, tries: Sequence[Ask], words: str, state: State) -> Turn:
        for ask in tries:
            if fits(ask, self.turning.opener, self.view):
                return self._turn(words, ask=ask, state=state)
        return self.impossible(tries[-1])

    # How things are said.

    def _meant(self) -> list[LastItem]:
        """The items of the last set that a message names; all of them if it names none."""
        place = self.heard.said.place
        texts = {word.text for word in split_words(fold(self.heard.text)) if len(word.text) >= 4}
        named = []
        for item in self.last:
            title = {word.text for word in split_words(fold(item.title))}
            if texts & (title | {f"{word}s" for word in title}):
                named.append(item)
        if place is not None and 0 <= place < len(self.last):
            return [self.last[place]]
        return named or self.last

    def _titles(self, items: Sequence[str]) -> str:
        catalogue = self.view.catalogue
        titles = [catalogue.titles[row] for row in catalogue.known(items)]
        return ("、" if self.heard.language == "zh" else ", ").join(titles)

    def _total_of(self, items: Sequence[str]) -> float | None:
        return total(tuple(items), self.view.catalogue)

    def _total(self, items: Sequence[str]) -> str:
        whole = self._total_of(items)
        return "" if whole is None else money(whole)

    def _facts(self, item: LastItem) -> str:
        attributes = self.view.catalogue.attributes[self.view.catalogue.row(item.item_id)]
        shown = [
            f"{name.replace('_', ' ')} {value}"
            for name, value in attributes.items()
            if isinstance(value, str | int | float)
        ]
        return ", ".join(shown[:FACTS])


def _colour(attributes: Any) -> str:
    return str(attributes.get("colour") or attributes.get("color") or "")


def _whys(heard: Heard) -> list[str]:
    return [phrase.said for phrase in heard.phrases if not phrase.understood][:2]


_ANSWERS: dict[str, Callable[[_Answers], Turn]] = {
    **dict.fromkeys(("greeting", "help", "thanks", "bye", "restart", "no"), _Answers.polite),
    "topic": _Answers.topic,
    "foreign": _Answers.foreign,
    "unclear": _Answers.unclear,
    "why": _Answers.why,
    "stock": _Answers.stock,
    "price": _Answers.price,
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
