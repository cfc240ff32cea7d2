"""What a folder of runs holds: their settings, how their training went, their scores; and what is broken in it.

    bundlesmith runs FOLDER

Reads `run.json`, `metrics.jsonl` and `scores.json`, so that runs of older prompts or versions can be compared too.
"""

import json
import math
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from bundlesmith.errors import BundlesmithError
from bundlesmith.files import read_json, read_lines
from bundlesmith.run import RUN_FORMAT

TRACES = ("adapter_config.json", "metrics.jsonl", "spellings.parquet")
"""Files that only a run has: a folder with one of them and without a `run.json` is a broken run."""


@dataclass(frozen=True, slots=True)
class Point:
    """One loss of a training; *tokens* (trained so far) is None if the metrics don't say."""

    step: int
    tokens: int | None
    loss: float


@dataclass(frozen=True, slots=True)
class Metrics:
    """How a training went: its losses by step, and how long it took (None if it hasn't ended)."""

    train: tuple[Point, ...] = ()
    valid: tuple[Point, ...] = ()
    steps: int = 0
    tokens: int | None = None
    seconds: float | None = None

    @property
    def best(self) -> Point | None:
        """The lowest valid loss, the first of equal ones; None if there is no finite one."""
        finite = [point for point in self.valid if math.isfinite(point.loss)]
        return min(finite, key=lambda point: point.loss, default=None)


@dataclass(frozen=True, slots=True)
class Record:
    """What a run's folder says of it.

    Attributes:
        name: its path under the folder that was listed.
        made: `run.json`.
        settings: its settings with dotted keys: `lora.r`.
        trained: False for a spelt catalogue without an adapter.
        when: when its `run.json` was written.
        scores: kind of task -> name of a figure -> value; empty if there is no `scores.json`.
    """

    name: str
    folder: Path
    made: dict[str, Any]
    settings: dict[str, Any]
    trained: bool
    metrics: Metrics
    when: datetime
    scores: dict[str, dict[str, float]]


@dataclass(frozen=True, slots=True)
class Broken:
    """A folder that should be a run and isn't, and why."""

    name: str
    reason: str


def list_runs(folder: Path) -> list[Record | Broken]:
    """All runs under *folder* by name, at any depth, and what should be one and isn't.

    Raises:
        BundlesmithError: if there is no such folder, or nothing in it.
    """
    if not folder.is_dir():
        raise BundlesmithError(f'There is no folder "{folder}".', "Check the path.")
    found = [_listed(path, folder) for path in sorted(_candidates(folder))]
    if not found:
        raise BundlesmithError(f'There is no run under "{folder}".', "`bundlesmith finetune` makes one.")
    return found


def _candidates(folder: Path) -> Iterator[Path]:
    """Folders that are runs, look like one, or hold nothing that is one though they lie directly in *folder*."""
    held: set[str] = set()
    for at, below, files in os.walk(folder):
        path = Path(at)
        if "run.json" in files or set(TRACES) & set(files) or _is_half_written(path.name):
            below.clear()
            held.add((path.relative_to(folder).parts or ("",))[0])
            yield path
        below[:] = [name for name in below if not name.startswith(".") or _is_half_written(name)]
    if "" not in held:
        others = (path for path in folder.iterdir() if path.is_dir() and path.name not in held)
        yield from (path for path in others if not path.name.startswith(".") and not (path / "data.json").exists())


def _is_half_written(name: str) -> bool:
    return name.startswith(".") and name.endswith((".training", ".new", ".old"))


def _listed(path: Path, folder: Path) -> Record | Broken:
    name = path.resolve().name if path == folder else path.relative_to(folder).as_posix()
    try:
        return read_run(path, name)
    except BundlesmithError as error:
        return Broken(name, error.what)


def read_run(folder: Path, name: str) -> Record:
    """Read what a run says of itself.

    Raises:
        BundlesmithError: if the folder isn't a run, or a file of it can't be read.
    """
    if _is_half_written(folder.name):
        raise BundlesmithError(_unfinished(folder), "Fine-tune again: it goes on from there.")
    made = _checked(folder)
    trained = (folder / "metrics.jsonl").exists()
    if not trained and any(folder.glob("*.safetensors")):
        raise BundlesmithError("It has no metrics.jsonl, though it has weights.", "Fine-tune again.")
    return Record(
        name=name,
        folder=folder,
        made=made,
        settings=flat(made["settings"]),
        trained=trained,
        metrics=read_metrics(folder / "metrics.jsonl") if trained else Metrics(),
        when=datetime.fromtimestamp((folder / "run.json").stat().st_mtime).astimezone(),
        scores=_scores(folder / "scores.json"),
    )


def _unfinished(folder: Path) -> str:
    if not folder.name.endswith(".training"):
        return "It is being written now, or was when a kill came."
    metrics = folder / "metrics.jsonl"
    reached = read_metrics(metrics, cut=True).steps if metrics.exists() else 0
    return f"A training that is under way or was killed; its metrics reach step {reached}."


def _checked(folder: Path) -> dict[str, Any]:
    if not (folder / "run.json").exists():
        raise BundlesmithError(f'"{folder}" is not a run: it has no run.json.', "`bundlesmith finetune` makes one.")
    made = read_json(folder / "run.json")
    found = made.get("format") if isinstance(made, dict) else None
    if found != RUN_FORMAT:
        raise BundlesmithError(
            f'"{folder}" has run format {found}, and this version reads {RUN_FORMAT}.', "Fine-tune again."
        )
    missing = {"data", "prompts", "lexicon", "packages", "settings"} - made.keys()
    if missing:
        raise BundlesmithError(f'"{folder / "run.json"}" has no {", ".join(sorted(missing))}.', "Fine-tune again.")
    return dict(made)


def _scores(path: Path) -> dict[str, dict[str, float]]:
    if not path.exists():
        return {}
    scores = read_json(path)
    if not isinstance(scores, dict) or not all(isinstance(figures, dict) for figures in scores.values()):
        raise BundlesmithError(f'"{path}" is not of kinds of tasks with their figures.', "Score the run again.")
    return scores


def read_metrics(path: Path, cut: bool = False) -> Metrics:
    """Read a `metrics.jsonl`. A step that is there twice (a resumed training did it again) counts as it was last.

    Args:
        path: the file.
        cut: whether its last line may have been cut short by a kill.

    Raises:
        BundlesmithError: if it can't be read or a line isn't a log of the trainer; the error names the line.
    """
    lines = [(at, line) for at, line in enumerate(read_lines(path), 1) if line]
    logs = [_log(line, f"{path}:{at}") for at, line in (lines[:-1] if cut else lines)]
    seen = [log["num_input_tokens_seen"] for log in logs if "num_input_tokens_seen" in log]
    seconds = [float(log["train_runtime"]) for log in logs if "train_runtime" in log]
    return Metrics(
        train=_points(logs, "loss"),
        valid=_points(logs, "eval_loss"),
        steps=max((int(log["step"]) for log in logs), default=0),
        tokens=int(max(seen)) if seen else None,
        seconds=seconds[-1] if seconds else None,
    )


def _log(line: str, where: str) -> dict[str, Any]:
    try:
        log = json.loads(line)
    except json.JSONDecodeError as error:
        raise BundlesmithError(f"{where} is not JSON: {error}.", "Mend that line.") from error
    if not isinstance(log, dict) or "step" not in log:
        raise BundlesmithError(f"{where} is not a JSON object with a step.", "Mend that line.")
    return log


def _points(logs: Sequence[dict[str, Any]], key: str) -> tuple[Point, ...]:
    last = {int(log["step"]): log for log in logs if key in log}
    return tuple(Point(step, log.get("num_input_tokens_seen"), float(log[key])) for step, log in sorted(last.items()))


def flat(values: dict[str, Any], prefix: str = "") -> dict[str, Any]:
    """Nested settings with dotted keys: `{"lora": {"r": 8}}` as `{"lora.r": 8}`."""
    found: dict[str, Any] = {}
    for key, value in values.items():
        found |= flat(value, f"{prefix}{key}.") if isinstance(value, dict) else {prefix + key: value}
    return found


def read_named(folders: Sequence[Path]) -> list[Record]:
    """The runs of *folders*, named after their folders, or by their paths if two folders have one name.

    Raises:
        BundlesmithError: if one of them is no run.
    """
    names = [folder.resolve().name for folder in folders]
    unique = len(set(names)) == len(names)
    return [read_run(folder, name if unique else str(folder)) for folder, name in zip(folders, names, strict=True)]
