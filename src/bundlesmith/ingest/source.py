"""What a broker is to an ingest: parts of streams that are read in order, from any position."""

import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from bundlesmith.errors import BundlesmithError

_FIRST, _BYTES = 64, 8_000_000
"""Messages that are asked for at first, and bytes that a batch of a place may have, about."""


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """A part of a stream whose messages have an order: a partition of a topic; a stream of Redis is one itself."""

    topic: str
    partition: str = "0"


@dataclass(frozen=True, slots=True)
class StreamMessage:
    """One message.

    Attributes:
        position: where it is; the broker's own, as text.
        content: what was sent.
        time: when the broker got it, in seconds since 1970.
    """

    position: str
    content: bytes
    time: int


class SourceError(BundlesmithError):
    """The broker can't be used now."""


class Broker(Protocol):
    """A broker. It is used by one thread."""

    start: str
    """The position before the first message."""
    missing: Mapping[str, str]
    """Topics that weren't there when `places` was called last, and what the broker said of each, if anything."""

    def places(self) -> Sequence[Place]:
        """All that is to be read.

        Raises:
            SourceError: if the broker can't be used now.
        """
        ...

    def read(self, positions: Mapping[Place, str], most: int, wait: float) -> Mapping[Place, Sequence[StreamMessage]]:
        """The next messages of each place after its position, in their order.

        Args:
            positions: where to begin.
            most: so many of a place at most.
            wait: if there are none, wait so many seconds for some.

        Raises:
            SourceError: if the broker can't be used now.
        """
        ...

    def ended(self, place: Place, position: str) -> bool:
        """Whether nothing is left after a position, to which `read` has come.

        Raises:
            SourceError: if the broker can't be used now.
        """
        ...

    def stored(self, place: Place, position: str) -> None:
        """Let the broker know that a place's messages up to a position are stored, for tools that show lag.

        Nothing is read from what the broker makes of it, and it is no error if it can't be told.
        """
        ...

    def is_position(self, text: str) -> bool:
        """Whether this is how the broker writes a position."""
        ...

    def lost(self, place: Place, position: str) -> str:
        """What messages after a position are gone for good, in a sentence; "" if none is.

        Raises:
            SourceError: if the broker can't be used now.
            BundlesmithError: if the stream isn't the one that was read to this position.
        """
        ...

    def behind(self, place: Place, position: str) -> float:
        """For how many seconds messages after a position have been there, about; 0 if there are none.

        Raises:
            SourceError: if the broker can't be used now.
        """
        ...

    def at(self, place: Place, seconds: int) -> str:
        """The position right before a time, in seconds since 1970; that of the last message, if all are older.

        Raises:
            SourceError: if the broker can't be used now.
        """
        ...

    def close(self) -> None:
        """Leave the broker."""
        ...


class BatchSize:
    """How many messages to ask for, where a broker is asked for a number: few while they are large, or unknown."""

    def __init__(self) -> None:
        self._now = _FIRST

    def of(self, most: int) -> int:
        """So many of a place, and *most* at most."""
        return min(most, self._now)

    def read(self, found: Mapping[Place, Sequence[StreamMessage]]) -> None:
        """Note what was read."""
        sizes = [len(message.content) for messages in found.values() for message in messages]
        if sizes:
            self._now = max(1, min(4 * self._now, _BYTES * len(sizes) // (sum(sizes) or 1)))


class Waiting:
    """For how long messages have been waiting, at most, as seen by who reads: for brokers that don't say it."""

    def __init__(self) -> None:
        self._since: dict[Place, float] = {}

    def read(self, places: Iterable[Place], found: Mapping[Place, Sequence[StreamMessage]], drained: bool) -> None:
        """Note what was read: the next message is younger than the last; if all were *drained*, than now."""
        now = time.time()
        for place in places:
            if place in found:
                self._since[place] = found[place][-1].time
            elif drained:
                self._since[place] = now

    def behind(self, place: Place, unread: bool) -> float:
        """The seconds, if there are *unread* messages."""
        now = time.time()
        if not unread:
            self._since[place] = now
        return max(0.0, now - self._since.setdefault(place, now))
