"""Answers to questions about the last set: why, what it costs, whether it is in stock, what goes with it."""

from dataclasses import replace

from bundlesmith.constraints.rules import ASKED_ALIKE, LARGEST, parse_size
from bundlesmith.conversation.answering import Answering, Turn
from bundlesmith.conversation.offers import Suggestion, money, rules_said
from bundlesmith.encoder.gloss import in_english
from bundlesmith.pipeline.ask import Ask
from bundlesmith.pipeline.opening import Openings
from bundlesmith.pipeline.relaxing import shop_fits
from bundlesmith.understanding.change import LastItem
from bundlesmith.understanding.shop_words import shop_words
from bundlesmith.understanding.text import fold, split_words

NEXT = 3
"""So many things are named that go with a set."""
RANKED = 40
FACTS = 3
"""So many facts of an item are told in a comparison."""
NAMED = 3
"""So many items are named where there are more."""


class AboutSet(Answering):
    """Answers questions about the last set."""

    def why(self) -> Turn:
        """Why each item is in it."""
        if not (self.last or self.heard.about):
            return self.told("no_set")
        ids = tuple(item.item_id for item in self.last)
        request = replace(self.turning.opener(Ask()), words=self.before.ask.words, language=self.heard.language)
        told = Openings(self.view).explained(request, ids)
        texts = {reason.item: reason.text for reason in told.reasons}
        plain = self.say.say("why_plain")
        reasons = [
            {"title": item.title, "purpose": self._purpose(item), "text": texts.get(item.item_id) or plain}
            for item in self.meant()
        ]
        return self.told("why", reasons=reasons)

    def _purpose(self, item: LastItem) -> str:
        """What an item is for; "" if that isn't known."""
        role = self.view.run.roles.of(item.title, item.category, self.heard.language)
        return role.purpose if role else ""

    def recall(self) -> Turn:
        """What was said before: the wish and the rules as they stand."""
        ask = self.before.ask
        said = {name for name, value in ask if value != getattr(Ask(), name)}
        names = [field for field in ASKED_ALIKE if field in said]
        if "size" in said:
            least, most = parse_size(ask.size)
            names += ["min_items"] * (least > 1) + ["max_items"] * (most < LARGEST)
        if ask.exclude:
            names.append("excluded")
        listed = ", " if self.heard.language == "en" else "、"
        rules = listed.join(
            dict.fromkeys(text for _, text in rules_said(ask, [("", (name,)) for name in names], self.say))
        )
        return self.told("recall", words=ask.words, rules=rules, budget=ask.budget)

    def stock(self) -> Turn:
        """Whether it is in stock."""
        if not (self.last or self.heard.about):
            return self._stock_of_kind()
        catalogue, meant = self.view.catalogue, self.meant()
        stocks = [int(catalogue.stock[catalogue.row(item.item_id)]) for item in meant]
        if all(stocks):
            return self.told("stock_all", n=len(meant))
        pairs = zip(meant, stocks, strict=True)
        return self.told("stock_some", items=[{"title": i.title, "stock": None if n < 0 else n} for i, n in pairs])

    def sells(self) -> Turn:
        """Whether the shop has what is named."""
        found = self._kind_in_stock(self.heard.said.whom)
        if found is not None:
            return found
        return self.turn(self.say.say("sells_none"), suggestions=self.directions())

    def _stock_of_kind(self) -> Turn:
        return self._kind_in_stock(self.heard.text) or self.told("no_set")

    def _kind_in_stock(self, text: str) -> Turn | None:
        words, catalogue = shop_words(self.view), self.view.catalogue
        texts = [word.text for word in split_words(fold(in_english(text)))]
        names = [" ".join(texts[at : at + n]) for n in (3, 2, 1) for at in range(len(texts) - n + 1)]
        for name in names:
            rows = words.kinds.get(name) or (words.categories[name].rows if name in words.categories else ())
            if rows:
                there = [row for row in rows if int(catalogue.stock[row]) != 0]
                titles = ", ".join(catalogue.titles[row] for row in there[:NAMED])
                said = self.say.say("stock_kind", n=len(there), titles=titles, more=len(there) > NAMED)
                options = (self._adding(catalogue.ids[row]) for row in there[:NAMED])
                return self.turn(said, suggestions=tuple(options))
        return None

    def price(self) -> Turn:
        """What each item costs, and all of them."""
        if not (self.last or self.heard.about):
            return self.told("no_set")
        meant = self.meant()
        whole = self.total_of([item.item_id for item in meant]) if len(meant) > 1 else None
        items = [{"title": item.title, "price": item.price and money(item.price)} for item in meant]
        return self.told("price", items=items, total=whole and money(whole))

    def difference(self) -> Turn:
        """How the sets differ; of one set, how its items do."""
        if not self.last:
            return self.told("no_set")
        sets = self.before.sets
        if len(sets) > 1:
            alone = [[i for i in one if not any(i in other for other in sets if other is not one)] for one in sets]
            told = [
                {"number": at + 1, "total": self.total(one), "titles": self.titles(alone[at])}
                for at, one in enumerate(sets)
            ]
            return self.told("difference_sets", sets=told)
        return self.turn(self._facts_of_each())

    def facts(self) -> Turn:
        """What is known of each item."""
        if not (self.last or self.heard.about):
            return self.told("no_set")
        return self.turn(f"{self.say.say('facts', n=len(self.meant()))}\n{self._facts_of_each()}")

    def _facts_of_each(self) -> str:
        items = [
            {
                "title": item.title,
                "kind": item.category[-1] if item.category else "",
                "price": item.price and money(item.price),
                "facts": self._facts(item),
            }
            for item in self.meant()
        ]
        return self.say.say("difference_items", items=items)

    def goes_with(self) -> Turn:
        """What goes with it; nothing is added yet."""
        if not self.last:
            return self.told("no_set")
        free = {"items": self.before.last, "size": "1:100", "slots": [], "only": [], "budget": None}
        ask = self.before.ask.model_copy(update=free)
        if shop_fits(ask, self.turning.opener, self.view):
            return self._goes_with(ask)
        return self.told("goes_with_none")

    def _goes_with(self, ask: Ask) -> Turn:
        ranked = Openings(self.view).ranked(self.turning.opener(ask), RANKED) or []
        catalogue, found = self.view.catalogue, dict[tuple[str, ...], str]()
        taken = {item.category for item in self.last}
        for item, _ in ranked:
            path = catalogue.categories[catalogue.row(item)]
            if path not in taken and len(found) < NEXT:
                found.setdefault(path, item)
        options = tuple(self._adding(item) for item in found.values())
        return self.turn(self.say.say("goes_with" if options else "goes_with_none"), suggestions=options)

    def _adding(self, item: str) -> Suggestion:
        catalogue = self.view.catalogue
        row = catalogue.row(item)
        price = catalogue.price(row)
        label = catalogue.titles[row] + (f", {money(price)}" if price is not None else "")
        return Suggestion(label, self.say.say("goes_with_option", title=catalogue.titles[row]), (item,), price)

    def _facts(self, item: LastItem) -> str:
        attributes = self.view.catalogue.attributes[self.view.catalogue.row(item.item_id)]
        shown = [
            f"{name.replace('_', ' ')} {value}"
            for name, value in attributes.items()
            if isinstance(value, str | int | float) and str(value) not in item.title
        ]
        return ", ".join(shown[:FACTS])
