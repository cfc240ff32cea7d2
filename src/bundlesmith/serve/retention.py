"""What is kept of customers has an end: bundles that were shown, and what was done, go when they are too old.

await tidy(store, Retention(shown_days=90))   # for ever
"""

import asyncio
import logging
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bundlesmith.store import Store

DAY = 86_400
_EVERY = 3600.0
AT_ONCE = 1000
"""Rows that go in one transaction: others write in between."""
logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Retention:
    """For how many days what is kept; 0: for good.

    Attributes:
        shown: the bundles that were shown, and with them the figures of them; and messages that can't be published.
        events: what customers did, as the service was told.
    """

    shown: int = 90
    events: int = 0


async def tidy(store: "Store", retention: Retention, every: float = _EVERY) -> None:
    """Drop what is too old, again and again."""
    from bundlesmith.store import StoreError

    while True:
        try:
            gone = await drop(store, retention, int(time.time()))
            if any(gone.values()):
                logger.info("Too old, and gone: %s.", ", ".join(f"{count:,} {what}" for what, count in gone.items()))
        except StoreError as error:
            logger.warning("What is too old couldn't be dropped now: %s", error)
        except Exception:
            logger.exception("What is too old couldn't be dropped.")
        await asyncio.sleep(every)


async def drop(store: "Store", retention: Retention, now: int) -> dict[str, int]:
    """Drop what is too old; how many rows went, by kind.

    Raises:
        StoreError: if the store can't be used.
    """
    kinds: dict[str, tuple[int, Callable[[int, int], int]]] = {
        "shown": (retention.shown, store.shown.drop),
        "events": (retention.events, store.events.drop),
        "unpublished messages": (retention.shown, store.outbox.drop),
    }
    gone = dict.fromkeys(kinds, 0)
    for what, (days, drop_some) in kinds.items():
        while days:
            some = await asyncio.to_thread(drop_some, now - days * DAY, AT_ONCE)
            gone[what] += some
            if some < AT_ONCE:
                break
    return gone
