"""What a model thinks before each token of an answer."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    import torch
    from numpy.typing import NDArray
    from transformers import PreTrainedModel


def logits_before(
    model: "PreTrainedModel", prompts: Sequence[Sequence[int]], answer: Sequence[int]
) -> "NDArray[np.float32]":
    """What a model thinks before each token of one answer, after each of some prompts, all read in one pass.

    Args:
        model: decoder-only or encoder-decoder, in evaluation mode.
        prompts: P token lists, at least one token each.
        answer: A tokens, at least one.

    Returns:
        float32 [P, A, vocabulary].
    """
    import torch

    longest = max(map(len, prompts))
    padding = [[0] * (longest - len(prompt)) for prompt in prompts]
    ids = torch.tensor([[*pad, *prompt] for pad, prompt in zip(padding, prompts, strict=True)], device=model.device)
    seen = torch.tensor([pad + [1] * (longest - len(pad)) for pad in padding], device=model.device)
    said = torch.tensor([list(answer)] * len(prompts), device=model.device)
    with torch.inference_mode():
        if model.config.is_encoder_decoder:
            found = _encoded(model, ids, said, seen)
        else:
            mask = torch.cat([seen, torch.ones_like(said)], 1)[:, :-1]
            found = model(
                input_ids=torch.cat([ids, said], 1)[:, :-1],
                attention_mask=mask,
                position_ids=(mask.cumsum(1) - 1).clamp(min=0),
                use_cache=False,
                logits_to_keep=len(answer),
            ).logits
    logits: NDArray[np.float32] = found.float().cpu().numpy()
    return logits


def _encoded(
    model: "PreTrainedModel", prompts: "torch.Tensor", ids: "torch.Tensor", seen: "torch.Tensor"
) -> "torch.Tensor":
    """Logits for each token of *ids*, by an encoder-decoder; *seen* is where a prompt is no padding."""
    import torch

    start = torch.full((len(ids), 1), int(model.config.decoder_start_token_id), device=ids.device)
    logits: torch.Tensor = model(
        input_ids=prompts,
        attention_mask=seen,
        decoder_input_ids=torch.cat([start, ids[:, :-1]], 1),
        use_cache=False,
    ).logits
    return logits
