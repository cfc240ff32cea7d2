"""The engine in process: a transformers model, with constrained beam search over a batch of answers.

All beams of an answer lie in one row and share the keys of its prompt: each new token sees the prompt and the tokens of
its own beam, through the attention mask. So no cache is copied or reordered, and a beam costs its tokens alone.
"""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from bundlesmith.decoding.beams import Search, search_in_batches
from bundlesmith.decoding.engine import Engine, FinishedAnswer, GenerationRequest
from bundlesmith.decoding.likelihood import logits_before
from bundlesmith.engines.encoder_decoder_engine import EncoderDecoderEngine
from bundlesmith.finetune.model import placed, tuned_model
from bundlesmith.run import Run

if TYPE_CHECKING:
    import torch
    from transformers import PreTrainedModel


class TransformersEngine:
    """Writes with one model in this process.

    Args:
        model: a decoder-only model, in evaluation mode.
        batch: how many answers are written at a time.
        given_up: whether nobody waits for the answers any more; asked before each token. They may be unfinished then.
    """

    def __init__(self, model: "PreTrainedModel", batch: int = 8, given_up: Callable[[], bool] = lambda: False) -> None:
        self.model, self.batch, self.given_up = model, batch, given_up

    def write(self, generations: Sequence[GenerationRequest], width: int, n: int) -> list[list[FinishedAnswer]]:
        """See `bundlesmith.decoding.engine.Engine.write`."""
        return search_in_batches(generations, width, n, self.batch, self._run)

    def reads(self, prompts: Sequence[Sequence[int]], answer: Sequence[int]) -> NDArray[np.float32]:
        """See `bundlesmith.decoding.engine.Engine.reads`."""
        return logits_before(self.model, prompts, answer)

    def _run(self, generations: Sequence[GenerationRequest], searches: list[Search]) -> None:
        _Batch(self.model, [generation.reads for generation in generations], searches).run(self.given_up)


class _Batch:
    """Some answers written together: row b holds the prompt of answer b and, after it, the tokens of all its beams."""

    def __init__(self, model: "PreTrainedModel", prompts: Sequence[Sequence[int]], searches: list[Search]) -> None:
        from transformers import DynamicCache

        self.model, self.prompts = model, prompts
        self.rows = searches
        self.cache: Any = DynamicCache(config=model.config)
        self.length = max(map(len, prompts))
        self.starts = [self.length - len(prompt) for prompt in prompts]
        self.paths: list[list[list[int]]] = [[[]] for _ in prompts]  # the columns of each beam's own tokens
        self.reads: list[list[int]] = [[0] for _ in prompts]  # where each beam's scores are, among the last read

    def run(self, given_up: Callable[[], bool]) -> None:
        """Write until every search is done, or given up."""
        import torch

        with torch.inference_mode():
            logits = self._read_prompts()
            while not given_up():
                self._step(logits)
                self._drop_finished()
                if not self.rows:
                    return
                logits = self._read_beams()

    def _read_prompts(self) -> "torch.Tensor":
        import torch

        ids = torch.zeros((len(self.rows), self.length), dtype=torch.long)
        seen = torch.zeros_like(ids)
        for row, prompt in enumerate(self.prompts):
            ids[row, self.starts[row] :] = torch.tensor(prompt)
            seen[row, self.starts[row] :] = 1
        positions = (seen.cumsum(1) - 1).clamp(min=0)
        return self._forward(ids, positions, seen, last=1)

    def _step(self, logits: "torch.Tensor") -> None:
        scores = logits.float().cpu().numpy()
        for row, search in enumerate(self.rows):
            search.step(scores[row, self.reads[row]])
            self.paths[row] = [self.paths[row][beam.parent] for beam in search.beams]

    def _drop_finished(self) -> None:
        import torch

        kept = [row for row, search in enumerate(self.rows) if not search.done]
        if len(kept) == len(self.rows):
            return
        self.rows = [self.rows[row] for row in kept]
        self.starts = [self.starts[row] for row in kept]
        self.paths = [self.paths[row] for row in kept]
        self.reads = [self.reads[row] for row in kept]
        self.prompts = [self.prompts[row] for row in kept]
        if kept:
            self.cache.batch_select_indices(torch.tensor(kept))

    def _read_beams(self) -> "torch.Tensor":
        """Read the fresh tokens of every beam: row by row, in columns of their own."""
        import torch

        most = max(sum(beam.fresh for beam in search.beams) for search in self.rows)
        before = self.cache.get_seq_length()
        ids = np.zeros((len(self.rows), most), np.int64)
        positions = np.zeros_like(ids)
        sees = np.zeros((len(self.rows), most, before + most), np.bool_)
        for row in range(len(self.rows)):
            self._place(row, before, ids[row], positions[row], sees[row])
        sees[:, :, before] |= ~sees.any(2)  # an empty place must see something, or it becomes NaN
        mask = torch.zeros(sees.shape).masked_fill(torch.from_numpy(~sees), torch.finfo(torch.float32).min)
        return self._forward(torch.from_numpy(ids), torch.from_numpy(positions), mask[:, None], last=most)

    def _place(
        self, row: int, before: int, ids: NDArray[np.int64], positions: NDArray[np.int64], sees: NDArray[np.bool_]
    ) -> None:
        """Lay out one row: each fresh token sees the prompt, its beam's earlier tokens and itself."""
        place, self.reads[row] = 0, []
        for at, beam in enumerate(self.rows[row].beams):
            for token in beam.tokens[-beam.fresh :]:
                path = [*self.paths[row][at], before + place]
                ids[place], positions[place] = token, self.length - self.starts[row] + len(path) - 1
                sees[place, self.starts[row] : self.length] = True
                sees[place, path] = True
                self.paths[row][at] = path
                place += 1
            self.reads[row].append(place - 1)

    def _forward(
        self, ids: "torch.Tensor", positions: "torch.Tensor", mask: "torch.Tensor", last: int
    ) -> "torch.Tensor":
        device = self.model.device
        result: torch.Tensor = self.model(
            input_ids=ids.to(device),
            position_ids=positions.to(device),
            attention_mask=mask.to(device),
            past_key_values=self.cache,
            use_cache=True,
            logits_to_keep=last,
        ).logits
        return result


def load_engine(run: Run) -> Engine:
    """The engine of a run: its model with what was trained on it, on a GPU if there is one."""
    model = placed(tuned_model(run.folder, run.settings, run.tokenizer))
    return EncoderDecoderEngine(model) if model.config.is_encoder_decoder else TransformersEngine(model)
