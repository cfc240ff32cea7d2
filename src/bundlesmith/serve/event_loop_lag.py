"""How late the event loop comes to what is due: late is whoever waits for anything, so what blocks it is seen here."""

import asyncio
import time
from collections.abc import Callable

_EVERY = 0.02
"""Seconds between two looks."""


async def watch_loop(observe: Callable[[float], None]) -> None:
    """Observe how many seconds too late each look comes, for ever."""
    while True:
        due = time.perf_counter() + _EVERY
        await asyncio.sleep(_EVERY)
        observe(max(0.0, time.perf_counter() - due))
