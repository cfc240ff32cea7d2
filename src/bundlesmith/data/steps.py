"""How far `prepare` is, as a bar: reading by bytes, then cleaning, splitting and writing by their usual time."""

from types import TracebackType
from typing import Self

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

SHARES = {"Reading": 0.3, "Cleaning": 0.35, "Splitting": 0.1, "Writing": 0.25}
"""Measured at some million events."""


class Steps:
    """A bar on a terminal, while it is entered; it goes when it is left."""

    def __init__(self, console: Console) -> None:
        columns = (TextColumn("{task.description} …"), BarColumn(), TimeElapsedColumn())
        self._bar = Progress(*columns, console=console, transient=True, disable=not console.is_terminal)
        self._task = self._bar.add_task("Reading", total=1.0)

    def __enter__(self) -> Self:
        self._bar.start()
        return self

    def __exit__(self, *_: type[BaseException] | BaseException | TracebackType | None) -> None:
        self._bar.stop()

    def part(self, name: str, share: float) -> None:
        """Say which file is read next, and which share of all bytes comes before it."""
        self._bar.update(self._task, description=f"Reading {name}", completed=share * SHARES["Reading"])

    def next(self, step: str) -> None:
        """Go to one of `SHARES`."""
        before = list(SHARES)[: list(SHARES).index(step)]
        self._bar.update(self._task, description=step, completed=sum(SHARES[name] for name in before))
