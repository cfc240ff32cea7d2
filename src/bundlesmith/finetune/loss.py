"""The loss: cross-entropy on the answer alone, item tokens normalised over what the trie allows.

A model that decodes under a trie never has to know that a token is impossible; learning it would cost capacity.
"""

from typing import TYPE_CHECKING

from bundlesmith.finetune.model import scored_at

if TYPE_CHECKING:
    import torch
    from transformers import PreTrainedModel


def answer_logits(model: "PreTrainedModel", batch: dict[str, "torch.Tensor"], over: str) -> "torch.Tensor":
    """Scores for every token of the answers of a block: [A, vocabulary].

    Args:
        batch: see `bundlesmith.finetune.packing.collate` and `collate_pairs`.
        over: "allowed": -inf for what the trie doesn't allow at an item's token; "vocabulary": scores as they are.
            Words may be any token in both.
    """
    import torch

    logits = _logits(model, batch)
    if over == "allowed":
        closed = torch.zeros(logits.shape, dtype=torch.bool, device=logits.device)
        closed[batch["masked"]] = True
        closed[batch["allowed_of"], batch["allowed"]] = False
        logits = logits.masked_fill(closed, float("-inf"))
    return logits.float()


def answer_loss(model: "PreTrainedModel", batch: dict[str, "torch.Tensor"], over: str) -> "torch.Tensor":
    """Mean of -log p(token) over the answers' tokens of a block, p being softmax over `answer_logits`.

    Of a batch of several blocks the mean of theirs, by its `shares`.
    """
    from bundlesmith.finetune.fused import surprise

    logits = _logits(model, batch).float()
    allowed = [batch[name] for name in ("masked", "allowed_of", "allowed")] if over == "allowed" else None
    return surprise(logits, batch["targets"], batch["shares"], allowed)


def _logits(model: "PreTrainedModel", batch: dict[str, "torch.Tensor"]) -> "torch.Tensor":
    """The model's own scores for every token of the answers of a block: [A, vocabulary]."""
    if "decoder_input_ids" not in batch:
        found: torch.Tensor = model(
            input_ids=batch["input_ids"],
            position_ids=batch["position_ids"],
            logits_to_keep=batch["reads"],
            use_cache=False,
        ).logits
        return found.squeeze(0)
    with scored_at(model, batch["reads"]):
        scored: torch.Tensor = model(
            input_ids=batch["input_ids"],
            attention_mask=batch["attention_mask"],
            decoder_input_ids=batch["decoder_input_ids"],
            use_cache=False,
        ).logits
    return scored
