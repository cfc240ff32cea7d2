"""The loss: cross-entropy on the answer alone, item tokens normalised over what the trie allows.

A model that decodes under a trie never has to know that a token is impossible; learning it would cost capacity.
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import torch
    from transformers import PreTrainedModel


def answer_loss(
    model: "PreTrainedModel", batch: dict[str, "torch.Tensor"], over: str
) -> "torch.Tensor":
    """Mean of -log p(token) over the answers' tokens of a block (see `bundlesmith.finetune.packing.collate`).

    Args:
        over: "allowed": p of an item's token is softmax over the tokens that the trie allows there;
            "vocabulary": softmax over all tokens. Words are always normalised over all tokens.
    """
    import torch

    logits = model(
        input_ids=batch["input_ids"], position_ids=batch["position_ids"], logits_to_keep=batch["reads"], use_cache=False
    ).logits[0]
    if over == "allowed":
        closed = torch.zeros(logits.shape, dtype=torch.bool, device=logits.device)
        closed[batch["masked"]] = True
        closed[batch["allowed_of"], batch["allowed"]] = False
        logits = logits.masked_fill(closed, float("-inf"))
    return torch.nn.functional.cross_entropy(logits.float(), batch["targets"])
