"""How an answer to a request begins: its prompt, and the decoder that holds its rules. The same for every engine.

Knows nothing about engines or models.
"""

from collections.abc import Callable, Sequence
from functools import cached_property

from bundlesmith.decoder import Decoder, Grammar, Talk
from bundlesmith.explanation import sentences
from bundlesmith.lexicon import open_words
from bundlesmith.lookahead import begin
from bundlesmith.request import Request
from bundlesmith.run import Run
from bundlesmith.shelf import Shelf, make_shelf
from bundlesmith.trie import build_trie
from bundlesmith.weights import Weights

MOST_NAMED = 12
"""A request with at most this many allowed items names them to the model; the rules hold in any case."""


class Openings:
    """Opens answers of one run."""

    def __init__(self, run: Run) -> None:
        self.run = run

    def prompt(self, request: Request) -> list[int]:
        """The tokens that the model reads.

        Raises:
            BundlesmithError: if the request is too long.
        """
        catalogue, only = self.run.catalogue, request.rules.allowed or ()
        return self.run.prompter.request(
            history=catalogue.known(request.history),
            words=request.words,
            items=catalogue.known(request.items),
            only=catalogue.known(only) if len(only) <= MOST_NAMED else (),
        )

    def decoder(self, request: Request, talk: bool) -> Decoder:
        """The decoder at the start of the answer.

        Args:
            request: what is asked.
            talk: whether an intent and an explanation follow the items.

        Raises:
            BundlesmithError: if the request names an unknown item, or no bundle fits its rules.
        """
        choice = begin(request.rules, self._shelf, self._leaf, request.items)
        return Decoder(self.grammar(request, talk), choice)

    def grammar(self, request: Request, talk: bool) -> Grammar:
        """What all answers to a request share; with *talk* an intent and an explanation follow the items."""
        lexicon = self.run.lexicon
        weights = Weights({self._leaf(item): weight for item, weight in request.weights}) if request.weights else None
        return Grammar(lexicon.trie, lexicon.marks, self._talk(request) if talk else None, weights)

    def item(self, leaf: int) -> str:
        """The id of the item at a leaf."""
        return self.run.catalogue.ids[int(self.run.lexicon.trie.row_of_leaf[leaf])]

    @cached_property
    def _shelf(self) -> Shelf:
        return make_shelf(self.run.catalogue, self.run.lexicon.trie.row_of_leaf)

    def _leaf(self, item: str) -> int:
        return int(self.run.lexicon.trie.leaf_of_row[self.run.catalogue.row(item)])

    def _talk(self, request: Request) -> Callable[[Sequence[int]], Talk]:
        """What may be said about a bundle of this request."""
        run = self.run
        history = run.catalogue.known(request.history)

        def talk(leaves: Sequence[int]) -> Talk:
            rows = [int(run.lexicon.trie.row_of_leaf[leaf]) for leaf in leaves]
            said = sentences(rows, run.catalogue, history, request.rules.budget)
            tokens = run.tokenizer([f" {text}" for text in said], add_special_tokens=False)["input_ids"]
            words = open_words(run.lexicon, run.catalogue, rows, request.words)
            return Talk(run.lexicon.word_trie, words, build_trie(tokens))

        return talk
