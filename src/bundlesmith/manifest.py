"""The list of what a command wrote into its folder: what isn't on it is someone else's, and never replaced or lost.

Each folder that a command writes holds the list as `.bundlesmith.json`.
"""

import json
import os
from collections.abc import Iterator
from fnmatch import fnmatchcase
from pathlib import Path

MANIFEST = ".bundlesmith.json"
_OURS = ".bundlesmith.*"
"""Names of which only Bundlesmith makes use: the manifest, and what is half-written."""
_PASSED_OVER = (_OURS, ".DS_Store", "Thumbs.db")
_OF_RUNS = ("ranker", "scores.json", "index.bin", ".ranker.*", ".scores.json.*", ".index.bin.*")
LATER: dict[str, tuple[str, ...]] = {
    "finetune": _OF_RUNS,
    "prefer": _OF_RUNS,
    "spell": _OF_RUNS,
    "eval": ("answers.jsonl", ".answers.jsonl.part", "values.parquet", "scores.json", ".scores.json.*"),
    "sweep": ("study.db*", "trial-*", ".trial-*"),
}
"""By command: what comes to stand in its folder after the manifest. A visible folder has a manifest of its own."""


def write_manifest(folder: Path, command: str) -> None:
    """List all that *folder* holds as written by *command*."""
    names = (path.relative_to(folder).as_posix() for path in folder.rglob("*"))
    _write(folder, command, sorted(name for name in names if name != MANIFEST))


def claim(folder: Path, command: str) -> None:
    """Make a folder that *command* fills bit by bit, with names of `LATER`.

    Raises:
        OSError: if it can't be made.
    """
    folder.mkdir(parents=True, exist_ok=True)
    if _read(folder)[0] != command:
        _write(folder, command, [])


def _write(folder: Path, command: str, names: list[str]) -> None:
    text = json.dumps({"command": command, "files": names}, indent=2)
    (folder / MANIFEST).write_text(text + "\n", encoding="utf-8")


def _read(folder: Path) -> tuple[str, frozenset[str]]:
    """The command and its files; none if the manifest is missing or broken."""
    try:
        made = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
        return str(made["command"]), frozenset(made["files"])
    except (OSError, ValueError, KeyError, TypeError):
        return "", frozenset()


def strangers(folder: Path, command: str) -> list[str]:
    """What a folder holds that *command* didn't write there, as paths under it; a path of a folder ends in "/"."""
    found, files = _read(folder)
    return list(_strangers(folder, folder, files if found == command else frozenset(), _later(found, command)))


def _later(found: str, command: str) -> tuple[str, ...]:
    return LATER.get(command, ()) if found == command else ()


def _strangers(at: Path, folder: Path, files: frozenset[str], later: tuple[str, ...]) -> Iterator[str]:
    for path in sorted(at.iterdir()):
        name, is_folder = path.relative_to(folder).as_posix(), path.is_dir() and not path.is_symlink()
        if name in files:
            yield from _strangers(path, folder, files, ()) if is_folder else ()
        elif _matches(name, later):
            yield from _of_part(path, name) if is_folder and not name.startswith(".") else ()
        elif not (_matches(path.name, _PASSED_OVER) or (name == "lost+found" and os.path.ismount(folder))):
            yield f"{name}/" if is_folder else name


def _of_part(part: Path, name: str) -> list[str]:
    """The strangers in a folder that another command wrote into this one, such as a run's ranker."""
    command, _ = _read(part)
    return [f"{name}/{stranger}" for stranger in strangers(part, command)] if command else [f"{name}/"]


def own_entries(folder: Path) -> list[str]:
    """What the manifest's command wrote at the top of a folder, the manifest last; nothing if there is none."""
    command, files = _read(folder)
    if not command:
        return []
    later = (path.name for path in folder.iterdir() if _matches(path.name, LATER.get(command, ())))
    return [*sorted({name.partition("/")[0] for name in files} | set(later)), MANIFEST]


def _matches(name: str, patterns: tuple[str, ...]) -> bool:
    return any(fnmatchcase(name, pattern) for pattern in patterns)
