"""How likely a model finds each of some texts as the rest of one answer. Knows nothing about tries or rules."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np
    import torch
    from numpy.typing import NDArray
    from transformers import PreTrainedModel


def mean_log_probabilities(
    model: "PreTrainedModel", prompt: Sequence[int], answers: Sequence[Sequence[int]]
) -> list[float]:
    """For each answer the mean over its tokens of log p(token | prompt, tokens before it), over the whole vocabulary.

    A decoder-only model reads the prompt once for all answers. An encoder-decoder model encodes it.

    Args:
        model: in evaluation mode.
        prompt: token ids, at least one.
        answers: token ids, at least one each.
    """
    import torch

    if not answers:
        return []
    lengths = [len(answer) for answer in answers]
    ids = torch.zeros((len(answers), max(lengths)), dtype=torch.long)
    for row, answer in enumerate(answers):
        ids[row, : len(answer)] = torch.tensor(answer)
    ids = ids.to(model.device)
    with torch.inference_mode():
        read = _encoded if model.config.is_encoder_decoder else _gone_on
        scores = read(model, torch.tensor([list(prompt)], device=model.device), ids).float().log_softmax(-1)
    taken = scores.gather(2, ids[:, :, None])[:, :, 0].cpu()
    return [float(taken[row, :length].mean()) for row, length in enumerate(lengths)]


def _gone_on(model: "PreTrainedModel", prompt: "torch.Tensor", ids: "torch.Tensor") -> "torch.Tensor":
    """Logits for each token of *ids*: [A, L, vocabulary]."""
    import torch
    from transformers import DynamicCache

    cache: Any = DynamicCache(config=model.config)
    first = model(input_ids=prompt, past_key_values=cache, use_cache=True, logits_to_keep=1).logits
    cache.batch_repeat_interleave(len(ids))
    rest = model(input_ids=ids[:, :-1], past_key_values=cache, use_cache=True).logits if ids.shape[1] > 1 else None
    first = first.expand(len(ids), -1, -1)
    return first if rest is None else torch.cat([first, rest], 1)


def _encoded(
    model: "PreTrainedModel", prompts: "torch.Tensor", ids: "torch.Tensor", seen: "torch.Tensor | None" = None
) -> "torch.Tensor":
    """The same, by an encoder-decoder; of one prompt for all, or one for each, of which *seen* is no padding."""
    import torch

    start = torch.full((len(ids), 1), int(model.config.decoder_start_token_id), device=ids.device)
    logits: torch.Tensor = model(
        input_ids=prompts.expand(len(ids), -1),
        attention_mask=seen,
        decoder_input_ids=torch.cat([start, ids[:, :-1]], 1),
        use_cache=False,
    ).logits
    return logits


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
