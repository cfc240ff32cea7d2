"""One training with transformers' Trainer: packed blocks in, a tuned model and metrics out, resumable.

Its working folder holds checkpoints; a training that was killed goes on from the last one. Started as several
processes (torchrun, `accelerate launch`), it shares each step's blocks out to them.
"""

import json
import math
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch
from transformers import EarlyStoppingCallback, PrinterCallback, TrainingArguments
from transformers.trainer_utils import get_last_checkpoint

from bundlesmith.decoding.lexicon import Lexicon
from bundlesmith.finetune.attention import ATTENTION_NAME as APART
from bundlesmith.finetune.blocks import Block
from bundlesmith.finetune.loss import answer_loss
from bundlesmith.finetune.processes import on_cpu, processes
from bundlesmith.finetune.progress import Bar, Log, TensorBoard
from bundlesmith.finetune.trainer import Blocks, BlockTrainer, as_one, block_arguments, collator
from bundlesmith.settings import Training

if TYPE_CHECKING:
    from bundlesmith.finetune.model import Model

ROW = 1024
"""Tokens of blocks that go through the model as one row on the CPU, where larger products are faster."""


def train(
    model: "Model",
    settings: Training,
    train_blocks: Sequence[Block],
    valid_blocks: Sequence[Block],
    lexicon: Lexicon,
    work: Path,
) -> None:
    """Train what of *model* may be trained, and write it as it was at the best valid loss to `work/model`.

    Metrics go to `work/metrics.jsonl`, TensorBoard's events to `work/tensorboard`. Every process calls this; the main
    one writes.

    Raises:
        DivergedError: if the loss or the weights are no numbers any more.
    """
    last = _last_checkpoint(work)
    state = json.loads((last / "trainer_state.json").read_text(encoding="utf-8")) if last else {"global_step": 0}
    steps = _steps(settings, len(train_blocks), state)
    tensors, at_once = collator(model, lexicon), _at_once(model, settings)
    trainer = _AnswerTrainer(
        model=model,
        args=_arguments(settings, at_once, bool(valid_blocks), model.config.is_encoder_decoder, work),
        train_dataset=Blocks(train_blocks, steps * settings.blocks_per_step),
        eval_dataset=Blocks(valid_blocks, len(valid_blocks)) if valid_blocks else None,
        data_collator=lambda blocks: as_one(blocks, tensors),
        callbacks=[EarlyStoppingCallback(settings.patience)] if valid_blocks else [],
    )
    trainer.over = settings.loss
    trainer.remove_callback(PrinterCallback)
    bar = Bar()
    if trainer.is_world_process_zero():
        for callback in (Log(work / "metrics.jsonl"), TensorBoard(work / "tensorboard", state["global_step"]), bar):
            trainer.add_callback(callback)
        bar.progress.start()
    try:
        trainer.train(resume_from_checkpoint=str(last) if last else None)
    finally:
        bar.progress.stop()
    trainer.check_weights()
    trainer.save_model(str(work / "model"))


def _last_checkpoint(work: Path) -> Path | None:
    """The newest checkpoint that is whole; a kill may have fallen into others, and those are removed."""
    with processes().main_process_first():
        for folder in work.glob("checkpoint-*"):
            if not _is_json(folder / "trainer_state.json"):  # written last
                shutil.rmtree(folder)
    last = get_last_checkpoint(str(work))  # type: ignore[no-untyped-call]
    return Path(last) if last else None


def _is_json(path: Path) -> bool:
    try:
        json.loads(path.read_text(encoding="utf-8"))
    except (FileNotFoundError, json.JSONDecodeError):
        return False
    return True


def _steps(settings: Training, blocks: int, state: dict[str, Any]) -> int:
    """How many steps the training has; the last of an epoch is filled up with blocks from its beginning.

    One whose patience had run out at its last checkpoint has as many as it had done.
    """
    stopper = state.get("stateful_callbacks", {}).get("EarlyStoppingCallback", {}).get("attributes", {})
    if stopper.get("early_stopping_patience_counter", 0) >= settings.patience:
        return int(state["global_step"])
    return settings.max_steps or math.ceil(blocks / settings.blocks_per_step)


def _at_once(model: "Model", settings: Training) -> int:
    """How many blocks of a step go through the model together: its gradient is the same, whatever their number.

    More than one where a row may hold many examples at no more cost, each attended apart, and memory is the CPU's.
    """
    if not on_cpu() or model.config._attn_implementation != APART:
        return 1
    blocks = settings.blocks_per_step // processes().num_processes
    return max(n for n in range(1, blocks + 1) if blocks % n == 0 and (n == 1 or n * settings.block_tokens <= ROW))


class _AnswerTrainer(BlockTrainer):
    """A Trainer with the loss of answers."""

    over = "allowed"

    def block_loss(self, model: Any, batch: Any, training: bool) -> torch.Tensor:
        return answer_loss(model, batch, self.over)


def _arguments(
    settings: Training, at_once: int, with_valid: bool, encoder_decoder: bool, work: Path
) -> TrainingArguments:
    return block_arguments(
        settings,
        with_valid,
        work,
        use_cpu=on_cpu(),
        run_name=work.name.removeprefix(".").removesuffix(".training"),
        per_device_train_batch_size=at_once,
        gradient_accumulation_steps=settings.blocks_per_step // (at_once * processes().num_processes),
        weight_decay=settings.weight_decay,
        logging_steps=math.gcd(10, settings.eval_every),  # at checkpoints too: a mean never spans a kill
        include_num_input_tokens_seen="non_padding" if encoder_decoder else "all",
        save_strategy="steps",
        restore_callback_states_from_checkpoint=True,  # the patience that is left
        ddp_find_unused_parameters=False,
        report_to=[*settings.report] or "none",  # TensorBoard is a callback of ours, in a folder of our choice
        **_memory(settings),
    )


def _memory(settings: Training) -> dict[str, Any]:
    """What a Trainer is told so that large models fit; under FSDP it computes activations twice in its own way."""
    if settings.fsdp:
        return {"fsdp": True, "fsdp_config": {"activation_checkpointing": settings.gradient_checkpointing}}
    if settings.gradient_checkpointing:
        return {"gradient_checkpointing": True, "gradient_checkpointing_kwargs": {"use_reentrant": False}}
    return {}
