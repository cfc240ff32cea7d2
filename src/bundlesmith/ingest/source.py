"""What a broker is to an ingest: parts of streams that are read in order, from any position.

Knows nothing about a broker in particular, about events, or about where they go.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from bundlesmith.errors import BundlesmithError


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """A part of a stream whose messages have an order: a partition of a topic; a stream of Redis is one itself."""

    topic: str
    partition: str = "0"


@dataclass(frozen=True, slots=True)
class Message:
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


class Source(Protocol):
    """A broker. It is used by one thread."""

    start: str
    """The position before the first message."""

    def places(self) -> Sequence[Place]:
        """All that is to be read.

        Raises:
            SourceError: if the broker can't be used now.
        """
        ...

    def read(self, positions: Mapping[Place, str], most: int, wait: float) -> Mapping[Place, Sequence[Message]]:
        """The next messages of each place after its position, in their order.

        Args:
            positions: where to begin.
            most: so many of a place at most.
            wait: if there are none, wait so many seconds for some.

        Raises:
            SourceError: if the broker can't be used now.
        """
        ...

    def lost(self, place: Place, position: str) -> str:
        """What messages after a position are gone for good, in a sentence; "" if none is.

        Raises:
            SourceError: if the broker can't be used now.
            BundlesmithError: if the stream isn't the one that was read to this position.
        """
        ...

    def behind(self, place: Place, position: str) -> float:
        """How many seconds lie between the message at a position and the last one; 0 if it is the last.

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
