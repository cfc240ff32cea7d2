"""A running service as a recommender, asked over HTTP: what is served is scored as a run or a method is.

    Remote("http://localhost:8000", open_catalogue(DATA)).rank(requests, 20)

It asks only what anybody may ask: `/v1/models`, `/v1/rank`, `/v1/bundles` and `/v1/sessions`. Its requests count in no
figure of the service's customers.
"""

import math
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import TypeVar

from bundlesmith.client import Body, Client, checked_url
from bundlesmith.data.catalogue import Catalogue
from bundlesmith.errors import BundlesmithError
from bundlesmith.hashes import hash_texts
from bundlesmith.pipeline.ask import asked_values
from bundlesmith.recommendation import Recommendation
from bundlesmith.request import Request

INSIDE = 8
"""How many requests are under way at a time: as many as a service has places."""
_T = TypeVar("_T")


class Remote:
    """One model of a service; see `bundlesmith.recommender.Recommends`.

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
        self.url, self.catalogue, self.written_tokens = checked_url(url), catalogue, 0
        self._client = partial(Client, url, key)
        with self._client() as client:
            served = client.model(model)
        self.model, self._made, self._version = served.name, served.key, served.version

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

    def _answers(self, route: str, bodies: Sequence[Body]) -> list[Body]:
        """The answers to requests, several at a time, in their order."""
        with self._client() as client:
            found = _several(lambda body: client.ask("POST", route, body | {"model": self.model}), bodies)
        changed = next((answer["version"] for answer in found if answer["version"] != self._version), None)
        if changed is not None:
            raise BundlesmithError(
                f"The catalogue of {self.url} was changed meanwhile: its last change was {self._version}, and is "
                f"{changed} now.",
                "Start again: all is asked anew.",
            )
        self.written_tokens += sum(answer["tokens"] for answer in found)
        return found

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
    values = asked_values(request) | {"n": request.n}
    return {name: value for name, value in values.items() if value is not None}


def _several(ask: Callable[[Body], _T], bodies: Iterable[Body]) -> list[_T]:
    """What *ask* says of each body, several at a time; those that haven't begun when one fails never do."""
    with ThreadPoolExecutor(INSIDE, "ask") as pool:
        return list(pool.map(ask, bodies))
