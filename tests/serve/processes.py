"""What processes there are, from /proc, and where this one may run."""

import os
from contextlib import suppress
from pathlib import Path


def cores() -> str:
    """The cores that this process may use, as vLLM wants them for its threads."""
    return ",".join(map(str, sorted(os.sched_getaffinity(0))))


def processes() -> dict[int, tuple[int, str]]:
    """Each process' parent and command line; the dead that nobody has waited for are left out."""
    found = {}
    for folder in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            after = (folder / "stat").read_text().rpartition(")")[2].split()
            words = (folder / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
            if after[0] != "Z":
                found[int(folder.name)] = int(after[1]), words
    return found


def children(pid: int) -> list[tuple[int, str]]:
    """A process' children and theirs, each with its command line; the nearest first."""
    every = processes()
    found: list[tuple[int, str]] = []
    parents = [pid]
    for parent in parents:
        for child, (of, words) in every.items():
            if of == parent:
                parents.append(child)
                found.append((child, words))
    return found
