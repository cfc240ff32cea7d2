"""The state of one bundle being written: which tokens may come next, by `bundlesmith.decoding.grammar`.

An engine asks `allowed`, picks a token and says `advance`. A token that is not
allowed is an error, never free writing. The same states parse what was written.
"""

from collections.abc import Sequence
from enum import IntEnum
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from bundlesmith.constraints.lookahead import Choice
from bundlesmith.decoding.grammar import Grammar, SayableTexts
from bundlesmith.decoding.trie import ROOT, Trie
from bundlesmith.decoding.weights import ItemWeights
from bundlesmith.errors import BundlesmithError


class AnswerPart(IntEnum):
    """The parts of an answer, in order."""

    ITEMS = 0
    INTENT = 1
    EXPLANATION = 2
    DONE = 3


Children = tuple[NDArray[np.int32], NDArray[np.int32], NDArray[np.int32]]
"""Tokens, and after each the positions low:high; int32 [C] each."""


class Decoder:
    """Where one answer stands. Cheap to copy: what doesn't change is shared.

    Attributes:
        nodes: where the item being written stands, in each of the grammar's tries; -1 where a trie has no such path.
        node: where what is being said stands, in the trie of words or of sentences.
    """

    __slots__ = (
        *("_forced", "_found", "_next"),
        *("choice", "grammar", "intent", "node", "nodes", "part", "talk", "text", "words"),
    )

    def __init__(self, grammar: Grammar, choice: Choice) -> None:
        self.grammar = grammar
        self.choice = choice
        self.part = AnswerPart.ITEMS
        self.nodes = (ROOT,) * len(grammar.tries)
        self.node = ROOT
        self.words = 0
        self.intent: tuple[int, ...] = ()
        self.text: tuple[int, ...] = ()
        self.talk: SayableTexts | None = None
        self._forced: tuple[int, ...] = ()
        self._next: Choice | None = None
        self._found: NDArray[np.int64] | None = None

    def copy(self) -> Self:
        """A decoder at the same place that goes its own way."""
        twin = object.__new__(type(self))
        for name in self.__slots__:
            setattr(twin, name, getattr(self, name))
        return twin

    @property
    def done(self) -> bool:
        """Whether the answer is complete."""
        return self.part is AnswerPart.DONE

    @property
    def taken(self) -> tuple[int, ...]:
        """The positions of the items so far, chosen ones first."""
        return self.choice.taken

    def allowed(self) -> NDArray[np.int64]:
        """The tokens that may come next, distinct; never empty until the answer is done."""
        if self._found is None:
            self._found = self._find_allowed()
        return self._found

    def _find_allowed(self) -> NDArray[np.int64]:
        if self._forced:
            return np.array(self._forced[:1])
        if self.part is AnswerPart.ITEMS:
            return self._allowed_in_items()
        if self.part is AnswerPart.INTENT:
            return self._allowed_in_intent()
        if self.part is AnswerPart.EXPLANATION:
            return self._allowed_in_explanation()
        return np.empty(0, np.int64)

    def bias(self) -> NDArray[np.float64]:
        """What the items' weights add to the score of each token of `allowed`, in its order: a log-chance.

        A token that leads on has the share in exp(weight) of the items that it leads to, among all that may come next
        and begin with what is written of this one. A mark after an item has the share of that item; of two marks each
        has half of it. So what the tokens of an item add up to is its weight less the log of the sum of exp(weight) of
        all that could have been written, however it is spelt.
        """
        if self.grammar.weights is None or self._forced or self.part is not AnswerPart.ITEMS:
            return np.zeros(len(self.allowed()))
        sums = self._open_weights(self.grammar.weights)
        after = self._after_item()
        if after is not None:
            marks = after.may_go_on + after.may_stop
            sums = np.append(sums, [self.grammar.weights.of(after.taken[-1]) - np.log(marks)] * marks)
        bias: NDArray[np.float64] = sums - np.logaddexp.reduce(sums)
        return bias

    @property
    def power(self) -> float:
        """Of the model's chances for the next token, see `bundlesmith.decoding.weights.ItemWeights`."""
        weights = self.grammar.weights
        return weights.power if weights is not None and self.part is AnswerPart.ITEMS else 1.0

    def scores(self, logits: NDArray[np.float32]) -> NDArray[Any]:
        """The model's scores [vocabulary] of the tokens of `allowed`, in its order, with what the weights add."""
        found = logits[self.allowed()]
        return found if self.grammar.weights is None else self.power * found + self.bias()

    def advance(self, token: int) -> None:
        """Write one token.

        Raises:
            BundlesmithError: if the token is not allowed here.
        """
        if token not in self.allowed().tolist():  # faster than in an array of a few
            raise BundlesmithError(f"Token {token} is not allowed in {self.part.name} after items {self.taken}.")
        self._found = None
        if self._forced:
            self._forced = self._forced[1:]
        else:
            (self._in_items, self._in_intent, self._in_explanation)[self.part](token)

    def _allowed_in_items(self) -> NDArray[np.int64]:
        tokens = self._open_children()
        after = self._after_item()
        if after is None:
            return tokens
        marks = [self.grammar.marks.separator] * after.may_go_on + [self.grammar.marks.line] * after.may_stop
        return np.concatenate([tokens, np.array(marks, np.int64)])

    def _open_children(self) -> NDArray[np.int64]:
        """The tokens that lead on to an item that may be taken; found once for all that stand at this choice."""
        memo = self.choice.memo
        if self.nodes not in memo:
            found = [self._open_of(trie, offset, node) for trie, offset, node in self._places() if node >= 0]
            joined = found[0][0] if len(found) == 1 else np.unique(np.concatenate([tokens for tokens, _, _ in found]))
            memo[self.nodes] = joined.astype(np.int64), found
        open_children: NDArray[np.int64] = memo[self.nodes][0]
        return open_children

    def _places(self) -> list[tuple[Trie, int, int]]:
        """Each trie, the position of its first leaf, and where the item stands in it."""
        return [(trie, offset, node) for (trie, offset), node in zip(self.grammar.tries, self.nodes, strict=True)]

    def _open_of(self, trie: Trie, offset: int, node: int) -> Children:
        """What leads on from a node of a trie to an item that may be taken."""
        start, stop = trie.first[node], trie.first[node + 1]
        nodes = slice(start + 1, stop + 1)
        tokens, low, high = trie.token[start:stop], trie.low[nodes], trie.high[nodes]
        if len(tokens) == 1 and len(self.nodes) == 1 and node != ROOT and not trie.ends[node]:
            return tokens, low, high  # all ways go on through this child, so it is open as the node is
        if offset:
            low, high = low + offset, high + offset
        leads = self.choice.holds(low, high, nodes if trie is self.grammar.trie else None)
        return tokens[leads], low[leads], high[leads]

    def _open_weights(self, weights: ItemWeights) -> NDArray[np.float64]:
        """What the open children weigh, see `ItemWeights.log_sums`; found once, too."""
        memo, key = self.choice.memo, (self.nodes, weights)
        if key not in memo:
            open_children = self._open_children()
            sums = np.full(len(open_children), -np.inf)
            for tokens, low, high in memo[self.nodes][1]:
                at = np.searchsorted(open_children, tokens)
                sums[at] = np.logaddexp(sums[at], weights.log_sums(self.choice, low, high))
            memo[key] = sums
        found: NDArray[np.float64] = memo[key]
        return found

    def _after_item(self) -> Choice | None:
        """The choice after the item that ends here, or None if none may end here."""
        if self._next is None:
            for trie, offset, node in self._places():
                if node >= 0 and trie.ends[node]:
                    self._next = self.choice.after(offset + int(trie.low[node])) or self._next
        return self._next

    def _in_items(self, token: int) -> None:
        marks, tries = self.grammar.marks, self.grammar.tries
        if token not in (marks.separator, marks.line):
            self.nodes = tuple([trie.child(node, token) if node >= 0 else -1 for trie, _, node in self._places()])
            self._next = None
            return
        assert self._next is not None
        self.choice, self._next, self.nodes = self._next, None, (ROOT,) * len(tries)
        if token == marks.line:
            self._end_items()

    def _end_items(self) -> None:
        if self.grammar.talk is None:
            self.part = AnswerPart.DONE
            return
        self.talk = self.grammar.talk(self.choice.taken)
        self.part, self._forced = AnswerPart.INTENT, self.grammar.marks.intent

    def _allowed_in_intent(self) -> NDArray[np.int64]:
        assert self.talk is not None
        words, prefix = self.talk.words, self.talk.open_words
        if not prefix[-1]:
            return np.array([self.grammar.marks.line])  # no word is true of this bundle
        tokens = words.open_children(self.node, prefix).astype(np.int64)
        if not self._word_ends():
            return tokens
        if self.words + 1 < self.talk.most_words:
            tokens = np.union1d(tokens, words.open_children(ROOT, prefix))
        return np.append(tokens, self.grammar.marks.line)

    def _word_ends(self) -> bool:
        assert self.talk is not None
        low = self.talk.words.low[self.node]
        return bool(self.talk.words.ends[self.node]) and bool(self.talk.open_words[low + 1] > self.talk.open_words[low])

    def _in_intent(self, token: int) -> None:
        assert self.talk is not None
        if token == self.grammar.marks.line:
            self.part, self.node, self._forced = AnswerPart.EXPLANATION, ROOT, self.grammar.marks.explanation
            return
        self.intent = (*self.intent, token)
        inside = self.talk.words.open_children(self.node, self.talk.open_words)
        if token not in inside:  # a new word begins
            self.words, self.node = self.words + 1, ROOT
        self.node = self.talk.words.child(self.node, token)

    def _allowed_in_explanation(self) -> NDArray[np.int64]:
        assert self.talk is not None
        sentences = self.talk.sentences
        start, stop = sentences.first[self.node], sentences.first[self.node + 1]
        tokens = sentences.token[start:stop].astype(np.int64)
        return np.append(tokens, self.grammar.marks.end) if sentences.ends[self.node] else tokens

    def _in_explanation(self, token: int) -> None:
        assert self.talk is not None
        if token == self.grammar.marks.end:
            self.part = AnswerPart.DONE
            return
        self.text = (*self.text, token)
        self.node = self.talk.sentences.child(self.node, token)


def parse_answer(grammar: Grammar, choice: Choice, tokens: Sequence[int]) -> Decoder:
    """Read an answer by the grammar that constrained it; the decoder that comes back holds its parts.

    Raises:
        BundlesmithError: if a token is not allowed where it stands.
    """
    decoder = Decoder(grammar, choice)
    for token in tokens:
        decoder.advance(int(token))
    return decoder
