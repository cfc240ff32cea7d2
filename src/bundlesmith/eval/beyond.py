"""Figures beyond accuracy: what recommended items are like, and how much of the catalogue they reach.

Points of a task (see `bundlesmith.eval.values`); of `complete` the first 10 items of the ranking are looked at, of
`generate` the first bundle, of `sessions` all bundles found:

    novelty@10, novelty@1    of each item: self-information -log2 p, in bits; p = (c + 1) / (C + N), where c is the
                             item's popularity in training, C the sum of all and N the size of the catalogue (Laplace's
                             rule, so that an unseen item is finite). (Zhou et al., PNAS 107(10), 2010)
    tail@10, tail@1          of each item: whether it is outside the most popular fifth of the training items
    calibration@10, calibration@1    KL(p || q) in nats; p are the shares of the category paths in the history, q those
                             in what is recommended, mixed with 1 % of p so that it is finite. 0 is best; no point if
                             there is no history or nothing is recommended. (Steck, RecSys 2018)
    diversity@1, diversity   of a bundle: 1 - the mean cosine of the TF-IDF vectors of titles and categories over all
                             pairs of its items. (Ziegler et al., WWW 2005)
    pairwise                 of a `complete` task: the share of 50 random catalogue items (none of the task's own) that
                             the true item scores above, ties half; needs a recommender with `ScoresItems`. (AUC by
                             sampling: Rendle et al., UAI 2009)

Figures of all tasks together, without intervals:

    gini@10, gini@1          inequality of how often each item of the catalogue is recommended: 0 if all alike, nearly 1
                             if it is always the same. sum over i of (2 i - N - 1) x_i / (N sum x), x ascending
                             (Gini, 1912); 0 if nothing is recommended
    coverage@1               the share of the catalogue in the first bundles (`coverage@10`: in the tens of rankings)
    category-coverage@1      the share of the category paths of all true bundles that the first bundles have
"""

import math
from collections import Counter
from collections.abc import Hashable, Mapping, Sequence
from typing import Any, Protocol, runtime_checkable

import numpy as np

from bundlesmith.data.catalogue import Catalogue
from bundlesmith.encoder.embedding import item_texts
from bundlesmith.eval.groups import SplitData
from bundlesmith.eval.predict import TASKS_AT_ONCE, request_of
from bundlesmith.eval.score import Sheet, coverage
from bundlesmith.eval.tasks import drawn_items
from bundlesmith.eval.values import BUNDLES, SHOWN, Points, Row, ranking_of, valid_bundles
from bundlesmith.request import Request

NEGATIVES = 50
MIXED = 0.01
"""Steck's alpha."""


@runtime_checkable
class ScoresItems(Protocol):
    """What a recommender may have besides `Recommends`: scores of items that are named."""

    def score(self, requests: Sequence[Request], items: Sequence[Sequence[str]]) -> list[list[float]]:
        """For each request the scores of its *items* as the next one, in their order; higher is better."""
        ...


class Beyond:
    """Works out the points of tasks; made of a catalogue and of what training holds."""

    def __init__(self, catalogue: Catalogue, past: SplitData) -> None:
        self.past = past
        self.categories = dict(zip(catalogue.ids, catalogue.categories, strict=True))
        self._rows, self._vectors = catalogue.rows, title_vectors(catalogue)
        self._all = sum(past.counts.values()) + len(catalogue)

    def points(self, sheet: Sheet) -> dict[str, list[Points]]:
        """kind -> the points of its tasks, in the order of the gold."""
        return {kind: [self._points(sheet, row) for row in rows] for kind, rows in sheet.gold.items()}

    def _points(self, sheet: Sheet, row: Row) -> Points:
        if row["kind"] == "sessions":
            found, _ = valid_bundles(sheet.answers.get(row["id"], {}), set(sheet.tasks[row["id"]].items))
            known = [[item for item in bundle if item in self._rows] for bundle in found]
            return {"diversity": [self.diversity(bundle) for bundle in known if len(bundle) >= 2]}
        items, at = recommended(sheet, row), "@10" if row["kind"] == "complete" else "@1"
        points = {f"novelty{at}": [self.novelty(item) for item in items]}
        points[f"tail{at}"] = [float(item not in self.past.popular) for item in items]
        points[f"calibration{at}"] = self._calibration(sheet.tasks[row["id"]].history, items)
        if row["kind"] == "generate":
            points["diversity@1"] = [self.diversity(items)] if items else []
        return points

    def novelty(self, item: str) -> float:
        """The self-information of an item, in bits."""
        return -math.log2((self.past.counts.get(item, 0) + 1) / self._all)

    def diversity(self, bundle: Sequence[str]) -> float:
        """1 - the mean cosine of all pairs of a bundle of 2 or more known items."""
        vectors = self._vectors[[self._rows[item] for item in bundle]]
        cosines = (vectors @ vectors.T).toarray()
        pairs = len(bundle) * (len(bundle) - 1)
        return 1 - float(cosines.sum() - np.trace(cosines)) / pairs

    def _calibration(self, history: Sequence[str], items: Sequence[str]) -> list[float]:
        past = [self.categories[item] for item in history if item in self.categories]
        return [divergence(past, [self.categories[item] for item in items])] if past and items else []


def title_vectors(catalogue: Catalogue) -> Any:
    """TF-IDF vectors of titles and category paths: a sparse matrix [N, words], each row of length 1 (or 0)."""
    from sklearn.feature_extraction.text import TfidfVectorizer  # type: ignore[import-untyped]

    return TfidfVectorizer(sublinear_tf=True, token_pattern=r"(?u)\w+").fit_transform(item_texts(catalogue))


def divergence(past: Sequence[Hashable], found: Sequence[Hashable]) -> float:
    """KL(p || q) of the shares of *past* and *found*, with 1 % of p mixed into q; both hold something."""
    p, q = ({value: n / len(values) for value, n in Counter(values).items()} for values in (past, found))
    return sum(
        share * math.log(share / ((1 - MIXED) * q.get(value, 0.0) + MIXED * share)) for value, share in p.items()
    )


def gini(counts: Sequence[int]) -> float:
    """The Gini index of how often each item of a catalogue is recommended, those that never are included."""
    n, total = len(counts), sum(counts)
    weighted = sum((2 * at - n - 1) * x for at, x in enumerate(sorted(counts), 1))
    return weighted / (n * total) if total else 0.0


def recommended(sheet: Sheet, row: Row) -> list[str]:
    """The items that a customer is taken to see: the first ten of a ranking, the first bundle."""
    answer = sheet.answers.get(row["id"], {})
    if row["kind"] == "complete":
        return ranking_of(answer, sheet.categories)[:SHOWN]
    kept, _ = valid_bundles(answer, sheet.categories, BUNDLES)
    return kept[0] if kept else []


def whole_figures(sheet: Sheet) -> dict[str, dict[str, float]]:
    """The figures of all tasks together, by kind."""
    found: dict[str, dict[str, float]] = {}
    if "complete" in sheet.gold:
        found["complete"] = {"coverage@10": coverage(sheet), "gini@10": _gini(sheet, "complete")}
    if "generate" in sheet.gold:
        shown = {item for row in sheet.gold["generate"] for item in recommended(sheet, row)}
        true = {sheet.categories[str(item)] for row in sheet.gold["generate"] for item in row["bundle"]}
        found["generate"] = {
            "coverage@1": len(shown) / len(sheet.catalogue),
            "gini@1": _gini(sheet, "generate"),
            "category-coverage@1": len(true & {sheet.categories[item] for item in shown}) / len(true),
        }
    return found


def _gini(sheet: Sheet, kind: str) -> float:
    counts = Counter(item for row in sheet.gold[kind] for item in recommended(sheet, row))
    return gini([counts[item] for item in sheet.catalogue.ids])


def pairwise(recommender: ScoresItems, sheet: Sheet, seed: int) -> dict[str, float]:
    """The share of sampled items that the true item of each `complete` task is scored above, by the task's id.

    The samples of a task depend on the seed and on its id alone, so all recommenders are asked the same. A task whose
    true item the catalogue doesn't have gets 0.
    """
    rows = [row for row in sheet.gold.get("complete", []) if str(row["target"]) in sheet.categories]
    found = {row["id"]: 0.0 for row in sheet.gold.get("complete", [])}
    for start in range(0, len(rows), TASKS_AT_ONCE):
        batch = rows[start : start + TASKS_AT_ONCE]
        asked = [request_of(sheet.tasks[row["id"]], sheet.catalogue) for row in batch]
        named = [[str(row["target"]), *negatives(sheet, row, seed)] for row in batch]
        for row, scores in zip(batch, recommender.score(asked, named), strict=True):
            found[row["id"]] = above(scores[0], scores[1:])
    return found


def negatives(sheet: Sheet, row: Row, seed: int) -> list[str]:
    """50 different items of the catalogue (all, if there are fewer) that are not the task's own."""
    task = sheet.tasks[row["id"]]
    return drawn_items(task, seed, sheet.catalogue.ids, NEGATIVES, {str(row["target"]), *task.items, *task.history})


def above(score: float, others: Sequence[float]) -> float:
    """The share of *others* below *score*, those equal to it half; 0 if there are none."""
    return sum((score > other) + (score == other) / 2 for other in others) / len(others) if others else 0.0


def with_pairwise(sheet: Sheet, points: Mapping[str, list[Points]], won: Mapping[str, float]) -> None:
    """Add the points of `pairwise` to those of the `complete` tasks."""
    for row, found in zip(sheet.gold.get("complete", []), points.get("complete", []), strict=True):
        found["pairwise"] = [won[row["id"]]]
