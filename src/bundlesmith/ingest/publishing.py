"""Publishes what was shown and decided: from the store's outbox to a topic, each at least once, in order.

One process at a time does so for all that share the store.
"""

import asyncio
import json
import logging
import os
import socket
import threading
import time
from contextlib import suppress

from bundlesmith.errors import BundlesmithError
from bundlesmith.ingest.ledger import Ledger
from bundlesmith.ingest.source import Place, SourceError
from bundlesmith.ingest.targets import Target
from bundlesmith.store import Store, StoreError

_AT_ONCE = 500
LEASE, EVERY, LONGEST_PAUSE = 15.0, 0.5, 5.0
"""Seconds: for which one process publishes, between two looks, and until a broker that is away is tried again."""
OUTBOX = Place("outbox")
_LOG = logging.getLogger(__name__)


class Publisher:
    """What publishes a store's outbox; `Outbox.on` is set from now on.

    Args:
        store: whose outbox.
        target: to where.
    """

    def __init__(self, store: Store, target: Target) -> None:
        self._store, self._target = store, target
        holder = f"{socket.gethostname()}:{os.getpid()}:{time.time_ns()}"
        self._ledger = Ledger(store, "publish", holder, LEASE)
        store.outbox.on = True

    def run(self, stop: threading.Event) -> int:
        """Publish until *stop* is set, and then once more; how many.

        A broker or a store that is away is waited for.
        """
        sent, pause, ending = 0, EVERY, False
        while not ending:
            ending = stop.is_set()
            try:
                some = self._some()
                sent, pause = sent + some, 0.0 if some else EVERY
            except (SourceError, StoreError) as error:
                _LOG.warning("%s What is to be published waits.", error.what)
                pause = min(max(EVERY, 2 * pause), LONGEST_PAUSE)
            stop.wait(pause)
        with suppress(StoreError):  # then others wait for the lease to end
            self._ledger.release()
        return sent

    def _some(self) -> int:
        """Publish the oldest messages, if no other process does; how many."""
        if not self._store.outbox.oldest(1) or not self._ledger.take([OUTBOX], "0"):
            return 0
        found = self._store.outbox.oldest(_AT_ONCE)
        self._target.send([(f"bundlesmith-{number}", _message(number, content)) for number, content in found])
        self._store.outbox.done([number for number, _ in found])
        return len(found)


def _message(number: int, content: str) -> str:
    return json.dumps({"id": number, **json.loads(content)}, ensure_ascii=False)


async def publish_beside(publisher: Publisher) -> None:
    """Publish in a thread until this is cancelled."""
    stop = threading.Event()
    try:
        await asyncio.to_thread(_work, publisher, stop)
    finally:
        stop.set()


def _work(publisher: Publisher, stop: threading.Event) -> None:
    try:
        _LOG.info("%d messages were published.", publisher.run(stop))
    except Exception as error:
        _LOG.error("Nothing is published any more: %s", error, exc_info=not isinstance(error, BundlesmithError))
