"""A run with its guide: the guide offers items, the model says how likely each is, and bundles are chosen for both.

    load_recommender(RUN).recommend([Request(words="protecting an ipod", n=3)])

Keeps the same rules as a run alone, by the same look-ahead. Knows nothing about how guides are learnt. It answers from
the run's catalogue as it was trained on.
"""

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from bundlesmith.catalogue import Catalogue
from bundlesmith.errors import BundlesmithError
from bundlesmith.files import hash_files, hash_texts
from bundlesmith.guide.evidence import Table
from bundlesmith.guide.guide import WEIGHTS, Guide, Query
from bundlesmith.guide.parts import whole_and_parts
from bundlesmith.guide.sets import Outlook, chances, choose, drawn, orders
from bundlesmith.lookahead import Choice
from bundlesmith.openrows import OpenRows
from bundlesmith.request import Recommendation, Request
from bundlesmith.rules import Rules
from bundlesmith.run import Run
from bundlesmith.serve.recommender import Recommender

Numbers = NDArray[np.float64]

OFFERED = 64
"""How many items the guide offers to the model."""
FOLLOWED = 20
"""For how many of the likeliest first items it is worked out what comes next."""
AFTER = 200
"""How many items may follow a first one."""


@dataclass(frozen=True, slots=True)
class Fusion:
    """How much the model's log-probabilities count beside the guide's scores, and how sessions are parted.

    Attributes:
        beside: where items are chosen.
        opening: where none is.
        intent: of an intent's words, what is added to the log-odds of those that the model writes.
        alike: the least mean likeness within a part of a session, as `Guided.likeness` has it.
        parts: how many parts of a session are given besides all of it.
    """

    beside: float = 0.2
    opening: float = 0.5
    intent: float = 1.0
    alike: float = 0.5
    parts: int = 1


class Guided:
    """A `Recommends` made of a recommender and a guide.

    Args:
        recommender: the run on its engine.
        guide: its guide.
        fusion: see there; with all of a model's weights 0 it isn't asked for items and intents.
    """

    def __init__(self, recommender: Recommender, guide: Guide, fusion: Fusion) -> None:
        self.recommender, self.guide, self.fusion = recommender, guide, fusion
        self.rows = OpenRows(recommender.catalogue)
        self._sizes = np.array([len(bundle) for bundle in guide.evidence.bundles] or [2])

    @property
    def run(self) -> Run:
        """The run."""
        return self.recommender.run

    @property
    def key(self) -> str:
        """What the run and the guide were made from, and how they are fused."""
        made = hash_files(self.recommender.run.folder / "guide" / WEIGHTS)
        return hash_texts(self.recommender.key, made, repr(asdict(self.fusion)))

    @property
    def catalogue(self) -> Catalogue:
        """The items of the run."""
        return self.recommender.run.catalogue

    @property
    def written_tokens(self) -> int:
        """How many tokens the model's answers have."""
        return self.recommender.written_tokens

    def rank(self, requests: Sequence[Request], k: int) -> list[list[tuple[str, float]]]:
        """The *k* best next items that the rules allow, as (id, score)."""
        ids = self.catalogue.ids
        choices = [self.rows.begin(request.for_one_more()) for request in requests]
        found = []
        for scores in self._fused(requests, choices):
            best = np.argsort(-scores, kind="stable")[:k]
            found.append([(ids[row], float(scores[row])) for row in best.tolist() if scores[row] > -np.inf])
        return found

    def score(self, requests: Sequence[Request], items: Sequence[Sequence[str]]) -> list[list[float]]:
        """For each request the guide's scores of *items* as the next one; -inf for what the rules don't allow."""
        found = []
        for request, named in zip(requests, items, strict=True):
            scores = self._guided(request, self.rows.begin(request.for_one_more()))
            found.append([float(scores[self.catalogue.row(item)]) for item in named])
        return found

    def recommend(self, requests: Sequence[Request], talk: bool = True) -> list[list[Recommendation]]:
        """For each request up to `request.n` bundles, the best first; with *talk* each has an intent and a reason.

        Raises:
            BundlesmithError: if a request names an unknown item, is too long, or no bundle fits its rules.
        """
        choices = [self.rows.begin(request) for request in requests]
        fused = self._fused(requests, choices)
        found = [self._bundles(*each) for each in zip(requests, choices, fused, strict=True)]
        if not talk:
            return found
        each = [(request, bundle) for request, bundles in zip(requests, found, strict=True) for bundle in bundles]
        said = iter(self.talked([request.exactly(bundle.items) for request, bundle in each]))
        return [[replace(next(said), score=bundle.score) for bundle in bundles] for bundles in found]

    def find(self, sessions: Sequence[Sequence[str]]) -> list[list[Recommendation]]:
        """The whole session and the parts of it whose items are alike, each with an intent."""
        known = [self.catalogue.known(dict.fromkeys(items)) for items in sessions]
        alike, most = self.fusion.alike, self.fusion.parts
        found = [whole_and_parts(rows, self.likeness(rows), alike, most) for rows in known]
        said = iter(self.talked([Request().exactly(self._ids(group)) for groups in found for group in groups]))
        return [[self._as_found(next(said), group, place) for place, group in enumerate(groups, 1)] for groups in found]

    def offers(
        self, requests: Sequence[Request], choices: Sequence[Choice]
    ) -> list[tuple[Table, NDArray[np.int64], Numbers]]:
        """What may come next at these choices.

        Returns:
            for each request the guide's scores of all items, -inf for what may not come; the rows that are offered to
            the model; and its log-probabilities of these, which add up to 1, or 0 where it isn't asked.
        """
        guided = [self._guided(*each) for each in zip(requests, choices, strict=True)]
        offered = [chances(scores, OFFERED).rows for scores in guided]
        return list(zip(guided, offered, self._said(requests, offered), strict=True))

    def talked(self, asked: Sequence[Request]) -> list[Recommendation]:
        """The only bundle of each request, with the intent and the reason that the model writes for it."""
        return [bundle for (bundle,) in self.recommender.recommend(asked)]

    def likeness(self, rows: Sequence[int]) -> Table:
        """How alike the items of a session are: [len(rows), len(rows)].

        The mean of their cosines, by the tuned encoder and by the untuned one, and of the chance that they stand in one
        bundle, if training has sessions to learn it from.
        """
        vectors, pairs = self.guide.evidence.vectors, self.guide.pairs
        found = [table[list(rows)] @ table[list(rows)].T for table in (vectors.tuned, vectors.text)]
        found += [pairs.chances(rows)] if pairs else []
        return np.asarray(sum(found) / len(found), np.float32)

    def _query(self, request: Request) -> Query:
        known = self.catalogue.known
        return Query(tuple(known(request.history)), tuple(known(request.items)), request.words)

    def _guided(self, request: Request, choice: Choice) -> Table:
        return self.rows.weighted(self.guide.scores(self._query(request)), request, choice)

    def _fused(self, requests: Sequence[Request], choices: Sequence[Choice]) -> Iterator[Table]:
        """The guide's scores, and for the best of them the model's, weighted, too."""
        for request, (scores, rows, own) in zip(requests, self.offers(requests, choices), strict=True):
            scores[rows] += self._weight(request) * (own + np.log(max(len(rows), 1)))  # 0 if all are equally likely
            yield scores

    def _weight(self, request: Request) -> float:
        return self.fusion.beside if request.items else self.fusion.opening

    def _said(self, requests: Sequence[Request], offered: Sequence[NDArray[np.int64]]) -> list[Numbers]:
        asked = [at for at, request in enumerate(requests) if self._weight(request) and len(offered[at])]
        ids = self.catalogue.ids
        named = [[ids[row] for row in offered[at].tolist()] for at in asked]
        found = dict(
            zip(asked, self.recommender.likelihoods([_asked(requests[at]) for at in asked], named), strict=True)
        )
        return [np.array(found[at]) if at in found else np.zeros(len(offered[at])) for at in range(len(requests))]

    def _bundles(self, request: Request, choice: Choice, scores: Table) -> list[Recommendation]:
        """Bundles that share most with what might be wanted."""
        query = self._query(request)
        first = chances(scores, AFTER)
        leaders = first.rows[:FOLLOWED].tolist()
        after = dict(zip(leaders, self.guide.after_each(query, leaders), strict=True))
        following = {row: chances(self._after(choice, row, found), AFTER) for row, found in after.items()}
        outlook = Outlook(choice.taken, first, following, self._sizes)
        category = self.guide.evidence.category
        grown = (self._grown(choice, order, scores) for order in orders(outlook, category))
        candidates = list({frozenset(some): some for some in grown}.values())
        chosen = choose(candidates, drawn(outlook), category, request.n)
        return [Recommendation(self._ids(candidates[at]), value) for at, value in chosen]

    def _after(self, choice: Choice, row: int, scores: Table) -> Table:
        """What may come after one more item; -inf for all if it must be the last."""
        then = choice.after(row)
        return np.full(len(scores), -np.inf, np.float32) if then is None else self.rows.open(scores, then)

    def _grown(self, choice: Choice, order: Sequence[int], scores: Table) -> tuple[int, ...]:
        """The bundle of these as far as the rules allow, and of the best others as far as they demand."""
        for row in order:
            choice = choice.after(row) or choice
        while not choice.may_stop:
            then = choice.after(int(np.argmax(self.rows.open(scores, choice))))
            assert then is not None, "the look-ahead leaves a way on until a bundle may stop"
            choice = then
        return choice.taken

    def _as_found(self, said: Recommendation, group: Sequence[int], place: int) -> Recommendation:
        return replace(said, score=1 / place, intent=self.guide.wording.intent(group, said.intent, self.fusion.intent))

    def _ids(self, rows: Sequence[int]) -> tuple[str, ...]:
        return tuple(self.catalogue.ids[row] for row in rows)


def _asked(request: Request) -> Request:
    """What the model is asked of offered items: the words if there are any, else all that is known.

    Chosen items and histories speak through the guide; a model that reads them as well makes less of the words.
    """
    open_to_all = Rules(in_stock=False)  # what is offered keeps the rules already
    if request.words.strip():
        return Request(words=request.words, rules=open_to_all)
    return Request(request.history, items=request.items, rules=open_to_all)


def load_recommender(folder: Path, without: str = "") -> Recommender | Guided:
    """Open a run on the transformers engine, with its guide if it has one.

    Args:
        folder: the run.
        without: "guide": the model alone, whatever lies there; "model": the guide alone.

    Raises:
        BundlesmithError: if the folder isn't a run, its guide can't be read, or it has none and is asked for one.
    """
    recommender, made = Recommender.load(folder), folder / "guide" / WEIGHTS
    if without == "guide" or not (without or made.exists()):
        return recommender
    if not made.exists():
        raise BundlesmithError(f'The run "{folder}" has no guide.', "`bundlesmith guide` learns one.")
    guide = Guide.load(folder, recommender.catalogue)
    unasked = {"beside": 0.0, "opening": 0.0, "intent": 0.0} if without == "model" else {}
    return Guided(recommender, guide, Fusion(**{**guide.fusion, **unasked}))  # type: ignore[arg-type]
