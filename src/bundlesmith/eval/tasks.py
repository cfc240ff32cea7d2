"""The tasks that recommenders are compared on: three kinds, one JSON object a line.

complete  {"id", "kind", "history", "items", "intent"}   rank the whole catalogue for the item that is left out
generate  {"id", "kind", "history", "request"}           write bundles, the best first
sessions  {"id", "kind", "items"}                        find the bundles in one session, and name their intents
"""

import json
import random
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bundlesmith.errors import BundlesmithError
from bundlesmith.files import read_lines

TASK_KINDS = ("complete", "generate", "sessions")


@dataclass(frozen=True, slots=True)
class Task:
    """One task; ids are strings here, as in a catalogue."""

    id: str
    kind: str
    history: tuple[str, ...]
    items: tuple[str, ...]
    words: str


def read_tasks(path: Path) -> list[Task]:
    """Read a file of tasks.

    Raises:
        BundlesmithError: if the file can't be read, a line isn't a task, or an id repeats.
    """
    lines = read_lines(path)
    tasks = [_task(line, f"{path}:{number}") for number, line in enumerate(lines, 1) if line.strip()]
    if not tasks:
        raise BundlesmithError(f'"{path}" holds no task.', "Give a file with one JSON object a line.")
    if len({task.id for task in tasks}) < len(tasks):
        raise BundlesmithError(f'"{path}" repeats a task id.', "Give every task an id of its own.")
    return tasks


def drawn_items(task: Task, seed: int, ids: Sequence[str], most: int, but: Collection[str]) -> list[str]:
    """*most* different items (all, if there are fewer) that are not in *but*; by the seed and the task's id alone."""
    drawn = random.Random(f"{seed} {task.id}").sample(ids, min(len(ids), most + len(but)))
    return [item for item in drawn if item not in but][:most]


def read_answers(path: Path, needs: str, *keys: str) -> list[dict[str, Any]]:
    """Read true answers or answers: JSON Lines, each an object.

    Args:
        path: the file.
        needs: how an error names the keys.
        keys: those that each row must have, with a text.

    Raises:
        BundlesmithError: if the file can't be read, or a line is something else.
    """
    return [_row(line, f"{path}:{at}", needs, keys) for at, line in enumerate(read_lines(path), 1) if line.strip()]


def _row(line: str, where: str, needs: str, keys: Sequence[str]) -> dict[str, Any]:
    try:
        row = json.loads(line)
    except json.JSONDecodeError as error:
        raise BundlesmithError(f"{where} is not JSON: {error}.", "Mend that line.") from error
    if not isinstance(row, dict) or not all(isinstance(row.get(key), str) for key in keys):
        raise BundlesmithError(f"{where} is not a JSON object with {needs}.", "Mend that line.")
    return row


def _task(line: str, where: str) -> Task:
    try:
        row = json.loads(line)
        if row["kind"] not in TASK_KINDS:
            raise BundlesmithError(f'{where} has the kind "{row["kind"]}".', f"Known: {', '.join(TASK_KINDS)}.")
        history, items = (tuple(map(str, row.get(key, ()))) for key in ("history", "items"))
        return Task(row["id"], row["kind"], history, items, row.get("intent") or row.get("request") or "")
    except (json.JSONDecodeError, KeyError, TypeError) as error:
        raise BundlesmithError(f"{where} is not a task: {error!r}.", 'It needs "id" and "kind".') from error
