"""A run that is served: its shop and its customers as they are now, and the engine that writes for it."""

import asyncio
import json
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Any

from bundlesmith.constraints import lookahead
from bundlesmith.constraints.lookahead import NoBundleError
from bundlesmith.constraints.rules import Rules
from bundlesmith.conversation.offers import relaxed_values
from bundlesmith.conversation.replies import replies
from bundlesmith.decoding.writer import Writer
from bundlesmith.explain.language import language_for
from bundlesmith.hashes import hash_texts
from bundlesmith.pipeline.ask import OWNED_BY, Ask, Past, latest_events, past_of, session_asks
from bundlesmith.pipeline.opening import Openings
from bundlesmith.pipeline.relaxing import relaxations, sold
from bundlesmith.pipeline.writing import Manner, Writing
from bundlesmith.request import PastEvent, Request
from bundlesmith.run import Run
from bundlesmith.shop.followed_shop import FollowedShop
from bundlesmith.shop.live_shop import LiveShop, ShopView
from bundlesmith.shop.search import search_items
from bundlesmith.understanding.shop_words import shop_words

if TYPE_CHECKING:
    from bundlesmith.store import Store, StoredEvent

_LATEST = 10_000
"""So many of a customer's latest events in the store are looked at, besides the history that the run has."""


class LiveRun:
    """A run in service. Its methods block for some milliseconds: call them in a thread.

    Args:
        name: what requests call it.
        run: the run.
        writer: the engine.
        store: where events and changes of the catalogue are.

    Attributes:
        one_change: is held while a change of the catalogue is written, so that others don't wait for it in threads.

    Raises:
        BundlesmithError: if its ranker can't be read, or is of another version.
    """

    def __init__(self, name: str, run: Run, writer: Writer, store: "Store") -> None:
        self.name, self.run, self.writer, self.store = name, run, writer, store
        self.one_change = asyncio.Lock()
        self.shop = FollowedShop(LiveShop(run), store.changes, name)
        if run.ranker:
            run.ranker.features(self.shop.view().catalogue)  # now, not within the first request

    def prepare(self) -> None:
        """Make ready what takes as long as there are items, so that no request has to: words, and the search."""
        view = self.shop.view()
        lookahead.fits(Rules(1, 1, per_brand=1), view.snapshot.shelf, view.snapshot.find, ())  # imports what it takes
        _ = self.run.named_values
        shop_words(view)
        search_items(view, "", 1)

    @property
    def key(self) -> str:
        """Names all that its answers depend on, but for changes of the shop."""
        return hash_texts(self.run.key, self.run.own_roles)

    def open(self, ask: Ask) -> "Opened":
        """What is asked of the shop as it is now.

        Raises:
            BundlesmithError: if an item isn't known, or a rule makes no sense.
        """
        openings = self.openings()
        past = self.past(ask.user, openings.shop)
        return Opened(openings, ask.request(openings.shop, past), past)

    def open_keyed(self, ask: Ask, manner: Manner) -> tuple["Opened", str]:
        """What is asked, and the key of its answer: of the run, its shop, the customer's past and what is asked."""
        opened = self.open(ask)
        how = asdict(replace(manner, model="", shown=True))
        parts = (self.name, self.key, opened.openings.version, asdict(opened.past), ask.model_dump(), how)
        return opened, hash_texts(json.dumps(parts, sort_keys=True))

    def openings(self) -> Openings:
        """What answers come from now."""
        version, view = self.shop.versioned()
        return Openings(view, self.name, version)

    def begin_session(
        self, items: Sequence[str], manner: Manner, check: Callable[[], None]
    ) -> tuple[int, list[Writing]]:
        """Begin what is asked of a session, see `bundlesmith.pipeline.ask.session_asks`, all on the shop as it is now.

        *check* is called between steps, and may end it.

        Returns:
            the shop's last change, and what was begun.

        Raises:
            BundlesmithError: if an item isn't on sale.
        """
        openings = self.openings()
        requests = [ask.request(openings.shop) for ask in session_asks(items, openings.groups(items))]
        return openings.version or 0, [Writing(openings, request, manner, check) for request in requests]

    def past(self, user: str | None, view: ShopView) -> Past:
        """What is known of a customer: by the run, unless they were forgotten, and by the store."""
        if user is None:
            return Past()
        old = past_of(view.histories.of_user(user), view) if self.knows(user, view) else Past()
        return _with_events(old, self.store.events.of_user(user, _LATEST), view)

    def knows(self, user: str, view: ShopView) -> bool:
        """Whether the run has a history of a customer that may be used."""
        return user in view.histories.users and not self.store.users.forgotten(user)

    def deeds(self, user: str, view: ShopView) -> list[tuple[str, str, int]]:
        """A customer's items, the latest first: each id with the latest kind of event and its time."""
        ids, old = view.catalogue.ids, view.histories.of_user(user) if self.knows(user, view) else []
        done = [(ids[event.row], event.kind, event.time) for event in old]
        came = [(event.item, event.kind, event.time) for event in self.store.events.of_user(user, _LATEST)]
        done += [deed for deed in came if view.catalogue.find(deed[0]) is not None]
        latest = {deed[0]: deed for deed in done}
        return sorted(latest.values(), key=lambda deed: -deed[2])


@dataclass(frozen=True, slots=True, eq=False)
class Opened:
    """A request, and the shop and the customer as they were when it came."""

    openings: Openings
    request: Request
    past: Past

    def relaxed(self, ask: Ask, error: NoBundleError, check: Callable[[], None]) -> tuple[Any, ...]:
        """What would fit in place of a request that no bundle meets, as JSON values; *check* may end it."""
        view = self.openings.shop

        def opener(other: Ask) -> Request:
            check()
            return sold(other.request(view, self.past), view)

        found = relaxations(ask, error.conflict, opener, view)
        return tuple(relaxed_values(found, ask, view, replies(language_for(self.request))))


def _with_events(past: Past, events: Sequence["StoredEvent"], view: ShopView) -> Past:
    """What is known of a customer with events that came later; items that there never were are passed over."""
    came = [event for event in events if view.catalogue.find(event.item) is not None]
    latest = dict.fromkeys(past.history)
    for event in came:
        latest.pop(event.item, None)
        latest[event.item] = None
    owned = dict.fromkeys([*past.owned, *(event.item for event in came if event.kind in OWNED_BY)])
    happened = latest_events([*past.events, *(PastEvent(event.item, event.time, event.kind) for event in came)])
    return Past(tuple(latest), tuple(owned), happened)
