"""What processes there are, from /proc, and where this one may run."""

import os
from contextlib import suppress
from pathlib import Path


def core() -> str:
    """One of the cores that this process may use, for vLLM's threads: they wait for each other if one is held up."""
    return str(min(os.sched_getaffinity(0)))


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


def serving() -> dict[int, str]:
    """All processes of the vLLM server that this one has started, by what they are called."""
    mine = [pid for pid, words in children(os.getpid()) if "process_group" in words]
    return {pid: words for guard in mine for pid, words in [(guard, "guard"), *children(guard)]}
