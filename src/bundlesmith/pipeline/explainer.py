"""Finds what decided a set: how much each kind of evidence weighs, how many like sets have one, what is missing.

    Explainer(scorer, rows, view, roles, typed).grounds(rows, add)

The numbers are those that the ranker chose by. Its score is linear, so what a kind of evidence weighs for an item is
exactly the sum of weight times feature over the features of that kind, less the mean of the shortlist, in nats.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence

import numpy as np

from bundlesmith.explain.grounds import KINDS, LEAST, TELLING, Grounds, Missing, SharedSets
from bundlesmith.explain.nouns import stems
from bundlesmith.explain.roles import Group, Roles
from bundlesmith.explain.typed_sets import FEWEST, TypedSets
from bundlesmith.explain.unwanted import is_unwanted
from bundlesmith.pipeline.scorer import Scorer
from bundlesmith.ranking.evidence import NEAREST, Numbers, Table
from bundlesmith.ranking.features import OF_WORDS, Features, Shortlist
from bundlesmith.shop.live_shop import ShopView

LOOKED_AT = 10
"""What is missing is of so many kinds of which the best items beside the set are."""
LEAST_VOTE = 0.1
"""A set counts for words if its vote is this part of the greatest."""
LEAST_WEIGHT = 1.0
"""What customers' sets have to weigh for an item, in nats, for a count of them to be a reason."""
WIDTH = 1
"""Like items, by the second of `bundlesmith.ranking.evidence.WIDTHS`."""


class Explainer:
    """Finds what decided the sets of one request.

    Args:
        scorer: scored the items for the request.
        rows: the shortlist, the best first.
        view: the shop.
        roles: tells the types of items.
        typed: what the run's bundles hold.
    """

    def __init__(self, scorer: Scorer, rows: Numbers, view: ShopView, roles: Roles, typed: TypedSets) -> None:
        self._scorer, self._rows, self._view, self._roles, self._typed = scorer, rows, view, roles, typed
        asked = scorer.asked
        votes = asked.votes
        self._by_words = None if votes is None else np.flatnonzero(votes >= LEAST_VOTE * votes.max())

    def grounds(
        self, rows: Sequence[int], add: Callable[[int], bool], words: str = "", had: Iterable[int] = ()
    ) -> Grounds:
        """What decided a set of rows.

        Args:
            rows: the set.
            add: whether the request's rules allow a row besides.
            words: of the request; what they say is there, or isn't wanted, isn't missing.
            had: rows that the customer has, or doesn't want; nothing of their kinds is missing.
        """
        groups = {row: group for row in rows if (group := self._group(row))}
        like, weights, support = self._like(rows), self._weights(rows), {}
        for row, group in groups.items():
            decided = weights[row]["sets"] >= LEAST_WEIGHT  # else the count would be true, and no reason
            if decided and (found := self._typed.support(group, like(row))):
                support[row] = found
        others = {group for row in had if (group := self._group(row))}
        wanted = self._wanted(rows, set(groups.values()), like(None), words) - others
        missing = self._missing(rows, wanted, like(None), add) if wanted else None
        return Grounds(support, weights, missing, self._pairs(groups))

    def _pairs(self, groups: Mapping[int, Group]) -> dict[int, tuple[SharedSets, ...]]:
        """With which other pieces each stands in many sets."""
        typed, found = self._typed, {}
        together = typed.together(list(groups.values()))
        for number, (row, group) in enumerate(groups.items()):
            counts = zip(together[number].tolist(), *zip(*groups.items(), strict=True), strict=True)
            often = sorted((each for each in counts if each[0]), key=lambda each: -each[0])
            names = typed.names
            found[row] = tuple(SharedSets(other, names[group], names[each], count) for count, other, each in often)
        return found

    def _group(self, row: int) -> Group | None:
        catalogue = self._view.catalogue
        return self._roles.group_of(catalogue.titles[row], catalogue.categories[row])

    def _like(self, rows: Sequence[int]) -> Callable[[int | None], Numbers]:
        """For an item, the sets that count: those that voted for it by their words; else those most like the rest."""
        bundles = self._scorer.features.bundles
        if self._by_words is not None or not len(self._scorer.asked.kept):
            known = self._by_words if self._by_words is not None else np.zeros(0, np.int64)
            return lambda row: known
        held = {row: bundles.sets @ bundles.near[WIDTH][[row]].toarray().ravel() for row in rows}

        def like(row: int | None) -> Numbers:
            rest = np.sum([each for other, each in held.items() if other != row], axis=0)
            nearest = np.argsort(-rest, kind="stable")[:NEAREST] if np.ndim(rest) else np.zeros(0, np.int64)
            return np.asarray(nearest[rest[nearest] > 0] if len(nearest) else nearest)

        return like

    def _weights(self, rows: Sequence[int]) -> dict[int, dict[str, float]]:
        """What each kind of evidence weighs for each row, beside the others."""
        shortlist = self._with(rows)
        opening = self._scorer.asked.at(shortlist.rows)
        if len(rows) == 1:
            return {rows[0]: self._by_kind(opening, self._scorer.weights.opening, -1)}
        beside = zip(rows, shortlist.beside_others(rows), strict=True)
        return {row: self._going_on(opening, each, at - len(rows)) for at, (row, each) in enumerate(beside)}

    def _suits(self, row: int) -> bool:
        """Whether what the words mean doesn't speak against a row, which they need not name."""
        meant = OF_WORDS - 1  # the last of these features tells what is named
        opening = self._scorer.asked.at(np.append(self._rows, row))[:, :meant]
        return float((opening[-1] - opening[:-1].mean(0)) @ self._scorer.weights.going_on[:meant]) >= 0

    def _with(self, rows: Sequence[int]) -> Shortlist:
        """The shortlist, and some rows at its end."""
        return Shortlist(self._scorer.asked, np.concatenate([self._rows, np.array(rows, np.int64)]))

    def _going_on(self, opening: Table, beside: Table, at: int) -> dict[str, float]:
        return self._by_kind(np.concatenate([opening, beside], 1), self._scorer.weights.going_on, at)

    def _by_kind(self, features: Table, weights: Table, at: int) -> dict[str, float]:
        """What each kind of evidence weighs for one row of the features, less the mean of the shortlist."""
        weighed = (features[at] - features[: len(self._rows)].mean(0)) * weights
        found = dict.fromkeys(KINDS, 0.0)
        for kind, weight in zip(_kinds(self._scorer.features), weighed.tolist(), strict=False):
            found[kind] += weight
        return found

    def _wanted(self, rows: Sequence[int], held: set[Group], among: Numbers, words: str) -> set[Group]:
        """The groups that most of the like sets have besides.

        What any piece is called is not missed, nor what is of its category: "No dress yet" would be wrong of a wedding
        dress, and "no handbag" of a shoulder bag. Nor is what the words say that somebody has, or doesn't want.
        """
        if len(among) < FEWEST:
            return set()
        counts, usual = np.asarray(self._typed.holds[among].sum(0)).ravel(), self._typed.usual
        often = (counts >= LEAST * len(among)) & (counts >= TELLING * usual * len(among))
        said = {word for row in rows for word in stems(self._view.catalogue.titles[row])}
        said |= {word for _, word in held}
        held_paths, ends = {path for path, _ in held}, tuple(word for _, word in held)
        return {
            (path, word)
            for (path, word), at in self._typed.groups.items()
            if often[at] and word not in said and path not in held_paths and not (ends and word.endswith(ends))
            if (path, word) in self._typed.names and not is_unwanted(words, self._typed.names[path, word])
        }

    def _missing(
        self, rows: Sequence[int], wanted: set[Group], among: Numbers, add: Callable[[int], bool]
    ) -> Missing | None:
        """The best item that may be added, of some groups; of words it has to be likelier than the shortlist's mean."""
        departments = {path[:1] for row in rows if (path := tuple(self._view.catalogue.categories[row]))}
        scores = self._scorer.beside(Shortlist(self._scorer.asked, self._rows), list(rows))
        seen = set[Group]()
        for at in np.argsort(-scores, kind="stable").tolist():
            row = int(self._rows[at])
            if (group := self._group(row)) is not None:
                seen.add(group)
            if len(seen) > LOOKED_AT:
                break
            if group not in wanted or row in rows or not add(row):
                continue
            if tuple(self._view.catalogue.categories[row][:1]) not in departments:
                continue
            support, suits = self._typed.support(group, among), self._suits(row)
            if support and suits:
                return Missing(row, support)
        return None


def _kinds(features: Features) -> list[str]:
    """The kind of evidence of each feature, in the order of `Shortlist`."""
    bundles, situations = features.bundles, features.situations
    opening = ["words"] * OF_WORDS + ["sets"] * bundles.of_words + ["situations"] * situations.of_words + ["sets"]
    chosen = ["sets"] * bundles.of_chosen + ["situations"] * situations.of_chosen
    return opening + chosen + ["beside"] * (features.of_going_on - len(opening) - len(chosen))
