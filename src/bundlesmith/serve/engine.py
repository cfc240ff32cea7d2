"""What every engine does: write answers to prompts under decoders, and say how likely they were."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from bundlesmith.decoder import Decoder


@dataclass(frozen=True, slots=True, eq=False)
class Draft:
    """An answer to be written.

    Attributes:
        prompt: the tokens that the model reads.
        decoder: after what has been written of the answer.
        begun: the tokens that have been written of the answer; the model reads them, too.
    """

    prompt: Sequence[int]
    decoder: Decoder
    begun: Sequence[int] = ()


@dataclass(frozen=True, slots=True, eq=False)
class Written:
    """A finished answer.

    Attributes:
        tokens: what was written, marks included.
        logprob: the sum of the tokens' log-probabilities, each normalised over what was allowed at its place, after
            the bias of weights.
        decoder: the decoder at its end; it holds the items, the intent and the explanation.
    """

    tokens: tuple[int, ...]
    logprob: float
    decoder: Decoder


class Engine(Protocol):
    """Writes answers under decoders."""

    def write(self, drafts: Sequence[Draft], width: int, n: int) -> list[list[Written]]:
        """The likeliest answers to each draft, by beam search.

        Args:
            drafts: what to write.
            width: how many beams are kept at each token.
            n: how many answers are wanted; fewer come back if fewer exist.

        Returns:
            for each draft up to *n* answers with distinct sets of items, the likeliest first.
        """
        ...

    def reads(self, prompts: Sequence[Sequence[int]], answer: Sequence[int]) -> NDArray[np.float32]:
        """What the model thinks before each token of an answer; see `bundlesmith.serve.likelihood.logits_before`."""
        ...
