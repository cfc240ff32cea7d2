"""What is known of a shop's items by their texts; what a new item or text costs hardly grows with the shop.

shop = make_items(vectors, for_words, Terms.of(titles), categories, bundles)
shop.put([4000], vectors, for_words, ["Fell tent"], [("Camping", "Tents")]).features
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Self

import numpy as np

from bundlesmith.ranking.evidence import Bought, Numbers, Table, evidence_of, of_bundles
from bundlesmith.ranking.features import Features
from bundlesmith.ranking.layers import LayeredRows
from bundlesmith.ranking.needs import MetNeeds, of_situations
from bundlesmith.ranking.rows8 import Rows8, stored_rows
from bundlesmith.ranking.terms import Terms

CategoryPath = tuple[str, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Bundles:
    """The bundles that a ranker was learnt from.

    Attributes:
        rows: the items of each.
        names: what each was called; "" where that isn't known.
        intents, plain: float32 [M, E] and [M, D]; the names by the encoder of words, and by the one that tells like
            items; zeros where there is none.
    """

    rows: tuple[tuple[int, ...], ...]
    names: tuple[str, ...]
    intents: Table
    plain: Table


@dataclass(frozen=True, slots=True, eq=False)
class Items:
    """The items of a shop as they are at one moment.

    Attributes:
        features: theirs.
        bought: those of bundles, as their texts were when the ranker was learnt.
        met: those that are nearest to each need.
        kinds, departments: the numbers of category paths, and of their first levels.
    """

    features: Features
    bought: Bought
    met: MetNeeds
    kinds: dict[CategoryPath, int]
    departments: dict[CategoryPath, int]

    def put(
        self,
        rows: Sequence[int],
        vectors: Table,
        for_words: Table,
        titles: Sequence[str],
        paths: Sequence[CategoryPath],
    ) -> Self:
        """The shop with other texts of some items; a row that there wasn't has to be the next one.

        Args:
            rows: theirs, each once.
            vectors, for_words: as of `Features`, of these items alone.
            titles, paths: their titles and category paths.
        """
        known, kinds, departments = self.features, dict(self.kinds), dict(self.departments)
        of_kind = _with(known.kinds, rows, numbered(paths, kinds))
        of_department = _with(known.departments, rows, numbered((path[:1] for path in paths), departments))
        parts = self.bought.near(np.array(rows), vectors)
        near = tuple(layers.put(rows, part) for layers, part in zip(known.bundles.near, parts, strict=True))
        all_vectors = known.vectors.put(rows, vectors)
        met = self.met.put(rows, all_vectors)
        features = Features(
            all_vectors,
            known.for_words.put(rows, for_words),
            known.terms.put(rows, titles),
            of_kind,
            of_department,
            replace(known.bundles, near=near, kinds=of_kind),
            of_situations(met, of_kind),
        )
        return replace(self, features=features, met=met, kinds=kinds, departments=departments)

    def drop(self, rows: Sequence[int]) -> Self:
        """The shop without some items: they meet no need any more."""
        known = self.features
        met = self.met.drop(rows, known.vectors)
        return replace(self, features=replace(known, situations=of_situations(met, known.kinds)), met=met)


def make_items(
    vectors: Table | Rows8,
    for_words: Table | Rows8,
    terms: Terms,
    categories: Sequence[CategoryPath],
    bundles: Bundles,
) -> Items:
    """The items with these vectors, terms of titles and category paths, in their order."""
    kept, kept_for_words = stored_rows(vectors), stored_rows(for_words)
    vectors, for_words = vectors[:], for_words[:]
    kinds, departments = dict[CategoryPath, int](), dict[CategoryPath, int]()
    of_kind = numbered(categories, kinds)
    of_department = numbered((path[:1] for path in categories), departments)
    met, (sets, bought) = MetNeeds.of(vectors), of_bundles(bundles.rows, vectors)
    features = Features(
        LayeredRows(kept),
        LayeredRows(kept_for_words),
        terms,
        of_kind,
        of_department,
        evidence_of(sets, bought, bundles.intents, vectors, of_kind),
        of_situations(met, of_kind),
    )
    return Items(features, bought, met, kinds, departments)


def numbered(paths: Iterable[CategoryPath], known: dict[CategoryPath, int]) -> Numbers:
    """The number of each path; a path that isn't *known* gets the next number, and is from then on."""
    return np.array([known.setdefault(tuple(path), len(known)) for path in paths], np.int64)


def _with(values: Numbers, rows: Sequence[int], new: Numbers) -> Numbers:
    size = max([len(values), *(row + 1 for row in rows)])
    longer: Numbers = np.concatenate([values, np.zeros(size - len(values), np.int64)])
    longer[list(rows)] = new
    return longer
