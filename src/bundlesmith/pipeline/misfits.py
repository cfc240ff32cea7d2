"""What doesn't go with the items of a set, whatever bundles tell: a rival of what was chosen, the wrong variant.

misfits = Misfits(catalogue, roles, singles, True, terms, rows, words)
misfits.rivals([12])          # of a chosen camera: the other cameras
misfits.variants([12, 40])    # beside a drill of one maker: another maker's batteries, if there is one that fits
"""

import re
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bundlesmith.explain.audiences import EVERYBODY, Audience, audience_named, audience_of, go_together
from bundlesmith.explain.facts import FITS, one_line
from bundlesmith.explain.nouns import stems
from bundlesmith.explain.roles import Roles
from bundlesmith.ranking.evidence import Numbers, Table
from bundlesmith.ranking.fold import Fold, Kept
from bundlesmith.ranking.items import numbered
from bundlesmith.ranking.terms import Terms

MATCHED = (FITS, "motif", "theme", "age")
"""Attributes that all pieces of a set that have them should have alike."""
_HALF = 0.5
NAMED_WELL = 0.25
"""Words name what a thing is made for, if terms in common tell so much: about one that few titles have."""
_FOR = re.compile(r"\bfor\b", re.IGNORECASE)

Mask = NDArray[np.bool_]


class Misfits:
    """Which of some items don't go with others.

    Args:
        catalogue: titles, category paths and attributes by row.
        roles: tells what an item is called.
        singles: nouns of which sets hardly ever hold two things.
        one_audience: whether what sets hold is for one person mostly.
        terms: of the titles.
        rows: the items that are asked about.
        words: of the request: a value that they name is wanted.

    Attributes:
        unwanted: which are for somebody else than whom the words name.
    """

    def __init__(
        self,
        catalogue: Any,
        roles: Roles,
        singles: frozenset[str],
        one_audience: bool,
        terms: Terms,
        rows: Numbers,
        words: str,
    ) -> None:
        self._catalogue, self._roles, self._terms, self._rows = catalogue, roles, terms, rows.tolist()
        self._kinds = numbered((catalogue.categories[row] for row in self._rows), {})
        values = {name: np.array([self._value(name, row) for row in self._rows], np.str_) for name in MATCHED}
        self._values = {name: some for name, some in values.items() if some.astype(bool).any()}
        said = set(stems(words))
        self._named = {
            name: {value for value in some.tolist() if value and said.issuperset(stems(value))}
            for name, some in self._values.items()
        }
        self._nouns = np.array([self._noun(row) for row in self._rows], np.str_)
        self._singles = singles
        self._audiences = [self._audience(row) for row in self._rows]
        self._known_apart = dict[Audience, Mask]()
        person = audience_named(words) if one_audience else None
        self._one_audience, self.unwanted = person is not None, self._apart(person or EVERYBODY)
        self._made_for = terms.weighed([_parts(catalogue.titles[row])[1] for row in self._rows])
        self._for_another = self._for_others(terms.shared(self._made_for, [words])[0], NAMED_WELL)
        self._shared = Fold(Kept(self._in_common, len(self._rows)), np.maximum)

    def rivals(self, chosen: Sequence[int]) -> Mask:
        """Which are of the category of a chosen row, or are called alike: who has a camera wants what goes with it."""
        if not chosen:
            return np.zeros(len(self._rows), np.bool_)
        categories = {tuple(self._catalogue.categories[row]) for row in chosen}
        alike = [tuple(self._catalogue.categories[row]) in categories for row in self._rows]
        return np.array(alike) | self._called([self._noun(row) for row in chosen])

    def variants(self, chosen: Sequence[int]) -> Mask:
        """Which are for something else than what is wanted, or of another kind, where others of their category suit;
        those that are for somebody else than chosen rows are; and those that are called as a chosen row is, where
        bundles hardly ever have two of these.

        The former have another value of an attribute of MATCHED than the words or chosen rows have. Or their titles say
        what they are for, "Case for Nexus 7": that has less than half of what another's of their category has in common
        with what chosen rows are.
        """
        found = self._called([noun for row in chosen if (noun := self._noun(row)) in self._singles])
        for row in chosen if self._one_audience else ():
            found |= self._apart(self._audience(row))
        for name, values in self._values.items():
            wanted = self._named[name] or {value for row in chosen if (value := self._value(name, row))}
            right = np.isin(values, sorted(wanted))
            suits = np.bincount(self._kinds, right) > 0
            found |= (values != "") & ~right & suits[self._kinds]
        if chosen and self._made_for.nnz:
            found |= self._for_others(self._shared(chosen), 0)
        return found | self._for_another

    def _for_others(self, shared: Table, least: float) -> Mask:
        """Which are made for something that has less than half in common of what another's of their category has."""
        best = np.zeros(self._kinds.max(initial=0) + 1)
        np.maximum.at(best, self._kinds, shared)
        best[best < least] = 0
        found: Mask = (np.diff(self._made_for.indptr) > 0) & (shared < _HALF * best[self._kinds])
        return found

    def _audience(self, row: int) -> Audience:
        return audience_of(self._catalogue.titles[row], tuple(self._catalogue.categories[row]))

    def _apart(self, audience: Audience) -> Mask:
        """Which are for others than an audience; kept, since drafts ask at each of their items."""
        if (found := self._known_apart.get(audience)) is None:
            apart = [not go_together(audience, each) for each in self._audiences]
            found = self._known_apart[audience] = np.array(apart, np.bool_)
        return found

    def _called(self, nouns: Sequence[str]) -> Mask:
        found: Mask = (self._nouns != "") & np.isin(self._nouns, list(nouns))
        return found

    def _in_common(self, chosen: list[int]) -> list[Table]:
        """How much what titles say after "for" has in common with what the title of each chosen row says before."""
        return self._terms.shared(self._made_for, [_parts(self._catalogue.titles[row])[0] for row in chosen])

    def _value(self, name: str, row: int) -> str:
        return one_line(self._catalogue.attributes[row].get(name))

    def _noun(self, row: int) -> str:
        group = self._roles.group_of(self._catalogue.titles[row], self._catalogue.categories[row])
        return group[1] if group else ""


def _parts(title: str) -> tuple[str, str]:
    """A title before "for", and what comes after it."""
    what, *others = _FOR.split(title, maxsplit=1)
    return what, " ".join(others)
