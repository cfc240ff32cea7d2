"""Remembers what was shown: an answer doesn't wait for a store that is locked, and what it showed is stored later.

remembering = Remembering(store.shown.add)
await remembering.add(shown)   # stored, or after half a second on its way
"""

import asyncio
import logging
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from bundlesmith.errors import BundlesmithError

if TYPE_CHECKING:
    from bundlesmith.store import Shown

MOST = 10_000
"""So many answers wait for the store at most; then the oldest is given up, loudly."""
_AT_ONCE = 100
PATIENCE, EVERY = 0.5, 1.0
"""Seconds for which an answer waits until it is stored, and between two attempts."""
logger = logging.getLogger(__name__)


def shown_of(
    bundles: Sequence[Mapping[str, Any]],
    model: str,
    run: str,
    variant: str | None,
    user: str | None,
    asked: Mapping[str, Any] | None = None,
) -> "list[Shown]":
    """Bundles of an answer as they are remembered: shown now."""
    from bundlesmith.store import Shown

    now = int(time.time())
    ids = [tuple(str(item["item"]) for item in bundle["items"]) for bundle in bundles]
    return [
        Shown(bundle["id"], model, run, variant, user, items, now, asked)
        for bundle, items in zip(bundles, ids, strict=True)
    ]


@dataclass(slots=True, eq=False)
class _Note:
    shown: Sequence["Shown"]
    stored: asyncio.Event = field(default_factory=asyncio.Event)


class Remembering:
    """Stores what was shown, in a thread, one transaction after the other.

    Args:
        store: stores bundles; those that are there already are passed over.

    Attributes:
        lost: how many bundles were given up.
    """

    def __init__(self, store: "Callable[[Sequence[Shown]], None]") -> None:
        self._store, self.lost = store, 0
        self._notes: deque[_Note] = deque()
        self._task: asyncio.Task[None] | None = None

    async def add(self, shown: "Sequence[Shown]") -> None:
        """Store bundles; returns when they are stored, or later will be."""
        note = _Note(shown)
        self._notes.append(note)
        while len(self._notes) > MOST:
            self._give_up(self._notes.popleft(), "too many wait for the store")
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._work())
        with suppress(TimeoutError):
            await asyncio.wait_for(note.stored.wait(), PATIENCE)

    async def close(self, grace: float) -> None:
        """Store what waits, within *grace* seconds."""
        if self._task is not None:
            await asyncio.wait({self._task}, timeout=grace)
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
        for note in self._notes:
            self._give_up(note, "the service stops")

    async def _work(self) -> None:
        from bundlesmith.store import StoreError

        said = False
        while self._notes:
            some = [self._notes.popleft() for _ in range(min(_AT_ONCE, len(self._notes)))]
            try:
                await asyncio.to_thread(self._store, [bundle for note in some for bundle in note.shown])
            except (StoreError, asyncio.CancelledError) as error:
                self._notes.extendleft(reversed(some))
                if isinstance(error, asyncio.CancelledError):
                    raise
                if not said:
                    logger.warning("What was shown is stored later: %s", error)
                said = True
                await asyncio.sleep(EVERY)
            except BundlesmithError as error:
                for note in some:
                    self._give_up(note, str(error))
            else:
                for note in some:
                    note.stored.set()

    def _give_up(self, note: _Note, why: str) -> None:
        self.lost += len(note.shown)
        logger.error("%d bundles that were shown are not in the store: %s.", len(note.shown), why.rstrip("."))
        note.stored.set()
