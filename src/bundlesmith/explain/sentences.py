"""What may be said of a bundle, each sentence made together with its claims: true by construction, and without a model.

    explanations(facts_of(request, bundle.items, catalogue), "en", shipped_roles(), grounds)

An explanation says what each piece is for, one thing that holds the pieces together or that decided them, what is
missing, and what it costs. There are several, in other words and with other links: the decoder lets the model choose.
"""

from collections.abc import Iterator, Sequence
from itertools import combinations, product
from math import log

from bundlesmith.claim import Claim
from bundlesmith.explain.details import value_in_chinese
from bundlesmith.explain.facts import FITS, BundleFacts
from bundlesmith.explain.grounds import NO_GROUNDS, Grounds
from bundlesmith.explain.kinds import ProductRole, RoleType
from bundlesmith.explain.nouns import in_number, stems
from bundlesmith.explain.pieces import ToldPiece, pieces_of
from bundlesmith.explain.roles import Roles
from bundlesmith.prompts import render
from bundlesmith.told import Explanation

WORDINGS = 3
"""So many wordings of the first sentence there are."""
LINKS = 2
"""So many links are to choose from."""
MOST_SAID = 60
"""An explanation has no more words."""
MOST_SIGNS = 140
"""The same in Chinese, in signs."""


def explanations(
    facts: BundleFacts,
    language: str,
    roles: Roles,
    grounds: Grounds = NO_GROUNDS,
    said: Sequence[Claim] = (),
    place: int | None = None,
    earlier: str = "",
) -> list[Explanation]:
    """All explanations of a bundle, at least one.

    Args:
        facts: the bundle, and what is known of its request and customer.
        language: "en" or "zh".
        roles: tells what pieces are for.
        grounds: what decided the bundle, if a ranker did.
        said: what stands in the reasons of its items, and isn't said again.
        place: which of several bundles side by side it is: each begins in other words.
        earlier: what the explanations of those before it say, but for which pieces there are.
    """
    write = _Writer(facts, language, roles)
    heard = {(claim.kind, claim.value) for claim in said}
    new = (each for each in write.links(grounds) if not any((one.kind, one.value) in heard for one in each.claims))
    links = [each for each in new if each.text not in earlier][:LINKS] or [Explanation("")]
    rest = [*(each for each in write.missing(grounds) if each.text not in earlier), *write.cost()]
    wordings = range(WORDINGS) if place is None else [place % WORDINGS]
    left = _most(language) - sum(_length(each.text, language) for each in write.cost())
    openings = [write.pieces(wording, left) for wording in wordings]
    found = [_joined([opening, link, *rest], language) for opening, link in product(openings, links)]
    return list({each.text: each for each in found}.values())


def _joined(said: list[Explanation], language: str) -> Explanation:
    """Sentences as one explanation; of too many words, without those in the middle, the second first."""
    space = " " if language == "en" else ""
    while True:
        text = space.join(each.text for each in said if each.text)
        if _length(text, language) <= _most(language) or len(said) < 3:
            return Explanation(text, tuple(claim for each in said for claim in each.claims))
        del said[1]


def _length(text: str, language: str) -> int:
    return len(text.split()) if language == "en" else len(text)


def _most(language: str) -> int:
    return MOST_SAID if language == "en" else MOST_SIGNS


class _Writer:
    """Writes the sentences of one bundle."""

    def __init__(self, facts: BundleFacts, language: str, roles: Roles) -> None:
        self._facts, self._language, self._roles = facts, language, roles

    def pieces(self, wording: int, most: int) -> Explanation:
        """What each piece is for, in *most* words: else the last ones are named alone, or counted."""
        pieces = pieces_of(self._facts, self._roles, self._language)
        for purposes in range(len(pieces), -1, -1):
            found = self._listed(pieces, purposes, len(pieces), wording)
            if _length(found.text, self._language) <= most:
                return found
        for named in range(len(pieces) - 1, 0, -1):
            found = self._listed(pieces, 0, named, wording)
            if _length(found.text, self._language) <= most:
                return found
        return self._listed(pieces, 0, 0, wording)

    def _listed(self, pieces: Sequence[ToldPiece], purposes: int, named: int, wording: int) -> Explanation:
        """The pieces; what the first *purposes* are for; *named* ones are called what they are, the others counted."""
        called = [each.called(self._language) for each in pieces[:named]]
        said = [each.purpose if at < purposes else "" for at, each in enumerate(pieces[:named])]
        names = [self._render("piece", called=name, purpose=text) for name, text in zip(called, said, strict=True)]
        claims = [
            Claim(
                each.noun if each.titled else name,
                "purpose" if purpose else "item",
                self._facts.item_id(each.rows[0]),
                None,
                purpose,
            )
            for name, purpose, each in zip(called, said, pieces, strict=False)
        ]
        if rest := sum(len(each.rows) for each in pieces[named:]):
            names.append(self._render("rest", count=rest, whole=not named))
            claims.append(Claim(names[-1], "count", None, None, rest))
        return self._sentence("pieces", claims, names=names, wording=wording)

    def links(self, grounds: Grounds) -> Iterator[Explanation]:
        """What decided the pieces, or holds them together, the most telling first."""
        yield from self._support(grounds)
        yield from self._fits()
        yield from self._brand()

    def missing(self, grounds: Grounds) -> Iterator[Explanation]:
        """What was asked for and isn't sold, and what most of the like sets have besides: a sentence each, or none."""
        if nouns := [each.role(self._language).noun for each in grounds.unsold]:
            if self._language == "en":
                nouns = [in_number(noun, 2) for noun in nouns]
            claims = [Claim(noun, "unsold", None, None, noun) for noun in nouns]
            yield self._sentence("unsold", claims, names=nouns)
        if gap := grounds.missing:
            named, count = gap.support.named(self._language), gap.support.text(self._language)
            claim = Claim(named, "missing", self._facts.item_id(gap.row), None, count)
            yield self._sentence("missing", [claim], names=[named], count=count)

    def cost(self) -> Iterator[Explanation]:
        """What it costs, as one sentence or none."""
        total, budget = self._facts.total, self._facts.request.rules.budget
        if total is None:
            return
        money = self._facts.money
        texts = {"total": money(total), "left": "", "budget": ""}
        claims = [Claim(texts["total"], "total", None, None, total)]
        if budget is not None and total <= budget:
            texts |= {"left": money(budget - total), "budget": money(budget)}
            claims.append(Claim(texts["budget"], "budget", None, None, budget))
        yield self._sentence("cost", claims, single=len(self._facts.rows) == 1, **texts)

    def _type(self, row: int) -> RoleType | None:
        return self._roles.type_of(self._facts.catalogue.titles[row], self._facts.catalogue.categories[row])

    def _role(self, row: int) -> ProductRole | None:
        return self._roles.of(self._facts.catalogue.titles[row], self._facts.catalogue.categories[row], self._language)

    def _support(self, grounds: Grounds) -> Iterator[Explanation]:
        """In how many of the like sets an item's type is, of those that are there more often than elsewhere."""

        def telling(row: int) -> float:
            """Its share among the like sets, times the logarithm of how many times that of all sets it is."""
            support = grounds.support[row]
            return support.share * log(support.share / max(support.usual, 1 / support.of))

        rows = [row for row, each in grounds.support.items() if each.tells]
        for row in sorted(rows, key=telling, reverse=True):
            support = grounds.support[row]
            said, noun = support.text(self._language), support.type.role(self._language).noun
            count = said[:1].upper() + said[1:]
            claim = Claim(count, "sets", self._facts.item_id(row), None, noun)
            names = [support.named(self._language)]
            yield self._sentence("sets", [claim], names=names, count=count)

    def _brand(self) -> Iterator[Explanation]:
        rows = self._facts.rows
        brands = {self._facts.brand(row) for row in rows}
        if len(rows) > 1 and len(brands) == 1 and (brand := brands.pop()) and self._facts.is_asked(brand):
            claims = [Claim(brand, "brand", self._facts.item_id(rows[0]), "brand", brand)]
            yield self._sentence("brand", claims, value=brand)

    def _fits(self) -> Iterator[Explanation]:
        """Two pieces of different types that fit the same thing."""
        for one, other in combinations(self._facts.rows, 2):
            value, kinds = self._facts.shown(one).get(FITS, ""), (self._type(one), self._type(other))
            value = value if self._language == "en" else value_in_chinese(value)
            same = value and self._facts.shown(one)[FITS] == self._facts.shown(other).get(FITS) and kinds[0] != kinds[1]
            if same and not any(kind and stems(kind.en.noun)[-1] in stems(value) for kind in kinds):
                names = [self._named(one), self._named(other)]
                claim = Claim(value, "attribute", self._facts.item_id(one), FITS, value)
                yield self._sentence("fits", [claim], names=names, value=value)
                return

    def _named(self, row: int) -> str:
        role = self._role(row)
        if role is None:
            return self._facts.name(row)
        return f"the {role.noun}" if self._language == "en" else role.noun

    def _sentence(self, kind: str, claims: Sequence[Claim], names: Sequence[str] = (), **values: object) -> Explanation:
        blank = dict.fromkeys(("value", "count", "total", "left", "budget"), "") | {
            "wording": 0,
            "single": False,
        }
        return Explanation(self._render("explanation", kind=kind, names=names, **(blank | values)), tuple(claims))

    def _render(self, name: str, **values: object) -> str:
        return render(name if self._language == "en" else f"{name}.{self._language}", **values).strip()
