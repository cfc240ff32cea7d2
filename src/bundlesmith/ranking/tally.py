"""Shares of what was marked, learnt from a few examples: those of a rare key are drawn towards those of a wider one."""

from collections import Counter
from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass, field

DRAWN = 5.0
"""So many examples of a key weigh as much as what is known of the key before it."""


@dataclass(slots=True)
class MarkTally:
    """How often each key was seen, and how often it was marked then."""

    marked: Counter[Hashable] = field(default_factory=Counter)
    seen: Counter[Hashable] = field(default_factory=Counter)
    all_marked: int = 0
    all_seen: int = 0

    def add(self, keys: Iterable[Hashable], marked: bool) -> None:
        """Count one example under each of its *keys*."""
        for key in keys:
            self.seen[key] += 1
            self.marked[key] += marked
        self.all_seen += 1
        self.all_marked += marked

    def chance(self, keys: Sequence[Hashable]) -> float:
        """The share that is marked of what has the last of *keys*, the widest first.

        share(key) = (marked + DRAWN share(the key before it)) / (seen + DRAWN); that before the first is
        (all marked + 1) / (all seen + 2).
        """
        share = (self.all_marked + 1) / (self.all_seen + 2)
        for key in keys:
            share = (self.marked[key] + DRAWN * share) / (self.seen[key] + DRAWN)
        return share
