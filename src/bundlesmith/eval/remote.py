"""A running service as a recommender, asked over HTTP: what is served is scored as a run or a method is.

    Remote("http://localhost:8000", open_catalogue(DATA)).rank(requests, 20)

It asks only what anybody may ask: `/v1/models`, `/v1/rank`, `/v1/bundles` and `/v1/sessions`. Its requests count in no
figure of the service's customers. Knows nothing about tasks.
"""

import math
import re
import time
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any, TypeVar

import httpx2

from bundlesmith.catalogue import Catalogue
from bundlesmith.errors import BundlesmithError, nearest
from bundlesmith.files import hash_texts
from bundlesmith.request import Recommendation, Request

INSIDE = 8
"""How many requests are under way at a time: as many as a service has places."""
PATIENCE = 300.0
"""Seconds for which a request is sent again while the service is busy, or its engine is loaded."""
OURS = "Is it `bundlesmith serve`, of this version?"
LONGEST = 600.0
"""Seconds after which an answer isn't waited for any more."""

ADDRESS = re.compile(r"https?://[^\s/?#@]+(/[^\s?#]*)?")
T = TypeVar("T")
Body = dict[str, Any]


class Remote:
    """One model of a service; see `bundlesmith.serve.recommender.Recommends`.

    Args:
        url: of the service.
        catalogue: the items that count: those of the data that the served run was tuned on.
        model: its name; "": the service's default.
        key: a key of `bundlesmith keys add`; "": none.

    Attributes:
        catalogue: see above.
        model: its name.
        written_tokens: how many tokens the answers have that were written so far.

    Raises:
        BundlesmithError: if the service can't be reached, or has no such model.
    """

    def __init__(self, url: str, catalogue: Catalogue, model: str = "", key: str = "") -> None:
        self.url, self.catalogue, self.written_tokens = _checked_url(url), catalogue, 0
        headers = {"authorization": f"Bearer {key}"} if key else {}
        self._client = partial(httpx2.Client, base_url=self.url, headers=headers, timeout=LONGEST)
        self.model, self._made, self._version = self._offered(model)

    @property
    def title(self) -> str:
        """What a report calls it."""
        return f"{self.model} at {self.url}"

    @property
    def key(self) -> str:
        """The service and its model, what this was made from, and the last change of its catalogue."""
        return hash_texts(self.url, self.model, self._made, str(self._version))

    def recommend(self, requests: Sequence[Request], talk: bool = True) -> list[list[Recommendation]]:
        """See `Recommends.recommend`. Where a run has no ranker, its model's beams find the bundles: none is drawn."""
        more = {"talk": talk, "search": True, "shown": False, "understand": False}
        answers = self._answers("/v1/bundles", [body_of(request) | more for request in requests])
        return [self._bundles(answer) for answer in answers]

    def rank(self, requests: Sequence[Request], k: int) -> list[list[tuple[str, float]]]:
        """See `Recommends.rank`."""
        answers = self._answers("/v1/rank", [body_of(request) | {"k": k} for request in requests])
        return [[(self._id(item), float(item["score"])) for item in answer["items"]] for answer in answers]

    def score(self, requests: Sequence[Request], items: Sequence[Sequence[str]]) -> list[list[float]]:
        """For each request the scores of its *items* as the next one, -inf if its rules don't allow it."""
        bodies = [
            body_of(request) | {"only": list(named), "k": len(named)}
            for request, named in zip(requests, items, strict=True)
        ]
        found = [
            {self._id(item): float(item["score"]) for item in answer["items"]}
            for answer in self._answers("/v1/rank", bodies)
        ]
        return [[scores.get(item, -math.inf) for item in named] for scores, named in zip(found, items, strict=True)]

    def find(self, sessions: Sequence[Sequence[str]]) -> list[list[Recommendation]]:
        """See `Recommends.find`; a session of less than two items isn't sent."""
        asked = [at for at, items in enumerate(sessions) if len(set(items)) > 1]
        answers = self._answers("/v1/sessions", [{"items": list(sessions[at])} for at in asked])
        found = {at: self._bundles(answer) for at, answer in zip(asked, answers, strict=True)}
        return [found.get(at, []) for at in range(len(sessions))]

    def _offered(self, model: str) -> tuple[str, str, int]:
        """A model, or the default: its name, what its run is made from, and the last change of its catalogue."""
        try:
            with self._client() as client:
                listed = self._asked(client, "GET", "/v1/models")["data"]
            offered = [(each["id"], each["key"], each["version"]) for each in listed]
            name = model or offered[0][0]
        except (KeyError, TypeError, IndexError):
            raise BundlesmithError(f"{self.url} offers no model of ours.", OURS) from None
        for found in offered:
            if found[0] == name:
                return found
        raise BundlesmithError(f'{self.url} has no model "{name}".', nearest(name, [each[0] for each in offered]))

    def _answers(self, route: str, bodies: Sequence[Body]) -> list[Body]:
        """The answers to requests, several at a time, in their order."""
        with self._client() as client:
            found = _several(lambda body: self._asked(client, "POST", route, body | {"model": self.model}), bodies)
        changed = next((answer["version"] for answer in found if answer["version"] != self._version), None)
        if changed is not None:
            raise BundlesmithError(
                f"The catalogue of {self.url} was changed meanwhile: its last change was {self._version}, and is "
                f"{changed} now.",
                "Start again: all is asked anew.",
            )
        self.written_tokens += sum(answer["tokens"] for answer in found)
        return found

    def _asked(self, client: httpx2.Client, method: str, route: str, body: Body | None = None) -> Body:
        """The answer to one request; while the service is busy or loads, it is sent again when the service says.

        Raises:
            BundlesmithError: if the service can't be reached, refuses, or is busy for too long.
        """
        until = time.monotonic() + PATIENCE
        while True:
            try:
                answer = client.request(method, route, json=body)
            except httpx2.HTTPError as error:
                what = f"{self.url}{route} doesn't answer: {error or type(error).__name__}."
                raise BundlesmithError(what, "Give the address of a service that runs as --url.") from error
            wait = _wait(answer)
            if wait is None or time.monotonic() + wait > until:
                return self._read(route, answer)
            time.sleep(wait)

    def _read(self, route: str, answer: httpx2.Response) -> Body:
        try:
            found: Body = answer.json()
            if answer.is_success:
                return found
            error = found["error"]
            said, fix = str(error["message"]), str(error.get("fix", ""))
        except (ValueError, KeyError, TypeError, AttributeError):
            what = f"{self.url}{route} says {answer.status_code}: {answer.text[:200]!r}."
            raise BundlesmithError(what, OURS) from None
        if answer.status_code == 401:
            fix = "Give a key of the service as --key, or in BUNDLESMITH_KEY."
        raise BundlesmithError(f"{self.url}{route} says {answer.status_code}: {said}", fix)

    def _bundles(self, answer: Body) -> list[Recommendation]:
        return [
            Recommendation(
                tuple(map(self._id, bundle["items"])), bundle["score"], bundle["intent"], bundle["explanation"]
            )
            for bundle in answer["bundles"]
        ]

    def _id(self, item: Body) -> str:
        """The id of an item of an answer, as the catalogue has it."""
        found = str(item["item"])
        if found not in self.catalogue.rows:
            what = f'{self.url} answers with the item "{found}", which the data doesn\'t have.'
            raise BundlesmithError(what, "Give the data that the served run was tuned on as --data.")
        return found


def body_of(request: Request) -> Body:
    """A request as a service takes it.

    Raises:
        BundlesmithError: if it has weights of items or words that must not be said: a service takes none.
    """
    if request.weights or request.unsaid:
        raise BundlesmithError("A service takes neither weights nor unsaid words.", "Leave them out of the request.")
    rules = request.rules
    values = {
        "history": list(request.history),
        "words": request.words,
        "items": list(request.items),
        "budget": rules.budget,
        "size": f"{rules.min_items}:{rules.max_items}",
        "exclude": list(dict.fromkeys((*rules.excluded, *rules.owned))),
        "only": list(rules.allowed or ()),
        "slots": list(rules.slots),
        "per_category": rules.per_category,
        "per_brand": rules.per_brand,
        "min_price": rules.min_price,
        "max_price": rules.max_price,
        "in_stock": rules.in_stock,
        "n": request.n,
        "language": request.language or None,
    }
    return {name: value for name, value in values.items() if value is not None}


def _checked_url(url: str) -> str:
    if not ADDRESS.fullmatch(url):
        raise BundlesmithError(f'--url is "{url}".', 'Give the address of a service, as "http://localhost:8000".')
    return url.rstrip("/")


def _several(ask: Callable[[Body], T], bodies: Iterable[Body]) -> list[T]:
    """What *ask* says of each body, several at a time; those that haven't begun when one fails never do."""
    with ThreadPoolExecutor(INSIDE, "ask") as pool:
        return list(pool.map(ask, bodies))


def _wait(answer: httpx2.Response) -> float | None:
    """How many seconds to wait before a request is sent again; None: that wouldn't help."""
    if answer.status_code not in (429, 503):
        return None
    said = answer.headers.get("retry-after", "")
    return float(said) if said.isdecimal() else None
