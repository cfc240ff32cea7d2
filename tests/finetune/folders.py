"""Folders that look like runs: their `run.json` and metrics, written by hand."""

import json
from pathlib import Path
from typing import Any

from bundlesmith.run import RUN_FORMAT

LOGS = [
    {"step": 10, "loss": 3.0, "num_input_tokens_seen": 1000},
    {"step": 20, "loss": 2.5, "num_input_tokens_seen": 2100},
    {"step": 20, "eval_loss": 2.25, "num_input_tokens_seen": 2100},
    {"step": 30, "loss": 2.0, "num_input_tokens_seen": 3000},
    {"step": 40, "eval_loss": 2.125, "num_input_tokens_seen": 4200},
    {"step": 60, "eval_loss": 2.5, "num_input_tokens_seen": 6000},
    {"step": 60, "train_runtime": 3723.4, "train_loss": 2.4, "num_input_tokens_seen": 6000},
]


def write_run(folder: Path, logs: list[dict[str, Any]] = LOGS, data: str = "d1", **settings: Any) -> Path:
    """A run with LoRA; *settings* are put over its sections."""
    folder.mkdir(parents=True)
    base = {
        "base": "owner/tiny",
        "method": "lora",
        "lora": {"r": 16, "targets": "all-linear"},
        "examples": {"spelling": "terms"},
        "training": {"learning_rate": 0.001},
    }
    made = {
        "format": RUN_FORMAT,
        "data": data,
        "prompts": "p1",
        "lexicon": "l1",
        "packages": {"torch": "2.13.0"},
        "settings": base | settings,
    }
    (folder / "run.json").write_text(json.dumps(made))
    (folder / "metrics.jsonl").write_text("".join(json.dumps(log) + "\n" for log in logs))
    return folder
