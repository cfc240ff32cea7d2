"""One ingest from its settings to its end, as a command or beside a service in its process."""

import asyncio
import logging
import os
import socket
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING

from bundlesmith.errors import BundlesmithError, nearest
from bundlesmith.ingest.config import Ingest, open_source
from bundlesmith.ingest.consume import ConsumedCounts, consume
from bundlesmith.ingest.formats import decoder
from bundlesmith.ingest.ledger import BatchOutcome, Ledger
from bundlesmith.ingest.measures import IngestMetrics
from bundlesmith.ingest.sinks import EventSink, Sink
from bundlesmith.ingest.source import Place, SourceError, StreamMessage
from bundlesmith.store import Store, StoreError

if TYPE_CHECKING:
    from bundlesmith.shop.followed_shop import FollowedShop

    Shops = Callable[[], Mapping[str, FollowedShop]]

_EVERY = 10.0
"""Seconds after which it is said how far it is."""
_LOG = logging.getLogger(__name__)


class Ingestion:
    """What reads the topics of a broker into a store; `close` it in the end.

    Args:
        url: the broker's.
        settings: what is read, and how.
        store: to where.
        shops: the shops that items go to, as they are now, by model; the first is the default.
        measures: what is counted.

    Raises:
        BundlesmithError: if the URL can't be read, or there is no shop for items.
    """

    def __init__(self, url: str, settings: Ingest, store: Store, shops: "Shops", measures: IngestMetrics) -> None:
        self.settings, self.measures = settings, measures
        holder = f"{socket.gethostname()}:{os.getpid()}:{time.time_ns()}"
        self.ledger = Ledger(store, settings.group, holder, settings.lease)
        sinks: dict[str, Sink] = dict.fromkeys(
            settings.topics, EventSink(self.ledger, settings.fields, decoder(settings.format))
        )
        if settings.items.topics:
            sinks |= dict.fromkeys(settings.items.topics, self._item_sink(store, shops))
        self._sinks, self.source = sinks, open_source(url, settings)
        self._measured, self._said = 0.0, time.monotonic()
        self._missing: dict[str, str] = {}

    def rewind(self, seconds: int) -> None:
        """Begin again from a time, in seconds since 1970.

        Raises:
            SourceError: if the broker can't be used.
            StoreError: if the store can't be used.
        """
        self.ledger.rewind({place: self.source.at(place, seconds) for place in self.source.places()})

    def rewind_after(self, name: str, position: str) -> None:
        """Begin a place, "TOPIC/PART", again after a message.

        Raises:
            BundlesmithError: if there is no such place, or the position can't be one of it.
            SourceError: if the broker can't be used.
            StoreError: if the store can't be used.
        """
        places = {f"{place.topic}/{place.partition}": place for place in self.source.places()}
        if name not in places:
            raise BundlesmithError(f'Of what is read, nothing is "{name}".', nearest(name, list(places)))
        if not self.source.is_position(position):
            what = f'"{position}" is no position in "{name}".'
            raise BundlesmithError(what, "Write one as it is in bundlesmith_dead_letters.")
        self.source.lost(places[name], position)
        self.ledger.rewind({places[name]: position})

    def run(self, stop: threading.Event, until_empty: bool = False) -> ConsumedCounts:
        """Read until *stop* is set, or, if so wanted, until nothing is left.

        Raises:
            BundlesmithError: see `consume`.
        """
        renew, sinks = self.settings.lease / 3, self._sinks

        def sink(place: Place, expected: str, messages: Sequence[StreamMessage]) -> BatchOutcome:
            return sinks[place.topic](place, expected, messages)

        self.measures.running.set(1)
        try:
            return consume(self.source, self.ledger, sink, stop, renew, until_empty, self._tell, self.measures.stored)
        finally:
            self.measures.running.set(0)
            with suppress(StoreError):  # then others wait for the lease to end
                self.ledger.release()

    def close(self) -> None:
        """Leave the broker."""
        self.source.close()

    def _item_sink(self, store: Store, shops: "Shops") -> Sink:
        from bundlesmith.ingest.item_sink import ItemSink

        model = self.settings.items.model or next(iter(shops()), "")

        def shop() -> "FollowedShop":
            if model not in (there := shops()):
                what = f'no model "{model}"' if model else "no run"
                known = nearest(model, list(there)) if there else "Name the run whose shop it is: --run NAME=FOLDER."
                raise BundlesmithError(f"Topics of items are to be read, and there is {what}.", known)
            return there[model]

        shop()  # now, not with the first batch
        decode = decoder(self.settings.items.format, whole=True)
        return ItemSink(self.ledger, store, shop, model, self.settings.items.fields, decode)

    def _tell(self, tally: ConsumedCounts) -> None:
        """Measure every second how far it is, and say it every ten."""
        now = time.monotonic()
        if now - self._measured < 1:
            return
        self._measured = now
        self._tell_missing()
        behind = {place: self.source.behind(place, at) for place, at in tally.held.items()}
        self.measures.behind.clear()  # places that another has taken
        for place, seconds in behind.items():
            self.measures.behind.labels(place.topic, place.partition).set(seconds)
        if now - self._said >= _EVERY:
            self._said = now
            _LOG.info("%s; %.1f s behind.", tally_words(tally).rstrip("."), max(behind.values(), default=0.0))

    def _tell_missing(self) -> None:
        """Say once of each topic that it isn't there."""
        for topic, reason in self.source.missing.items() - self._missing.items():
            there = f'There is no topic "{topic}"{reason and f" ({reason})"}'
            _LOG.warning("%s: it is read as soon as it is there.", there)
        self._missing = dict(self.source.missing)


def tally_words(tally: ConsumedCounts) -> str:
    """What was done, for people."""
    counts = f"{tally.new:,} new events, {tally.known:,} known ones, {tally.forgotten:,} of forgotten customers"
    return f"{counts}, {tally.items:,} items changed, {tally.dead:,} dead letters."


async def ingest_beside(ingestion: Ingestion) -> None:
    """Read in a thread until this is cancelled. If it fails, that is said, and the service goes on without it."""
    stop = threading.Event()
    try:
        await asyncio.to_thread(_work, ingestion, stop)
    finally:
        stop.set()


def _work(ingestion: Ingestion, stop: threading.Event) -> None:
    try:
        tally = ingestion.run(stop)
        _LOG.info("The ingest ends: %s", tally_words(tally))
    except Exception as error:
        _LOG.error("Nothing is ingested any more: %s", error, exc_info=not isinstance(error, BundlesmithError))
    finally:
        with suppress(SourceError):
            ingestion.close()
