"""What a training tells while it runs: a live bar, lines in `metrics.jsonl`, and TensorBoard's events.

A training that goes on from a checkpoint takes back what was told after it.
"""

import json
import time
from collections import deque
from pathlib import Path
from typing import Any

from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from torch.utils.tensorboard import SummaryWriter
from transformers import TrainerCallback, TrainerControl, TrainerState, TrainingArguments
from transformers.integrations.integration_utils import TensorBoardCallback

_RECENT = 10
"""Over how many steps the bar's tokens a second are taken."""


class Log(TrainerCallback):
    """Appends every log of the Trainer to a JSON Lines file."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def on_train_begin(self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **_: Any) -> None:
        """Take back the lines after the checkpoint, and that of an end."""
        told = self.path.read_text(encoding="utf-8").splitlines() if self.path.exists() else []
        kept = [line for line in told if _before(json.loads(line), state.global_step)]
        self.path.write_text("".join(line + "\n" for line in kept), encoding="utf-8")

    def on_log(
        self, args: TrainingArguments, state: TrainerState, control: TrainerControl, logs: Any = None, **_: Any
    ) -> None:
        """Write one line."""
        with self.path.open("a", encoding="utf-8") as lines:
            lines.write(json.dumps({"step": state.global_step, **(logs or {})}) + "\n")


def _before(line: dict[str, Any], step: int) -> bool:
    return line["step"] <= step and "train_loss" not in line


class TensorBoard(TensorBoardCallback):
    """The Trainer's logs as TensorBoard's events.

    Args:
        folder: where they go.
        step: the last step that was trained before, 0 if none was; later events are taken back.
    """

    def __init__(self, folder: Path, step: int) -> None:
        self.events = SummaryWriter(str(folder), purge_step=step + 1 if step else None)
        super().__init__(self.events)  # type: ignore[no-untyped-call]

    def on_save(self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **_: Any) -> None:
        """Write what is held in memory, so that a checkpoint never knows more than the events."""
        self.events.flush()


class Bar(TrainerCallback):
    """A bar with steps, tokens a second, the time left, and the latest losses; `progress` is started by the caller."""

    def __init__(self) -> None:
        self.progress = Progress(
            TextColumn("[bold]Fine-tuning"),
            BarColumn(),
            MofNCompleteColumn(),
            TextColumn("{task.fields[speed]} tokens/s"),
            TimeRemainingColumn(),
            TextColumn("loss {task.fields[loss]} valid {task.fields[valid]}"),
        )
        self.recent: deque[tuple[int, float]] = deque(maxlen=_RECENT)

    def on_train_begin(self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **_: Any) -> None:
        """Start at the checkpoint's step: what was trained before it says nothing about the time left."""
        self.task = self.progress.add_task(
            "steps", total=state.max_steps, completed=state.global_step, speed="…", loss="…", valid="…"
        )

    def on_step_begin(self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **_: Any) -> None:
        """Look at the clock; so what lies between steps, like a look at the valid split, doesn't count."""
        self.begun, self.seen = time.perf_counter(), state.num_input_tokens_seen

    def on_step_end(self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **_: Any) -> None:
        """Move on by a step."""
        self.recent.append((state.num_input_tokens_seen - self.seen, time.perf_counter() - self.begun))
        self.progress.update(self.task, completed=state.global_step, speed=f"{speed(self.recent):,.0f}")

    def on_log(
        self, args: TrainingArguments, state: TrainerState, control: TrainerControl, logs: Any = None, **_: Any
    ) -> None:
        """Show new losses."""
        if logs and "loss" in logs:
            self.progress.update(self.task, loss=f"{float(logs['loss']):.3f}")
        if logs and "eval_loss" in logs:
            best = min(float(logs["eval_loss"]), state.best_metric or float("inf"))
            self.progress.update(self.task, valid=f"{float(logs['eval_loss']):.3f} (best {best:.3f})")


def speed(steps: "deque[tuple[int, float]]") -> float:
    """Tokens a second over steps of (tokens, seconds)."""
    return sum(tokens for tokens, _ in steps) / max(sum(seconds for _, seconds in steps), 1e-9)
