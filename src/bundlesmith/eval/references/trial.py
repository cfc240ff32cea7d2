"""How good a scorer or a recommender is on the valid split: what the references' parameters are chosen by.

Of large splits, evenly spaced tasks are used.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from bundlesmith.eval.making import GoldTask, make_tasks
from bundlesmith.eval.metrics import ndcg_at
from bundlesmith.eval.predict import request_of
from bundlesmith.eval.references.finding import Namer
from bundlesmith.eval.references.reference import QUERIES_AT_ONCE, Reference
from bundlesmith.eval.references.scorer import ItemScorer, Query, ScoreTable
from bundlesmith.eval.references.training import TrainingSplit
from bundlesmith.eval.score import NamedFigures, Sheet, scores
from bundlesmith.eval.tasks import Task
from bundlesmith.ranking.set_similarity import f1, words
from bundlesmith.recommendation import Recommendation
from bundlesmith.recommender import Recommends

_T = TypeVar("_T")

_MOST = {"complete": 1000, "generate": 200, "sessions": 300}


class ValidTasks:
    """The valid tasks of a folder of prepared data.

    Attributes:
        completing: queries, and the row that each is about.
        opening: queries without items, and the rows of the bundle that each is about.
    """

    def __init__(self, data: Path, training: TrainingSplit, most: Mapping[str, int] = _MOST) -> None:
        self.training = training
        self.pairs = _spaced(list(zip(*make_tasks(data, "valid"), strict=True)), most)
        known = training.catalogue.known
        self.completing = [(_query(task, known), known([str(gold["target"])])[0]) for task, gold in self.of("complete")]
        self.opening = [(_query(task, known), known(map(str, gold["bundle"]))) for task, gold in self.of("generate")]
        place = np.lexsort((np.arange(len(training.catalogue)), -training.popularity))
        self._place = np.argsort(place)

    def of(self, kind: str) -> list[GoldTask]:
        """The tasks of a kind, with their gold."""
        return [(task, gold) for task, gold in self.pairs if task.kind == kind]

    def ranking(self, scorer: ItemScorer) -> float:
        """Mean NDCG@10 of the items left out."""
        targets = [[row] for _, row in self.completing]
        ranks = self._ranks(scorer, [query for query, _ in self.completing], targets)
        return float(np.mean([ndcg_at(10, rank[0]) for rank in ranks]))

    def starting(self, scorer: ItemScorer) -> float:
        """Mean share of a bundle's items among the first 20, where no item is chosen yet."""
        targets = [rows for _, rows in self.opening]
        ranks = self._ranks(scorer, [query for query, _ in self.opening], targets)
        return float(np.mean([np.mean(np.array(some) <= 20) for some in ranks]))

    def _ranks(self, scorer: ItemScorer, queries: Sequence[Query], targets: Sequence[Sequence[int]]) -> list[list[int]]:
        """The ranks, from 1, of each query's targets among what isn't known yet; ties as in `top_rows`."""
        ranks = []
        for start in range(0, len(queries), QUERIES_AT_ONCE):
            some = queries[start : start + QUERIES_AT_ONCE]
            for query, rows, scored in zip(
                some, targets[start : start + QUERIES_AT_ONCE], scorer.scores(some), strict=True
            ):
                scored[[*query.history, *query.items]] = -np.inf
                ranks.append([self._rank(scored, row) for row in rows])
        return ranks

    def _rank(self, scores: ScoreTable, row: int) -> int:
        before: NDArray[np.bool_] = scores > scores[row]
        before |= (scores == scores[row]) & (self._place < self._place[row])
        return 1 + int(before.sum())

    def bundling(self, reference: Reference) -> float:
        """bestF1@10 plus category-F1@1 of bundles that are asked for in words."""
        asked = [request_of(task, self.training.catalogue) for task, _ in self.of("generate")]
        found = self._scores("generate", reference.recommend(asked, talk=False))
        return found["bestF1@10"] + found["category-F1@1"]

    def finding(self, reference: Reference) -> float:
        """soft-F1 of bundles found in sessions."""
        return self.found(reference)[0]

    def found(self, recommender: Recommends) -> tuple[float, float]:
        """soft-F1 and intent-F1 of bundles found in sessions."""
        found = self._scores("sessions", recommender.find([task.items for task, _ in self.of("sessions")]))
        return found["soft-F1"], found["intent-F1"]

    def _scores(self, kind: str, found: Sequence[Sequence[Recommendation]]) -> NamedFigures:
        catalogue, pairs = self.training.catalogue, self.of(kind)
        answers = {
            task.id: {"bundles": [list(b.items) for b in bundles], "intents": [b.intent for b in bundles]}
            for (task, _), bundles in zip(pairs, found, strict=True)
        }
        gold = {kind: [row for _, row in pairs]}
        return scores(Sheet({task.id: task for task, _ in pairs}, gold, answers, catalogue))[kind]

    def naming(self, namer: Namer) -> float:
        """Mean F1 of the words of an intent that is given to a bundle as people found it."""
        named = [(rows, query.words) for query, rows in self.opening if query.words]
        return float(np.mean([f1(words(namer.name(rows)), words(said)) for rows, said in named])) if named else 0.0


def _spaced(pairs: Sequence[GoldTask], most: Mapping[str, int]) -> list[GoldTask]:
    kept: list[GoldTask] = []
    for kind, count in most.items():
        some = [pair for pair in pairs if pair[0].kind == kind]
        kept += spaced(some, count)
    return kept


def spaced(some: Sequence[_T], most: int) -> Sequence[_T]:
    """At most *most* of some things, evenly spaced."""
    return some[:: -(-len(some) // most)] if some else some


def _query(task: Task, known: Any) -> Query:
    return Query(tuple(known(task.history)), tuple(known(task.items)), task.words)
