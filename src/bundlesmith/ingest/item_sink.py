"""Puts a topic's items into the shop that is open."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from bundlesmith.errors import BundlesmithError
from bundlesmith.ingest.config import ItemFields
from bundlesmith.ingest.events import DeadLetter
from bundlesmith.ingest.formats import Decode, json_object
from bundlesmith.ingest.items import NewItem, read_items
from bundlesmith.ingest.ledger import BatchOutcome, Ledger
from bundlesmith.ingest.sinks import say_dead
from bundlesmith.ingest.source import Place, StreamMessage
from bundlesmith.serve.changing import ItemChanges
from bundlesmith.shop.followed_shop import FollowedShop
from bundlesmith.store import Store


@dataclass(frozen=True, slots=True)
class ItemSink:
    """Messages that are items of a model's shop, as it is now: new ones, changed ones, and those that are gone."""

    ledger: Ledger
    store: Store
    shop: Callable[[], FollowedShop]
    model: str
    fields: ItemFields
    decode: Decode = json_object

    def __call__(self, place: Place, expected: str, messages: Sequence[StreamMessage]) -> BatchOutcome:
        """See `Sink`."""
        shop = self.shop()
        items, broken = read_items(messages, self.fields, self.decode)
        changes, refused = _changes(shop, items)
        with self.ledger.moving(place, expected, messages[-1].position) as connection:
            log = self.store.changes.within(connection, self.model)
            if log.last != changes.version:  # others changed the shop meanwhile
                changes, refused = _changes(shop, items)
            changes.write(log)
            self.ledger.bury(connection, place, dead := [*broken, *refused])
        shop.view()
        say_dead(place, dead)
        return BatchOutcome(dead=len(dead), items=changes.items)


def _changes(shop: FollowedShop, items: Sequence[NewItem]) -> tuple[ItemChanges, list[DeadLetter]]:
    """What items come to, and those that the shop doesn't take."""
    changes, refused = ItemChanges(shop), []
    for one in items:
        try:
            if one.values is None:
                changes.remove(one.item)
            else:
                changes.put(one.item, one.values)
        except BundlesmithError as error:
            refused.append(one.letter(error.what))
    return changes, refused
