"""What every engine does: write answers to prompts under decoders, and say how likely they were."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from bundlesmith.decoding.decoder import Decoder
from bundlesmith.decoding.noise import SILENCE, Noise


@dataclass(frozen=True, slots=True, eq=False)
class GenerationRequest:
    """An answer to be written.

    Attributes:
        prompt: the tokens that the model reads.
        decoder: after what has been written of the answer; it isn't changed. An engine in this process steers by it.
        begun: the tokens that have been written of the answer; the model reads them, too.
        rules: the same as the decoder, at the answer's start, in flat values (see `bundlesmith.pipeline.flat`), for an
            engine in another process.
        noise: 0 everywhere, if the likeliest answer is wanted.
        model: the name of the run that writes.
    """

    prompt: Sequence[int]
    decoder: Decoder
    begun: Sequence[int] = ()
    rules: Mapping[str, Any] = field(default_factory=dict)
    noise: Noise = SILENCE
    model: str = ""

    @property
    def reads(self) -> list[int]:
        """The tokens after which a decoder-only model goes on."""
        return [*self.prompt, *self.begun]


@dataclass(frozen=True, slots=True, eq=False)
class FinishedAnswer:
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

    def write(self, generations: Sequence[GenerationRequest], width: int, n: int) -> list[list[FinishedAnswer]]:
        """The likeliest answers to each request, by beam search.

        Args:
            generations: what to write.
            width: how many beams are kept at each token.
            n: how many answers are wanted; fewer come back if fewer exist.

        Returns:
            for each of *generations* up to *n* answers with distinct sets of items, the likeliest first.
        """
        ...

    def reads(self, prompts: Sequence[Sequence[int]], answer: Sequence[int]) -> NDArray[np.float32]:
        """What the model thinks before each token of an answer; see `bundlesmith.decoding.likelihood.logits_before`."""
        ...
