"""A run's shop while it is open: items come, go, change and are repriced and restocked, and the next request sees it.

   shop = LiveShop(load_run(RUN))
   shop.put("CAMP-9001", "Trail lantern", ("Camping", "Lights"), price=24.9, stock=12)
   shop.view()   # what a request keeps from its beginning to its end
Changes are in memory: on disk the run stays as it is.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from threading import Lock
from typing import Any

import numpy as np

from bundlesmith.data.events import Histories
from bundlesmith.decoding.lexicon import encode_inside
from bundlesmith.decoding.spell_new import spell_new
from bundlesmith.errors import BundlesmithError
from bundlesmith.live.live_catalogue import LiveCatalogue, LiveItem, RowLog
from bundlesmith.live.live_shelf import LiveShelf
from bundlesmith.live.snapshot import ShelfFacts, Snapshot, check_price, check_stock
from bundlesmith.prompts.prompting import Prompter
from bundlesmith.run import Run

Spelling = tuple[str, tuple[int, ...]]
"""An item's spelling: its text and its tokens."""
NEIGHBOURS = 1000
"""The words of a new item's spelling tell it apart from at most this many others of its category."""


class ShopView:
    """A shop at one moment; it never changes.

    Attributes:
        run: what it was opened with.
        catalogue: all items that there ever were; those that were removed as they were last.
        snapshot: the items on sale, as a decoder needs them.
        named: the rows of items that came, went, or got another title, category or brand, oldest first: a log that all
            views of the shop share.
        named_at: how many of them this view knows of.
    """

    def __init__(self, run: Run, catalogue: LiveCatalogue, snapshot: Snapshot, named: RowLog) -> None:
        self.run, self.catalogue, self.snapshot = run, catalogue, snapshot
        self.named, self.named_at = named, named.count

    @property
    def histories(self) -> Histories:
        """The customers that are known by id."""
        return self.run.histories

    @cached_property
    def prompter(self) -> Prompter:
        """How the model is asked."""
        return replace(self.run.prompter, lexicon=self.catalogue, catalogue=self.catalogue)

    @cached_property
    def on_sale(self) -> int:
        """How many items are on sale."""
        return int(self.snapshot.shelf.listed.sum())

    def removed(self, item_id: str) -> bool:
        """Whether there was such an item, and is no longer."""
        return self.catalogue.find(item_id) is not None and not self.snapshot.holds(item_id)


class LiveShop:
    """A shop that stays open. All methods may be called from any thread; a view made after a change shows it.

    Args:
        run: what is sold at first.
        merge_after: see `bundlesmith.live.live_shelf.LiveShelf`.
    """

    def __init__(self, run: Run, merge_after: int = 4000) -> None:
        trie, shelf = run.index
        ids = [run.catalogue.ids[row] for row in trie.row_of_leaf]
        self.run = run
        self._shelf = LiveShelf(trie, shelf, ids, run.lexicon.marks, merge_after)
        self._catalogue = LiveCatalogue(run.catalogue, run.lexicon)
        self._named = RowLog()
        self._view: ShopView | None = None
        self._changing = Lock()  # one change at a time: held while a new item is spelt, too
        self._lock = Lock()  # held while the shelf and the catalogue differ

    def view(self) -> ShopView:
        """The shop as it is now; made at the first call after a change, and shared until the next."""
        with self._lock:
            snapshot = self._shelf.snapshot
            if self._view is None or self._view.snapshot is not snapshot:
                self._view = ShopView(self.run, self._catalogue.copy(), snapshot, self._named)
            return self._view

    def reprice(self, item_id: str, price: float | None) -> None:
        """Set a price, in units of the currency; None: not known.

        Raises:
            BundlesmithError: if there is no such item, or the price is not an amount.
        """
        cents = check_price(price)
        with self._changing, self._lock:
            self._shelf.reprice(item_id, price)
            self._catalogue.put(replace(self._item(item_id), cents=cents))

    def restock(self, item_id: str, stock: int | None) -> None:
        """Set how many pieces are in stock; None: not counted, always in stock.

        Raises:
            BundlesmithError: if there is no such item, or the stock is negative.
        """
        with self._changing, self._lock:
            self._shelf.restock(item_id, stock)
            self._catalogue.put(replace(self._item(item_id), stock=-1 if stock is None else stock))

    def remove(self, item_id: str) -> None:
        """Take an item off sale: it isn't written or named any more, but a history that holds it still is read.

        Raises:
            BundlesmithError: if there is no such item.
        """
        with self._changing, self._lock:
            self._shelf.remove(item_id)
            self._catalogue.leave(row := self._catalogue.row(item_id))
            self._named.add([row])

    def put(
        self,
        item_id: str,
        title: str,
        category: Sequence[str] = (),
        price: float | None = None,
        stock: int | None = None,
        attributes: Mapping[str, Any] | None = None,
        spelling: Spelling | None = None,
    ) -> None:
        """Sell an item: a new one, or one that is there already and changes. An id keeps its spelling while it is free.

        Args:
            item_id: its id.
            title: not empty.
            category: its path, from the department down.
            price, stock: see `reprice`, `restock`.
            attributes: free attributes.
            spelling: how it is spelt, if another process has spelt it already; see `spell`.

        Raises:
            BundlesmithError: if the id or the title is empty or the id is not like the run's, the price or the stock is
                not an amount, no semantic spelling is left, or the spelling isn't one of this run or is taken.
        """
        with self._changing:
            item = self._made(item_id, title, category, price, stock, attributes, spelling)
            with self._lock:
                before = self._name(item_id)
                self._shelve(item, price, stock)
                self._catalogue.put(item)
                if self._name(item_id) != before:
                    self._named.add([self._catalogue.row(item_id)])

    def restore(self, states: Sequence[tuple[str, Mapping[str, Any] | None, bool]]) -> None:
        """Let many items be as they were at last: the same as putting and removing each, however often that was.

        Args:
            states: of each item its id, the arguments of `put` (None: it is as in the run), and whether it is removed.
                Items that weren't there before get rows in this order, those without a spelling last.

        Raises:
            BundlesmithError: see `put`.
        """
        unspelt = [state for state in states if state[1] is not None and state[1]["spelling"] is None]
        with self._changing:
            items = [
                (item_id, None if values is None else self._made(item_id, **values, taken=False), removed)
                for item_id, values, removed in states
                if values is None or values["spelling"] is not None
            ]
            with self._lock:
                self._shelf.restore(
                    [
                        (item_id, None if item is None or removed else _facts(item), self._is_placed_so(item))
                        for item_id, item, removed in items
                    ]
                )
                self._catalogue.put(*(item for _, item, _ in items if item is not None))
                for item_id, _, removed in items:
                    if removed and (row := self._catalogue.find(item_id)) is not None:
                        self._catalogue.leave(row)
                self._named.add(self._catalogue.known(item_id for item_id, _, _ in items))
        for item_id, values, removed in unspelt:
            self.put(item_id, **values or {})
            if removed:
                self.remove(item_id)

    def _name(self, item_id: str) -> tuple[object, ...] | None:
        """What people call an item; None if it isn't on sale."""
        if not self._shelf.holds(item_id):
            return None
        item = self._item(item_id)
        return item.title, tuple(item.category), item.brand

    def _is_placed_so(self, item: LiveItem | None) -> bool:
        """Whether an item is in the same place of the shelf as it was."""
        row = None if item is None else self._catalogue.find(item.item_id)
        return item is not None and row is not None and self._catalogue.item(row).place == item.place

    def _made(
        self,
        item_id: str,
        title: str,
        category: Sequence[str],
        price: float | None,
        stock: int | None,
        attributes: Mapping[str, Any] | None,
        spelling: Spelling | None,
        taken: bool = True,
    ) -> LiveItem:
        """An item as it is to be; *taken*: its spelling mustn't be that of another now."""
        self.check(item_id, title)
        cents, path, free = check_price(price), tuple(category), dict(attributes or {})
        check_stock(stock)
        text, tokens = self._checked(item_id, spelling, taken) if spelling else self._spelling(item_id, title, path)
        return LiveItem(item_id, title, path, cents, -1 if stock is None else stock, free, text, tokens)

    def check(self, item_id: str, title: str) -> None:
        """Check that an item could be sold under this id and title.

        Raises:
            BundlesmithError: if not; see `put`.
        """
        if not item_id.strip() or not title.strip():
            raise BundlesmithError(f'The item "{item_id}" has the title "{title}".', "Give both.")
        if self._catalogue.integer_ids and not item_id.lstrip("-").isdecimal():
            raise BundlesmithError(f'The id "{item_id}" is not a number, as this shop\'s ids are.', "Give a number.")

    def spell(
        self, item_id: str, title: str, category: Sequence[str] = (), others: Collection[tuple[int, ...]] = ()
    ) -> Spelling:
        """The spelling with which `put` would sell an item now, for a log that other processes follow.

        Args:
            item_id, title, category: see `put`.
            others: tokens of items that will be sold by then.

        Raises:
            BundlesmithError: if no semantic spelling is left.
        """
        with self._changing:
            return self._spelling(item_id, title, tuple(category), others)

    def _item(self, item_id: str) -> LiveItem:
        return self._catalogue.item(self._catalogue.row(item_id))

    def _checked(self, item_id: str, spelling: Spelling, taken: bool) -> Spelling:
        """A spelling that came with the item."""
        text, tokens = spelling
        row = self._catalogue.find(item_id)
        if row is None or (self._catalogue.texts[row], tuple(self._catalogue.tokens[row])) != (text, tuple(tokens)):
            self.run.lexicon.marks.refuse(item_id, tokens)
            if tuple(encode_inside(self.run.tokenizer, [text])[0]) != tuple(tokens):
                what = f'"{text}" isn\'t spelt {list(tokens)} in this run.'
                raise BundlesmithError(what, "Spell the item for this run.")
        other = self._shelf.spelt_so(tokens) if taken else None
        if other not in (None, item_id):
            raise BundlesmithError(f'The spelling "{text}" of "{item_id}" is that of "{other}".', "Give another one.")
        return text, tuple(tokens)

    def _spelling(
        self, item_id: str, title: str, category: tuple[str, ...], others: Collection[tuple[int, ...]] = ()
    ) -> Spelling:
        """The spelling that the id had, if no other has it now; or a new one."""
        if self._catalogue.find(item_id) is not None:
            known = self._item(item_id)
            if self._shelf.spelt_so(known.tokens) in (None, item_id) and tuple(known.tokens) not in others:
                return known.text, known.tokens
        kind = self.run.settings.examples.spelling
        rows = self._neighbours(category) if kind == "terms" else []
        among = self._catalogue.excerpt(title, category, rows)
        taken = self._shelf.spelt_so
        return spell_new(
            self.run.lexicon, kind, among, self.run.tokenizer, lambda t: taken(t) is not None or tuple(t) in others
        )

    def _neighbours(self, category: tuple[str, ...]) -> list[int]:
        """The rows of items on sale in the same category, or of some from all over it if they are many."""
        snapshot = self._shelf.snapshot
        same = [number for number, path in enumerate(snapshot.shelf.paths) if path[-1:] == category[-1:]]
        category_of, listed = np.asarray(snapshot.shelf.category), np.asarray(snapshot.shelf.listed)
        found = np.flatnonzero(np.isin(category_of, same if category else [-1]) & listed)
        some = found[:: -(-len(found) // NEIGHBOURS) or 1]
        return [self._catalogue.row(snapshot.item(position)) for position in some.tolist()]

    def _shelve(self, item: LiveItem, price: float | None, stock: int | None) -> None:
        """Put an item on the shelf, or change it there."""
        name, shelf = item.item_id, self._shelf
        if shelf.holds(name):
            old = self._item(name)
            if old.place == item.place:
                shelf.reprice(name, price)
                shelf.restock(name, stock)
                return
            shelf.remove(name)
        shelf.add(name, item.tokens, price, stock, item.category, item.brand)


def _facts(item: LiveItem) -> ShelfFacts:
    return ShelfFacts(item.tokens, item.cents, item.stock != 0, item.category, item.brand)
