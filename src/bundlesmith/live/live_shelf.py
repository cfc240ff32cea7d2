"""A shelf that changes while requests are under way: items come, go, are repriced and restocked, without a rebuild.

A request keeps the `Snapshot` with which it began; a change shows in the next.
"""

from collections.abc import Callable, Sequence
from threading import Lock, Thread

from bundlesmith.constraints.shelf import Shelf
from bundlesmith.decoding.grammar import Marks
from bundlesmith.decoding.trie import Trie
from bundlesmith.live.snapshot import (
    Base,
    ShelfFacts,
    Snapshot,
    SnapshotOverlay,
    check_price,
    check_stock,
    merged_base,
    snapshot_of,
)

SnapshotChange = Callable[[SnapshotOverlay], None]


class LiveShelf:
    """The shelf as it is now. All methods may be called from any thread.

    Args:
        trie: the items' spellings.
        shelf: over the leaves of *trie*.
        ids: the item ids in the order of leaves.
        marks: their tokens may be in no spelling.
        merge_after: with more changes than this, a thread in the background merges them into the base.
    """

    def __init__(self, trie: Trie, shelf: Shelf, ids: Sequence[str], marks: Marks, merge_after: int = 4000) -> None:
        self.marks, self.merge_after = marks, merge_after
        self._changes = SnapshotOverlay(Base(trie, shelf, tuple(ids)))
        self._snapshot: Snapshot | None = None
        self._since: list[SnapshotChange] | None = None  # the changes since a merge began; None: none is under way
        self._lock, self._merging = Lock(), Lock()
        self._thread: Thread | None = None

    @property
    def snapshot(self) -> Snapshot:
        """What is on the shelf now; made at the first call after a change, and shared until the next."""
        with self._lock:
            return self._now()

    def _now(self) -> Snapshot:
        if self._snapshot is None:
            self._snapshot = snapshot_of(self._changes)
        return self._snapshot

    def reprice(self, item: str, price: float | None) -> None:
        """Set a price, in units of the currency; None: not known.

        Raises:
            BundlesmithError: if there is no such item, or the price is not an amount.
        """
        cents = check_price(price)
        self._apply(lambda changes: changes.reprice(item, cents))

    def restock(self, item: str, stock: int | None) -> None:
        """Set how many pieces are in stock; None: not counted, always in stock.

        Raises:
            BundlesmithError: if there is no such item, or the stock is negative.
        """
        in_stock = check_stock(stock)
        self._apply(lambda changes: changes.restock(item, in_stock))

    def remove(self, item: str) -> None:
        """Take an item out of the catalogue; its id and its spelling are free again.

        Raises:
            BundlesmithError: if there is no such item.
        """
        self._apply(lambda changes: changes.remove(item))

    def add(
        self,
        item: str,
        tokens: Sequence[int],
        price: float | None = None,
        stock: int | None = None,
        category: Sequence[str] = (),
        brand: str = "",
    ) -> None:
        """Put a new item into the catalogue.

        Args:
            item: its id.
            tokens: its spelling.
            price, stock: see `reprice`, `restock`.
            category: its path, from the department down.
            brand: "" for none.

        Raises:
            BundlesmithError: if the id or the spelling is there already, the spelling is empty or holds a mark, or the
                price or the stock is not an amount.
        """
        self.marks.refuse(item, tokens)
        facts = ShelfFacts(tuple(map(int, tokens)), check_price(price), check_stock(stock), tuple(category), brand)
        self._apply(lambda changes: changes.add(item, facts))

    def restore(self, states: Sequence[tuple[str, ShelfFacts | None, bool]]) -> None:
        """Let many items be so at once, whatever they were.

        Args:
            states: of each item its id; its facts, None if it is removed; and whether category, brand and spelling are
                those that it had at last.

        Raises:
            BundlesmithError: if two have the same spelling, or one's is another's.
        """
        for item, facts, _ in states:
            if facts is not None:
                self.marks.refuse(item, facts.tokens)
        self._apply(lambda changes: changes.restore(states))

    def holds(self, item: str) -> bool:
        """Whether there is such an item."""
        with self._lock:
            return self._changes.holds(item)

    def spelt_so(self, tokens: Sequence[int]) -> str | None:
        """The item with this spelling, or None."""
        with self._lock:
            return self._changes.spelt_so(tuple(tokens))

    def _apply(self, change: SnapshotChange) -> None:
        with self._lock:
            change(self._changes)
            self._snapshot = None
            if self._since is not None:
                self._since.append(change)
            elif len(self._changes) > self.merge_after and (self._thread is None or not self._thread.is_alive()):
                self._thread = Thread(target=self.merge, name="merge of a live shelf", daemon=True)
                self._thread.start()

    def merge(self) -> None:
        """Rebuild the base with all changes; those that come meanwhile are changes of the new base.

        Does nothing while no item at all is left.
        """
        with self._merging:
            with self._lock:
                snapshot, self._since = self._now(), []
            try:
                base = merged_base(snapshot)
                with self._lock:
                    if base is not None:
                        changes = SnapshotOverlay(base)
                        for change in self._since:
                            change(changes)
                        self._changes, self._snapshot = changes, None
            finally:
                with self._lock:
                    self._since = None
