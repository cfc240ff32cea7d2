"""A running service, asked over HTTP: answers as JSON, or one clear error.

with Client("http://localhost:8000", key) as service:
    service.ask("GET", "/v1/models")
"""

import re
import time
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self

import httpx2

from bundlesmith.errors import BundlesmithError, nearest

PATIENCE = 300.0
"""Seconds for which a request is sent again while the service is busy, or its engine is loaded."""
_OURS = "Is it `bundlesmith serve`, of this version?"
_LONGEST = 600.0
"""Seconds after which an answer isn't waited for any more."""

_NOTHING = 204
"""The status of an answer without a body."""

ADDRESS = re.compile(r"https?://[^\s/?#@]+(/[^\s?#]*)?")
Body = dict[str, Any]


class RefusedError(BundlesmithError):
    """The service answered, and not with what was asked for; *status* is HTTP's."""

    def __init__(self, what: str, fix: str, status: int) -> None:
        super().__init__(what, fix)
        self.status = status


@dataclass(frozen=True, slots=True)
class Served:
    """A model of a service: its name, what its run and ranker are made from, and the last change of its catalogue."""

    name: str
    key: str
    version: int


class Client:
    """A service that may be asked from several threads.

    Args:
        url: of the service.
        key: a key of `bundlesmith keys add`; "": none.

    Raises:
        BundlesmithError: if the URL is none.
    """

    def __init__(self, url: str, key: str = "") -> None:
        self.url = checked_url(url)
        headers = {"authorization": f"Bearer {key}"} if key else {}
        self._client = httpx2.Client(base_url=self.url, headers=headers, timeout=_LONGEST)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: type[BaseException] | BaseException | TracebackType | None) -> None:
        self._client.close()

    def ask(self, method: str, route: str, body: Body | None = None, query: Body | None = None) -> Any:
        """The answer to one request, None if it is empty; while the service is busy or loads, it is sent again.

        Raises:
            RefusedError: if the service refuses, or is busy for too long.
            BundlesmithError: if it can't be reached.
        """
        until = time.monotonic() + PATIENCE
        while True:
            try:
                answer = self._client.request(method, route, json=body, params=query)
            except httpx2.HTTPError as error:
                what = f"{self.url}{route} doesn't answer: {error or type(error).__name__}."
                raise BundlesmithError(what, "Give the address of a service that runs as --url.") from error
            wait = _wait(answer)
            if wait is None or time.monotonic() + wait > until:
                return self._read(route, answer)
            time.sleep(wait)

    def model(self, name: str = "") -> Served:
        """A model of the service; "": its default.

        Raises:
            BundlesmithError: if it can't be reached, or has no such model.
        """
        listed = self.ask("GET", "/v1/models")
        try:
            offered = [Served(each["id"], each["key"], each["version"]) for each in listed["data"]]
            name = name or offered[0].name
        except (KeyError, TypeError, IndexError):
            raise BundlesmithError(f"{self.url} offers no model of ours.", _OURS) from None
        for found in offered:
            if found.name == name:
                return found
        raise BundlesmithError(f'{self.url} has no model "{name}".', nearest(name, [each.name for each in offered]))

    def _read(self, route: str, answer: httpx2.Response) -> Any:
        try:
            found: Any = None if answer.status_code == _NOTHING else answer.json()
            if answer.is_success:
                return found
            error = found["error"]
            said, fix = str(error["message"]), str(error.get("fix", ""))
        except (ValueError, KeyError, TypeError, AttributeError):
            what = f"{self.url}{route} says {answer.status_code}: {answer.text[:200]!r}."
            raise RefusedError(what, _OURS, answer.status_code) from None
        if answer.status_code == 401:
            fix = "Give a key of the service as --key, or in BUNDLESMITH_KEY."
        raise RefusedError(f"{self.url}{route} says {answer.status_code}: {said}", fix, answer.status_code)


def checked_url(url: str) -> str:
    """The address of a service, without a slash at its end.

    Raises:
        BundlesmithError: if it is none.
    """
    if not ADDRESS.fullmatch(url):
        raise BundlesmithError(f'--url is "{url}".', 'Give the address of a service, as "http://localhost:8000".')
    return url.rstrip("/")


def _wait(answer: httpx2.Response) -> float | None:
    """How many seconds to wait before a request is sent again; None: that wouldn't help."""
    if answer.status_code not in (429, 503):
        return None
    said = answer.headers.get("retry-after", "")
    return float(said) if said.isdecimal() else None
