"""Attention of packed examples, each apart: no score is computed between tokens that may not see each other.

transformers finds from the positions that a row holds several examples, and masks all pairs of its tokens; most of
those are of different examples. Here the examples of a row become the rows of a batch, for the attention alone. On the
CPU, where a row of a batch is no faster than a batch, they are attended one after another, without filling up.
"""

from itertools import pairwise
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import torch
    from transformers import PreTrainedModel

ATTENTION_NAME = "bundlesmith_apart"
_ALIKE = ("llama", "mistral", "qwen2", "qwen3")
"""Kinds of models whose attention is a causal softmax, and which hand it the positions: tested one by one."""

_LONGEST = 512
"""Tokens of the longest example whose scores are kept until their gradients are computed, on the CPU."""


def attend_apart(model: "PreTrainedModel") -> bool:
    """Let a decoder-only model attend within examples alone.

    Returns:
        whether it does; a model of a kind that isn't known here stays as it is, and is right, but slower.
    """
    from transformers import AttentionInterface

    config = model.config
    known = config.model_type in _ALIKE and config._attn_implementation == "sdpa"
    if not known or getattr(config, "sliding_window", None):
        return False
    AttentionInterface.register(ATTENTION_NAME, attend)
    model.set_attn_implementation(ATTENTION_NAME)
    return True


def attend(
    module: Any,
    query: "torch.Tensor",
    key: "torch.Tensor",
    value: "torch.Tensor",
    attention_mask: "torch.Tensor | None",
    *,
    position_ids: "torch.Tensor",
    scaling: float,
    dropout: float = 0.0,
    **_: Any,
) -> tuple["torch.Tensor", None]:
    """Causal attention within each example of one row.

    Args:
        query, key, value: [1, heads, L, D]; keys and values may have fewer heads.
        attention_mask: None.
        position_ids: [1, L]; 0 where an example begins.

    Returns:
        [1, L, heads, D].
    """
    import torch

    from bundlesmith.finetune.fused import DTYPES, attended

    if attention_mask is not None or len(query) != 1 or query.shape[2] != key.shape[2]:
        raise ValueError(f"Packed attention reads one whole row without a mask, not {tuple(query.shape)} of queries.")
    bounds = _bounds(position_ids[0])
    simple = query.device.type == "cpu" and query.dtype in DTYPES and not dropout
    if simple and max(end - begin for begin, end in bounds) <= _LONGEST:
        return attended(query[0], key[0], value[0], bounds, scaling)[None], None
    rows, inside = _rows(position_ids[0])
    q, k, v = (heads[0][:, rows].transpose(0, 1) for heads in (query, key, value))
    found = torch.nn.functional.scaled_dot_product_attention(
        q, k, v, dropout_p=dropout, is_causal=True, scale=scaling, enable_gqa=q.shape[1] != k.shape[1]
    )
    return found.transpose(1, 2)[inside][None], None


def _bounds(positions: "torch.Tensor") -> list[tuple[int, int]]:
    """Where each example begins and ends."""
    begins = (positions == 0).nonzero()[:, 0].tolist()
    return [*pairwise([*begins, len(positions)])]


def _rows(positions: "torch.Tensor") -> tuple["torch.Tensor", "torch.Tensor"]:
    """For each example the places of its tokens, filled up with any: [E, longest]; and which are not filled up."""
    import torch

    begins = (positions == 0).nonzero()[:, 0]
    ends = torch.cat([begins[1:], begins.new_tensor([len(positions)])])
    steps = torch.arange(int((ends - begins).max()), device=positions.device)
    rows = begins[:, None] + steps
    return rows.clamp(max=len(positions) - 1), rows < ends[:, None]
