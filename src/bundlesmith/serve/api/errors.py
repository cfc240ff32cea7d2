"""How errors look in HTTP: a status, and a body that says what is wrong and what to do about it."""

import json
import logging
from collections.abc import Mapping
from typing import Any

from fastapi import FastAPI, Request
from fastapi.encoders import jsonable_encoder
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field
from starlette.exceptions import HTTPException

from bundlesmith.constraints.lookahead import NoBundleError
from bundlesmith.decoding.writer import EngineGoneError, NoRankerError
from bundlesmith.errors import BundlesmithError
from bundlesmith.pipeline.following import EngineBusyError
from bundlesmith.serve.admission import BusyError
from bundlesmith.serve.service import DeadlineError, NoModelError
from bundlesmith.store import StoreError

RETRY = 2
"""Seconds after which to ask an engine again that is gone."""
_LONGEST = 80
"""So many characters of a wrong value are sent back."""


class Trouble(BaseModel):
    """What is wrong."""

    type: str = Field(description="The kind of error, for programs.")
    message: str = Field(description="What is wrong, with the value.")
    fix: str = Field("", description="What to do about it.")
    conflict: list[dict[str, Any]] = Field([], description="Rules that can't be met together: name and fields of each.")
    relaxations: list[dict[str, Any]] = Field(
        [], description="What would fit: the fields to change, and what it gives."
    )


class TroubleBody(BaseModel):
    """The body of every error."""

    error: Trouble


class NotAllowedError(BundlesmithError):
    """No key, a wrong one, or one that may not do this."""

    def __init__(self, status: int, what: str, fix: str) -> None:
        self.status = status
        super().__init__(what, fix)


class NotThereError(BundlesmithError):
    """There is no such item, user or model."""


def responses(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """Errors of a route, for its documentation."""
    return {status: {"model": TroubleBody, "description": _MEANS[status]} for status in statuses}


_MEANS = {
    400: "The request makes no sense",
    401: "No valid key",
    403: "The key may not do this",
    404: "There is no such thing",
    413: "The body is too large",
    422: "A field is missing or wrong, or no bundle fits the rules: then it is said what would",
    429: "Too many requests; Retry-After says when to ask again",
    501: "The engine can't do that, and there is no ranker",
    503: "The engine or the store is gone; it is being started again",
    504: "The answer took too long",
}


def status_of(error: BundlesmithError) -> int:
    """The status of an error."""
    if isinstance(error, NotAllowedError):
        return error.status
    for kinds, status in _STATUSES:
        if isinstance(error, kinds):
            return status
    return 400


_STATUSES: tuple[tuple[tuple[type[BundlesmithError], ...], int], ...] = (
    ((BusyError, EngineBusyError), 429),
    ((NoRankerError,), 501),
    ((EngineGoneError, StoreError), 503),
    ((DeadlineError,), 504),
    ((NoModelError, NotThereError), 404),
    ((NoBundleError,), 422),
)


def trouble(error: BundlesmithError) -> dict[str, Any]:
    """The body of an error."""
    kind = type(error).__name__.removesuffix("Error").lower()
    if isinstance(error, NoBundleError):
        conflict = [{"said": said, "fields": list(fields)} for said, fields in error.conflict]
        more = {"conflict": conflict, "relaxations": list(error.relaxations)}
        return {"error": {"type": "no_bundle", "message": error.what, "fix": error.fix, **more}}
    return {
        "error": {"type": "bad_request" if kind == "bundlesmith" else kind, "message": error.what, "fix": error.fix}
    }


def headers_of(error: BundlesmithError) -> dict[str, str]:
    """When to ask again, if the error is one that passes."""
    status = status_of(error)
    if status not in (429, 503):
        return {}
    return {"Retry-After": str(getattr(error, "retry_after", RETRY))}


def add_handlers(app: FastAPI) -> None:
    """Let all errors of an application look like this."""

    @app.exception_handler(BundlesmithError)
    async def ours(request: Request, error: BundlesmithError) -> JSONResponse:
        request.app.state.service.measures.errors.labels(kind=type(error).__name__).inc()
        return JSONResponse(trouble(error), status_of(error), headers_of(error))

    @app.exception_handler(RequestValidationError)
    async def invalid(request: Request, error: RequestValidationError) -> JSONResponse:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        message = f"{where}{_given(first.get('input'))}: {first['msg']}"
        body = {"type": "invalid", "message": message, "fix": "Change that value."}
        return JSONResponse({"error": jsonable_encoder(body)}, 422)

    @app.exception_handler(HTTPException)
    async def other(request: Request, error: HTTPException) -> JSONResponse:
        body = {"type": "http", "message": str(error.detail), "fix": ""}
        return JSONResponse({"error": body}, error.status_code, _headers(error.headers))

    @app.exception_handler(Exception)
    async def ours_to_mend(request: Request, error: Exception) -> JSONResponse:
        logging.getLogger(__name__).error("A request failed.", exc_info=error)
        request.app.state.service.measures.errors.labels(kind="internal").inc()
        return JSONResponse({"error": {"type": "internal", "message": "Something is broken here.", "fix": ""}}, 500)


def _given(value: Any) -> str:
    """What says the value that was given; nothing of lists and objects."""
    if not isinstance(value, str | int | float):
        return ""
    text = json.dumps(value, ensure_ascii=False)
    short = text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"
    return f" is {short.encode('utf-8', 'replace').decode()}"


def _headers(headers: Mapping[str, str] | None) -> dict[str, str] | None:
    return dict(headers) if headers else None
