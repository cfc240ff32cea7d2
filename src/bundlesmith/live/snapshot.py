"""The shelf at one moment: a large base that many moments share, and what has changed since it was built."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from bundlesmith.constraints.columns import Overlay, Repriced
from bundlesmith.constraints.shelf import Shelf
from bundlesmith.constraints.view import Positions
from bundlesmith.decoding.trie import ROOT, Trie, build_trie, trie_of
from bundlesmith.errors import BundlesmithError, nearest

_T = TypeVar("_T", str, tuple[str, ...])


@dataclass(frozen=True, slots=True)
class ShelfFacts:
    """What the shelf knows of an item: its spelling, cents (-1: not known), and the path and brand it belongs to."""

    tokens: tuple[int, ...]
    cents: int
    in_stock: bool
    category: tuple[str, ...]
    brand: str


class Base:
    """Items as they were when the trie was built, in the order of its leaves."""

    def __init__(self, trie: Trie, shelf: Shelf, ids: tuple[str, ...]) -> None:
        self.trie, self.shelf, self.ids = trie, shelf, ids
        self.position = {item: position for position, item in enumerate(ids)}
        self.path_number = {path: number for number, path in enumerate(shelf.paths)}
        self.brand_number = {brand: number for number, brand in enumerate(shelf.brands)}
        self.rows: NDArray[np.int64] | None = None  # of the items in the catalogue, once they were asked for


@dataclass(frozen=True, slots=True, eq=False)
class Snapshot:
    """The shelf at one moment; it never changes.

    Attributes:
        trie: the base's spellings.
        added: the spellings of items that were added, whose positions come after the base's; None: there are none.
        shelf: over the positions of both.
    """

    trie: Trie
    added: Trie | None
    shelf: Shelf
    _base: Base
    _added_ids: tuple[str, ...]
    _added_position: dict[str, int]

    def find(self, item: str) -> int:
        """The position of an item.

        Raises:
            BundlesmithError: if there is no such item, or no longer.
        """
        position = self._added_position.get(item)
        if position is None:
            position = self._base.position.get(item)
            if position is None or not self.shelf.listed[position]:
                raise _unknown(item, self._base)
        return position

    def holds(self, item: str) -> bool:
        """Whether there is such an item."""
        position = self._base.position.get(item)
        return item in self._added_position or (position is not None and bool(self.shelf.listed[position]))

    def item(self, position: int) -> str:
        """The id of the item at a position."""
        base = self._base.ids
        return base[position] if position < len(base) else self._added_ids[position - len(base)]

    def rows(self, positions: NDArray[Any], row_of: Callable[[str], int]) -> NDArray[np.int64]:
        """The rows of the items at some positions; *row_of* gives that of an id, which is the same for good."""
        base = self._base
        if base.rows is None:
            base.rows = np.array([row_of(item) for item in base.ids], np.int64)
        found = base.rows.take(positions, mode="clip")
        (added,) = np.nonzero(positions >= len(base.ids))
        found[added] = [row_of(self.item(position)) for position in positions[added].tolist()]
        return found


def _unknown(item: str, base: Base) -> BundlesmithError:
    return BundlesmithError(f'The catalogue has no item "{item}".', nearest(item, base.ids))


@dataclass(slots=True, eq=False)
class SnapshotOverlay:
    """What has changed since the base was built.

    Attributes:
        changed: facts of positions of the base.
        added: id -> facts.
        spelt: the spelling of each added item -> its id.
    """

    base: Base
    changed: Repriced = field(default_factory=Repriced)
    added: dict[str, ShelfFacts] = field(default_factory=dict)
    spelt: dict[tuple[int, ...], str] = field(default_factory=dict)
    _more: "Added | None" = None

    def __len__(self) -> int:
        return len(self.changed) + len(self.added)

    def reprice(self, item: str, cents: int) -> None:
        """See `bundlesmith.live.live_shelf.LiveShelf.reprice`."""
        if item in self.added:
            self._set_added(item, replace(self.added[item], cents=cents))
        else:
            position = self._position(item)
            self.changed.set(position, (cents, self._facts(position)[1], True))

    def restock(self, item: str, in_stock: bool) -> None:
        """See `bundlesmith.live.live_shelf.LiveShelf.restock`."""
        if item in self.added:
            self._set_added(item, replace(self.added[item], in_stock=in_stock))
        else:
            position = self._position(item)
            self.changed.set(position, (self._facts(position)[0], in_stock, True))

    def remove(self, item: str) -> None:
        """See `bundlesmith.live.live_shelf.LiveShelf.remove`."""
        if item in self.added:
            del self.spelt[self.added.pop(item).tokens]
            self._more = None
        else:
            position = self._position(item)
            self.changed.set(position, (*self._facts(position)[:2], False))

    def add(self, item: str, facts: ShelfFacts) -> None:
        """See `bundlesmith.live.live_shelf.LiveShelf.add`."""
        if self.holds(item):
            raise BundlesmithError(f'The item "{item}" is there already.', "Reprice or restock it, or remove it first.")
        if (other := self.spelt_so(facts.tokens)) is not None:
            raise BundlesmithError(f'The spelling {list(facts.tokens)} is that of "{other}".', "Give another one.")
        self.spelt[facts.tokens] = item
        self._set_added(item, facts)

    def _set_added(self, item: str, facts: ShelfFacts) -> None:
        self.added[item], self._more = facts, None

    def restore(self, states: Sequence[tuple[str, ShelfFacts | None, bool]]) -> None:
        """See `bundlesmith.live.live_shelf.LiveShelf.restore`."""
        resident = {item for item, _, alike in states if alike and item not in self.added and self.holds(item)}
        gone = [self._position(item) for item, _, _ in states if item not in self.added and self.holds(item)]
        self.changed.set_all({position: (*self._facts(position)[:2], False) for position in gone})
        for item, _, _ in states:  # all at first: a spelling may have gone from one to another
            if item in self.added:
                self.remove(item)
        stays = {item: facts for item, facts, _ in states if facts is not None and item in resident}
        at = self.base.position
        self.changed.set_all({at[item]: (facts.cents, facts.in_stock, True) for item, facts in stays.items()})
        for item, facts, _ in states:
            if facts is not None and item not in resident:
                self.add(item, facts)

    def holds(self, item: str) -> bool:
        """Whether there is such an item."""
        position = self.base.position.get(item)
        return item in self.added or (position is not None and self._facts(position)[2])

    def _facts(self, position: int) -> tuple[int, bool, bool]:
        """Cents, in stock, listed."""
        shelf = self.base.shelf
        known = (int(shelf.cents[position]), bool(shelf.in_stock[position]), bool(shelf.listed[position]))
        return self.changed.get(position) or known

    def _position(self, item: str) -> int:
        position = self.base.position.get(item)
        if position is None or not self._facts(position)[2]:
            raise _unknown(item, self.base)
        return position

    def spelt_so(self, tokens: tuple[int, ...]) -> str | None:
        """The item with this spelling, or None."""
        if tokens in self.spelt:
            return self.spelt[tokens]
        trie, node = self.base.trie, ROOT
        for token in tokens:
            if (node := trie.child(node, token)) < 0:
                return None
        position = int(trie.low[node])
        return self.base.ids[position] if trie.ends[node] and self._facts(position)[2] else None


@dataclass(frozen=True, slots=True, eq=False)
class Added:
    """The items that were added, in the order of their trie's leaves: positions from the base's size on.

    Attributes:
        trie: their spellings; None: there are none.
        ids: their ids, and *position* that of each.
        paths, brands: those that the base doesn't have.
        positions: int32, and the columns of these.
    """

    trie: Trie | None
    ids: tuple[str, ...]
    position: dict[str, int]
    paths: list[tuple[str, ...]]
    brands: list[str]
    positions: Positions
    cents: NDArray[np.int64]
    in_stock: NDArray[np.bool_]
    category: NDArray[np.int32]
    brand: NDArray[np.int32]

    @classmethod
    def of(cls, base: Base, added: Mapping[str, ShelfFacts]) -> "Added":
        """Those of a base."""
        trie = build_trie([facts.tokens for facts in added.values()]) if added else None
        given, size = list(added), len(base.ids)
        ids = tuple(given[row] for row in trie.row_of_leaf) if trie else ()
        ordered = [added[item] for item in ids]
        paths, category = _numbered(base.path_number, [facts.category for facts in ordered])
        brands, brand = _numbered(base.brand_number, [facts.brand for facts in ordered])
        return cls(
            trie,
            ids,
            {item: size + place for place, item in enumerate(ids)},
            paths,
            brands,
            np.arange(size, size + len(ids), dtype=np.int32),
            np.array([facts.cents for facts in ordered], np.int64),
            np.array([facts.in_stock for facts in ordered], np.bool_),
            category,
            brand,
        )


def snapshot_of(changes: SnapshotOverlay) -> Snapshot:
    """The shelf as it is after these changes: work in their number; what didn't change is the base's own."""
    if changes._more is None:
        changes._more = Added.of(changes.base, changes.added)
    base, more = changes.base, changes._more
    return Snapshot(base.trie, more.trie, _shelf(base, changes.changed, more), base, more.ids, more.position)


def _shelf(base: Base, changed: Repriced, more: Added) -> Shelf:
    old = base.shelf
    places, cents, in_stock, listed = changed.arrays()
    all_places = np.concatenate([places, more.positions])
    return Shelf(
        Overlay(np.asarray(old.cents), all_places, np.concatenate([cents, more.cents])),
        Overlay(np.asarray(old.in_stock), all_places, np.concatenate([in_stock, more.in_stock])),
        Overlay(np.asarray(old.listed), all_places, np.concatenate([listed, np.ones(len(more.ids), np.bool_)])),
        Overlay(np.asarray(old.category), more.positions, more.category),
        Overlay(np.asarray(old.brand), more.positions, more.brand),
        (*old.paths, *more.paths),
        (*old.brands, *more.brands),
        old,
        all_places,
    )


def _numbered(known: dict[_T, int], values: list[_T]) -> tuple[list[_T], NDArray[np.int32]]:
    """The values that aren't known, and the number of each value; -1 for an empty one."""
    fresh: dict[_T, int] = {}
    numbers = [
        (known[value] if value in known else fresh.setdefault(value, len(known) + len(fresh))) if value else -1
        for value in values
    ]
    return list(fresh), np.array(numbers, np.int32)


def merged_base(snapshot: Snapshot) -> Base | None:
    """A base of its own for all items of a snapshot; None if it has none."""
    shelf = snapshot.shelf
    kept = np.flatnonzero(np.asarray(shelf.listed))
    if not len(kept):
        return None
    matrix, lengths = snapshot.trie.sequences()
    if snapshot.added is not None:
        more = snapshot.added.sequences()
        width = max(matrix.shape[1], more[0].shape[1])
        matrix = np.concatenate([_widened(matrix, width), _widened(more[0], width)])
        lengths = np.concatenate([lengths, more[1]])
    trie = trie_of(matrix[kept], lengths[kept])
    kept = kept[trie.row_of_leaf]
    paths, category = _used(shelf.paths, shelf.category[kept])
    brands, brand = _used(shelf.brands, shelf.brand[kept])
    listed = np.ones(len(kept), np.bool_)
    fresh = Shelf(shelf.cents[kept], shelf.in_stock[kept], listed, category, brand, paths, brands, nodes=trie.ranges)
    fresh.prepare()
    return Base(trie, fresh, tuple(snapshot.item(position) for position in kept.tolist()))


def _widened(matrix: NDArray[np.int32], width: int) -> NDArray[np.int32]:
    return np.pad(matrix, ((0, 0), (0, width - matrix.shape[1])), constant_values=-1)


def _used(names: tuple[_T, ...], numbers: NDArray[np.int32]) -> tuple[tuple[_T, ...], NDArray[np.int32]]:
    """The names that are in use, and the numbers by them."""
    used = np.unique(numbers[numbers >= 0])
    renumbered = np.where(numbers < 0, -1, np.searchsorted(used, numbers)).astype(np.int32)
    return tuple(names[number] for number in used), renumbered


def check_price(price: float | None) -> int:
    """Cents; -1 for None.

    Raises:
        BundlesmithError: if the price is negative, or too large to count in cents.
    """
    if price is None:
        return -1
    if not 0 <= price < 1e13:
        raise BundlesmithError(f"The price is {price}.", "Give an amount from 0 on, or none.")
    return round(price * 100)


def check_stock(stock: int | None) -> bool:
    """Whether anything is in stock; None is always.

    Raises:
        BundlesmithError: if the stock is negative.
    """
    if stock is not None and stock < 0:
        raise BundlesmithError(f"The stock is {stock}.", "Give the number of pieces from 0 on, or none.")
    return stock != 0
