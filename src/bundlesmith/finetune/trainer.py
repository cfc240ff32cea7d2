"""What all our trainings share: a Trainer that takes whole blocks, in the order given, with whole checkpoints.

A block is whatever its collator turns into tensors.
"""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Generic, TypeVar

import torch
from torch.utils.data import Dataset, SequentialSampler
from transformers import Trainer, TrainingArguments

from bundlesmith.decoding.lexicon import Lexicon
from bundlesmith.errors import DivergedError
from bundlesmith.finetune.examples import Example
from bundlesmith.finetune.model import save_tuned
from bundlesmith.finetune.packing import collate, collate_pairs
from bundlesmith.settings import Preference, Training

if TYPE_CHECKING:
    from bundlesmith.finetune.model import Model

Batch = dict[str, torch.Tensor]
B = TypeVar("B")


class Blocks(Dataset[B], Generic[B]):
    """The blocks of a training in the order in which they are trained; after the last comes the first again."""

    def __init__(self, blocks: Sequence[B], length: int) -> None:
        self.blocks, self.length = blocks, length

    def __len__(self) -> int:
        return self.length

    def __getitem__(self, index: int) -> B:
        return self.blocks[index % len(self.blocks)]


def collator(model: "Model", lexicon: Lexicon) -> Callable[[Sequence[Example]], Batch]:
    """What makes the tensors of some examples for a model, as its kind reads them."""
    trie, marks = lexicon.trie, lexicon.marks
    if not model.config.is_encoder_decoder:
        return lambda examples: collate(examples, trie, marks)
    start = int(model.config.decoder_start_token_id)
    return lambda examples: collate_pairs(examples, trie, marks, start)


def as_one(blocks: Sequence[Sequence[Example]], tensors: Callable[[Sequence[Example]], Batch]) -> Batch:
    """The tensors of several blocks as of one, whose loss is the mean of theirs."""
    answers = torch.tensor([sum(len(example.answer) for example in block) for block in blocks])
    made = tensors([example for block in blocks for example in block])
    return made | {"shares": (1 / (len(blocks) * answers)).repeat_interleave(answers)}


def block_arguments(settings: Training | Preference, with_valid: bool, work: Path, **more: Any) -> TrainingArguments:
    """What all our trainings tell the Trainer.

    Args:
        settings: of the training.
        with_valid: whether there is a valid split, by whose loss the best weights are kept.
        work: the folder of checkpoints.
        more: what else one tells it.
    """
    return TrainingArguments(
        output_dir=str(work),
        per_device_eval_batch_size=1,
        num_train_epochs=1,  # the blocks hold all epochs, each with examples of its own
        learning_rate=settings.learning_rate,
        lr_scheduler_type="cosine",
        warmup_steps=settings.warmup,
        logging_nan_inf_filter=False,  # it would look at each loss, which was looked at already
        eval_strategy="steps" if with_valid else "no",
        eval_steps=settings.eval_every,
        save_steps=settings.eval_every,
        save_total_limit=2,
        load_best_model_at_end=with_valid,
        metric_for_best_model="eval_loss" if with_valid else None,
        greater_is_better=False if with_valid else None,
        remove_unused_columns=False,
        dataloader_pin_memory=torch.cuda.is_available(),
        disable_tqdm=True,
        seed=settings.seed,
        **more,
    )


def _not_a_number(model: Any) -> str:
    """The first weights of a model that hold NaN or an infinity; of spread ones this process looks at its own."""
    for name, weights in model.named_parameters():
        own = getattr(weights, "_local_tensor", weights).detach()
        if own.is_floating_point() and not torch.isfinite(own).all():
            return str(name)
    return ""


class BlockTrainer(Trainer):
    """A Trainer whose batch is one block or some, in the order given; `block_loss` says how it is learnt."""

    model_accepts_loss_kwargs = False  # the loss is a mean already: the Trainer divides by the steps it accumulates

    def block_loss(self, model: Any, batch: Any, training: bool) -> torch.Tensor:
        """The loss of a batch, of the training or of the valid split."""
        raise NotImplementedError

    def compute_loss(
        self, model: Any, inputs: Any, return_outputs: bool = False, num_items_in_batch: Any = None
    ) -> Any:
        """The loss of a block that is trained on.

        Raises:
            DivergedError: if it is no number.
        """
        loss = self._checked(self.block_loss(model, inputs, training=True), f"at step {self.state.global_step + 1}")
        return (loss, {}) if return_outputs else loss

    def prediction_step(self, model: Any, inputs: Any, *_: Any, **__: Any) -> Any:
        """The loss of a block that is only looked at.

        Raises:
            DivergedError: if it is no number.
        """
        with torch.no_grad():
            loss = self.block_loss(model, self._prepare_inputs(inputs), training=False)
        return self._checked(loss, f"on the valid split after step {self.state.global_step}"), None, None

    def _checked(self, loss: torch.Tensor, where: str) -> torch.Tensor:
        """The loss. The Trainer itself would log the mean of the others in its place, and go on."""
        if not torch.isfinite(loss).all():
            raise self._diverged(f"The loss is {loss.item()} {where}")
        return loss

    def check_weights(self) -> None:
        """Refuse a model that the last step broke, after which no loss was computed.

        Raises:
            DivergedError: if a weight is no number.
        """
        if name := _not_a_number(self.model):
            raise self._diverged(f'After the last step the weights "{name}" are no numbers')

    def _diverged(self, what: str) -> DivergedError:
        """The error, with what may have caused it: before the first step nothing was learnt, so the model came so."""
        if self.state.global_step:
            what = f"{what}, with a learning rate of {self.args.learning_rate:g}."
            return DivergedError(what, "Choose a smaller learning rate.")
        if name := _not_a_number(self.model):
            what = f'{what}: the weights "{name}" of the base model are no numbers.'
            return DivergedError(what, "Get the base model anew, or choose another.")
        return DivergedError(
            f"{what}, before anything was learnt.", "Set `dtype: float32`, or choose another base model."
        )

    def _get_train_sampler(self, *_: Any) -> Any:
        return SequentialSampler(self.train_dataset)  # type: ignore[arg-type]

    def _save(self, output_dir: str | None = None, state_dict: Any = None) -> None:
        model: Any = self.model
        save_tuned(model, Path(output_dir or str(self.args.output_dir)), state_dict)

    def _issue_warnings_after_load(self, load_result: Any) -> None:
        """A layer that shares another's weights is in no checkpoint; anything else that is missing is an error."""
        missing = set(load_result.missing_keys) - set(getattr(self.model, "all_tied_weights_keys", {}))
        if missing or load_result.unexpected_keys:
            raise RuntimeError(f"A checkpoint lacks {sorted(missing)} and has {load_result.unexpected_keys} besides.")
