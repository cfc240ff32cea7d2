"""Sets for wishes and changes; and what is said where none fits."""

import re
from collections.abc import Sequence
from itertools import chain
from typing import Any

from bundlesmith.constraints.rules import CAPS, parse_size
from bundlesmith.conversation import directions
from bundlesmith.conversation.answering import Answering, Turn, whys
from bundlesmith.conversation.offers import Suggestion, money, rules_said, suggestions_of
from bundlesmith.conversation.plans import ChangePlan, kinds_wanted, plans, refined, too_dear, wanted
from bundlesmith.conversation.remarks import asks, telling
from bundlesmith.conversation.several import each_of
from bundlesmith.conversation.state import ConversationState, bundle_of
from bundlesmith.data.category import is_of
from bundlesmith.pipeline.ask import Ask, exact_ask
from bundlesmith.pipeline.relaxing import SUITING, conflict_of, only_of, relaxations, shop_fits, suiting
from bundlesmith.understanding.change import LastItem
from bundlesmith.understanding.colours import colour_of, shade_of
from bundlesmith.understanding.forms import key
from bundlesmith.understanding.shop_words import shop_words

COUNTING = frozenset({"exactly", "sizes", "least", "above", *CAPS})
"""Kinds of rule for which more may be needed of what suits a wish than there is."""
_BESIDE = 3
"""For each item of a set at least so many of the likeliest suit it."""
_RECOLOURED = 8
"""Of so many items in another colour the first one that the rules allow is taken."""
WIDEST = 500
"""So many of the likeliest are looked through for what is of the likeliest departments."""


class Making(Answering):
    """Finds what is to be asked for."""

    def like(self) -> Turn:
        """A set like one that was shown, or like an item of the last."""
        place, shown = self.heard.said.place or 0, self.before.shown
        if len(shown) > 1 and place < len(shown):
            items, name = shown[place], ""
        elif self.last and place < len(self.last):
            items, name = [self.last[place].item_id], self.last[place].title
        else:
            return self.unclear() if self.last else self.told("no_set")
        found = bundle_of(items, self.view)
        categories = [" > ".join(item.category) for item in found.items if item.category] if found else []
        ask = self.before.ask.model_copy(update={"exclude": [*self.before.ask.exclude, *items], "items": []})
        words = self.say.say("like", title=name) if name else self.say.say("like_set")
        size = f"{len(items)}:{len(items)}" if not name else ask.size
        others = [path for path in categories if not any(is_of(path.split(" > "), slot) for slot in ask.slots)]
        tries = [
            ask.model_copy(update={"slots": [*ask.slots, *others], "size": size}),
            ask,
        ]
        return self.first(tries, words)

    def colour(self) -> Turn:
        """The last set in other colours."""
        if not self.last:
            return self.told("no_set")
        meant, found = self.meant(), list[str]()
        for item in self.last:
            other = self._recoloured(item, found) if item in meant else None
            found.append(other or item.item_id)
            if other and not shop_fits(self._of_colours(found), self.turning.opener, self.view):
                found[-1] = item.item_id
        if found == [item.item_id for item in self.last]:
            return self.told("no_colour", colour=self.heard.said.colour)
        words = self.say.say("colour", colour=self.heard.said.colour)
        return self.first([self._of_colours(found)], words)

    def _of_colours(self, found: Sequence[str]) -> Ask:
        """The last set with its first items replaced by these."""
        ask, said = self.before.ask, self.before.budget_said
        if ask.budget is not None and said is not None:  # cheaper was asked for, of another set
            ask = ask.model_copy(update={"budget": max(ask.budget, said)})
        return exact_ask(ask, [*found, *(item.item_id for item in self.last[len(found) :])])

    def _recoloured(self, item: LastItem, taken: Sequence[str]) -> str | None:
        """The same thing in the colour that was said, or in any other; else one of its kind; in stock, by the rules."""
        catalogue, said = self.view.catalogue, self.heard.said.colour
        own = colour_of(catalogue.attributes[catalogue.row(item.item_id)])
        fits = shade_of(said) if said else lambda colour: colour not in ("", own)
        if not own or (said and fits(own)):
            return None
        stem, kind = _stem(item.title), _stem(item.title).rpartition(" ")[2]
        rows = [
            row
            for row in shop_words(self.view).of_paths([tuple(item.category)])
            if _stem(catalogue.titles[row]).endswith(kind)
            and (not self.before.ask.only or catalogue.ids[row] in self.before.ask.only)
            and fits(colour_of(catalogue.attributes[row]))
            and int(catalogue.stock[row]) != 0
            and catalogue.ids[row] not in taken
        ]
        apart = {row: abs((catalogue.price(row) or 0) - (item.price or 0)) for row in rows}
        rows.sort(key=lambda row: (_stem(catalogue.titles[row]) != stem, apart[row]))
        alone = self.before.ask.model_copy(update={"items": [], "slots": [], "size": "1:1"})
        asks = (alone.model_copy(update={"only": [catalogue.ids[row]]}) for row in rows[:_RECOLOURED])
        return next((ask.only[0] for ask in asks if shop_fits(ask, self.turning.opener, self.view)), None)

    def wish(self) -> Turn:
        """A set for a wish or a change; or what is asked back."""
        ask = self.after.ask
        aimless = not (ask.words or ask.slots or ask.items or ask.only or self.last)
        if not self.heard.sure or (aimless and not self.turning.known):
            return self.asked_back(self.after.asked or self.heard.wish)
        if number := self._bare():
            options = (
                Suggestion(said, said)
                for said in (self.say.say("rules.budget.loosen", value=number), self.say.say("at_most", value=number))
            )
            return self.turn(self.say.say("which_number", value=number), suggestions=tuple(options))
        if (dear := too_dear(self.heard, self.before, self.after, self.view)) is not None:
            return self.impossible(dear, "budget")
        return self.planned()

    def _bare(self) -> str:
        """A number of which it isn't clear what it counts, of a message that says nothing else; "" if there is none."""
        unclear = (one for one in self.heard.phrases if one.kind == "unclear" and not one.changes)
        numbers = (re.search("[0-9]+", one.text) for one in unclear)
        return next((number[0] for number in numbers if number), "")

    def unclear(self) -> Turn:
        """What could be said, where a message is not understood."""
        if not self.last and not whys(self.heard):
            return self.asked_back(self.before.asked or self.heard.wish)
        question = asks(self.heard.text)
        return self.told("unclear", items=self.before.last, whys=whys(self.heard), question=question)

    def asked_back(self, wish: str) -> Turn:
        """A question what it is for, with directions."""
        far = directions.unsold(self.view, wish)
        options = self.directions("" if far or not telling(wish) else wish)
        names = [one.say for one in options]
        return self.turn(self.say.say("ask_back", names=names, far=far), suggestions=options)

    def planned(self) -> Turn:
        """The first plan that fits; or what stands in the way, and what would fit."""
        beyond: ChangePlan | None = None
        near = self._near() if self.heard.act == "change" and not self.heard.loosens else None
        for plan in plans(self.heard, self.before, self.after, self.view):
            if shop_fits(plan.ask, self.turning.opener, self.view):
                if near is None:
                    return self._suiting(plan)
                if among := self._suits(plan.ask, near):
                    return self._made(among, self._noted(plan))
                beyond = beyond or plan
        if beyond is not None and near is not None:
            offered = self._unsuited(beyond.ask, near)
            return offered if offered.suggestions else self._made(beyond.ask, self._noted(beyond))
        return self.impossible(wanted(self.heard, self.before, self.after, self.view))

    def _near(self) -> list[str] | None:
        """What suits the wish, and what is in the last set; None if there is no last set, or it isn't known."""
        if not self.last:
            return None
        free = self.after.ask.model_copy(update={"items": [], "slots": [], "only": [], "size": "1:5"})
        near = suiting(free, self.turning.opener, self.view, max(SUITING, _BESIDE * parse_size(self.after.ask.size)[0]))
        return near and [*near, *self.before.last]

    def _suits(self, ask: Ask, near: Sequence[str]) -> Ask | None:
        """A changed set of what suits the wish, and of what is asked for by its category; None if that isn't enough."""
        if ask.only:
            return ask
        words = shop_words(self.view)
        slots = (words.categories[name] for slot in ask.slots if (name := key(slot)) in words.categories)
        named = [self.view.catalogue.ids[row] for category in slots for row in category.rows]
        among = ask.model_copy(update={"only": list(dict.fromkeys([*near, *ask.items, *named]))})
        return among if shop_fits(among, self.turning.opener, self.view) else None

    def _suiting(self, plan: ChangePlan) -> Turn:
        """A set of what suits the wish, as far as the likeliest departments have it; or what would suit."""
        ask, opener, words = plan.ask, self.turning.opener, self._noted(plan)
        least = parse_size(ask.size)[0]
        judged = (self.heard.act == "wish" or self.heard.kinds & COUNTING) and not self.heard.loosens
        if not judged or ask.only or ask.items:
            return self._made(plan.ask, words)
        said = ask.model_copy(update={"exclude": self.after.ask.exclude})
        near = suiting(said, opener, self.view, max(SUITING, _BESIDE * least))
        if near is None:
            return self._made(ask, words)
        each = (suiting(one, opener, self.view, SUITING) or () for one in each_of(self.heard.wishes, said))
        near = list(dict.fromkeys([*near, *kinds_wanted(self.heard), *chain.from_iterable(each)]))
        if shop_fits(said, only_of(near, opener), self.view):
            if not ask.budget:
                return self._made(ask, words)
            fits = ask if ask == said or shop_fits(ask, only_of(near, opener), self.view) else said
            return self._made(fits.model_copy(update={"only": near}), words)
        if shop_fits(ask.model_copy(update={"budget": None}), only_of(near, opener), self.view):
            return self._unsuited(ask, near)
        departments = directions.likely_departments(self.view, ask.words)
        wide = directions.of_departments(self.view, suiting(ask, opener, self.view, WIDEST) or (), departments)
        if wide and shop_fits(ask, only_of(wide, opener), self.view):
            return self._made(ask.model_copy(update={"only": wide}), f"{words} {self.say.say('wider')}".strip())
        return self._unsuited(ask, wide or near)

    def _made(self, ask: Ask, words: str) -> Turn:
        return self.turn(words, ask=ask, state=self._ruled(ask))

    def _unsuited(self, ask: Ask, suits: Sequence[str]) -> Turn:
        """Where the rules leave only what doesn't suit the wish: what would suit."""
        request = only_of(suits, self.turning.opener)(ask)
        conflict = conflict_of(request, self.view)
        found = relaxations(ask, conflict, self.turning.opener, self.view, among=suits)
        rules = [rule for rule in rules_said(ask, conflict, self.say) if rule[0] != "allowed"]
        words = self.say.say("unsuited", rules=self._listed([said for _, said in rules]))
        offered = suggestions_of(found, ask, self.view, self.say)
        state = self.after.model_copy(update={"pending": ask})
        return self.turn(words, suggestions=tuple(offered), state=state, conflict=tuple(rules))

    def _listed(self, said: Sequence[str]) -> str:
        return ("、" if self.heard.language == "zh" else ", ").join(said)

    def _ruled(self, ask: Ask) -> ConversationState:
        """The state after, with the rules that the set keeps where a plan had to change them."""
        now = self.after.ask
        least, most = parse_size(now.size)
        size = parse_size(ask.size)
        values: dict[str, Any] = {} if ask.budget == now.budget else {"budget": ask.budget}
        if not least <= size[0] <= size[1] <= most:
            values["size"] = ask.size
        return self.after.model_copy(update={"ask": now.model_copy(update=values)})

    def _noted(self, plan: ChangePlan) -> str:
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
            said.append(self.say.say("let_go", titles=self.titles(plan.let_go)))
        if len(self.heard.wishes) > 1:
            said.append(self.say.say("both"))
        if self.heard.act == "change" and self.last and refined(self.heard, self.before):
            said.append(self.say.say("refined"))
        return " ".join(said)

    def impossible(self, ask: Ask, kind: str = "") -> Turn:
        """What conflicts, and what would fit; with a kind, what is loosened in this way only."""
        conflict = conflict_of(self.turning.opener(ask), self.view)
        if not conflict:
            return self.turn("", ask=ask)
        found = relaxations(ask, conflict, self.turning.opener, self.view)
        found = [one for one in found if one.kind == kind] or found
        offered = suggestions_of(found, ask, self.view, self.say)
        rules = rules_said(ask, conflict, self.say)
        rules = [rule for rule in rules if rule[0] == kind] or rules
        named = self._listed([said for _, said in rules])
        words = self.say.say("conflict", rules=named, several=len(rules) > 1, options=bool(offered))
        state = self.after.model_copy(update={"pending": ask})
        return self.turn(words, suggestions=tuple(offered), state=state, conflict=tuple(rules))

    def first(self, tries: Sequence[Ask], words: str) -> Turn:
        """The first of some requests that the shop has a set for."""
        for ask in tries:
            if shop_fits(ask, self.turning.opener, self.view):
                return self.turn(words, ask=ask, state=self._ruled(ask))
        return self.impossible(tries[-1])


def _stem(title: str) -> str:
    """A title without its last part, which tells a colour or a size."""
    return title.rpartition(",")[0] or title
