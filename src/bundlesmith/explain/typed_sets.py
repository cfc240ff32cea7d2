"""Which groups of products the bundles of a ranker hold, and how many of some sets hold one."""

from collections import Counter
from collections.abc import Sequence
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from bundlesmith.explain.audiences import audience_of
from bundlesmith.explain.grounds import TELLING, Support
from bundlesmith.explain.kinds import RoleType, common_name, in_plural
from bundlesmith.explain.nouns import is_plural
from bundlesmith.explain.roles import Group, Roles
from bundlesmith.ranking.evidence import Numbers, seldom_two
from bundlesmith.ranking.ranker import Ranker

FEWEST = 8
"""Of less sets than these nothing is counted."""
MOSTLY = 0.75
"""What holds for such a share of bundles is a rule."""


class TypedSets:
    """Which groups of products each of a ranker's bundles holds; see `bundlesmith.explain.roles.Group`.

    Args:
        ranker: has the bundles.
        roles: tells the groups.
        titles, categories: of the items, by row.

    Attributes:
        names: what each group is called.
        usual: [groups], the share of the bundles that hold one.
    """

    def __init__(
        self, ranker: Ranker, roles: Roles, titles: Sequence[str], categories: Sequence[Sequence[str]]
    ) -> None:
        rows = ranker.items.bought.rows.tolist()
        found = [roles.group_of(titles[row], categories[row]) for row in rows]
        self.groups = {each: at for at, each in enumerate(dict.fromkeys(each for each in found if each))}
        types: dict[Group, dict[RoleType, None]] = {}
        plurals: Counter[Group] = Counter()
        for row, group in zip(rows, found, strict=True):
            if group and (kind := roles.type_of(titles[row], categories[row])):
                types.setdefault(group, {})[kind] = None
                role = roles.of(titles[row], categories[row], "en")
                plurals[group] += 1 if role and is_plural(role.noun) else -1
        self.names = {
            group: in_plural(name) if plurals[group] > 0 else name
            for group, each in types.items()
            if (name := common_name(list(each)))
        }
        pairs = [(at, self.groups[each]) for at, each in enumerate(found) if each]
        places = tuple(np.array(pairs, np.int64).reshape(-1, 2).T)
        one_hot = sparse.csr_matrix((np.ones(len(pairs), np.float32), places), (len(rows), len(self.groups)))
        self.holds: Any = (ranker.items.features.bundles.sets @ one_hot).minimum(1).tocsc()
        self._sets, self._audiences = (
            ranker.items.features.bundles.sets,
            [audience_of(titles[row], tuple(categories[row])) for row in rows],
        )
        several = len(ranker.bundles.rows) > 0
        self.usual = np.asarray(self.holds.mean(0)).ravel() if several else np.zeros(len(self.groups))

    @cached_property
    def one_of_a_name(self) -> frozenset[str]:
        """The nouns of which bundles hardly ever hold two things, in different categories: "planter"."""
        nouns = {noun: at for at, noun in enumerate(dict.fromkeys(word for _, word in self.groups))}
        pairs = [(at, nouns[word]) for (_, word), at in self.groups.items()]
        places = tuple(np.array(pairs, np.int64).reshape(-1, 2).T)
        one_hot = sparse.csr_matrix((np.ones(len(pairs), np.float32), places), (len(self.groups), len(nouns)))
        return frozenset(noun for noun, one in zip(nouns, seldom_two(self.holds @ one_hot), strict=True) if one)

    @cached_property
    def one_audience(self) -> bool:
        """Whether MOSTLY all that a bundle has for somebody is for one person; or too few bundles tell."""
        names = sorted(set().union(*self._audiences))
        of_each = np.array([[name in each for name in names] for each in self._audiences], np.float32)
        held = self._sets @ of_each.reshape(len(self._audiences), len(names))
        told = self._sets @ np.array([bool(each) for each in self._audiences], np.float32)
        alike = held.max(1, initial=0) >= told
        return bool((told > 1).sum() < FEWEST or alike[told > 1].mean() >= MOSTLY)

    def together(self, groups: Sequence[Group]) -> NDArray[np.int64]:
        """How many bundles hold each two of some groups: [groups, groups].

        0 if they are few, or less than TELLING times what chance would give; and of what is one group, or has no name.
        """
        found = np.zeros((len(groups), len(groups)), np.int64)
        places = [at for at, group in enumerate(groups) if group in self.names]
        numbers = np.array([self.groups[groups[at]] for at in places], np.int64)
        held, usual = self.holds[:, numbers], self.usual[numbers]
        counts = np.rint((held.T @ held).toarray()).astype(np.int64)
        chance = np.outer(usual, usual).astype(np.float64) * held.shape[0]
        often = (counts >= FEWEST) & (counts >= TELLING * chance) & (np.not_equal.outer(numbers, numbers))
        found[np.ix_(places, places)] = np.where(often, counts, 0)
        return found

    def support(self, group: Group, among: Numbers) -> Support | None:
        """How many of some sets hold an item of a group; None if no bundle has one, or there are few sets."""
        if group not in self.names or len(among) < FEWEST:
            return None
        held = self.holds[:, [self.groups[group]]].toarray().ravel()[among]
        usual = float(self.usual[self.groups[group]])
        return Support(self.names[group], int((held > 0).sum()), len(among), usual, tuple(among[held > 0].tolist()))
