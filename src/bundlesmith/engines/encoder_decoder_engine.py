"""The engine in process for models of the T5 kind: prompts are encoded once, and every beam is a row of the decoder.

The decoder reads its beams anew at every step: they are short, and a cache would have to be reordered and padded.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from bundlesmith.decoding.beams import Search, search_in_batches
from bundlesmith.decoding.engine import FinishedAnswer, GenerationRequest
from bundlesmith.decoding.likelihood import logits_before
from bundlesmith.finetune.model import scored_at

if TYPE_CHECKING:
    import torch
    from transformers import PreTrainedModel


class EncoderDecoderEngine:
    """Writes with one model in this process.

    Args:
        model: an encoder-decoder model, in evaluation mode.
        batch: how many answers are written at a time.
    """

    def __init__(self, model: "PreTrainedModel", batch: int = 8) -> None:
        self.model, self.batch = model, batch

    def write(self, generations: Sequence[GenerationRequest], width: int, n: int) -> list[list[FinishedAnswer]]:
        """See `bundlesmith.decoding.engine.Engine.write`."""
        return search_in_batches(generations, width, n, self.batch, self._run)

    def reads(self, prompts: Sequence[Sequence[int]], answer: Sequence[int]) -> NDArray[np.float32]:
        """See `bundlesmith.decoding.engine.Engine.reads`."""
        return logits_before(self.model, prompts, answer)

    def _run(self, generations: Sequence[GenerationRequest], searches: Sequence[Search]) -> None:
        import torch

        with torch.inference_mode():
            encoded, seen = self._encode(generations)
            while active := [row for row, search in enumerate(searches) if not search.done]:
                begun = [[*generations[row].begun, *beam.tokens] for row in active for beam in searches[row].beams]
                rows = [row for row in active for _ in searches[row].beams]
                logits, at = self._decode(begun, encoded[rows], seen[rows]), 0
                for row in active:
                    count = len(searches[row].beams)
                    searches[row].step(logits[at : at + count])
                    at += count

    def _encode(self, generations: Sequence[GenerationRequest]) -> tuple["torch.Tensor", "torch.Tensor"]:
        """Encoder states [generations, longest, D] and which of them are prompt."""
        ids, seen = self._padded([generation.prompt for generation in generations])
        encoder: Any = self.model.get_encoder()
        return encoder(input_ids=ids, attention_mask=seen).last_hidden_state, seen

    def _decode(
        self, begun: Sequence[Sequence[int]], encoded: "torch.Tensor", seen: "torch.Tensor"
    ) -> NDArray[np.float32]:
        """Scores after each beam, and after no other token: float32 [beams, vocabulary]."""
        import torch

        start = int(self.model.config.decoder_start_token_id)
        ids, mask = self._padded([[start, *tokens] for tokens in begun])
        last = torch.arange(len(ids), device=ids.device) * ids.shape[1] + mask.sum(1) - 1
        with scored_at(self.model, last):
            logits: torch.Tensor = self.model(
                encoder_outputs=(encoded,),
                attention_mask=seen,
                decoder_input_ids=ids,
                decoder_attention_mask=mask,
                use_cache=False,
            ).logits
        found: NDArray[np.float32] = logits.float().cpu().numpy()
        return found

    def _padded(self, rows: Sequence[Sequence[int]]) -> tuple["torch.Tensor", "torch.Tensor"]:
        """Token ids [rows, longest], filled up on the right, and a mask of what is there."""
        import torch

        ids = torch.zeros((len(rows), max(map(len, rows))), dtype=torch.long)
        mask = torch.zeros_like(ids)
        for at, row in enumerate(rows):
            ids[at, : len(row)], mask[at, : len(row)] = torch.tensor(list(row)), 1
        return ids.to(self.model.device), mask.to(self.model.device)
