"""Where a topic's messages go: events into the store; `item_sink` has the other kind."""

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from bundlesmith.ingest.events import DeadLetter, Fields, read_messages
from bundlesmith.ingest.formats import Decode, json_object
from bundlesmith.ingest.ledger import BatchOutcome, Ledger
from bundlesmith.ingest.source import Place, StreamMessage

Sink = Callable[[Place, str, Sequence[StreamMessage]], BatchOutcome]
"""Stores a batch of a place that was read after a position, and moves that; see `Ledger.moving` for its errors."""
_SAID = 3
_LOG = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class EventSink:
    """Messages that are events."""

    ledger: Ledger
    fields: Fields
    decode: Decode = json_object

    def __call__(self, place: Place, expected: str, messages: Sequence[StreamMessage]) -> BatchOutcome:
        """See `Sink`."""
        told, dead = read_messages(place, messages, self.fields, self.decode)
        say_dead(place, dead)
        return self.ledger.write(place, expected, messages[-1].position, told, dead)


def say_dead(place: Place, dead: Sequence[DeadLetter]) -> None:
    """Log messages that can't be used: the first of a batch, for it may be that all are."""
    for letter in dead[:_SAID]:
        _LOG.info('"%s" %s is a dead letter: %s', place.topic, letter.position, letter.reason)
    if (more := len(dead) - _SAID) > 0:
        _LOG.info('"%s": %d more dead letters of this batch; the store has them.', place.topic, more)
