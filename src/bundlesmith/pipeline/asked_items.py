"""The items that a request asks for by name: "a candle and a book" wants one of each.

    asked = AskedItems.find(Request(words="a candle, a book and a kayak"), view, features)
    asked.rows       # of the candles, of the books
    asked.unsold     # kayaks

What is asked for by a category is a rule, and isn't left to this.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from bundlesmith.data.category import is_of
from bundlesmith.encoder.embedding import embed
from bundlesmith.encoder.gloss import synonyms
from bundlesmith.explain.asked_things import asked_things
from bundlesmith.explain.kinds import RoleType, without_set
from bundlesmith.explain.nouns import stems
from bundlesmith.explain.roles import Roles
from bundlesmith.explain.titles import first_part, without_sizes
from bundlesmith.ranking.evidence import Numbers, Table
from bundlesmith.ranking.features import Features
from bundlesmith.request import Request
from bundlesmith.shop.live_shop import ShopView

MOST_THINGS = 12
"""So many things are looked for, the first ones."""
NEAR_NAME = 0.6
"""An item whose text is so near to the name of a thing may be one by another name."""
NEAR_KIND = 0.5
"""Where no item is called so, one of which the name ends alike and whose text is so near stands in for it."""
FAR_KIND = 0.4
"""If it is nearer than this, it may be one by another name: a cutting board for "chopping board"."""
_SAMPLE = 200
"""An item of so many categories tells whether the types of a shop's items are known."""
_MOST = 512
"""Of the items whose titles or categories have the word, so many are looked at, those nearest to the name."""


@dataclass(frozen=True, slots=True)
class AskedItems:
    """What a request asks for by name.

    Attributes:
        rows: for each thing that the shop sells, the rows of its items, ascending.
        unsold: the things that it doesn't sell.
    """

    rows: tuple[Numbers, ...] = ()
    unsold: tuple[RoleType, ...] = ()

    @classmethod
    def find(cls, request: Request, view: ShopView, features: Features) -> "AskedItems":
        """Those of a request's words. Where some fill a slot of its rules, these are meant."""
        roles, paths = view.run.roles, view.catalogue.categories
        rows, unsold = list[Numbers](), list[RoleType]()
        lasts = [" ".join(paths[row][-1:]) for row in features.one_of_each_kind.tolist()]
        for kind in asked_things(request.words, roles)[:MOST_THINGS]:
            found, near = _named_rows(kind, features, lasts), 0.0
            called = [row for row in found.tolist() if _is_called(roles, view, row, kind)]
            if not called and (alike := [row for row in found.tolist() if _ends_as(roles, view, row, kind)]):
                nearness = features.vectors[alike] @ _name(kind.en.noun)
                near = float(nearness.max())
                called = np.array(alike)[nearness >= NEAR_KIND].tolist()  # no reading lamp: a desk lamp
            if called:
                filling = [row for row in called if any(is_of(paths[row], slot) for slot in request.rules.slots)]
                rows.append(np.array(sorted(filling or called), np.int64))
            elif near < FAR_KIND and _is_read(view, features) and _nearest(kind, features) < NEAR_NAME:
                unsold.append(kind)
        return cls(tuple(rows), tuple(unsold))


def _is_read(view: ShopView, features: Features) -> bool:
    """Whether the table of types knows most of what is sold: of titles in German it can't say what isn't there."""
    rows, type_of = features.one_of_each_kind[:_SAMPLE].tolist(), view.run.roles.type_of
    known = sum(type_of(view.catalogue.titles[row], view.catalogue.categories[row]) is not None for row in rows)
    return 2 * known >= len(rows)


def _nearest(kind: RoleType, features: Features) -> float:
    """How near the text of any item is to a thing's name."""
    return float((features.vectors @ _name(kind.en.noun)).max(initial=0))


def _named_rows(kind: RoleType, features: Features, lasts: Sequence[str]) -> Numbers:
    """The rows whose titles have the last word of a thing's name, or whose category has it; the nearest of many.

    *lasts* are the last parts of the categories, by number.
    """
    found = np.zeros(len(features.kinds), np.bool_)
    for word in _words(kind):
        found |= features.terms.having(word)
        kinds = [at for at, last in enumerate(lasts) if word in last or stems(word)[-1:] == stems(last)[-1:]]
        found |= np.isin(features.kinds, kinds)
    rows = np.flatnonzero(found)
    if len(rows) > _MOST:
        near = features.vectors[rows] @ _name(kind.en.noun)
        rows = rows[np.argsort(-near, kind="stable")[:_MOST]]
    return rows


def _words(kind: RoleType) -> Iterable[str]:
    """The last word of a thing's name, and of its other names; its Chinese name."""
    names = (kind.en.noun, *synonyms().get(" ".join(stems(kind.en.noun)), ()))
    return dict.fromkeys([*(name.rsplit(" ", 1)[-1] for name in names), kind.zh.noun])


def _is_called(roles: Roles, view: ShopView, row: int, kind: RoleType) -> bool:
    """Whether an item is of a type: its title or its name ends as that does, or as another word for it."""
    title, named = view.catalogue.titles[row], stems(kind.en.noun)
    if without_sizes(stems(first_part(title)))[-len(named) :] == named:
        return True
    found = roles.type_of(title, view.catalogue.categories[row])
    if found is None:
        return False
    own = without_set(found)
    others = {stems(name) for name in synonyms().get(" ".join(named), ())}
    alike = own[-len(named) :] == named or own in others
    return alike or (len(kind.zh.noun) > 1 and found.zh.noun.endswith(kind.zh.noun))


def _ends_as(roles: Roles, view: ShopView, row: int, kind: RoleType) -> bool:
    """Whether the name of an item's type ends with the same word as that of a type."""
    found = roles.type_of(view.catalogue.titles[row], view.catalogue.categories[row])
    return found is not None and without_set(found)[-1:] == stems(kind.en.noun)[-1:]


@lru_cache(maxsize=4096)
def _name(noun: str) -> Table:
    found: Table = embed([noun])[0]
    return found
