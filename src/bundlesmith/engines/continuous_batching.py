"""Answers of one model written together, a token of each at a time; they join and leave between two steps.

An answer is a row of the batch. What a row doesn't see (columns of others, its own gaps) is masked. When answers join,
the rows are laid out anew without gaps. A prompt that begins as the last one did is read from where they part.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from bundlesmith.decoding.engine import GenerationRequest
from bundlesmith.decoding.steering import ConstrainedRow
from bundlesmith.decoding.writer import Token

if TYPE_CHECKING:
    import torch
    from transformers import PreTrainedModel

KeyValues = list[tuple["torch.Tensor", "torch.Tensor"]]
"""Keys and values of each layer, [rows, heads, columns, width] each."""


@dataclass(slots=True, eq=False)
class OpenAnswer:
    """One answer as it is written.

    Attributes:
        generation: what is asked.
        written: its tokens so far.
        row: what may come next.
        fresh: how many of the last tokens the model hasn't read.
        seen: bool [columns]; which columns of the cache it sees.
        left: whether nobody waits for it any more.
    """

    generation: GenerationRequest
    written: list[int] = field(default_factory=list)
    fresh: int = 0
    seen: NDArray[np.bool_] = field(default_factory=lambda: np.empty(0, np.bool_))
    left: bool = False
    row: ConstrainedRow = field(init=False)

    def __post_init__(self) -> None:
        self.row = ConstrainedRow(self.generation.decoder, self.written, self.generation.noise)

    @property
    def over(self) -> bool:
        """Whether nothing more is to be written."""
        return self.left or self.row.done

    def go_on(self, logits: NDArray[np.float32]) -> list[Token]:
        """Write the best token by the model's scores [vocabulary], and all that are forced after it."""
        tokens, bias = self.row.allowed()
        scores = self.row.power * logits[tokens].astype(np.float64) + (0.0 if bias is None else bias)
        best = int(tokens[np.argmax(scores)])
        found = [Token(best, float(logits[best] - _log_of_sum(logits)) if len(tokens) > 1 else 0.0)]
        self.written.append(best)
        while not self.row.done and len(tokens := self.row.allowed()[0]) == 1:
            found.append(Token(int(tokens[0]), 0.0))
            self.written.append(int(tokens[0]))
        self.fresh = len(found)
        return found


def _log_of_sum(logits: NDArray[np.float32]) -> float:
    most = float(logits.max())
    return most + float(np.log(np.exp(logits - most).sum(dtype=np.float64)))


class ContinuousBatch:
    """The answers under way.

    Args:
        model: a decoder-only model in evaluation mode.
    """

    def __init__(self, model: "PreTrainedModel") -> None:
        self.model = model
        self.answers: list[OpenAnswer] = []
        self._layers: KeyValues = []
        self._last: tuple[list[int], KeyValues] = ([], [])  # the prompt that was read last

    def join(self, answer: OpenAnswer) -> list[Token]:
        """Read an answer's prompt and begin it; what is written of it at once."""
        logits, layers = self._read(answer.generation.reads)
        written = answer.go_on(logits)
        if not answer.over:
            self.drop()
            self._lay_out([*self._apart(), (answer, layers)])
        return written

    def step(self) -> list[tuple[OpenAnswer, list[Token]]]:
        """Go on with all answers; what was written of each."""
        if not self.answers:
            return []
        ids, positions, sees = self._placed()
        logits = self._forward(ids, positions, sees)
        found = []
        for row, answer in enumerate(self.answers):
            found.append((answer, answer.go_on(logits[row, answer.fresh - 1])))
        self.drop()
        return found

    def drop(self) -> None:
        """Let go of answers that are over."""
        kept = [row for row, answer in enumerate(self.answers) if not answer.over]
        if len(kept) < len(self.answers):
            self.answers = [self.answers[row] for row in kept]
            self._layers = [(keys[kept], values[kept]) for keys, values in self._layers] if kept else []

    def _read(self, prompt: list[int]) -> tuple[NDArray[np.float32], KeyValues]:
        """Scores after a prompt, and its keys and values."""
        import torch

        known, layers = self._last
        shared = _shared(known, prompt[:-1])
        cache = self._cache([(keys[:, :, :shared], values[:, :, :shared]) for keys, values in layers] if shared else [])
        with torch.inference_mode():
            ids = torch.tensor([prompt[shared:]], device=self.model.device)
            logits = self.model(input_ids=ids, past_key_values=cache, use_cache=True, logits_to_keep=1).logits
        layers = _layers(cache)
        self._last = prompt, layers
        return logits[0, -1].float().cpu().numpy(), layers

    def _apart(self) -> list[tuple[OpenAnswer, KeyValues]]:
        """Each answer with the columns that it sees."""
        import torch

        found = []
        for row, answer in enumerate(self.answers):
            seen = torch.from_numpy(np.flatnonzero(answer.seen)).to(self.model.device)
            layers = [(k[row : row + 1, :, seen], v[row : row + 1, :, seen]) for k, v in self._layers]
            found.append((answer, layers))
        return found

    def _lay_out(self, apart: Sequence[tuple[OpenAnswer, KeyValues]]) -> None:
        """Make one batch of rows, all columns to the left."""
        import torch
        from torch.nn.functional import pad

        sizes = [layers[0][0].shape[2] for _, layers in apart]
        most = max(sizes)
        for (answer, _), size in zip(apart, sizes, strict=True):
            answer.seen = np.arange(most) < size
        together = []
        for level in range(len(apart[0][1])):
            both = []
            for part in (0, 1):
                rows = [
                    pad(layers[level][part], (0, 0, 0, most - size))
                    for (_, layers), size in zip(apart, sizes, strict=True)
                ]
                both.append(torch.cat(rows))
            together.append((both[0], both[1]))
        self.answers, self._layers = [answer for answer, _ in apart], together

    def _placed(self) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.bool_]]:
        """The fresh tokens [rows, most], their positions, and what each sees [rows, most, columns + most]."""
        most, before = max(answer.fresh for answer in self.answers), len(self.answers[0].seen)
        ids = np.zeros((len(self.answers), most), np.int64)
        positions = np.zeros_like(ids)
        sees = np.zeros((len(self.answers), most, before + most), np.bool_)
        for row, answer in enumerate(self.answers):
            fresh, start = answer.fresh, int(answer.seen.sum())
            ids[row, :fresh] = answer.written[-fresh:]
            positions[row, :fresh] = start + np.arange(fresh)
            sees[row, :, :before] = answer.seen
            sees[row, :fresh, before : before + fresh] = np.tri(fresh, dtype=np.bool_)
            answer.seen = np.concatenate([answer.seen, np.arange(most) < fresh])
        return ids, positions, sees

    def _forward(
        self, ids: NDArray[np.int64], positions: NDArray[np.int64], sees: NDArray[np.bool_]
    ) -> NDArray[np.float32]:
        import torch

        device, cache = self.model.device, self._cache(self._layers)
        mask = torch.zeros(sees.shape).masked_fill(torch.from_numpy(~sees), torch.finfo(torch.float32).min)
        with torch.inference_mode():
            logits = self.model(
                input_ids=torch.from_numpy(ids).to(device),
                position_ids=torch.from_numpy(positions).to(device),
                attention_mask=mask[:, None].to(device, self.model.dtype),
                past_key_values=cache,
                use_cache=True,
                logits_to_keep=ids.shape[1],
            ).logits
        self._layers = _layers(cache)
        scores: NDArray[np.float32] = logits.float().cpu().numpy()
        return scores

    def _cache(self, layers: KeyValues) -> Any:
        from transformers import DynamicCache

        cache = DynamicCache()
        for level, (keys, values) in enumerate(layers):
            cache.update(keys, values, level)
        return cache


def _layers(cache: Any) -> KeyValues:
    return [(layer.keys, layer.values) for layer in cache.layers]


def _shared(one: Sequence[int], other: Sequence[int]) -> int:
    """How many tokens two texts begin with alike."""
    for place, (left, right) in enumerate(zip(one, other, strict=False)):
        if left != right:
            return place
    return min(len(one), len(other))
