"""How an answer comes about: the ranker's bundles, and what an engine is asked to write, for any engine."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import lru_cache

import numpy as np

from bundlesmith.base import can_write
from bundlesmith.constraints.lookahead import Choice, begin
from bundlesmith.decoding.decoder import Decoder, parse_answer
from bundlesmith.decoding.engine import FinishedAnswer, GenerationRequest
from bundlesmith.decoding.grammar import Grammar, SayableTexts
from bundlesmith.decoding.lexicon import encode_inside, open_words
from bundlesmith.decoding.noise import SILENCE, Noise
from bundlesmith.decoding.spelling import words_of
from bundlesmith.decoding.trie import build_trie
from bundlesmith.decoding.weights import ItemWeights
from bundlesmith.errors import BundlesmithError
from bundlesmith.explain.facts import BundleFacts, facts_of
from bundlesmith.explain.heading import (
    answers,
    borne_by,
    distinct_names,
    is_whole,
    plain_heading,
    says_what,
    with_capitals,
)
from bundlesmith.explain.language import language_for
from bundlesmith.explain.own_words import PROMISES, is_name, own_words, tidy_words, without_remark
from bundlesmith.explain.promises import calls_all, keeps_promises
from bundlesmith.explain.sentences import explanations
from bundlesmith.explain.sources import sourced
from bundlesmith.explain.tell import tell
from bundlesmith.explain.verbs import as_activity
from bundlesmith.pipeline.ask import PURCHASE
from bundlesmith.pipeline.chances import RankedChances
from bundlesmith.pipeline.compose import Composer
from bundlesmith.pipeline.explainer import Explainer
from bundlesmith.pipeline.flat import Flat
from bundlesmith.pipeline.scorer import ranked_items
from bundlesmith.ranking.ranker import Ranker
from bundlesmith.recommendation import Recommendation, request_for
from bundlesmith.request import Request, is_intent
from bundlesmith.shop.live_shop import ShopView
from bundlesmith.told import Sayings

_SAMPLE = "可以搭配使用"
"""What a tokenizer that can write Chinese has tokens for."""
MOST_NAMED = 12
"""A request with at most this many allowed items names them to the model; the rules hold in any case."""
MOST_NAMES = 8
"""So many names are tried, until one claims nothing that doesn't hold."""


class Openings:
    """Opens answers on a shop as it is at one moment: all of an answer comes from one of these.

    Attributes:
        shop: as it is.
        model, version: what engines elsewhere call its run, and its last change.
    """

    def __init__(self, shop: ShopView, model: str = "", version: int | None = None) -> None:
        self.shop, self.model, self.version = shop, model, version

    def generation(self, request: Request, talk: bool, noise: Noise = SILENCE) -> GenerationRequest:
        """What an engine writes for a request: items, and with *talk* an intent and an explanation.

        Raises:
            BundlesmithError: as `prompt` and `decoder` do.
        """
        rules = Flat.of(request, talk=int(talk), model=self.model, version=self.version).values
        prompt, decoder = self.prompt(request), self.decoder(request, talk)
        return GenerationRequest(prompt, decoder, rules=rules, noise=noise, model=self.model)

    def words_of(self, request: Request, bundle: Recommendation, noise: Noise = SILENCE) -> GenerationRequest:
        """What an engine writes of a bundle whose items are decided."""
        return self.generation(request_for(request, bundle), True, noise)

    def words_after(self, request: Request, items: GenerationRequest, written: FinishedAnswer) -> GenerationRequest:
        """What an engine in this process writes after the items of a bundle that it has written."""
        decoder = parse_answer(self.grammar(request, talk=True), items.decoder.choice, written.tokens)
        return replace(items, decoder=decoder, begun=written.tokens)

    def text(self, tokens: Sequence[int]) -> str:
        """What the tokens of an intent or explanation say."""
        return str(self.shop.run.tokenizer.decode(list(tokens))).strip()

    def prompt(self, request: Request) -> list[int]:
        """The tokens that the model reads.

        Raises:
            BundlesmithError: if the request is too long.
        """
        catalogue, only = self.shop.catalogue, request.rules.allowed or ()
        return self.shop.prompter.request(
            history=catalogue.known(request.history),
            words=request.words,
            items=catalogue.known(request.items),
            only=catalogue.known(only) if len(only) <= MOST_NAMED else (),
        )

    def decoder(self, request: Request, talk: bool) -> Decoder:
        """The decoder at the start of the answer.

        Args:
            request: what is asked; what it excludes, or the customer owns, may have been removed from the shop.
            talk: whether an intent and an explanation follow the items.

        Raises:
            BundlesmithError: if the request names an unknown item, or no bundle fits its rules.
        """
        return Decoder(self.grammar(request, talk), self._choice(request))

    @property
    def ranker(self) -> Ranker | None:
        """What chooses items; None: the model does."""
        return self.shop.run.ranker

    def composed(
        self, request: Request, talk: bool = True, check: Callable[[], None] = lambda: None
    ) -> list[Recommendation] | None:
        """The bundles that the ranker answers with, each with its name for an intent.

        A score is the mean log-probability of an item that it chose. With *talk* each has what may be said of it.
        *check* is called between steps, and may raise an error that ends it.

        Returns:
            None if the run has no ranker: then its model chooses the items.

        Raises:
            BundlesmithError: as `decoder` does.
        """
        if self.ranker is None:
            return None
        check()
        composer = Composer(self.ranker, self.shop, request, self._choice(request), check)
        found: list[Recommendation] = []
        for positions, score in composer.sets():
            check()
            items = tuple(self.item(position) for position in positions)
            earlier = [each.told for each in found if each.told] if request.n > 1 else None
            told = self._told(composer, request, items, earlier) if talk else None
            named = self._named(self.ranker, request, items)
            found.append(Recommendation(items, score, named, told=told))
        return self._apart(request, found)

    def _apart(self, request: Request, found: list[Recommendation]) -> list[Recommendation]:
        """The same bundles, with names that tell them apart."""
        facts = [facts_of(request, each.items, self.shop.catalogue) for each in found]
        names = distinct_names([each.intent for each in found], facts, self.shop.run.roles, self.language(request))
        return [
            replace(each, intent=name) if name != each.intent and self._spelt(name) else each
            for each, name in zip(found, names, strict=True)
        ]

    def groups(self, items: Sequence[str]) -> list[tuple[str, ...]] | None:
        """The bundles in a session of these items, all of it first; None if the run has no ranker.

        What repeats counts once, and a session of less than two items has none.
        """
        if self.ranker is None:
            return None
        catalogue = self.shop.catalogue
        found = self.ranker.groups(catalogue, tuple(catalogue.row(item) for item in dict.fromkeys(items)))
        return [tuple(catalogue.ids[row] for row in rows) for rows in found]

    def explained(self, request: Request, items: tuple[str, ...]) -> Sayings:
        """What may be said of any set of a request, as of one that is composed for it."""
        if self.ranker is None:
            return tell(self._facts(request, items), self.language(request), self.shop.run.roles)
        return self._told(Composer(self.ranker, self.shop, request, self._choice(request)), request, items, None)

    def _told(
        self, composer: Composer, request: Request, items: tuple[str, ...], earlier: Sequence[Sayings] | None
    ) -> Sayings:
        """What may be said of a bundle that the ranker chose, beside earlier ones if it is one of several."""
        run = self.shop.run
        explainer = Explainer(composer.scorer, composer.rows, self.shop, run.roles, run.typed_sets)
        facts = self._facts(request, items)
        had = self.shop.catalogue.known((*request.rules.excluded, *request.rules.owned, *_bought(request)))
        grounds = explainer.grounds(facts.rows, self._may_add(request, items), request.words, had)
        grounds = replace(grounds, unsold=composer.asked_items.unsold)
        return tell(facts, self.language(request), run.roles, grounds, earlier)

    def _facts(self, request: Request, items: Sequence[str]) -> BundleFacts:
        """What is known of a bundle; items of the history that were removed aren't spoken of."""
        return facts_of(replace(request, history=self._sold(request.history)), items, self.shop.catalogue)

    def _may_add(self, request: Request, items: tuple[str, ...]) -> Callable[[int], bool]:
        """Whether a row may be added to a bundle by the request's rules, but for its size."""
        try:
            choice = self._choice(replace(request, items=items).for_one_more())
        except BundlesmithError:  # nothing may
            return lambda row: False
        snapshot, ids = self.shop.snapshot, self.shop.catalogue.ids
        return lambda row: snapshot.holds(ids[row]) and choice.may_take(snapshot.find(ids[row]))

    def _named(self, ranker: Ranker, request: Request, items: tuple[str, ...]) -> str:
        """What a bundle is called; see `bundlesmith.explain.heading`.

        Whatever a name claims holds; "" if the model can't write any such name.
        """
        run, catalogue, language = self.shop.run, self.shop.catalogue, self.language(request)
        facts, vectors = facts_of(request, items, catalogue), ranker.features(catalogue).vectors
        held = borne_by(facts, run.roles)
        given = ranker.names.best(vectors[facts.rows], ranker.words(request.words), MOST_NAMES, held)
        names = (name for name in given if is_whole(name, language, held) and answers(name, request.words, held))
        said = (as_activity(without_remark(name)) for name in names)
        tidy = (tidy_words(name) for name in said if says_what(name, facts, run.roles))
        whole = [calls_all(name, facts, run.roles) for name in tidy if is_name(name)]
        plain = plain_heading(facts, run.roles, language)
        for called in (own_words(request.words), *whole, plain):
            name = called if called == plain else with_capitals(called, facts, run.roles)
            unsaid = not set(words_of(name.casefold())).isdisjoint(request.unsaid)
            true = called == plain or (
                keeps_promises(name, facts, run.roles)
                and all(each.holds for each in sourced(name, facts, run.named_values))
            )
            if name and not unsaid and true and self._spelt(name):
                return name
        return ""

    def _spelt(self, name: str) -> list[int]:
        """The tokens of a name; none if the tokenizer can't write it, or it holds a special token or a mark."""
        tokenizer, marks = self.shop.run.tokenizer, self.shop.run.lexicon.marks
        tokens = encode_inside(tokenizer, [name])[0] if is_intent(name) else []
        return tokens if {marks.line, marks.end, *tokenizer.all_special_ids}.isdisjoint(tokens) else []

    def ranked(self, request: Request, k: int) -> list[tuple[str, float]] | None:
        """The *k* best next items by the ranker, as (id, log-probability); None if the run has no ranker."""
        if self.ranker is None:
            return None
        return ranked_items(self.ranker, self.shop, request, self._choice(request.for_one_more()), k)

    def chances(
        self, bundles: Sequence[Sequence[str]], check: Callable[[], None] = lambda: None
    ) -> RankedChances | None:
        """The log-probabilities of bundles of one request by the ranker; None if the run has none.

        Args:
            bundles: the items of each, those chosen in the request first.
            check: is called again and again, and may raise an error that ends it.
        """
        return None if self.ranker is None else RankedChances(self.ranker, self.shop, self._choice, bundles, check)

    def _choice(self, request: Request) -> Choice:
        rules, snapshot = request.rules, self.shop.snapshot
        rules = replace(rules, excluded=self._sold(rules.excluded), owned=self._sold(rules.owned))
        return begin(rules, snapshot.shelf, snapshot.find, request.items)

    def grammar(self, request: Request, talk: bool) -> Grammar:
        """What all answers to a request share; with *talk* an intent and an explanation follow the items.

        Raises:
            BundlesmithError: if the request's intent can't be written.
        """
        if request.intent and not self._spelt(request.intent):
            what = f'The model of "{self.shop.run.folder}" can\'t write "{request.intent}".'
            raise BundlesmithError(what, "Call the bundle otherwise.")
        snapshot, marks = self.shop.snapshot, self.shop.run.lexicon.marks
        found = {snapshot.find(item): weight for item, weight in request.weights}
        weights = ItemWeights(found, request.power) if found or request.power != 1 else None
        return Grammar(snapshot.trie, marks, self._talk(request) if talk else None, weights, snapshot.added)

    def language(self, request: Request) -> str:
        """In which language an explanation is written: English if the tokenizer can't write that of the words.

        Raises:
            BundlesmithError: if the request asks for a language that the tokenizer can't write.
        """
        language, tokenizer = language_for(request), self.shop.run.tokenizer
        if language == "en" or can_write(tokenizer, _SAMPLE):
            return language
        if request.language:
            what = f'The model of "{self.shop.run.folder}" can\'t write the language "{language}".'
            raise BundlesmithError(what, 'Ask for "en", or leave it out.')
        return "en"

    def item(self, position: int) -> str:
        """The id of the item at a position of the decoder."""
        return self.shop.snapshot.item(position)

    def _sold(self, items: Sequence[str]) -> tuple[str, ...]:
        """The ids without those of removed items."""
        return tuple(item for item in items if not self.shop.removed(item))

    def _talk(self, request: Request) -> Callable[[tuple[int, ...]], SayableTexts]:
        """What may be said about a bundle of this request."""
        language = self.language(request)

        @lru_cache(maxsize=64)  # decoders of one answer ask for the same
        def talk(positions: tuple[int, ...]) -> SayableTexts:
            return self._talk_of(request, language, [self.item(position) for position in positions])

        return talk

    def _talk_of(self, request: Request, language: str, items: Sequence[str]) -> SayableTexts:
        shop, run, said = self.shop, self.shop.run, list(request.said)
        if not said:
            said = [each.text for each in explanations(self._facts(request, items), language, run.roles)]
        if request.intent:
            called, whole = build_trie([self._spelt(request.intent)]), np.array([0, 1], np.int32)
            return SayableTexts(called, whole, build_trie(run.prompter.said(said)), most_words=1)
        rows = [shop.catalogue.row(item) for item in items]
        promises = (match[0].casefold() for match in PROMISES.finditer(request.words))
        words = open_words(run.lexicon, shop.catalogue, rows, request.words, (*request.unsaid, *promises))
        return SayableTexts(run.lexicon.word_trie, words, build_trie(run.prompter.said(said)))


def _bought(request: Request) -> list[str]:
    """The items of a customer's past but for those that they only looked at."""
    looked = {event.item for event in request.events if event.kind not in (PURCHASE, "history")}
    return [item for item in request.history if item not in looked]
