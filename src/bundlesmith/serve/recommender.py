"""The one path from a request to bundles: rules to look-ahead, request to prompt, engine, and back through the grammar.

Recommender.load(RUN).recommend([Request(words="weekend camping", n=3)])
"""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Protocol, Self

from bundlesmith.decoder import Decoder, parse
from bundlesmith.request import Recommendation, Request
from bundlesmith.run import Run, load_run
from bundlesmith.serve.engine import Draft, Engine, Written
from bundlesmith.serve.opening import Openings
from bundlesmith.shop import LiveShop, ShopView


class Recommends(Protocol):
    """What a run, and every reference method, can do."""

    def recommend(self, requests: Sequence[Request]) -> list[list[Recommendation]]:
        """For each request up to `request.n` bundles, the best first."""
        ...

    def rank(self, requests: Sequence[Request], k: int) -> list[list[tuple[str, float]]]:
        """For each request the *k* best next items, as (id, score), the best first."""
        ...


class Recommender:
    """A run on an engine.

    Attributes:
        run: what was learnt.
        engine: what writes.
        shop: what is sold, at first as in the run; a request is answered from the shop as it was when it came.
    """

    def __init__(self, run: Run, engine: Engine) -> None:
        self.run, self.engine, self.shop = run, engine, LiveShop(run)

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Open a run on the transformers engine."""
        from bundlesmith.serve.transformers_engine import load_engine

        run = load_run(folder)
        return cls(run, load_engine(run))

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
        drafts = [_draft(openings, request) for request in requests]
        most = max((request.n for request in requests), default=1)
        answers = self.engine.write(drafts, max(2 * most, 6), most)
        best = [_best_first(found, request) for found, request in zip(answers, requests, strict=True)]
        if not talk:
            return [
                [self._answer(openings, request, written) for written in found]
                for request, found in zip(requests, best, strict=True)
            ]
        return self._with_talk(openings, requests, drafts, best)

    def rank(self, requests: Sequence[Request], k: int) -> list[list[tuple[str, float]]]:
        """Rank the catalogue for the item that comes next in each request's bundle: up to *k* (id, log-probability)."""
        openings = self.openings
        sizes = [len(request.items) + 1 for request in requests]
        drafts = [
            _draft(openings, replace(request, rules=replace(request.rules, min_items=size, max_items=size)))
            for request, size in zip(requests, sizes, strict=True)
        ]
        answers = self.engine.write(drafts, k, k)
        return [[(openings.item(w.decoder.taken[-1]), w.logprob) for w in found] for found in answers]

    def _with_talk(
        self,
        openings: Openings,
        requests: Sequence[Request],
        drafts: Sequence[Draft],
        answers: Sequence[Sequence[Written]],
    ) -> list[list[Recommendation]]:
        """Let the model go on from each bundle to its intent and explanation."""
        going_on = []
        for request, draft, found in zip(requests, drafts, answers, strict=True):
            grammar = openings.grammar(request, talk=True)
            for written in found:
                decoder = parse(grammar, draft.decoder.choice, written.tokens)
                going_on.append(Draft(draft.prompt, decoder, written.tokens))
        said = iter(self.engine.write(going_on, 1, 1))
        return [
            [self._answer(openings, request, written, next(said)[0].decoder) for written in found]
            for request, found in zip(requests, answers, strict=True)
        ]

    def _answer(
        self, openings: Openings, request: Request, written: Written, said: Decoder | None = None
    ) -> Recommendation:
        decode = self.run.tokenizer.decode
        items = tuple(openings.item(position) for position in written.decoder.taken)
        intent = str(decode(list(said.intent))).strip() if said else ""
        explanation = str(decode(list(said.text))).strip() if said else ""
        return Recommendation(items, _per_item(written, request), intent, explanation)


def _draft(openings: Openings, request: Request) -> Draft:
    return Draft(openings.prompt(request), openings.decoder(request, talk=False))


def _per_item(written: Written, request: Request) -> float:
    """Mean log-probability of a written item: bundles of different sizes compare by it."""
    return written.logprob / (len(written.decoder.taken) - len(request.items))


def _best_first(found: Sequence[Written], request: Request) -> list[Written]:
    return sorted(found, key=lambda written: -_per_item(written, request))[: request.n]
