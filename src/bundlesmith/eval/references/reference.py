"""The one class that makes a recommender of any scorer: ranks items, grows bundles, finds bundles in sessions.

Its bundles keep the same rules as a run's: the look-ahead is the same.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from bundlesmith.constraints.lookahead import Choice
from bundlesmith.eval.references.finding import Namer
from bundlesmith.eval.references.open_rows import OpenRows
from bundlesmith.eval.references.scorer import ItemScorer, Query, ScoreTable, dense, top_rows
from bundlesmith.eval.references.training import TrainingSplit
from bundlesmith.explain.facts import facts_of
from bundlesmith.explain.roles import shipped_roles
from bundlesmith.explain.sentences import explanations
from bundlesmith.ranking.parts import whole_and_parts
from bundlesmith.recommendation import Recommendation
from bundlesmith.request import Request

QUERIES_AT_ONCE = 64
"""Queries that are scored at once: 26 MB of scores for 100,000 items."""


@dataclass(frozen=True, slots=True)
class Habits:
    """How bundles are made of scores.

    Attributes:
        size: how many items a bundle grows to, if the rules allow it.
        alike: the least mean cosine within a part of a session.
        parts: how many parts of a session are given besides the whole session.
        voters: how many training bundles have a say in a bundle's intent.
    """

    size: int = 3
    alike: float = 0.5
    parts: int = 1
    voters: int = 1


class Reference:
    """A `Recommends` that is made of a scorer.

    Bundles of a request begin with each of the best items in turn; each takes the item that scores best given what it
    holds, until it has its size. Its score is that of its first item. A request's weights are added to the scores.
    """

    def __init__(self, key: str, training: TrainingSplit, scorer: ItemScorer, habits: Habits) -> None:
        self.key, self.training, self.scorer, self.habits = key, training, scorer, habits
        self.catalogue = training.catalogue
        self._rows = OpenRows(training.catalogue)
        self._namer = Namer(training, scorer.vectors, habits.voters)

    def rank(self, requests: Sequence[Request], k: int) -> list[list[tuple[str, float]]]:
        """The *k* best next items that the rules allow, as (id, score)."""
        choices = [self._rows.begin(request.for_one_more()) for request in requests]
        ids = self.catalogue.ids
        ranked = []
        for scores in self._scored(requests, choices):
            rows = top_rows(scores, self.training.popularity, k).tolist()
            ranked.append([(ids[row], float(scores[row])) for row in rows])
        return ranked

    def score(self, requests: Sequence[Request], items: Sequence[Sequence[str]]) -> list[list[float]]:
        """For each request the scores of its *items* as the next one; -inf for what the rules don't allow."""
        scored = self._scored(requests, [self._rows.begin(request.for_one_more()) for request in requests])
        rows = [[self.catalogue.row(item) for item in named] for named in items]
        return [[float(scores[row]) for row in named] for scores, named in zip(scored, rows, strict=True)]

    def recommend(self, requests: Sequence[Request], talk: bool = True) -> list[list[Recommendation]]:
        """Up to `n` different bundles a request.

        Raises:
            BundlesmithError: if a request names an unknown item, or no bundle fits its rules.
        """
        return [[self._answer(request, *found, talk) for found in self._grow(request)] for request in requests]

    def find(self, sessions: Sequence[Sequence[str]]) -> list[list[Recommendation]]:
        """The whole session and the parts of it whose items are alike, each with an intent."""
        return [self._find(list(dict.fromkeys(map(self.catalogue.row, items)))) for items in sessions]

    def _scored(self, requests: Sequence[Request], choices: Sequence[Choice]) -> Iterator[ScoreTable]:
        """Scores [N] for each request and what it has taken; -inf for what may not come next."""
        known = self.catalogue.known
        for start in range(0, len(requests), QUERIES_AT_ONCE):
            asked, standing = requests[start : start + QUERIES_AT_ONCE], choices[start : start + QUERIES_AT_ONCE]
            queries = [
                Query(tuple(known(request.history)), choice.taken, request.words)
                for request, choice in zip(asked, standing, strict=True)
            ]
            for scores, request, choice in zip(self.scorer.scores(queries), asked, standing, strict=True):
                yield self._rows.weighted(scores, request, choice)

    def _grow(self, request: Request) -> list[tuple[tuple[int, ...], float]]:
        """Bundles with their scores; seeds are tried n at a time, until there are n different bundles."""
        opening = self._rows.begin(request)
        (scores,) = self._scored([request], [opening])
        seeds = top_rows(scores, self.training.popularity, 10 * request.n).tolist()
        found: dict[frozenset[int], tuple[tuple[int, ...], float]] = {}
        for start in range(0, len(seeds), request.n):
            some = seeds[start : start + request.n]
            for seed, bundle in zip(some, self._complete(request, opening, some), strict=True):
                found.setdefault(frozenset(bundle), (bundle, float(scores[seed])))
            if len(found) >= request.n:
                break
        return list(found.values())[: request.n]

    def _complete(self, request: Request, opening: Choice, seeds: Sequence[int]) -> list[tuple[int, ...]]:
        choices = [_after(opening, seed) for seed in seeds]
        size = max(self.habits.size, len(request.items) + 1)
        while open_ones := [at for at, choice in enumerate(choices) if _goes_on(choice, size)]:
            scored = self._scored([request] * len(open_ones), [choices[at] for at in open_ones])
            for at, scores in zip(open_ones, scored, strict=True):
                choices[at] = _after(choices[at], int(top_rows(scores, self.training.popularity, 1)[0]))
        return [choice.taken for choice in choices]

    def _answer(self, request: Request, bundle: tuple[int, ...], score: float, talk: bool) -> Recommendation:
        items = tuple(self.catalogue.ids[row] for row in bundle)
        if not talk:
            return Recommendation(items, score)
        said = explanations(facts_of(request, items, self.catalogue), "en", shipped_roles())[0]
        return Recommendation(items, score, self._namer.name(bundle), said.text)

    def _find(self, rows: list[int]) -> list[Recommendation]:
        vectors = self.scorer.vectors[rows]
        groups = whole_and_parts(rows, dense(vectors @ vectors.T), self.habits.alike, self.habits.parts)
        return [self._answer(Request(), group, 1 / place, True) for place, group in enumerate(groups, 1)]


def _goes_on(choice: Choice, size: int) -> bool:
    return choice.may_go_on and not (choice.may_stop and len(choice.taken) >= size)


def _after(choice: Choice, row: int) -> Choice:
    after = choice.after(row)
    assert after is not None, "only what may come next is taken"
    return after
