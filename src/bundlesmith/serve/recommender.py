"""The one path from a request to bundles: rules to look-ahead, request to prompt, engine, and back through the grammar.

Recommender.load(RUN).recommend([Request(words="weekend camping", n=3)])
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import Protocol, Self

from bundlesmith.decoder import Decoder, Grammar, Talk, parse
from bundlesmith.explanation import sentences
from bundlesmith.lexicon import open_words
from bundlesmith.lookahead import Choice, begin
from bundlesmith.request import Recommendation, Request
from bundlesmith.run import Run, load_run
from bundlesmith.serve.engine import Draft, Engine, Written
from bundlesmith.shelf import Shelf, make_shelf
from bundlesmith.trie import build_trie
from bundlesmith.weights import Weights

MOST_NAMED = 12
"""A request with at most this many allowed items names them to the model; the rules hold in any case."""


class Recommends(Protocol):
    """What a run, and every reference method, can do."""

    def recommend(self, requests: Sequence[Request]) -> list[list[Recommendation]]:
        """For each request up to `request.n` bundles, the best first."""
        ...

    def rank(self, requests: Sequence[Request], k: int) -> list[list[tuple[str, float]]]:
        """For each request the *k* best next items, as (id, score), the best first."""
        ...


class Recommender:
    """A run on an engine."""

    def __init__(self, run: Run, engine: Engine) -> None:
        self.run, self.engine = run, engine

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Open a run on the transformers engine."""
        from bundlesmith.serve.transformers_engine import load_engine

        run = load_run(folder)
        return cls(run, load_engine(folder, run.settings.base))

    def recommend(self, requests: Sequence[Request], talk: bool = True) -> list[list[Recommendation]]:
        """Answer requests with bundles.

        Args:
            requests: what is asked; each `n` may differ.
            talk: whether intents and explanations are written too.

        Raises:
            BundlesmithError: if a request names an unknown item, is too long, or no bundle fits its rules.
        """
        choices = [self._begin(request) for request in requests]
        drafts = [self._draft(request, choice) for request, choice in zip(requests, choices, strict=True)]
        most = max((request.n for request in requests), default=1)
        answers = self.engine.write(drafts, max(2 * most, 6), most)
        best = [_best_first(found, request) for found, request in zip(answers, requests, strict=True)]
        if not talk:
            return [[self._answer(request, w) for w in found] for request, found in zip(requests, best, strict=True)]
        return self._with_talk(requests, choices, drafts, best)

    def rank(self, requests: Sequence[Request], k: int) -> list[list[tuple[str, float]]]:
        """Rank the catalogue for the item that comes next in each request's bundle: up to *k* (id, log-probability)."""
        drafts = []
        for request in requests:
            size = len(request.items) + 1
            one = replace(request, rules=replace(request.rules, min_items=size, max_items=size))
            drafts.append(self._draft(request, self._begin(one)))
        answers = self.engine.write(drafts, k, k)
        rows = self.run.lexicon.trie.row_of_leaf
        ids = self.run.catalogue.ids
        return [[(ids[rows[w.decoder.taken[-1]]], w.logprob) for w in found] for found in answers]

    @cached_property
    def _shelf(self) -> Shelf:
        return make_shelf(self.run.catalogue, self.run.lexicon.trie.row_of_leaf)

    def _begin(self, request: Request) -> Choice:
        """The look-ahead of a request, over the leaves of the trie."""
        return begin(request.rules, self._shelf, self._leaf, request.items)

    def _leaf(self, item: str) -> int:
        return int(self.run.lexicon.trie.leaf_of_row[self.run.catalogue.row(item)])

    def _draft(self, request: Request, choice: Choice) -> Draft:
        catalogue = self.run.catalogue
        only = request.rules.allowed or ()
        prompt = self.run.prompter.request(
            history=catalogue.known(request.history),
            words=request.words,
            items=catalogue.known(request.items),
            only=catalogue.known(only) if len(only) <= MOST_NAMED else (),
        )
        weights = Weights({self._leaf(item): weight for item, weight in request.weights}) if request.weights else None
        return Draft(prompt, Decoder(Grammar(self.run.lexicon.trie, self.run.lexicon.marks, None, weights), choice))

    def _with_talk(
        self,
        requests: Sequence[Request],
        choices: Sequence[Choice],
        drafts: Sequence[Draft],
        answers: Sequence[Sequence[Written]],
    ) -> list[list[Recommendation]]:
        """Let the model go on from each bundle to its intent and explanation."""
        going_on = []
        for request, choice, draft, found in zip(requests, choices, drafts, answers, strict=True):
            grammar = Grammar(self.run.lexicon.trie, self.run.lexicon.marks, self._talk(request))
            for written in found:
                decoder = parse(grammar, choice, written.tokens)
                going_on.append(Draft([*draft.prompt, *written.tokens], decoder))
        said = iter(self.engine.write(going_on, 1, 1))
        return [
            [self._answer(request, written, next(said)[0].decoder) for written in found]
            for request, found in zip(requests, answers, strict=True)
        ]

    def _talk(self, request: Request) -> Callable[[tuple[int, ...]], Talk]:
        """What may be said about a bundle of this request."""
        run = self.run
        history = run.catalogue.known(request.history)

        def talk(leaves: tuple[int, ...]) -> Talk:
            rows = [int(run.lexicon.trie.row_of_leaf[leaf]) for leaf in leaves]
            said = sentences(rows, run.catalogue, history, request.rules.budget)
            tokens = run.tokenizer([f" {text}" for text in said], add_special_tokens=False)["input_ids"]
            words = open_words(run.lexicon, run.catalogue, rows, request.words)
            return Talk(run.lexicon.word_trie, words, build_trie(tokens))

        return talk

    def _answer(self, request: Request, written: Written, said: Decoder | None = None) -> Recommendation:
        run = self.run
        items = tuple(run.catalogue.ids[run.lexicon.trie.row_of_leaf[leaf]] for leaf in written.decoder.taken)
        intent = str(run.tokenizer.decode(list(said.intent))).strip() if said else ""
        explanation = str(run.tokenizer.decode(list(said.text))).strip() if said else ""
        return Recommendation(items, _per_item(written, request), intent, explanation)


def _per_item(written: Written, request: Request) -> float:
    """Mean log-probability of a written item: bundles of different sizes compare by it."""
    return written.logprob / (len(written.decoder.taken) - len(request.items))


def _best_first(found: Sequence[Written], request: Request) -> list[Written]:
    return sorted(found, key=lambda written: -_per_item(written, request))[: request.n]
