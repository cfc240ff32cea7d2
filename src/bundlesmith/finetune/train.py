"""One training with transformers' Trainer: packed blocks in, a tuned model and metrics out, resumable.

Knows nothing about tables or prompts. Its working folder holds checkpoints; a training that was killed goes on from
the last one.
"""

import json
import shutil
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from torch.utils.data import Dataset
from torch.utils.tensorboard import SummaryWriter
from transformers import (
    EarlyStoppingCallback,
    PrinterCallback,
    Trainer,
    TrainerCallback,
    TrainerControl,
    TrainerState,
    TrainingArguments,
)
from transformers.integrations.integration_utils import TensorBoardCallback
from transformers.trainer_utils import get_last_checkpoint

from bundlesmith.finetune.examples import Example
from bundlesmith.finetune.loss import answer_loss
from bundlesmith.finetune.packing import collate, collate_pairs
from bundlesmith.lexicon import Lexicon
from bundlesmith.settings import Training

if TYPE_CHECKING:
    from bundlesmith.model import Model

Block = list[Example]


class Blocks(Dataset[Block]):
    """Packed blocks, in the order in which they are trained."""

    def __init__(self, blocks: Sequence[Block]) -> None:
        self.blocks = blocks

    def __len__(self) -> int:
        return len(self.blocks)

    def __getitem__(self, index: int) -> Block:
        return self.blocks[index]


def train(
    model: "Model",
    settings: Training,
    train_blocks: Sequence[Block],
    valid_blocks: Sequence[Block],
    lexicon: Lexicon,
    work: Path,
) -> None:
    """Train what of *model* may be trained; its metrics go to `work/metrics.jsonl`, TensorBoard's to `work/tensorboard`.

    Afterwards *model* is as it was at the best valid loss.
    """
    trainer = _BlockTrainer(
        model=model,
        args=_arguments(settings, bool(valid_blocks), work),
        train_dataset=Blocks(train_blocks),
        eval_dataset=Blocks(valid_blocks) if valid_blocks else None,
        data_collator=_collator(model, lexicon),
        callbacks=[
            _Log(work / "metrics.jsonl"),
            TensorBoardCallback(SummaryWriter(str(work / "tensorboard"))),  # type: ignore[no-untyped-call]
            _Bar(),
        ],
    )
    trainer.over = settings.loss
    trainer.remove_callback(PrinterCallback)
    if valid_blocks:
        trainer.add_callback(EarlyStoppingCallback(settings.patience))
    for folder in work.glob("checkpoint-*"):
        if not (folder / "trainer_state.json").exists():  # written last: a kill fell into this checkpoint
            shutil.rmtree(folder)
    last = get_last_checkpoint(str(work))  # type: ignore[no-untyped-call]
    trainer.train(resume_from_checkpoint=last)


def _collator(model: "Model", lexicon: Lexicon) -> Callable[[list[Block]], dict[str, torch.Tensor]]:
    trie, marks = lexicon.trie, lexicon.marks
    if not model.config.is_encoder_decoder:
        return lambda blocks: collate(blocks[0], trie, marks)
    start = int(model.config.decoder_start_token_id)
    return lambda blocks: collate_pairs(blocks[0], trie, marks, start)


class _BlockTrainer(Trainer):
    """A Trainer whose batch is one packed block, in the order given, with our loss."""

    over = "allowed"
    model_accepts_loss_kwargs = False  # the loss is a mean already: the Trainer divides by the steps it accumulates

    def compute_loss(self, model: Any, inputs: Any, return_outputs: bool = False, num_items_in_batch: Any = None) -> Any:
        loss = answer_loss(model, inputs, self.over)
        return (loss, {}) if return_outputs else loss

    def prediction_step(self, model: Any, inputs: Any, *_: Any, **__: Any) -> Any:
        with torch.no_grad():
            return answer_loss(model, self._prepare_inputs(inputs), self.over), None, None

    def _get_train_sampler(self, *_: Any) -> Any:
        return torch.utils.data.SequentialSampler(self.train_dataset)  # type: ignore[arg-type]


def _arguments(settings: Training, with_valid: bool, work: Path) -> TrainingArguments:
    return TrainingArguments(
        output_dir=str(work),
        per_device_train_batch_size=1,
        per_device_eval_batch_size=1,
        gradient_accumulation_steps=settings.blocks_per_step,
        num_train_epochs=1,  # the blocks hold all epochs, each with examples of its own
        max_steps=settings.max_steps or -1,
        learning_rate=settings.learning_rate,
        lr_scheduler_type="cosine",
        warmup_steps=settings.warmup,
        weight_decay=settings.weight_decay,
        logging_steps=10,
        eval_strategy="steps" if with_valid else "no",
        eval_steps=settings.eval_every,
        save_strategy="steps",
        save_steps=settings.eval_every,
        save_total_limit=2,
        load_best_model_at_end=with_valid,
        metric_for_best_model="eval_loss" if with_valid else None,
        greater_is_better=False if with_valid else None,
        remove_unused_columns=False,
        dataloader_pin_memory=torch.cuda.is_available(),
        report_to="none",  # TensorBoard is a callback below, in a folder of our choice
        disable_tqdm=True,
        seed=settings.seed,
    )


class _Log(TrainerCallback):
    """Appends every log of the Trainer to a JSON Lines file."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def on_log(
        self, args: TrainingArguments, state: TrainerState, control: TrainerControl, logs: Any = None, **_: Any
    ) -> None:
        with self.path.open("a", encoding="utf-8") as lines:
            lines.write(json.dumps({"step": state.global_step, **(logs or {})}) + "\n")


class _Bar(TrainerCallback):
    """A progress bar with the latest losses."""

    def __init__(self) -> None:
        self.progress = Progress(
            TextColumn("[bold]Fine-tuning"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn(),
            TextColumn("loss {task.fields[loss]} valid {task.fields[valid]}"),
        )
        self.task = self.progress.add_task("steps", loss="…", valid="…")

    def on_train_begin(
        self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **_: Any
    ) -> None:
        self.progress.update(self.task, total=state.max_steps, completed=state.global_step)
        self.progress.start()

    def on_step_end(self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **_: Any) -> None:
        self.progress.update(self.task, completed=state.global_step)

    def on_log(
        self, args: TrainingArguments, state: TrainerState, control: TrainerControl, logs: Any = None, **_: Any
    ) -> None:
        if logs and "loss" in logs:
            self.progress.update(self.task, loss=f"{float(logs['loss']):.3f}")
        if logs and "eval_loss" in logs:
            self.progress.update(self.task, valid=f"{float(logs['eval_loss']):.3f}")

    def on_train_end(self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **_: Any) -> None:
        self.progress.stop()
