"""Our constraint inside transformers' `generate`: a LogitsProcessor for decoder-only and encoder-decoder models.

    model.generate(**inputs, logits_processor=[SetLogitsProcessor([decoder], start=inputs.input_ids.shape[1])])

Works for greedy search, sampling and beams: where a row stands is read from its tokens alone; beams may be reordered.
Use `renormalize_logits=True` with beams, and build the generation config explicitly: a model's own top-k and top-p
would filter constrained beams.
"""

from collections.abc import Sequence

import torch
from transformers import LogitsProcessor

from bundlesmith.decoding.decoder import Decoder
from bundlesmith.decoding.steering import ConstrainedRow, close_others


class SetLogitsProcessor(LogitsProcessor):
    """Closes what may not come next, in every row.

    Args:
        decoders: one for each prompt of the batch, at the answer's start; each serves as many rows as `generate` makes
            of it (beams, returned sequences).
        start: how many tokens of a row come before the answer: the length of the (padded) prompts for a decoder-only
            model, 1 (the start token) for an encoder-decoder.
    """

    def __init__(self, decoders: Sequence[Decoder], start: int) -> None:
        self._decoders, self._start = decoders, start
        self._rows: dict[tuple[int, tuple[int, ...]], ConstrainedRow] = {}

    def __call__(self, input_ids: torch.LongTensor, scores: torch.FloatTensor) -> torch.FloatTensor:
        """Close all tokens but the allowed ones: scores is float [rows, vocabulary], a new tensor comes back."""
        each = len(input_ids) // len(self._decoders)
        answers = [(place // each, tuple(row)) for place, row in enumerate(input_ids[:, self._start :].tolist())]
        self._rows = {answer: self._row(answer) for answer in answers}
        found = [self._rows[answer].allowed() for answer in answers]
        closed = scores.clone()
        places = range(len(answers))
        powers = [self._rows[answer].power for answer in answers]
        close_others(closed, places, [tokens for tokens, _ in found], [bias for _, bias in found], powers)
        return closed  # type: ignore[return-value]

    def _row(self, answer: tuple[int, tuple[int, ...]]) -> ConstrainedRow:
        """The row of an answer: the one before with a token more, if it is known; else read from its start."""
        prompt, tokens = answer
        before = self._rows.get((prompt, tokens[:-1])) if tokens else None
        return ConstrainedRow(self._decoders[prompt], tokens) if before is None else before.followed_by(tokens)
