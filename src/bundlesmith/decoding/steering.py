"""Rows of a batch under decoders: what every logits processor shares, whatever calls it.

It is told which tokens a row has so far, and closes all tokens that may not follow. It fails closed: a row whose tokens
its decoder wouldn't have allowed may only end.
"""

import logging
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from bundlesmith.decoding.decoder import Decoder
from bundlesmith.decoding.noise import SILENCE, Noise
from bundlesmith.errors import BundlesmithError

if TYPE_CHECKING:
    import torch

UNKNOWN = -1
"""What vLLM holds in place of a token that is sampled but not yet known."""


class ConstrainedRow:
    """One answer as it is written, by someone else's hand.

    Args:
        decoder: at the answer's start; it is not changed.
        written: the answer's tokens so far. The list may be the caller's own, and grow or be cut.
        noise: added to the scores.
    """

    def __init__(self, decoder: Decoder, written: Sequence[int], noise: Noise | None = None) -> None:
        self._start, self.written, self.noise = decoder, written, noise or SILENCE
        self._decoder, self._read, self._lost = decoder.copy(), 0, False
        self._ahead: tuple[list[int], Decoder] | None = None  # tokens that will be written, and the decoder after them

    def followed_by(self, written: Sequence[int]) -> "ConstrainedRow":
        """A row that goes on from here with what is written now; this one stays where it is."""
        row = ConstrainedRow(self._start, written, self.noise)
        row._decoder, row._read, row._lost = self._decoder.copy(), self._read, self._lost
        return row

    @property
    def done(self) -> bool:
        """Whether the answer is complete, or has left the grammar and may only end."""
        self._catch_up()
        return self._lost or self._decoder.done

    def allowed(self) -> tuple[NDArray[np.int64], NDArray[np.float64] | None]:
        """The tokens that may follow what is written, and their biases if there are any; at last the end alone.

        A bias is to be added to the model's score times `power`.
        """
        if self.done:
            return np.array([self._start.grammar.marks.end]), None
        return self._decoder.allowed(), self._bias(self._decoder)

    @property
    def power(self) -> float:
        """What the model's scores for the next token are multiplied by."""
        self._catch_up()
        return self._decoder.power

    def forced_after(self, token: int) -> list[int]:
        """The tokens that must follow once *token* is written after what is written now: until there is a choice, or up
        to the end.
        """
        self._catch_up()
        decoder, tokens = self._decoder.copy(), [token]
        if self._lost or decoder.done or token not in decoder.allowed().tolist():
            return []
        decoder.advance(token)
        while not decoder.done and len(allowed := decoder.allowed()) == 1:
            tokens.append(int(allowed[0]))
            decoder.advance(tokens[-1])
        self._ahead = tokens, decoder
        return tokens[1:]

    def _bias(self, decoder: Decoder) -> NDArray[np.float64] | None:
        weighed = decoder.bias() if decoder.grammar.weights else None
        size = len(decoder.allowed())
        if not self.noise.temperature or size == 1:
            return weighed
        noise = self.noise.at(self._read, size)
        return noise if weighed is None else weighed + noise

    def _catch_up(self) -> None:
        if len(self.written) < self._read:  # cut: begin again
            self._decoder, self._read, self._lost = self._start.copy(), 0, False
        self._go_ahead()
        while self._read < len(self.written) and self.written[self._read] != UNKNOWN:
            self._advance(int(self.written[self._read]))
            self._read += 1

    def _go_ahead(self) -> None:
        """Take the decoder that has read what was written meanwhile, if there is one: it needn't be read twice."""
        if self._ahead is None or self._read == len(self.written):
            return
        (tokens, decoder), self._ahead = self._ahead, None
        if list(self.written[self._read : self._read + len(tokens)]) == tokens:
            self._decoder, self._read = decoder, self._read + len(tokens)

    def _advance(self, token: int) -> None:
        if self._lost or self._decoder.done:
            return
        try:
            self._decoder.advance(token)
        except BundlesmithError as error:
            logging.getLogger(__name__).error("An answer left the grammar and is ended: %s", error)
            self._lost = True


def close_others(
    logits: "torch.Tensor",
    rows: Sequence[int],
    allowed: Sequence[NDArray[np.int64]],
    biases: Sequence[NDArray[np.float64] | None],
    powers: Sequence[float] = (),
) -> None:
    """Set the scores of all tokens but the allowed ones to -inf, in place, for some rows of a batch at once.

    Args:
        logits: [rows, vocabulary], on any device.
        rows: which rows, distinct; all others are left alone.
        allowed, biases, powers: for each of these its tokens, what is added to their scores (None: nothing), and what
            these are multiplied by before (none at all: nothing is).
    """
    import torch

    if not rows:
        return
    device = logits.device
    at = torch.from_numpy(np.repeat(np.asarray(rows), [len(tokens) for tokens in allowed])).to(device)
    tokens = torch.from_numpy(np.concatenate(allowed)).to(device)
    scores = logits[at, tokens]
    if any(power != 1 for power in powers):
        scores = scores * torch.from_numpy(np.repeat(powers, [len(t) for t in allowed])).to(device, scores.dtype)
    if any(bias is not None for bias in biases):
        added = [np.zeros(len(t)) if b is None else b for t, b in zip(allowed, biases, strict=True)]
        scores = scores + torch.from_numpy(np.concatenate(added)).to(device, scores.dtype)
    if len(rows) == len(logits):  # the usual case, at half the price
        logits.fill_(float("-inf"))
    else:
        logits.index_fill_(0, torch.as_tensor(rows, device=device), float("-inf"))
    logits[at, tokens] = scores
