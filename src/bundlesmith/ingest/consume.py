"""The loop: read a batch of each place, store it, go on. One batch a place is under way, however slow the store."""

import logging
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from threading import Event, Thread

from bundlesmith.ingest.ledger import BatchOutcome, FencedError, Ledger
from bundlesmith.ingest.sinks import Sink
from bundlesmith.ingest.source import Broker, Place, SourceError
from bundlesmith.store import StoreError

_LOG = logging.getLogger(__name__)
MESSAGES_AT_ONCE = 1000
"""Messages of a place that are stored together; PostgreSQL holds a lock for each of their customers meanwhile."""
WAIT = 0.5
"""Seconds for which messages are waited for."""
LONGEST_PAUSE = 5.0
"""Seconds after which a broker or a store that can't be used is tried again at the latest."""


@dataclass(slots=True)
class ConsumedCounts:
    """What was done since the start.

    Attributes:
        new, known, forgotten, dead, items: messages, by what became of them.
        batches, seconds: how many were stored, and how long that took.
        held: the places that are read now, with their positions.
        places: how many places there are, whoever reads them.
    """

    new: int = 0
    known: int = 0
    forgotten: int = 0
    dead: int = 0
    items: int = 0
    batches: int = 0
    seconds: float = 0.0
    held: dict[Place, str] = field(default_factory=dict)
    places: int = 0

    def add(self, written: BatchOutcome, seconds: float) -> None:
        """Count a batch, which took so long to store."""
        self.new, self.known = self.new + written.new, self.known + written.known
        self.forgotten, self.dead = self.forgotten + written.forgotten, self.dead + written.dead
        self.items += written.items
        self.batches, self.seconds = self.batches + 1, self.seconds + seconds


def consume(
    source: Broker,
    ledger: Ledger,
    sink: Sink,
    stop: Event,
    renew: float = 1.0,
    until_empty: bool = False,
    told: Callable[[ConsumedCounts], None] | None = None,
    stored: Callable[[BatchOutcome, float], None] | None = None,
) -> ConsumedCounts:
    """Read until *stop* is set.

    Args:
        source: from where.
        ledger: who knows how far.
        sink: to where.
        stop: set by another thread or a signal.
        renew: seconds after which places are asked for, and kept, again: a third of the lease at most.
        until_empty: whether to end where nothing is left to be read.
        told: called after each round.
        stored: called after each batch, with the seconds that it took.

    Raises:
        BundlesmithError: if a stream isn't the one that was read before. A broker or a store that can't be used is
            waited for.
    """
    tally, asked, pause = ConsumedCounts(), -renew, 0.1
    while not stop.is_set():
        try:
            if time.monotonic() - asked >= renew:
                _take(source, ledger, tally)
                asked = time.monotonic()
            with _keeping(ledger, renew):
                found = _round(source, sink, tally, stored)
            if told:
                told(tally)
            if until_empty and not found and _ended(source, tally):
                break
            pause = 0.1
        except (SourceError, StoreError) as error:
            _LOG.warning("%s It is tried again.", error.what)
            stop.wait(pause)
            pause, asked = min(2 * pause, LONGEST_PAUSE), -renew
    return tally


def _ended(source: Broker, tally: ConsumedCounts) -> bool:
    """Whether there is nothing more, or nothing at all; what others hold is waited for."""
    if not tally.held:
        return not tally.places
    return all(source.ended(place, position) for place, position in tally.held.items())


def _take(source: Broker, ledger: Ledger, tally: ConsumedCounts) -> None:
    places = source.places()
    tally.places, held = len(places), ledger.take(places, source.start)
    for place, position in held.items():
        new = place not in tally.held and position != source.start
        if new and (said := source.lost(place, position)):
            _LOG.warning(said)
    tally.held = held


@contextmanager
def _keeping(ledger: Ledger, renew: float) -> Iterator[None]:
    """Keep what is held while the block runs: two whose broker is slower than their lease would take turns for good."""
    done = Event()

    def keep() -> None:
        while not done.wait(renew):
            with suppress(StoreError):  # then it is seen in the round
                ledger.keep()

    keeper = Thread(target=keep, name="keeper")
    keeper.start()
    try:
        yield
    finally:
        done.set()
        keeper.join()


def _round(
    source: Broker, sink: Sink, tally: ConsumedCounts, stored: Callable[[BatchOutcome, float], None] | None
) -> bool:
    """One batch of each place; whether there was any."""
    if not tally.held:
        time.sleep(0.2)
        return False
    found = source.read(tally.held, MESSAGES_AT_ONCE, WAIT)
    for place, messages in found.items():
        begun, last = time.monotonic(), messages[-1].position
        try:
            written = sink(place, tally.held[place], messages)
        except FencedError as error:
            _LOG.warning(error.what)
            del tally.held[place]
            continue
        tally.held[place] = last
        source.stored(place, last)
        seconds = time.monotonic() - begun
        tally.add(written, seconds)
        if stored:
            stored(written, seconds)
    return bool(found)
