"""A shop that follows a log of changes which several processes share: each of them has the same shop at each change.

shop = FollowedShop(LiveShop(run), store.changes, "demo")
shop.view()     # with all changes that there are
shop.view(17)   # exactly as of change 17
"""

import gc
from collections import OrderedDict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from threading import Lock
from typing import Any, Protocol

from bundlesmith.errors import BundlesmithError
from bundlesmith.shop.live_shop import LiveShop, ShopView

KEPT = 64
"""So many latest states of the shop can still be had."""
_OTHER = "Serve the run that the log was written for, or serve this one by another name."


class CatalogueChange(Protocol):
    """One change: its number, from 1 without gaps; the item; what it is from now on, None: removed."""

    @property
    def seq(self) -> int:
        """See above."""
        ...

    @property
    def item(self) -> str:
        """See above."""
        ...

    @property
    def values(self) -> Mapping[str, Any] | None:
        """See above."""
        ...


class FoldedChange(Protocol):
    """What an item's changes came to: what it was at last (None: as in the run), and whether it was then removed."""

    @property
    def item(self) -> str:
        """See above."""
        ...

    @property
    def values(self) -> Mapping[str, Any] | None:
        """See above."""
        ...

    @property
    def removed(self) -> bool:
        """See above."""
        ...


class ChangesSince(Protocol):
    """What came after a change: first what is folded, in the order in which items first changed, then changes."""

    @property
    def folded(self) -> Sequence[FoldedChange]:
        """See above."""
        ...

    @property
    def changes(self) -> Sequence[CatalogueChange]:
        """See above."""
        ...


class ChangeLogs(Protocol):
    """The logs of all models, as `bundlesmith.store.Store.changes` is."""

    def after(self, model: str, seq: int) -> Sequence[CatalogueChange]:
        """A model's changes with a greater number, oldest first; if the first isn't *seq* + 1, some are folded."""
        ...

    def since(self, model: str, seq: int) -> ChangesSince:
        """The same with what is folded."""
        ...


class FollowedShop:
    """A shop as of the changes of one model. All methods may be called from any thread.

    Args:
        shop: as it is before the first change; nobody else changes it.
        changes: the log.
        model: whose.
    """

    def __init__(self, shop: LiveShop, changes: ChangeLogs, model: str) -> None:
        self.shop, self._changes, self._model = shop, changes, model
        self._views: OrderedDict[int, ShopView] = OrderedDict({0: shop.view()})
        self._lock = Lock()

    @property
    def version(self) -> int:
        """The number of the last change that was followed; 0 at first."""
        return next(reversed(self._views))

    def view(self, version: int | None = None) -> ShopView:
        """The shop as of a change; None: with all that there are now, which `version` then names.

        Raises:
            BundlesmithError: if the state isn't kept any more, there is no such change, or a change can't be followed.
        """
        return self.versioned(version)[1]

    def versioned(self, version: int | None = None) -> tuple[int, ShopView]:
        """The same, with the number of the change."""
        with self._lock:
            if version is None or version > self.version:
                self._follow(version)
            wanted = self.version if version is None else version
            if wanted not in self._views:
                raise self._not_there(wanted)
            return wanted, self._views[wanted]

    def _follow(self, until: int | None) -> None:
        came = self._changes.after(self._model, self.version)
        if came and came[0].seq > self.version + 1:
            with _no_collection():
                since = self._changes.since(self._model, self.version)
                came = since.changes
                self._restore(since.folded, came[0].seq - 1)
            self._views = OrderedDict({came[0].seq - 1: self.shop.view()})
        found = [change for change in came if until is None or change.seq <= until]
        for place, change in enumerate(found, 1):
            self._apply(change)
            if len(found) - place < KEPT:  # those before are dropped anyway
                self._views[change.seq] = self.shop.view()
        while len(self._views) > KEPT:
            self._views.popitem(last=False)

    def _restore(self, folded: Sequence[FoldedChange], until: int) -> None:
        """Let all items be what their changes up to one came to."""
        try:
            self.shop.restore([(one.item, _plain(one.values) if one.values else None, one.removed) for one in folded])
        except (BundlesmithError, KeyError, TypeError, ValueError) as error:
            raise BundlesmithError(
                f'The changes of "{self._model}" up to {until} can\'t be followed: {error}', _OTHER
            ) from error

    def _apply(self, change: CatalogueChange) -> None:
        try:
            if change.values is not None:
                apply_values(self.shop, change.item, change.values)
            elif self.shop.view().snapshot.holds(change.item):
                self.shop.remove(change.item)
        except (BundlesmithError, KeyError, TypeError, ValueError) as error:
            raise BundlesmithError(
                f'Change {change.seq} of "{self._model}" ("{change.item}") can\'t be followed: {error}',
                _OTHER,
            ) from error

    def _not_there(self, version: int) -> BundlesmithError:
        if version > self.version:
            return BundlesmithError(
                f'"{self._model}" has no change {version} yet: its last is {self.version}.', "Ask again."
            )
        return BundlesmithError(
            f'The shop of "{self._model}" as of change {version} isn\'t kept any more: {self.version} is its last.',
            "Ask again.",
        )


@contextmanager
def _no_collection() -> Iterator[None]:
    """Without Python's search for cycles, which would look through all items of the catalogue time and again."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()


def values_of(shop: ShopView, item_id: str) -> dict[str, Any]:
    """What a change says of an item, as it is in a shop now; to be changed and written into the log.

    Raises:
        BundlesmithError: if there never was such an item.
    """
    catalogue = shop.catalogue
    row = catalogue.row(item_id)
    item = catalogue.item(row)
    return {
        "title": item.title,
        "category": list(item.category),
        "price": catalogue.price(row),
        "stock": None if item.stock < 0 else item.stock,
        "attributes": dict(item.attributes),
        "spelling": {"text": item.text, "tokens": list(item.tokens)},
    }


def apply_values(shop: LiveShop, item_id: str, values: Mapping[str, Any]) -> None:
    """Let an item be what a change says.

    Raises:
        BundlesmithError: if it can't be; see `LiveShop.put`.
        KeyError: if the title is missing.
    """
    shop.put(item_id, **_plain(values))


def _plain(values: Mapping[str, Any]) -> dict[str, Any]:
    """What a change says of an item, as the arguments of `LiveShop.put`."""
    spelling = values.get("spelling")
    return {
        "title": values["title"],
        "category": tuple(values.get("category") or ()),
        "price": values.get("price"),
        "stock": values.get("stock"),
        "attributes": values.get("attributes"),
        "spelling": None if spelling is None else (spelling["text"], tuple(spelling["tokens"])),
    }
