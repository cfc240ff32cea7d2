"""What doesn't go with the items of a set, whatever bundles tell: a rival of what was chosen, the wrong variant.

misfits = Misfits(catalogue, roles, rows, words)
misfits.rivals([12])          # of a chosen camera: the other cameras
misfits.variants([12, 40])    # beside a drill of one maker: another maker's batteries, if there is one that fits
"""

import re
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bundlesmith.explain.facts import FITS, one_line
from bundlesmith.explain.nouns import stems
from bundlesmith.explain.roles import Roles
from bundlesmith.ranking.evidence import Numbers
from bundlesmith.ranking.terms import Terms

MATCHED = (FITS, "motif", "theme", "age")
"""Attributes that all pieces of a set that have them should have alike."""

HALF = 0.5
_FOR = re.compile(r"\bfor\b", re.IGNORECASE)

Mask = NDArray[np.bool_]


class Misfits:
    """Which of some items don't go with others.

    Args:
        catalogue: titles, category paths and attributes by row.
        roles: tells what an item is called.
        terms: of the titles.
        rows: the items that are asked about.
        words: of the request: a value that they name is wanted.
    """

    def __init__(self, catalogue: Any, roles: Roles, terms: Terms, rows: Numbers, words: str) -> None:
        self._catalogue, self._roles, self._rows = catalogue, roles, rows.tolist()
        said = set(stems(words))
        self._values = {name: [self._value(name, row) for row in self._rows] for name in MATCHED}
        self._named = {
            name: {value for value in values if value and said.issuperset(stems(value))}
            for name, values in self._values.items()
        }
        self._matching = [name for name, values in self._values.items() if any(values)]
        titles = [str(catalogue.titles[row]) for row in self._rows]
        self._terms, self._for = terms, terms.weighed([_parts(title)[1] for title in titles])
        self._made_for = np.diff(self._for.indptr) > 0
        kinds = {category: at for at, category in enumerate(dict.fromkeys(map(self._category, range(len(titles)))))}
        self._kinds = np.array([kinds[self._category(at)] for at in range(len(titles))], np.int64)

    def rivals(self, chosen: Sequence[int]) -> Mask:
        """Which are of the category of a chosen row, or are called alike: who has a camera wants what goes with it."""
        categories = {tuple(self._catalogue.categories[row]) for row in chosen}
        nouns = {noun for row in chosen if (noun := self._noun(row))}
        found = (
            tuple(self._catalogue.categories[row]) in categories or (bool(nouns) and self._noun(row) in nouns)
            for row in self._rows
        )
        return np.fromiter(found, np.bool_, len(self._rows))

    def variants(self, chosen: Sequence[int]) -> Mask:
        """Which are for something else than what is wanted, or of another kind, where others of their category suit.

        Those have another value of an attribute of MATCHED than the words or chosen rows have; or their titles say what
        they are for, "Case for Nexus 7", and that is hardly any of the chosen rows.
        """
        found = self._for_others(chosen)
        for name in self._matching:
            values = self._values[name]
            wanted = self._named[name] or {value for row in chosen if (value := self._value(name, row))}
            having = {self._category(at) for at, value in enumerate(values) if value in wanted}
            found |= [
                bool(value) and value not in wanted and self._category(at) in having for at, value in enumerate(values)
            ]
        return found

    def _for_others(self, chosen: Sequence[int]) -> Mask:
        """By their titles: what these say after "for" has less than HALF of what another's of their category has in
        common with the titles of chosen rows, before "for"."""
        heads = self._terms.weighed([_parts(str(self._catalogue.titles[row]))[0] for row in chosen])
        shared = (
            np.asarray((self._for @ heads.T).max(1).todense()).ravel() if len(chosen) else np.zeros(len(self._rows))
        )
        best = np.zeros(self._kinds.max(initial=-1) + 1)
        np.maximum.at(best, self._kinds, shared)
        found: Mask = self._made_for & (shared < HALF * best[self._kinds])
        return found

    def _category(self, at: int) -> tuple[str, ...]:
        return tuple(self._catalogue.categories[self._rows[at]])

    def _value(self, name: str, row: int) -> str:
        return one_line(self._catalogue.attributes[row].get(name))

    def _noun(self, row: int) -> str | None:
        group = self._roles.group_of(self._catalogue.titles[row], self._catalogue.categories[row])
        return group[1] if group else None


def _parts(title: str) -> tuple[str, str]:
    """A title before "for", and what comes after it."""
    what, *others = _FOR.split(title, maxsplit=1)
    return what, " ".join(others)
