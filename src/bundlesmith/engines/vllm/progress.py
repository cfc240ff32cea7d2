"""The answers that an engine elsewhere is writing: how many there are, and whether any of them gets on."""

import time
from collections.abc import Iterator
from contextlib import contextmanager

STUCK = 180.0
"""With answers under way, none of which got a token for so many seconds, an engine hangs; the first step after a start
takes a slow CPU a minute."""


class UnderWay:
    """Counts answers under way."""

    def __init__(self) -> None:
        self._open, self._moved = 0, 0.0

    def __bool__(self) -> bool:
        return self._open > 0

    @contextmanager
    def one(self) -> Iterator[None]:
        """One is under way until the block is left."""
        if not self._open:
            self.moves()
        self._open += 1
        try:
            yield
        finally:
            self._open -= 1

    def moves(self) -> None:
        """One of them got a token."""
        self._moved = time.monotonic()

    def stuck(self) -> bool:
        """Whether the engine hangs."""
        return self._open > 0 and time.monotonic() - self._moved > STUCK
