"""Beam search over decoders: which beams live on, given the log-probabilities of what each may write next.

Beams that hold the same set of items are one bundle, whatever the order in which they wrote it: only the likeliest
lives on.
"""

import heapq
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bundlesmith.decoding.decoder import AnswerPart, Decoder
from bundlesmith.decoding.engine import FinishedAnswer, GenerationRequest


@dataclass(frozen=True, slots=True, eq=False)
class Beam:
    """One unfinished answer.

    Attributes:
        parent: the place of the beam it came from, among the beams of the step before.
        fresh: how many of its last tokens the model hasn't read yet: the one that was chosen, and those that were
            forced after it.
    """

    decoder: Decoder
    tokens: tuple[int, ...]
    logprob: float
    parent: int
    fresh: int


class Search:
    """The beams of one answer."""

    def __init__(self, decoder: Decoder, width: int, n: int) -> None:
        self.width, self.n = width, n
        self.beams = [Beam(decoder, (), 0.0, 0, 0)]
        self.finished: dict[frozenset[int], FinishedAnswer] = {}
        self._likeliest: dict[frozenset[int], float] = {}

    @property
    def done(self) -> bool:
        """Whether no beam lives, or none can still be among the *n* likeliest."""
        if not self.beams:
            return True
        if len(self.finished) < self.n:
            return False
        return self.beams[0].logprob <= heapq.nlargest(self.n, (w.logprob for w in self.finished.values()))[-1]

    def step(self, logits: NDArray[np.float32]) -> None:
        """Move on by one token.

        Args:
            logits: float32 [len(beams), vocabulary]; the model's scores after each beam.
        """
        candidates = self._candidates(logits)
        self.beams, parents = [], self.beams
        for logprob, at, token in candidates:
            if len(self.beams) == self.width:
                break
            self._extend(parents[at], token, logprob, at)

    def _candidates(self, logits: NDArray[np.float32]) -> list[tuple[float, int, int]]:
        """All continuations, the likeliest first; more than *width*, since some turn out to be the same bundle."""
        found: list[tuple[float, int, int]] = []
        for at, beam in enumerate(self.beams):
            tokens = beam.decoder.allowed()
            scores = beam.logprob + log_softmax(beam.decoder.scores(logits[at]))
            best = np.argsort(-scores, kind="stable")[: 2 * self.width]
            found += zip(scores[best].tolist(), [at] * len(best), tokens[best].tolist(), strict=True)
        return sorted(found, key=lambda entry: (-entry[0], entry[1], entry[2]))

    def _extend(self, parent: Beam, token: int, logprob: float, at: int) -> None:
        """Write *token* after *parent*, and all tokens that are forced after it."""
        decoder, tokens = parent.decoder.copy(), list(parent.tokens)
        choices = np.array([token])
        while len(choices) == 1:
            before = len(decoder.taken)
            decoder.advance(int(choices[0]))
            tokens.append(int(choices[0]))
            if len(decoder.taken) > before and self._is_known(decoder, logprob):
                return
            choices = decoder.allowed()
        if decoder.done:
            self._finish(FinishedAnswer(tuple(tokens), logprob, decoder))
        else:
            self.beams.append(Beam(decoder, tuple(tokens), logprob, at, len(tokens) - len(parent.tokens)))

    def _finish(self, written: FinishedAnswer) -> None:
        bundle = frozenset(written.decoder.taken)
        if bundle not in self.finished or self.finished[bundle].logprob < written.logprob:
            self.finished[bundle] = written

    def _is_known(self, decoder: Decoder, logprob: float) -> bool:
        """Whether a likelier beam has written the same items (and ended, or not) before.

        One that was here earlier isn't always likelier: the fewer choices, the fewer steps.
        """
        ended = () if decoder.part is AnswerPart.ITEMS else (-1,)
        bundle = frozenset((*decoder.taken, *ended))
        if self._likeliest.get(bundle, -math.inf) >= logprob:
            return True
        self._likeliest[bundle] = logprob
        return False

    def best(self) -> list[FinishedAnswer]:
        """The finished answers, the likeliest first."""
        return sorted(self.finished.values(), key=lambda written: -written.logprob)[: self.n]


def search_in_batches(
    generations: Sequence[GenerationRequest],
    width: int,
    n: int,
    batch: int,
    run: Callable[[list[GenerationRequest], list[Search]], None],
) -> list[list[FinishedAnswer]]:
    """Search for each answer, those of like length together; see `bundlesmith.decoding.engine.Engine.write`.

    Args:
        batch: how many are written at a time.
        run: steps the searches of some until all are done.
    """
    answers: list[list[FinishedAnswer]] = [[] for _ in generations]
    order = sorted(range(len(generations)), key=lambda at: len(generations[at].reads))
    for start in range(0, len(order), batch):
        chosen = order[start : start + batch]
        searches = [Search(generations[at].decoder, width, n) for at in chosen]
        run([generations[at] for at in chosen], list(searches))
        for at, search in zip(chosen, searches, strict=True):
            answers[at] = search.best()
    return answers


def log_softmax(scores: NDArray[np.floating[Any]]) -> NDArray[np.float64]:
    """Log-probabilities over the tokens given: float64, the shape of *scores*."""
    shifted = scores.astype(np.float64) - scores.max()
    result: NDArray[np.float64] = shifted - np.log(np.exp(shifted).sum())
    return result
