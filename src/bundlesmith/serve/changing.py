"""The door through which a catalogue is changed while it is in use: over HTTP one item at a time, from streams many.

changes = ItemChanges(shop)
changes.put("CAMP-0001", {"price": 24.9})
with store.changing("demo") as log:
    changes.write(log)
"""

from collections.abc import Mapping
from typing import Any

from bundlesmith.shop.followed_shop import FollowedShop, values_of
from bundlesmith.store import ChangeLog
from bundlesmith.store.checks import to_json


class ItemChanges:
    """What changes of items come to, on a shop as it is now; several of one item are one.

    Attributes:
        version: the shop's last change.
        put_on, off: what items are to be, by id; and those that are then off sale. What is so already is in neither.
    """

    def __init__(self, shop: FollowedShop) -> None:
        self._shop = shop.shop
        self.version, self._view = shop.versioned()
        self.put_on: dict[str, dict[str, Any]] = {}
        self.off: dict[str, None] = {}
        self._spelt: dict[tuple[int, ...], str] = {}

    def put(self, item_id: str, given: Mapping[str, Any]) -> None:
        """Sell an item, or change one; what isn't given stays as it is.

        Raises:
            BundlesmithError: if a new item has no title, the id isn't like the run's, or a value can't be stored.
        """
        known = self._view.catalogue.find(item_id) is not None
        old = self.put_on.get(item_id) or (values_of(self._view, item_id) if known else {"title": ""})
        values = {**old, **given, "title": given.get("title") or old["title"]}
        self._shop.check(item_id, values["title"])
        others = {tokens for tokens, other in self._spelt.items() if other != item_id}
        text, tokens = self._shop.spell(item_id, values["title"], values.get("category") or (), others)
        values |= {"spelling": {"text": text, "tokens": list(tokens)}}
        to_json("values", values)  # here, where it is known whose they are
        came_back = item_id in self.off
        self.off.pop(item_id, None)
        if values == old and not came_back and (item_id in self.put_on or self._view.snapshot.holds(item_id)):
            return
        self._spelt[tokens] = item_id
        self.put_on[item_id] = values

    def remove(self, item_id: str) -> None:
        """Take an item off sale, if it is on sale."""
        if item_id in self.put_on or self._view.snapshot.holds(item_id):
            self.off[item_id] = None

    @property
    def items(self) -> int:
        """How many items are changed."""
        return len(self.put_on.keys() | self.off.keys())

    def write(self, log: ChangeLog) -> None:
        """Append them to the log that all processes follow, where *version* is its last change.

        Raises:
            BundlesmithError: if a value can't be stored.
        """
        for item_id, values in self.put_on.items():
            log.append(item_id, values)
        for item_id in self.off:
            log.append(item_id, None)
