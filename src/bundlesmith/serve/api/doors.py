"""Who may come in: keys, limits for each key, and bodies that are too large.

Knows nothing about what is asked.
"""

import asyncio
import time
from typing import Annotated

from fastapi import Depends, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from bundlesmith.serve.admission import BusyError
from bundlesmith.serve.api.errors import NotAllowedError
from bundlesmith.serve.store import Key, Store

BEARER = HTTPBearer(auto_error=False, description="A key of `bundlesmith keys add`; not needed on localhost.")
KNOWN_FOR = 10.0
"""Seconds for which a key isn't looked up again."""


class Doors:
    """The keys of one service.

    Args:
        store: holds the keys.
        needed: whether nobody comes in without a key.
    """

    def __init__(self, store: Store, needed: bool) -> None:
        self.store, self.needed = store, needed
        self._known: dict[str, tuple[float, Key]] = {}
        self._left: dict[str, tuple[float, float]] = {}  # by the key's name: when, and how many calls it had left

    async def enter(self, key: str | None) -> Key | None:
        """Let somebody in.

        Raises:
            NotAllowedError: without a key where one is needed, or with a wrong one.
            BusyError: if the key was used too often in the last minute.
        """
        if key is None:
            if self.needed:
                raise NotAllowedError(401, "No key is given.", 'Send "Authorization: Bearer KEY".')
            return None
        found = await self._find(key)
        if found is None:
            raise NotAllowedError(401, "The key isn't valid.", "`bundlesmith keys add` makes one.")
        self._spend(found)
        return found

    async def _find(self, key: str) -> Key | None:
        now = time.monotonic()
        when, known = self._known.get(key, (-KNOWN_FOR, None))
        if known is not None and now - when < KNOWN_FOR:
            return known
        found = await asyncio.to_thread(self.store.keys.find, key)
        if found is None:
            self._known.pop(key, None)
        else:
            self._known[key] = now, found
        return found

    def _spend(self, key: Key) -> None:
        """One call of those that a key has: they come back steadily, as many in a minute as it may use."""
        now, rate = time.monotonic(), key.limits.per_minute / 60
        when, left = self._left.get(key.name, (now, float(key.limits.per_minute)))
        left = min(left + (now - when) * rate, key.limits.per_minute) - 1
        if left < 0:
            self._left[key.name] = now, left + 1
            raise BusyError(f'The key "{key.name}" has {key.limits.per_minute} calls a minute.', -left / rate)
        self._left[key.name] = now, left


async def caller(
    request: Request, given: Annotated[HTTPAuthorizationCredentials | None, Depends(BEARER)]
) -> Key | None:
    """The key with which a request comes; None where none is needed."""
    doors: Doors = request.app.state.doors
    return await doors.enter(given.credentials if given else None)


async def manager(request: Request, key: Annotated[Key | None, Depends(caller)]) -> Key | None:
    """The same, and it must be an administrator's where keys are needed."""
    doors: Doors = request.app.state.doors
    if key is None and not doors.needed:
        return None
    if key is None or key.limits.role != "admin":
        raise NotAllowedError(403, "The key isn't an administrator's.", "`bundlesmith keys add NAME --role admin`.")
    return key


async def administrator(key: Annotated[Key | None, Depends(caller)]) -> Key:
    """The same, on this machine, too: figures of a shop aren't everybody's who can reach it."""
    if key is None:
        raise NotAllowedError(401, "No key is given.", "`bundlesmith keys add NAME --role admin` makes one.")
    if key.limits.role != "admin":
        raise NotAllowedError(403, "The key isn't an administrator's.", "`bundlesmith keys add NAME --role admin`.")
    return key


Caller = Annotated[Key | None, Depends(caller)]
Manager = Annotated[Key | None, Depends(manager)]
Administrator = Annotated[Key, Depends(administrator)]


class BodyLimit:
    """Refuses bodies of more than *most* bytes, whatever their headers say."""

    def __init__(self, app: ASGIApp, most: int) -> None:
        self.app, self.most = app, most

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, and count what comes."""
        size = 0

        async def counted() -> Message:
            nonlocal size
            message = await receive()
            size += len(message.get("body", b""))
            if size > self.most:
                raise HTTPException(413, f"The body has more than {self.most} bytes.")
            return message

        await self.app(scope, counted if scope["type"] == "http" else receive, send)
