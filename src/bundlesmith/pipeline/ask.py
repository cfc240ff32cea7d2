"""What people write (options of the command line, a line of JSON), checked, as a `Request`."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from reprlib import Repr
from typing import Annotated, Any, TypeVar

from pydantic import Field, ValidationError

from bundlesmith.constraints.rules import LARGEST, MOST_LISTED, AskedRules, IdText, Some, as_asked, unruled
from bundlesmith.data.events import Event, distinct
from bundlesmith.errors import BundlesmithError, nearest
from bundlesmith.explain.language import LanguageCode
from bundlesmith.files import read_lines
from bundlesmith.request import PastEvent, Request
from bundlesmith.run import Run
from bundlesmith.shop.live_shop import ShopView

OWNED_BY = frozenset({"buy", "purchase", "order"})
"""Kinds of event after which a customer has an item and isn't offered it again."""
PURCHASE = "purchase"
LONGEST_WISH = 2000
"""Characters of a wish."""


class Ask(AskedRules):
    """One request as people write it.

    Attributes:
        user: a customer that the run knows; gives the history.
        history: ids, oldest first, after what the run knows of the user.
        words: what is wanted.
        items: ids already chosen.
        n: how many bundles are wanted.
        language: of explanations and reasons; None: that of the words.
    """

    user: IdText | None = None
    history: Some = Field(default=[])
    words: str = Field("", max_length=LONGEST_WISH)
    items: Annotated[list[IdText], Field(max_length=MOST_LISTED["items"])] = Field(default=[])
    n: int = Field(1, ge=1, le=50)
    language: LanguageCode | None = None

    def plain(self) -> "Ask":
        """The request alone, of what says more besides."""
        return Ask.model_construct(**{name: getattr(self, name) for name in Ask.model_fields})

    def request(self, shop: Run | ShopView, past: "Past | None" = None) -> Request:
        """The request.

        Args:
            shop: a run, or its shop as it is now.
            past: what is known of the user; None: what the run knows.

        Raises:
            BundlesmithError: if the user or an item is not known, or a rule makes no sense.
        """
        if past is None:
            past = Past() if self.user is None else past_of(shop.histories.of_user(self.user), shop)
        given = [shop.catalogue.ids[shop.catalogue.row(item)] for item in self.history]
        history = (*past.history, *given)
        owned = tuple(item for item in past.owned if item not in self.items)
        rules = self.rules(owned)
        for item in (*self.items, *self.exclude, *self.only):
            shop.catalogue.row(item)
        events = tuple(event for event in past.events if event.item not in given)
        asked = Request(history, self.words, tuple(self.items), rules, self.n)
        return replace(asked, events=events, language=self.language or "")


@dataclass(frozen=True, slots=True)
class Past:
    """What is known of a customer.

    Attributes:
        history: ids of their items, oldest first, each at its latest place.
        owned: ids of what they have, and aren't offered again.
        events: what they did with each of `history`: when they bought it last, or else their last event.
    """

    history: tuple[str, ...] = ()
    owned: tuple[str, ...] = ()
    events: tuple[PastEvent, ...] = ()


def past_of(events: Sequence[Event], shop: Run | ShopView) -> Past:
    """What a customer's events, oldest first, say of them."""
    ids = shop.catalogue.ids
    owned = {event.row for event in events if event.kind in OWNED_BY}
    happened = latest_events([PastEvent(ids[event.row], event.time, event.kind) for event in events])
    return Past(tuple(ids[row] for row in distinct(events)), tuple(ids[row] for row in sorted(owned)), happened)


def latest_events(events: Sequence[PastEvent]) -> tuple[PastEvent, ...]:
    """Of events, oldest first, one an item: when it was bought last, or else the last one."""
    latest: dict[str, PastEvent] = {}
    for event in events:
        bought = event.kind in OWNED_BY
        if bought or event.item not in latest or latest[event.item].kind != PURCHASE:
            latest[event.item] = replace(event, kind=PURCHASE) if bought else event
    return tuple(latest.values())


def exact_ask(ask: Ask, items: Sequence[str]) -> Ask:
    """What is asked where `bundlesmith.recommendation.request_for` is: this bundle alone, within the budget."""
    *chosen, last = items
    fixed = {"items": chosen, "only": [last], "size": str(len(items)), "in_stock": False, "n": 1}
    return ask.model_copy(update=unruled() | {"budget": ask.budget} | fixed)


def asked_values(request: Request) -> dict[str, Any]:
    """The values of an `Ask` that is this request, but for n."""
    asked = {"history": list(request.history), "words": request.words, "items": list(request.items)}
    return {**asked, **as_asked(request.rules), "language": request.language or None}


def session_asks(items: Sequence[str], groups: Sequence[Sequence[str]] | None = None) -> list[Ask]:
    """What is asked to find the bundles of a session: each of *groups*, or else all of it and the likeliest part.

    A session of two items has no part, and one of less has no bundle. What repeats counts once. What is too large for a
    bundle is none.
    """
    if groups is not None:
        return [exact_ask(Ask(), group) for group in groups if len(group) <= LARGEST]
    items = list(dict.fromkeys(items))
    if len(items) < 2:
        return []
    whole, most = exact_ask(Ask(), items), max(len(items) - 1, 2)
    part = Ask(size=f"2:{most}", in_stock=False, only=items)
    return [whole, part] if len(items) > 2 else [whole]


def read_asks(path: Path) -> list[Ask]:
    """Read requests, one JSON object a line.

    Raises:
        BundlesmithError: if the file can't be read or a line isn't a request; the error names the line.
    """
    lines = read_lines(path)
    return [_ask(line, f"{path}:{number}") for number, line in enumerate(lines, 1) if line.strip()]


def _ask(line: str, where: str) -> Ask:
    try:
        return checked_ask(**json.loads(line))
    except (json.JSONDecodeError, TypeError) as error:
        raise BundlesmithError(f"{where} is not a JSON object: {error}.", "Mend that line.") from error
    except BundlesmithError as error:
        raise BundlesmithError(f"{where}: {error.what}", error.fix) from error


def checked_ask(**values: object) -> Ask:
    """An `Ask` of these values; see `checked`."""
    return checked(Ask, values)


A = TypeVar("A", bound=Ask)
_SHORT = Repr()
"""Shows a value of any length in one line."""
_SHORT.maxstring = _SHORT.maxother = 200


def checked(kind: type[A], values: Mapping[str, object], prefix: str = "") -> A:
    """A request of these values; *prefix* is what the names of its fields are written with.

    Raises:
        BundlesmithError: if there is no such field (names the nearest one), or a value is wrong.
    """
    try:
        return kind.model_validate(values)
    except ValidationError as error:
        first = error.errors()[0]
        where = prefix + ".".join(map(str, first["loc"]))
        if first["type"] == "extra_forbidden":
            raise BundlesmithError(f'A request has no "{where}".', nearest(where, list(kind.model_fields))) from error
        raise BundlesmithError(
            f'"{where}" is {_SHORT.repr(first["input"])}: {first["msg"]}.', "Change that value."
        ) from error
