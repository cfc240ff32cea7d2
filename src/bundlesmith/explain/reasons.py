"""One short reason an item: what spoke for it. True by construction, and without a model.

    reasons(facts_of(request, bundle.items, catalogue), "en", shipped_roles(), grounds)

What items are for is what the explanation of the set says; a reason says it only where nothing else is to be said. What
the customer chose or asked for by name comes first, then what fits something that they have. Of the rest that comes
first which weighs most for the item by the ranker, if one chose it; what other reasons have said already comes later.
"""

import re
from collections import Counter
from collections.abc import Callable, Collection, Iterator

from bundlesmith.data.category import steps
from bundlesmith.explain.details import attribute_name, details
from bundlesmith.explain.facts import COLOURS, FITS, BundleFacts, is_cut
from bundlesmith.explain.grounds import NO_GROUNDS, Grounds
from bundlesmith.explain.kinds import ProductRole
from bundlesmith.explain.language import language_of
from bundlesmith.explain.nouns import in_number, stems
from bundlesmith.explain.pieces import pieces_of
from bundlesmith.explain.reason_texts import ReasonGround, is_short, reason_of
from bundlesmith.explain.roles import Roles
from bundlesmith.ranking.set_similarity import words
from bundlesmith.told import Reason

_PLAIN = frozenset(
    words(
        "a an and any are as at be but by can do for from get give has have help i if in into is it items like "
        "looking me my need not of on one or our put set sets some something that the their them these they this "
        "those to together under up us want was we what which who will with would you your please bundle bundles "
        "recommend find show good best nice new more most very all less than people person thing things stuff "
        "gift gifts present presents kit kits home first old basic basics"
    )
)


AGAIN = 1.0
"""So many nats less speak for a ground that another item's reason has."""
_AGAIN_EACH = frozenset(("chosen", "slot"))
"""Grounds that are said of each item that has them."""
_ALWAYS_NEW = frozenset(("another", "details", "made for", "role alone", "own category"))
"""Grounds that are others of each item."""
FIRST = 100.0
"""What the customer said or did speaks before what was counted."""
_NO_FACTS = frozenset(("by words", "by sets", "by situations", "by beside", "price", "other"))
"""Grounds that say little: they come only where nothing else may be said, be it said again."""
_WORDINGS = 3
"""So many wordings there are of what kind of evidence speaks for an item."""
MOST_SHARED = 3
"""So many of the request's words are named."""
_NAMES = frozenset(("brand", "series", "collection"))
"""Attributes whose values are names."""
_EVIDENCE = {"sets": "sets", "words": "words", "fits": "beside", "same": "beside"}
"""The kind of evidence that a ground is of; see `bundlesmith.explain.grounds`."""
TOGETHER = (*COLOURS, "motif", "theme", "pattern", "series", "collection", "scent", "age")
"""Attributes for which pieces are chosen to be the same, besides what they fit."""


def reasons(
    facts: BundleFacts,
    language: str,
    roles: Roles,
    grounds: Grounds = NO_GROUNDS,
    earlier: Collection[str] = (),
) -> list[Reason]:
    """A reason for each item of a bundle, in its order.

    Args:
        facts: the bundle, and what is known of its request and customer.
        language: "en" or "zh".
        roles: tells what items are for.
        grounds: what decided the bundle, if a ranker did.
        earlier: texts that stand beside another bundle already, and come only where nothing else is to be said.
    """
    write = _Reasons(facts, language, roles, grounds, earlier)
    return [write.reason(row) for row in facts.rows]


class _Reasons:
    """Writes the reasons of one bundle, in its order."""

    def __init__(
        self, facts: BundleFacts, language: str, roles: Roles, grounds: Grounds, earlier: Collection[str]
    ) -> None:
        self._facts, self._language, self._roles, self._decided = facts, language, roles, grounds
        titles, categories = facts.catalogue.titles, facts.catalogue.categories
        self._known = {row: roles.of(titles[row], categories[row], language) for row in facts.rows}
        self._said: Counter[str] = Counter()
        self._paired = set[int]()
        self._heard, self._earlier = set[str](), earlier
        pieces = pieces_of(facts, roles, language)
        self._one_kind = len(pieces) == 1
        self._again = {row: piece.noun for piece in pieces if not piece.titled for row in piece.rows[1:]}

    def reason(self, row: int) -> Reason:
        """The reason of an item; of equal grounds the first is said."""
        weights = self._decided.weights.get(row, {})

        def weight(ground: ReasonGround) -> float:
            return weights.get(_EVIDENCE.get(ground.kind, ""), 0.0)

        def spoken(ground: ReasonGround) -> float:
            return weight(ground) - AGAIN * self._said[ground.kind] + ground.first

        def text(ground: ReasonGround) -> Reason:
            name = "" if ground.other is None else self._name(ground.other)
            return reason_of(self._facts, row, self._known[row], ground, name, self._language, weights)

        order = sorted((each for each in self._grounds(row) if weight(each) >= 0), key=spoken, reverse=True)
        found = [(each, said) for each in order if is_short((said := text(each)).text, self._language)]
        new = (pair for pair in found if pair[0].kind in _AGAIN_EACH or self._is_new(*pair))
        facts = (pair for pair in found if pair[0].kind not in _NO_FACTS)
        ground, reason = next(new, None) or next(facts, None) or found[-1]
        self._heard.add(reason.text)
        self._said[ground.kind] += ground.kind not in _ALWAYS_NEW
        if ground.kind == "pair":
            self._paired.add(row)
        return reason

    def _is_new(self, ground: ReasonGround, reason: Reason) -> bool:
        """Whether no item of this bundle or of one beside it has that reason yet, and it says more than a price."""
        told = reason.text in self._heard or reason.text in self._earlier
        return not told and ground.first > -2 * FIRST

    def _name(self, other: int) -> str:
        """What another item is called: by its type if no other piece is of that type; else by its title.

        One whose title is too long is called by its maker and its type: six words of it may lose what it is.
        """
        facts, role = self._facts, self._known.get(other)
        if role and list(self._known.values()).count(role) == 1:
            return role.noun
        title, brand = facts.catalogue.titles[other], facts.brand(other)
        role = self._roles.of(title, facts.catalogue.categories[other], self._language)
        return f"{brand} {role.noun}" if role and brand and is_cut(title) else facts.name(other)

    def _grounds(self, row: int) -> Iterator[ReasonGround]:
        """All that could be said of an item, the strongest first; at least one."""
        facts, role, path = self._facts, self._known[row], self._facts.catalogue.categories[row]
        if facts.item_id(row) in facts.request.items:
            yield ReasonGround("chosen", first=2 * FIRST)
        for slot in facts.request.rules.slots:
            if steps(slot) == steps(*path)[-len(steps(slot)) :]:
                yield ReasonGround("slot", value=self._slot(slot, role), first=2 * FIRST)
        yield from self._past(row, "past fits", FITS, _fits)
        support = self._decided.support.get(row)
        if role and support and support.tells and not self._roles.broad.says_little(path, support.type):
            noun = support.type.role(self._language).noun
            yield ReasonGround("sets", value=support.text(self._language), noun=noun)
        if shared := _shared_words(facts, row, role):
            yield ReasonGround("words", value=shared)
        yield from self._beside(row)
        yield from self._past(row, "past brand", "brand", BundleFacts.brand)
        for pair in self._decided.pairs.get(row, ()):
            nouns = pair.named(self._language)
            little = any(self._roles.broad.is_broad(each) for each in (pair.type, pair.other_type))
            if pair.other not in self._paired and not little and not any(" and " in noun for noun in nouns):
                yield ReasonGround("pair", pair.other, value=str(pair.count), nouns=nouns)
                break
        if host := self._roles.host_of(facts.catalogue.titles[row], path):
            yield ReasonGround("made for", attribute="title", value=host)
        if told := details(facts, row, self._language):
            yield ReasonGround("details", details=told)
        beside = facts.rows[(facts.rows.index(row) + 1) % len(facts.rows)]
        if row in self._again:
            noun = in_number(self._again[row], 2) if self._language == "en" else self._again[row]
            yield ReasonGround("another", value=noun, first=-5 / 4 * FIRST)
        yield from self._evidence(row)
        if role and role.purpose:
            yield ReasonGround("role alone", first=-FIRST)
        elif len(path) > 1 and language_of(path[-1]) == self._language and not self._says(row, path[-1]):
            yield ReasonGround("own category", value=path[-1], first=-FIRST)
        if (price := facts.catalogue.price(row)) is not None:
            yield ReasonGround("price", value=facts.money(price), first=-2 * FIRST)
        yield ReasonGround("other", beside if beside != row else None, first=-3 * FIRST)
        yield ReasonGround("other", first=-4 * FIRST)

    def _says(self, row: int, category: str) -> bool:
        """Whether an item's title has all words of a category: then the category tells nothing more."""
        return set(stems(category)) <= set(stems(self._facts.catalogue.titles[row]))

    def _beside(self, row: int) -> Iterator[ReasonGround]:
        """What it has in common with another item of the bundle: a maker, or a colour, only if it was asked for."""
        facts = self._facts
        others = [other for other in facts.rows if other != row]
        own = facts.shown(row)
        for name in (FITS, *TOGETHER):
            if name not in own or (name in COLOURS and not facts.is_asked(own[name])):
                continue
            if name != FITS and not attribute_name(name, self._language):
                continue
            for other in others:
                if facts.shown(other).get(name) == own[name] and not _is_called(facts, other, own[name]):
                    yield ReasonGround("fits" if name == FITS else "same", other, name, own[name])
        value = facts.brand(row)
        like = [each for each in others if value and facts.brand(each) == value and facts.is_asked(value)]
        if like:
            yield ReasonGround("brand", like[0], "brand", value)

    def _evidence(self, row: int) -> Iterator[ReasonGround]:
        """Which kinds of evidence speak for it, if no more is to be said of them; the strongest first."""
        weights = self._decided.weights.get(row, {})
        for kind in sorted((each for each in weights if weights[each] > 0), key=lambda each: -weights[each]):
            if kind == "beside" and not self._goes_with_others(row):
                continue
            if kind == "situations" and self._one_kind and not self._facts.request.words:
                continue
            for wording in range(_WORDINGS):
                yield ReasonGround(f"by {kind}", value=str(wording), first=-3 / 2 * FIRST)

    def _goes_with_others(self, row: int) -> bool:
        """Whether there are pieces of another kind, and none fits another thing than it does: a rival's battery."""
        fits = {value for each in self._facts.rows if (value := _fits(self._facts, each))}
        return not self._one_kind and (not _fits(self._facts, row) or len(fits) == 1)

    def _past(
        self, row: int, ground: str, attribute: str, of: Callable[[BundleFacts, int], str]
    ) -> Iterator[ReasonGround]:
        """What it has in common with an item of the past that is of another kind; what they have comes first.

        What fits a thing that they have may well be there for it; a maker that they know weighs nothing.
        """
        facts, value = self._facts, of(self._facts, row)
        order = sorted(range(len(facts.past)), key=lambda at: (facts.past[at].kind != "purchase", -at))
        looked = {facts.past_rows[at] for at in order if facts.past[at].kind not in ("purchase", "history")}
        for other in (facts.past_rows[at] for at in order):
            if (
                value
                and other not in looked
                and other not in facts.rows
                and of(facts, other) == value
                and not self._alike(row, other)
            ):
                yield ReasonGround(ground, other, attribute, value, FIRST if ground == "past fits" else 0.0)
                return

    def _alike(self, row: int, other: int) -> bool:
        """Whether two items are of one kind: a second suitcase is no addition to the first."""
        titles, categories = self._facts.catalogue.titles, self._facts.catalogue.categories
        one, two = (self._roles.type_of(titles[each], categories[each]) for each in (row, other))
        if one is None or two is None:
            return categories[row] == categories[other]
        short, long = sorted((categories[row], categories[other]), key=len)
        like = short if short == long[: len(short)] else ()
        return self._roles.in_common(one, two, like) is not None

    def _slot(self, slot: str, role: ProductRole | None) -> str:
        """A category that was asked for; in Chinese what it has, if it is written otherwise."""
        return role.noun if role and language_of(slot) != self._language else slot


def _is_called(facts: BundleFacts, row: int, value: str) -> bool:
    """Whether an item is what a value names: strings don't "fit acoustic guitar, as does the acoustic guitar"."""
    return set(stems(value)) <= set(stems(facts.name(row)))


def _fits(facts: BundleFacts, row: int) -> str:
    return facts.shown(row).get(FITS, "")


def _department(facts: BundleFacts) -> set[str]:
    """The words of the categories that all pieces have: of dogs' things "dog" tells none."""
    shared = set.intersection(*(set(facts.catalogue.categories[row]) for row in facts.rows))
    return set(stems(" ".join(shared))) if len(facts.rows) > 1 else set()


def _shared_words(facts: BundleFacts, row: int, role: ProductRole | None) -> str:
    """The request's telling words that say what an item is, as they stand together in the request.

    They are of what it is called, of its category if its last word is there ("hand" alone doesn't tell hand tools), or
    of a value of it: a title has names, too ("Trail Home"). Of Chinese it is the end of what the item is called.
    """
    called = role.noun if role else facts.name(row)
    if language_of(called) == "zh":
        ends = (called[start:] for start in range(len(called) - 1))
        return next((end for end in ends if end in facts.request.words), "")
    values = (value for name, value in facts.shown(row).items() if name not in _NAMES)
    asked, category = set(stems(facts.request.words)), stems(" ".join(facts.catalogue.categories[row][-1:]))
    of_category = category if asked.issuperset(category[-1:]) else ()
    own = {*stems(" ".join((called, *values))), *of_category} - _department(facts)
    held, found = own | (set(stems(facts.catalogue.titles[row])) - _department(facts)), list[list[str]]([[]])
    for word in re.findall(r"\w+|[^\w\s]", facts.request.words):
        if word.casefold() not in _PLAIN and len(word) > 1 and not word.isdigit() and held.issuperset(stems(word)):
            found[-1].append(word)
        elif found[-1]:
            found.append([])
    telling = (words for words in found if own.intersection(stems(" ".join(words))))
    return " ".join(max(telling, key=len, default=[])[:MOST_SHARED])
