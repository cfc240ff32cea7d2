"""Who may come in: keys and tokens, what each may ask, limits for each, and bodies that are too large.

`bundlesmith.serve.api.rights`.
"""

import asyncio
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import Depends, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from bundlesmith.serve.admission import BusyError
from bundlesmith.serve.api.errors import NotAllowedError
from bundlesmith.serve.api.rights import SHOP, PrincipalKind, Right, named, right_of
from bundlesmith.serve.api.signing import FORM, ExpiredError, read
from bundlesmith.store import Key, Store

BEARER = HTTPBearer(
    auto_error=False,
    description="A key of `bundlesmith keys add`, or a customer's token of `POST /v1/tokens`; not needed on localhost.",
)
KNOWN_FOR = 10.0
"""Seconds for which a key isn't looked up again."""
MINUTE = 60.0
LONGEST_QUERY = 8192
"""Bytes of what stands behind a path's question mark: thousands of names there would take seconds to be read."""
A_CUSTOMER = 120
"""Calls a minute with the tokens of one customer."""


@dataclass(frozen=True, slots=True)
class Principal:
    """Who asks.

    Attributes:
        kind: see `bundlesmith.serve.api.rights`.
        key: how the key begins that was shown, or with which the token was made; "" for none.
        user: the customer of a token.
    """

    kind: PrincipalKind
    key: str = ""
    user: str | None = None

    def may_name(self, user: Any) -> bool:
        """Whether a request of theirs may be about this customer; None is nobody in particular."""
        return user is None or self.kind in SHOP or (self.user is not None and user == self.user)


class Doors:
    """The keys of one service.

    Args:
        store: holds the keys.
        needed: whether nobody comes in without a key.
        clock: seconds that never go back.
    """

    def __init__(self, store: Store, needed: bool, clock: Callable[[], float] = time.monotonic) -> None:
        self.store, self.needed, self.clock = store, needed, clock
        self._known: OrderedDict[str, tuple[float, Key]] = OrderedDict()
        self._left: OrderedDict[str, tuple[float, float]] = OrderedDict()  # when, and how many calls were left

    async def enter(self, shown: str | None) -> Principal:
        """Let somebody in.

        Args:
            shown: a key or a token.

        Raises:
            NotAllowedError: without one where one is needed, or with a wrong one.
            BusyError: if it was used too often in the last minute.
        """
        if shown is None:
            if self.needed:
                raise NotAllowedError(401, "No key is given.", 'Send "Authorization: Bearer KEY".')
            return Principal("local")
        if FORM.fullmatch(shown):
            return await self._with_token(shown)
        key = await self._find(shown, self.store.keys.find)
        if key is None:
            raise NotAllowedError(401, "The key isn't valid.", "`bundlesmith keys add` makes one.")
        self._spend(key.name, key.limits.per_minute, f'The key "{key.name}" has')
        return Principal(key.limits.role, key.start)

    async def _with_token(self, shown: str) -> Principal:
        fix = "Let the shop's server get another one: POST /v1/tokens."
        try:
            claims = read(self.store.signing, shown)
        except ExpiredError:
            raise NotAllowedError(401, "The token is over.", fix) from None
        key = None if claims is None else await self._find(claims.key, self.store.keys.starting)
        if claims is None or key is None:
            raise NotAllowedError(401, "The token isn't valid.", fix)
        self._spend(f"{key.name}\0{claims.user}", A_CUSTOMER, "A customer has")
        self._spend(key.name, key.limits.per_minute, f'The key "{key.name}" has')
        return Principal("customer", key.start, claims.user)

    async def _find(self, name: str, find: Callable[[str], Key | None]) -> Key | None:
        """A key, looked up in the store if that wasn't done just now; what is none is looked up each time."""
        now = self.clock()
        when, known = self._known.get(name, (-KNOWN_FOR, None))
        if known is not None and now - when < KNOWN_FOR:
            return known
        found = await asyncio.to_thread(find, name)
        self._known.pop(name, None)
        if found is not None:
            self._known[name] = now, found
        while self._known and now - next(iter(self._known.values()))[0] >= KNOWN_FOR:
            self._known.popitem(last=False)
        return found

    def _spend(self, name: str, per_minute: int, whose: str) -> None:
        """One call of those that somebody has: they come back steadily, as many in a minute as may be made."""
        now, rate = self.clock(), per_minute / MINUTE
        when, left = self._left.pop(name, (now, float(per_minute)))
        left = min(left + (now - when) * rate, per_minute)
        self._left[name] = now, left - 1 if left >= 1 else left
        while now - next(iter(self._left.values()))[0] >= MINUTE:  # all calls of that one have come back
            self._left.popitem(last=False)
        if left < 1:
            raise BusyError(f"{whose} {per_minute} calls a minute.", (1 - left) / rate)


async def admitted(
    request: Request, given: Annotated[HTTPAuthorizationCredentials | None, Depends(BEARER)]
) -> Principal | None:
    """Who asks, if the route's rule lets them; None where no key is looked at."""
    if len(request.scope["query_string"]) > LONGEST_QUERY:
        raise HTTPException(414, f"What is asked behind the ? has more than {LONGEST_QUERY} bytes.")
    right = right_of(request.method, request.scope["route"].path_format)
    if right.kinds is None:
        return None
    doors: Doors = request.app.state.doors
    who = await doors.enter(given.credentials if given else None)
    if who.kind not in right.kinds:
        raise _not_for(who, right)
    users = named(right, request.path_params, await _body(request) if right.names else None)
    if not all(map(who.may_name, users)):
        what = "The token is of another customer." if who.user is not None else "The key may not name a customer."
        fix = "Use a token of that customer (POST /v1/tokens), or on the shop's own server a key of the role server."
        raise NotAllowedError(403, what, fix)
    return who


async def _body(request: Request) -> Any:
    """What is asked, as JSON; None if it isn't: then it is refused for that."""
    try:
        return await request.json()
    except (ValueError, RecursionError):
        return None


def _not_for(who: Principal, right: Right) -> NotAllowedError:
    assert right.kinds is not None
    if who.kind == "local":
        return NotAllowedError(401, "No key is given.", "`bundlesmith keys add NAME --role admin` makes one.")
    role = "server" if "server" in right.kinds else "admin"
    owner = "a server's or an administrator's" if role == "server" else "an administrator's"
    return NotAllowedError(403, f"The key isn't {owner}.", f"`bundlesmith keys add NAME --role {role}` makes one.")


Caller = Annotated[Principal, Depends(admitted)]


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
