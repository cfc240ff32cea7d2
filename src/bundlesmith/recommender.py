"""Bundles for requests by a run on this machine, on the path of `bundlesmith.pipeline`, as the service goes it.

Recommender.load(RUN).recommend([Request(words="weekend camping", n=3)])
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Protocol, Self

from bundlesmith.data.catalogue import Catalogue
from bundlesmith.decoding.decoder import Decoder
from bundlesmith.decoding.engine import Engine, FinishedAnswer, GenerationRequest
from bundlesmith.pipeline.ask import session_asks
from bundlesmith.pipeline.attribution import Attribution, Chances, Likelihood, Weighs, attribute
from bundlesmith.pipeline.opening import Openings
from bundlesmith.pipeline.searching import beams_for, best_first, items_of, next_items, per_item
from bundlesmith.recommendation import Recommendation
from bundlesmith.request import Request
from bundlesmith.run import Run, load_run
from bundlesmith.shop.live_shop import LiveShop, ShopView


class Recommends(Protocol):
    """What a run, and every reference method, can do.

    Attributes:
        key: names all that its answers depend on: with the same key they are the same.
        catalogue: the items that it recommends.
    """

    @property
    def key(self) -> str:
        """See above."""
        ...

    @property
    def catalogue(self) -> Catalogue:
        """See above."""
        ...

    def recommend(self, requests: Sequence[Request], talk: bool = True) -> list[list[Recommendation]]:
        """For each request up to `request.n` bundles, the best first; with *talk* each has an intent and a reason."""
        ...

    def rank(self, requests: Sequence[Request], k: int) -> list[list[tuple[str, float]]]:
        """For each request the *k* best next items, as (id, score), the best first."""
        ...

    def find(self, sessions: Sequence[Sequence[str]]) -> list[list[Recommendation]]:
        """For each session, given as its items, the bundles that are in it, the best first."""
        ...


class Recommender:
    """A run on an engine.

    Attributes:
        run: what was learnt.
        engine: what writes.
        shop: what is sold, at first as in the run; a request is answered from the shop as it was when it came.
        written_tokens: how many tokens the answers have that it has written so far.
        by_model: whether the model chooses the items even if the run has a ranker.
    """

    def __init__(self, run: Run, engine: Engine, by_model: bool = False) -> None:
        self.run, self.engine, self.shop, self.by_model = run, engine, LiveShop(run), by_model
        self.written_tokens = 0

    @classmethod
    def load(cls, folder: Path, by_model: bool = False) -> Self:
        """Open a run on the transformers engine.

        Raises:
            BundlesmithError: if the folder isn't a run, or a part of it can't be read.
        """
        from bundlesmith.engines.transformers_engine import load_engine

        run = load_run(folder)
        return cls(run, load_engine(run), by_model)

    @property
    def key(self) -> str:
        """What the run was made from, and its ranker; and whether that is asked."""
        return f"{self.run.key} by its model" if self.by_model else self.run.key

    @property
    def catalogue(self) -> Catalogue:
        """The items of the run."""
        return self.run.catalogue

    @property
    def openings(self) -> Openings:
        """What answers come from now."""
        return Openings(self.shop.view())

    def recommend(
        self, requests: Sequence[Request], talk: bool = True, shop: ShopView | None = None
    ) -> list[list[Recommendation]]:
        """Answer requests with bundles.

        Args:
            requests: what is asked; each `n` may differ.
            talk: whether intents and explanations are written too.
            shop: the shop as the caller saw it; None: as it is now.

        Raises:
            BundlesmithError: if a request names an unknown item, is too long, or no bundle fits its rules.
        """
        openings = Openings(shop) if shop else self.openings
        if self.by_model or openings.ranker is None:
            return self._by_model(openings, requests, talk)
        composed = [openings.composed(request, talk) or [] for request in requests]
        if not talk:
            return composed
        pairs = zip(requests, composed, strict=True)
        said = self._said([openings.words_of(request, bundle) for request, found in pairs for bundle in found])
        return [[self._with_words(openings, bundle, next(said)) for bundle in found] for found in composed]

    def _by_model(self, openings: Openings, requests: Sequence[Request], talk: bool) -> list[list[Recommendation]]:
        """The bundles that the model writes."""
        generations = [openings.generation(request, talk=False) for request in requests]
        best: list[list[FinishedAnswer]] = [[] for _ in requests]
        for n in {request.n for request in requests}:  # how far is searched depends on no other request
            some = [at for at, request in enumerate(requests) if request.n == n]
            written = self._write([generations[at] for at in some], beams_for(n), n)
            for at, found in zip(some, written, strict=True):
                best[at] = best_first(found, requests[at])
        bundles = [
            [Recommendation(items_of(openings, each), per_item(each, request)) for each in found]
            for request, found in zip(requests, best, strict=True)
        ]
        if not talk:
            return bundles
        each = zip(requests, generations, best, strict=True)
        said = self._said([openings.words_after(request, one, w) for request, one, found in each for w in found])
        return [[self._with_words(openings, bundle, next(said)) for bundle in found] for found in bundles]

    def rank(self, requests: Sequence[Request], k: int) -> list[list[tuple[str, float]]]:
        """Rank the catalogue for the item that comes next in each request's bundle: up to *k* (id, log-probability)."""
        openings = self.openings
        if self.by_model or openings.ranker is None:
            return self._ranked_by_model(openings, requests, k)
        return [openings.ranked(request, k) or [] for request in requests]

    def _ranked_by_model(
        self, openings: Openings, requests: Sequence[Request], k: int
    ) -> list[list[tuple[str, float]]]:
        generations = [openings.generation(request.for_one_more(), talk=False) for request in requests]
        return [next_items(openings, found) for found in self._write(generations, k, k)]

    def score(self, requests: Sequence[Request], items: Sequence[Sequence[str]]) -> list[list[float]]:
        """For each request the scores of its *items* as the next one, as `rank` has them if no other is allowed.

        A score is -inf if the request's rules don't allow the item.
        """
        return _scores_of(items, self.rank(_only(requests, items), max(map(len, items), default=1)))

    def find(self, sessions: Sequence[Sequence[str]]) -> list[list[Recommendation]]:
        """The bundles of each session, each with its intent: all of it, and parts of it.

        The parts are those whose items belong together, by the ranker, or else the one that the model finds likeliest.
        A session of less than two items has none.
        """
        shop = self.shop.view()
        openings = Openings(shop)
        asked = [
            [ask.request(shop) for ask in session_asks(items, None if self.by_model else openings.groups(items))]
            for items in sessions
        ]
        found = iter(self.recommend([request for requests in asked for request in requests], shop=shop))
        return [[bundle for _ in requests for bundle in next(found)] for requests in asked]

    def attribute(self, request: Request, items: Sequence[str], permutations: int = 0) -> list[Attribution]:
        """What each part of a request weighs for one of its bundles; see `bundlesmith.pipeline.attribution`."""
        return attribute(self.openings, request, self.weighs(request, items), permutations)

    def weighs(self, request: Request, items: Sequence[str]) -> Weighs:
        """What tells the log-probability of a bundle under variants of its request: the ranker, or else the model."""
        openings = self.openings
        ranked = None if self.by_model else openings.chances([items])
        return Likelihood(openings, request, items, self.engine.reads) if ranked is None else Chances(ranked)

    def _write(self, generations: Sequence[GenerationRequest], beams: int, keep: int) -> list[list[FinishedAnswer]]:
        answers = self.engine.write(generations, beams, keep)
        self.written_tokens += sum(len(written.tokens) for found in answers for written in found)
        return answers

    def _said(self, generations: Sequence[GenerationRequest]) -> Iterator[Decoder]:
        """Each answer's decoder at its end: the likeliest words are written after items that are decided."""
        return (written.decoder for (written,) in self._write(generations, 1, 1))

    @staticmethod
    def _with_words(openings: Openings, bundle: Recommendation, said: Decoder) -> Recommendation:
        return replace(bundle, intent=openings.text(said.intent), explanation=openings.text(said.text))


def _only(requests: Sequence[Request], items: Sequence[Sequence[str]]) -> list[Request]:
    """The requests, with nothing but some items allowed for each."""
    return [
        replace(request, rules=replace(request.rules, allowed=tuple(named)))
        for request, named in zip(requests, items, strict=True)
    ]


def _scores_of(items: Sequence[Sequence[str]], ranked: Sequence[Sequence[tuple[str, float]]]) -> list[list[float]]:
    """The scores of named items, -inf of those that aren't ranked."""
    found = [dict(each) for each in ranked]
    return [[scores.get(item, -math.inf) for item in named] for scores, named in zip(found, items, strict=True)]
