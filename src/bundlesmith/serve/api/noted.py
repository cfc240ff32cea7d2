"""Every request is counted, and noted in one line of JSON: neither words nor ids are in it.

Knows nothing about routes.
"""

import json
import logging
import time

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from bundlesmith.serve.measures import Measures

LOG = logging.getLogger("bundlesmith.access")


class Noted:
    """Counts what passes."""

    def __init__(self, app: ASGIApp, measures: Measures) -> None:
        self.app, self.measures = app, measures

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, and note how it ended."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        began, status = time.perf_counter(), 499  # a client that went away gets no status

        async def seen(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self.app(scope, receive, seen)
        finally:
            route = getattr(scope.get("route"), "path", "none")
            self.measures.requests.labels(route=route, status=str(status)).inc()
            milliseconds = round(1000 * (time.perf_counter() - began), 1)
            LOG.info(json.dumps({"method": scope["method"], "route": route, "status": status, "ms": milliseconds}))
