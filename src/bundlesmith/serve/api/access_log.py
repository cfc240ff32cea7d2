"""Every request is counted, traced, and noted in one line of JSON: neither words nor ids of customers are in it."""

import json
import logging
import re
import time
import uuid

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from bundlesmith.serve.measures import ServiceMetrics
from bundlesmith.serve.tracing import request_span

_LOG = logging.getLogger("bundlesmith.access")
ID = re.compile(r"[A-Za-z0-9._:/+=-]{1,128}")


class Noted:
    """Counts what passes. A request keeps its `X-Request-ID`, or is given one; the answer has it, too."""

    def __init__(self, app: ASGIApp, measures: ServiceMetrics) -> None:
        self.app, self.measures = app, measures

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, and note how it ended."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        began, status, headers = time.perf_counter(), 499, Headers(scope=scope)  # 499: a client that went away
        given = headers.get("x-request-id", "")
        request_id = given if ID.fullmatch(given) else uuid.uuid4().hex

        async def seen(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                MutableHeaders(scope=message)["X-Request-ID"] = request_id
            await send(message)

        with request_span(headers) as traced:
            try:
                await self.app(scope, receive, seen)
            finally:
                method, route = scope["method"], getattr(scope.get("route"), "path", "none")
                self.measures.requests.labels(route=route, status=str(status)).inc()
                said = {"http.request.method": method, "http.route": route, "http.response.status_code": status}
                trace = traced(said, status >= 500)
                milliseconds = round(1000 * (time.perf_counter() - began), 1)
                line = {"method": method, "route": route, "status": status, "ms": milliseconds, "id": request_id}
                _LOG.info(json.dumps(line | ({"trace": trace} if trace else {})))
