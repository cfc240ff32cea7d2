"""The words of a shop that changes, for messages that name its items.

shop_words(shop.view())
"""

from bundlesmith.shop.item_names import KeptNames, on_sale
from bundlesmith.shop.live_shop import ShopView
from bundlesmith.understanding.words import CatalogueWords


def _made(view: ShopView) -> CatalogueWords:
    rows = range(len(view.catalogue))
    return CatalogueWords.of(view.catalogue, (row for row in rows if on_sale(view, row)))


def _changed(words: CatalogueWords, view: ShopView, rows: dict[int, bool]) -> CatalogueWords:
    return words.changed(view.catalogue, rows) if rows else words.on(view.catalogue)


_KEPT = KeptNames(_made, _changed)


def shop_words(view: ShopView) -> CatalogueWords:
    """The words of what is on sale in a view, or in a later one of the same shop that was asked for before."""
    return _KEPT.of(view)
