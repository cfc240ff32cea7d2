"""Direct preference optimisation: the loss of pairs, and a training with it in transformers' Trainer.

How likely both answers were before is computed once, with the model itself, and kept with the pairs: no second model
is needed.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch
from transformers import PrinterCallback, TrainingArguments

from bundlesmith.decoding.lexicon import Lexicon
from bundlesmith.finetune.loss import answer_logits
from bundlesmith.finetune.preference import PreferencePair
from bundlesmith.finetune.progress import Bar, Log, TensorBoard
from bundlesmith.finetune.trainer import Batch, Blocks, BlockTrainer, block_arguments, collator
from bundlesmith.settings import Preference

if TYPE_CHECKING:
    from bundlesmith.finetune.model import Model

Collator = Callable[[Sequence[PreferencePair]], Batch]


@dataclass(frozen=True, slots=True, eq=False)
class PairBlock:
    """P pairs that go through the model together.

    Attributes:
        reference: float32 [P, 2]; log-probabilities of chosen and rejected answer before the training.
    """

    pairs: Sequence[PreferencePair]
    reference: torch.Tensor


def dpo_losses(policy: torch.Tensor, reference: torch.Tensor, beta: float) -> tuple[torch.Tensor, torch.Tensor]:
    """The loss of each pair, -log sigmoid(margin), and its margin (Rafailov et al., 2023, equation 7).

    margin = beta * ((log p(chosen) - log p_ref(chosen)) - (log p(rejected) - log p_ref(rejected)))

    Args:
        policy, reference: [P, 2]; summed log-probabilities of the chosen and the rejected answer.
        beta: above 0.

    Returns:
        two tensors [P].
    """
    gained = policy - reference
    margins = beta * (gained[:, 0] - gained[:, 1])
    return -torch.nn.functional.logsigmoid(margins), margins


def pair_collator(model: "Model", lexicon: Lexicon) -> Collator:
    """What makes a batch of P pairs: that of their 2 P examples, and `example_of`, int64 [A]: each answer token's."""
    of_examples = collator(model, lexicon)

    def tensors(pairs: Sequence[PreferencePair]) -> Batch:
        examples = [example for pair in pairs for example in (pair.chosen, pair.rejected)]
        batch = of_examples(examples)
        lengths = torch.tensor([len(example.answer) for example in examples])
        return batch | {"example_of": torch.repeat_interleave(torch.arange(len(examples)), lengths)}

    return tensors


def log_probs(model: Any, batch: Batch, over: str) -> torch.Tensor:
    """Log-probabilities of the answers of a batch of P pairs, summed over their tokens: [P, 2], chosen and rejected.

    Args:
        over: see `bundlesmith.finetune.loss.answer_logits`.
    """
    logits = answer_logits(model, batch, over)
    each = -torch.nn.functional.cross_entropy(logits, batch["targets"], reduction="none")
    examples = int(batch["example_of"][-1]) + 1
    return each.new_zeros(examples).index_add(0, batch["example_of"], each).view(-1, 2)


def with_reference(
    model: "Model", pairs: Sequence[PreferencePair], lexicon: Lexicon, over: str, pairs_per_block: int
) -> Iterator[PairBlock]:
    """Blocks of pairs in the order given, each with the log-probabilities that *model* gives to its answers now."""
    tensors = pair_collator(model, lexicon)
    model.eval()
    for start in range(0, len(pairs), pairs_per_block):
        block = pairs[start : start + pairs_per_block]
        batch = {name: tensor.to(model.device) for name, tensor in tensors(block).items()}
        with torch.no_grad():
            yield PairBlock(block, log_probs(model, batch, over).cpu())


def train_on_pairs(
    model: "Model",
    settings: Preference,
    blocks: Sequence[PairBlock],
    valid: Sequence[PairBlock],
    lexicon: Lexicon,
    over: str,
    work: Path,
) -> None:
    """Train what of *model* may be trained; afterwards it is as it was at the best valid loss.

    Metrics go to `work/metrics.jsonl`: for pairs of the training and (`eval_…`) of the valid split the loss, the mean
    margin, and the accuracy, which is the share of pairs with a margin above 0. TensorBoard's go to `work/tensorboard`.

    Raises:
        DivergedError: if the loss or the weights are no numbers any more.
    """
    trainer = _PairTrainer(
        model=model,
        args=_arguments(settings, bool(valid), work),
        train_dataset=Blocks(blocks, len(blocks)),
        eval_dataset=Blocks(valid, len(valid)) if valid else None,
        data_collator=_block_collator(pair_collator(model, lexicon)),
    )
    trainer.beta, trainer.sft, trainer.over = settings.beta, settings.sft, over
    trainer.seen = {True: [], False: []}
    trainer.remove_callback(PrinterCallback)
    bar = Bar()
    for callback in (Log(work / "metrics.jsonl"), TensorBoard(work / "tensorboard", 0), bar):
        trainer.add_callback(callback)
    with bar.progress:
        trainer.train()
    trainer.check_weights()


def _block_collator(tensors: Collator) -> Callable[[list[PairBlock]], Batch]:
    return lambda blocks: tensors(blocks[0].pairs) | {"reference": blocks[0].reference}


class _PairTrainer(BlockTrainer):
    """A Trainer with the loss of pairs.

    Attributes:
        seen: the margins since the last log, of training (True) and valid pairs.
    """

    beta: float
    sft: float
    over: str
    seen: dict[bool, list[torch.Tensor]]

    def block_loss(self, model: Any, batch: Any, training: bool) -> torch.Tensor:
        model.eval()  # without dropout, as the reference was computed
        policy = log_probs(model, batch, self.over)
        losses, margins = dpo_losses(policy, batch["reference"], self.beta)
        self.seen[training].append(margins.detach())
        loss = losses.mean()
        if self.sft:
            loss = loss - self.sft * policy[:, 0].sum() / (batch["example_of"] % 2 == 0).sum()
        return loss

    def log(self, logs: dict[str, float], start_time: float | None = None) -> None:
        """Log the margins beside the loss."""
        for training, prefix in ((True, ""), (False, "eval_")):
            if f"{prefix}loss" in logs and self.seen[training]:
                margins = torch.cat(self.seen[training])
                self.seen[training].clear()
                logs[f"{prefix}accuracy"] = (margins > 0).float().mean().item()
                logs[f"{prefix}margin"] = margins.mean().item()
        super().log(logs, start_time)


def _arguments(settings: Preference, with_valid: bool, work: Path) -> TrainingArguments:
    return block_arguments(
        settings,
        with_valid,
        work,
        per_device_train_batch_size=1,
        gradient_accumulation_steps=settings.blocks_per_step,
        max_steps=settings.max_steps or -1,
        logging_steps=10,
        include_num_input_tokens_seen="all",
        save_strategy="steps" if with_valid else "no",
        save_only_model=True,
        report_to="none",  # TensorBoard is a callback of ours, in a folder of our choice
    )
