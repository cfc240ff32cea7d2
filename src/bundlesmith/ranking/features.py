"""What speaks for each item of a shop: numbers from its text, from the words of a request, from what is chosen."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from scipy import sparse

from bundlesmith.ranking.beside import Beside, SetsOf
from bundlesmith.ranking.evidence import Evidence, Numbers, Table, standard
from bundlesmith.ranking.fold import Fold, Kept
from bundlesmith.ranking.layers import LayeredRows
from bundlesmith.ranking.likeness import Likeness, WordVectors
from bundlesmith.ranking.terms import Terms
from bundlesmith.ranking.weights import RankerWeights

OF_WORDS = 5
"""So many features, the first ones, tell how items go with the words by their texts alone; the last of these, by which
of the words their titles have."""
STEPS = (0.6, 0.7, 0.8, 0.9)
"""Texts nearer than each of these to a chosen one count apart."""
OF_TEXTS = 4 + len(STEPS) + 3
"""So many features, the last ones, tell how items go with chosen ones by themselves: the mean and the highest likeness
of texts, the same of titles, the steps; whether they are for the same need, of the same category and department."""
POOLED = 2.0
"""How much the best items of a category count for all of it, by standard deviations of their likeness."""
TWIN = 100.0
"""What an item loses whose text, or whose need, is too near to a chosen one's, or of whose category a set has one: it
comes only where nothing else may."""
_SAMPLE = 20_000
"""So many items, evenly over a larger catalogue, tell the mean and the deviation of all."""


@dataclass(frozen=True, eq=False)
class Features:
    """Features of the items of one shop.

    Attributes:
        vectors: float32 [N, D], of length 1: the texts, by the encoder that tells like items.
        for_words: float32 [N, D], of length 1: the texts, by that one of the encoders of words that reads items.
        terms: of the titles.
        kinds, departments: [N]; the number of each item's category, and of the first level of its path.
        bundles: of the shop's customers.
        situations: of what people need, whatever the shop; see `bundlesmith.ranking.needs`.
    """

    vectors: LayeredRows
    for_words: LayeredRows
    terms: Terms
    kinds: Numbers
    departments: Numbers
    bundles: Evidence
    situations: Evidence

    @property
    def of_opening(self) -> int:
        """How many features an item has where nothing is chosen."""
        return OF_WORDS + self.bundles.of_words + self.situations.of_words + 1

    @property
    def of_going_on(self) -> int:
        """How many it has beside chosen items."""
        return self.of_opening + self.bundles.of_chosen + self.situations.of_chosen + OF_TEXTS

    @cached_property
    def all_bundles(self) -> Table:
        """[M], 1 for each bundle."""
        return np.ones(len(self.bundles.words), np.float32)

    @cached_property
    def all_situations(self) -> Table:
        """[S], 1 for each situation."""
        return np.ones(len(self.situations.words), np.float32)

    @cached_property
    def unit_needs(self) -> Any:
        """How far each item meets each need, as sparse rows of length 1, or 0: [N, U]."""
        needs = self.situations.near[0]
        length = np.sqrt(np.asarray(needs.multiply(needs).sum(1)).ravel())
        return (sparse.diags(1 / np.maximum(length, 1e-9)) @ needs).tocsr()

    def likeness(self, words: WordVectors | None) -> Likeness | None:
        """How like each item is to words; None without words."""
        if words is None:
            return None
        likeness, plain = standard(self.for_words @ words.for_items), self._some_vectors @ words.plain
        raised = likeness - likeness.max()
        np.exp(np.multiply(raised, POOLED, out=raised), out=raised)
        kinds = np.bincount(self.kinds, raised), self._kind_sizes
        departments = tuple(np.bincount(self._department_of_kind, each) for each in kinds)
        of_kinds, of_departments = (
            np.log(sums / np.maximum(sizes, 1)) / POOLED + likeness.max() for sums, sizes in (kinds, departments)
        )
        usual = float(plain.mean()), max(float(plain.std()), 1e-6)
        return Likeness(likeness, words.plain, usual, of_kinds, of_departments, self.terms.named(words.said))

    @cached_property
    def _some_vectors(self) -> Any:
        """Those of all items, or of SAMPLE of them: they tell the mean and the deviation of a product."""
        every = len(self.kinds) // _SAMPLE
        return self.vectors if every < 2 else self.vectors[np.arange(0, len(self.kinds), every)]

    @cached_property
    def one_of_each_kind(self) -> Numbers:
        """An item of each category; any item of one that has none."""
        found: Numbers = np.zeros(len(self._kind_sizes), np.int64)
        found[self.kinds] = np.arange(len(self.kinds))
        return found

    @cached_property
    def _kind_sizes(self) -> Numbers:
        return np.bincount(self.kinds)

    @cached_property
    def _department_of_kind(self) -> Numbers:
        found: Numbers = np.zeros(len(self._kind_sizes), np.int64)
        found[self.kinds] = self.departments
        return found

    @property
    def levels(self) -> tuple[Numbers, Numbers]:
        """The number of each item's category, and of its department: [N] each."""
        return self.kinds, self.departments


class RequestFeatures:
    """The features of the items for one request.

    Args:
        features: of the items of a shop.
        words: the words of the request; None if there are none.
        kept: [M], 1 for bundles that count and 0 for those that are left out; None: all count.
    """

    def __init__(self, features: Features, words: WordVectors | None, kept: Table | None = None) -> None:
        self.features, self.kept = features, features.all_bundles if kept is None else kept
        read = words.read if words else None
        self.votes = features.bundles.votes(read, self.kept)
        self.needs = features.situations.votes(read, features.all_situations)
        self.likeness = features.likeness(words)

    @cached_property
    def opening(self) -> Table:
        """float32 [N, of_opening], what holds whatever is chosen."""
        return self.at(None)

    def at(self, rows: Numbers | None) -> Table:
        """The same of some items alone, in time in proportion to them; None: of all."""
        features, bundles = self.features, self.features.bundles
        found = [*self._likeness(rows), *bundles.shares(self.votes, rows)]
        near = bundles.near[0] if rows is None else bundles.near[0][rows]
        usage = np.log(near @ (bundles.sets.T @ self.kept) + 1)
        found += [*features.situations.shares(self.needs, rows), usage]
        return np.stack(found, 1).astype(np.float32)

    def _likeness(self, rows: Numbers | None) -> list[Any]:
        """By both encoders; of their categories; of their departments; by the terms of their titles."""
        features, known = self.features, self.likeness
        some = slice(None) if rows is None else rows
        if known is None:
            return [np.zeros(len(features.kinds[some]))] * OF_WORDS
        mean, deviation = known.usual
        vectors: Any = features.vectors if rows is None else features.vectors[rows]
        of_levels = known.kinds[features.kinds[some]], known.departments[features.departments[some]]
        return [known.items[some], (vectors @ known.plain - mean) / deviation, *of_levels, known.named[some]]

    def coarse(self, weights: Table) -> Table:
        """What the features of `opening` weigh, but for two that take as long as the catalogue is large: [N].

        No more is worked out for each item than a product with its vector: what holds for a category is worked out for
        it, and of what sets tell no more than for the items that these hold, or their like.

        Args:
            weights: [of_opening].
        """
        features, known = self.features, self.likeness
        of_levels, of_bundles = weights[2:4], weights[OF_WORDS : OF_WORDS + features.bundles.of_words]
        of_situations = weights[OF_WORDS + len(of_bundles) : -1]
        gains, kinds = list[tuple[Numbers, Table]](), np.zeros(len(features._kind_sizes), np.float32)
        if known is not None:
            kinds += of_levels[0] * known.kinds + of_levels[1] * known.departments[features._department_of_kind]
        told = ((features.bundles, self.votes, of_bundles), (features.situations, self.needs, of_situations))
        for evidence, votes, some in told:
            if votes is not None:
                kinds += some[-1] * evidence.of_kinds(votes)[: len(kinds)]
                gains += evidence.gains(votes, some)
        found: Table = kinds.take(features.kinds, mode="clip")
        if known is not None:
            found += weights[0] * known.items + weights[4] * known.named
        for items, more in gains:
            found[items] += more
        return found

    def going_on(self, chosen: Sequence[int]) -> Table:
        """All features beside chosen rows: [N, of_going_on]."""
        return np.concatenate([self.opening, Shortlist(self, None)(chosen)], 1)


class Shortlist:
    """How some items go with chosen ones, for one request: called with chosen rows, it gives features of its items.

    What doesn't change with the chosen rows is worked out once, so a call costs in proportion to the items; and if the
    chosen rows go on from those of the call before, in proportion to what is new of them.

    Args:
        asked: the request.
        rows: the items; None: all.
        like: another one of these items, whose request differs in its words: what both have in common is shared.
    """

    def __init__(self, asked: RequestFeatures, rows: Numbers | None, like: "Shortlist | None" = None) -> None:
        features = self._features = asked.features
        if like is None:
            self.rows = np.arange(len(features.kinds)) if rows is None else rows
            self._vectors: Any = features.vectors if rows is None else features.vectors[rows]
            self._needs = features.unit_needs if rows is None else features.unit_needs[rows]
            self._by_one_text = Kept(self._of_text, len(self.rows))
            self._by_one_need = Kept(self._of_need, len(self.rows))
            self._terms = None if rows is None else features.terms.rows[rows]
            self._by_one_title = Kept(lambda some: features.terms.beside(some, self._terms), len(self.rows))
            self._sets = SetsOf(features.bundles, asked.kept, rows)
            self._situations = SetsOf(features.situations, features.all_situations, rows)
        else:
            self.rows, self._vectors, self._needs = like.rows, like._vectors, like._needs
            self._by_one_text, self._by_one_need = like._by_one_text, like._by_one_need
            self._by_one_title = like._by_one_title
            self._sets, self._situations = like._sets, like._situations
        self._beside = Beside(asked.votes, self._sets), Beside(asked.needs, self._situations)
        self._text, self._nearest = Fold(self._by_one_text, np.add), Fold(self._by_one_text, np.maximum)
        self._need = Fold(self._by_one_need, np.maximum)
        self._titles, self._best_title = Fold(self._by_one_title, np.add), Fold(self._by_one_title, np.maximum)
        self._levels = Fold(self._of_levels, np.logical_or)

    def __call__(self, chosen: Sequence[int]) -> Table:
        """The features beside chosen rows: [rows, of_going_on - of_opening]."""
        self.work_out(chosen)
        found = self.whatever_words(chosen)
        found[:, self.for_words] = self.by_words(chosen)
        return found

    def work_out(self, rows: Sequence[int]) -> None:
        """Work out at once what each of some rows is worth that will be chosen: faster than one by one."""
        for known in (
            self._by_one_text,
            self._by_one_need,
            self._by_one_title,
            self._sets.beside,
            self._situations.beside,
        ):
            known.work_out(rows)

    def beside_others(self, rows: Sequence[int]) -> Iterator[Table]:
        """The same beside all but one of at least two rows, for each of them; in time in proportion to the rows."""
        self.work_out(rows)
        folds = [
            self._text,
            self._nearest,
            self._need,
            self._titles,
            self._best_title,
            self._levels,
            *(fold for each in self._beside for fold in each.folds),
        ]
        found = [fold.of_others(rows) for fold in folds]
        for at in range(len(rows)):
            others = [*rows[:at], *rows[at + 1 :]]
            for fold, values in zip(folds, found, strict=True):
                fold.begin(others, values[at])
            yield self(others)

    @property
    def for_words(self) -> list[int]:
        """Which of the features depend on the words."""
        own, others = len(self._features.bundles.near) + 1, len(self._features.situations.near) + 1
        return [own, own + 1, own + others + 2, own + others + 3]

    def whatever_words(self, chosen: Sequence[int]) -> Table:
        """The same, with 0 for those that depend on the words."""
        highest, none = self._nearest(chosen), np.zeros(len(self.rows))
        found = [each for sets in self._beside for each in (*sets.lifts(chosen), none, none)]
        found += [self._text(chosen) / len(chosen) * 5, highest * 5]
        found += [self._titles(chosen) / len(chosen), self._best_title(chosen)]
        found += [*(highest > step for step in STEPS), self._need(chosen), *self._levels(chosen)]
        return np.stack(found, 1).astype(np.float32)

    def by_words(self, chosen: Sequence[int]) -> Table:
        """Those that depend on the words: [rows, 4]."""
        return np.stack([each for sets in self._beside for each in sets.for_words(chosen)], 1).astype(np.float32)

    def by_words_of_each(self, begun: Sequence[int], rows: Sequence[int], weights: Table) -> Table:
        """What these weigh beside *begun*, of which there has to be one, and the first of *rows*, and so on.

        Args:
            begun, rows: rows that are chosen one after the other.
            weights: of all features.

        Returns:
            [rows, items], before each of *rows*.
        """
        each = [found for sets in self._beside for found in sets.for_words_of_each(begun, rows)]
        some = weights[self.for_words]
        return np.asarray(sum(weight * found for weight, found in zip(some, each, strict=True)), np.float32)

    def of_kinds(self, chosen: Sequence[int], weights: Table) -> Table:
        """What those features weigh that all items of a category have alike: [rows]; *weights* are of all."""
        features = self._features
        widths, others = len(features.bundles.near), len(features.situations.near)
        start = features.bundles.of_chosen
        alike = [widths, widths + 2, start + others, start + others + 2, -2, -1]
        found: Table = self(chosen)[:, alike] @ weights[alike]
        return found

    def losses(self, chosen: Sequence[int], weights: RankerWeights) -> Any:
        """What the items lose in a set with chosen rows, in nats: [rows].

        Twins and rivals of one come only where nothing else may; others of a category that is there lose less.
        """
        if not chosen:
            return np.zeros(len(self.rows))
        twins = (self._nearest(chosen) > weights.alike) | (self._need(chosen) > weights.same_need)
        same_kind, _ = self._levels(chosen)
        rivals = same_kind & self._features.bundles.one_of_a_kind[self._features.kinds[self.rows]]
        return TWIN * (twins | rivals) + weights.repeat * same_kind

    def _of_text(self, rows: list[int]) -> Any:
        return np.ascontiguousarray((self._vectors @ self._features.vectors[rows].T).T)

    def _of_need(self, rows: list[int]) -> Any:
        return (self._features.unit_needs[rows] @ self._needs.T).toarray()

    def _of_levels(self, row: int) -> Any:
        """Which items are of a row's category, and which of its department."""
        return np.stack([number[self.rows] == number[row] for number in self._features.levels])
