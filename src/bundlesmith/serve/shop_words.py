"""The words of a shop that changes: made once, and changed with the items that come, go or are renamed.

    shop_words(shop.view())

Knows nothing about messages.
"""

from threading import Lock
from weakref import WeakKeyDictionary

from bundlesmith.livecatalogue import RowLog
from bundlesmith.serve.understanding.words import CatalogueWords
from bundlesmith.shop import ShopView


class _Kept:
    """The words of the latest view of one shop."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._words: CatalogueWords | None = None
        self._at = 0

    def of(self, view: ShopView) -> CatalogueWords:
        with self._lock:
            words, catalogue = self._words, view.catalogue
            if words is not None and view.named_at < self._at:
                return words
            rows = None if words is None else view.named.between(self._at, view.named_at)
            if words is None or rows is None:
                words = CatalogueWords.of(catalogue, filter(lambda row: _on_sale(view, row), range(len(catalogue))))
            elif rows:
                words = words.changed(catalogue, {row: _on_sale(view, row) for row in rows})
            elif words.catalogue is not catalogue:
                words = words.on(catalogue)
            self._words, self._at = words, view.named_at
            return words


def _on_sale(view: ShopView, row: int) -> bool:
    return view.snapshot.holds(view.catalogue.ids[row])


_KEPT: WeakKeyDictionary[RowLog, _Kept] = WeakKeyDictionary()
_LOCK = Lock()


def shop_words(view: ShopView) -> CatalogueWords:
    """The words of what is on sale in a view, or in a later one of the same shop that was asked for before.

    The first time it takes as long as there are items; after changes, as long as names changed.
    """
    with _LOCK:
        kept = _KEPT.setdefault(view.named, _Kept())
    return kept.of(view)
