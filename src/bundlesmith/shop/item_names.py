"""What is made of the names of a shop's items, once: it is changed with the items that come, go or are renamed.

words = KeptNames(make, change)
words.of(shop.view())
"""

from collections.abc import Callable
from threading import Lock
from typing import Generic, TypeVar
from weakref import WeakKeyDictionary

from bundlesmith.live.live_catalogue import RowLog
from bundlesmith.shop.live_shop import ShopView

_T = TypeVar("_T")


class KeptNames(Generic[_T]):
    """One for each shop. All methods may be called from any thread.

    Args:
        make: makes it of a view; takes as long as there are items.
        change: what it is in a later view, given the rows that came, went or were renamed, each with whether it is on
            sale now. They may be none: prices and stock changed.
    """

    def __init__(self, make: Callable[[ShopView], _T], change: Callable[[_T, ShopView, dict[int, bool]], _T]) -> None:
        self._make, self._change = make, change
        self._shops: WeakKeyDictionary[RowLog, _Shop[_T]] = WeakKeyDictionary()
        self._lock = Lock()

    def of(self, view: ShopView) -> _T:
        """What it is in a view, or in a later one of the same shop that was asked for before."""
        with self._lock:
            shop = self._shops.setdefault(view.named, _Shop())
        with shop.lock:
            if shop.kept is None or (rows := view.named.between(shop.at, view.named_at)) is None:
                shop.kept = self._make(view)
            elif view.named_at < shop.at or (view.catalogue is shop.catalogue and not rows):
                return shop.kept
            else:
                shop.kept = self._change(shop.kept, view, {row: on_sale(view, row) for row in rows})
            shop.at, shop.catalogue = view.named_at, view.catalogue
            return shop.kept


class _Shop(Generic[_T]):
    def __init__(self) -> None:
        self.lock = Lock()
        self.kept: _T | None = None
        self.at = 0
        self.catalogue: object = None


def on_sale(view: ShopView, row: int) -> bool:
    """Whether the item of a row is on sale."""
    return view.snapshot.holds(view.catalogue.ids[row])
