"""A catalogue that changes: all items that a shop ever had, by row, and cheap copies of it as it is at one moment."""

from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from threading import Lock
from typing import Any, Generic, Self, TypeVar

import numpy as np

from bundlesmith.data.catalogue import Catalogue, Column
from bundlesmith.decoding.lexicon import Lexicon

_K = TypeVar("_K")
_T = TypeVar("_T")
_RECENT = 500


@dataclass(frozen=True, slots=True)
class LiveItem:
    """One item of a `bundlesmith.data.catalogue.Catalogue`, with its spelling in a `Lexicon`."""

    item_id: str
    title: str
    category: tuple[str, ...]
    cents: int
    stock: int
    attributes: dict[str, Any]
    text: str
    tokens: tuple[int, ...]

    def sharing(self, old: "LiveItem") -> "LiveItem":
        """The same item, whose parts are those of an older state where they are equal: a price costs no text."""
        alike = repr(self.attributes) == repr(old.attributes)  # 1 == True, and isn't the same
        return LiveItem(
            old.item_id,
            old.title if old.title == self.title else self.title,
            old.category if old.category == self.category else self.category,
            self.cents,
            self.stock,
            old.attributes if alike else self.attributes,
            old.text if old.text == self.text else self.text,
            old.tokens if old.tokens == self.tokens else self.tokens,
        )

    @property
    def place(self) -> tuple[object, ...]:
        """What its place on the shelf depends on."""
        return self.category, self.brand, tuple(self.tokens)

    @property
    def brand(self) -> str:
        """What rules and explanations call its brand; "" for none."""
        return str(self.attributes.get("brand") or "")


class RowLog:
    """Rows that changed in some way, oldest first; the latest *most* are kept. Any thread may use it.

    Attributes:
        count: how many were added.
    """

    def __init__(self, most: int = 100_000) -> None:
        self._rows: deque[int] = deque(maxlen=most)
        self._lock, self.count = Lock(), 0

    def add(self, rows: Iterable[int]) -> None:
        """Add rows."""
        with self._lock:
            for row in rows:
                self._rows.append(row)
                self.count += 1

    def between(self, start: int, end: int) -> list[int] | None:
        """The rows that were added after the first *start* and are among the first *end*; None if they aren't kept."""
        with self._lock:
            gone = self.count - len(self._rows)
            return list(islice(self._rows, start - gone, end - gone)) if start >= gone else None


class Layers(Generic[_K, _T]):
    """A map whose copies cost little: up to `_RECENT` new entries are copied, and many older ones are shared."""

    def __init__(self) -> None:
        self._old: dict[_K, _T] = {}
        self._recent: dict[_K, _T] = {}

    def get(self, key: _K) -> _T | None:
        """The entry, or None."""
        found = self._recent.get(key)
        return self._old.get(key) if found is None else found

    def set(self, key: _K, value: _T) -> None:
        """Make an entry; copies that were made before don't get it."""
        self.update({key: value})

    def update(self, entries: Mapping[_K, _T]) -> None:
        """Make many at once."""
        self._recent.update(entries)
        if len(self._recent) > _RECENT:
            self._old, self._recent = {**self._old, **self._recent}, {}

    def copy(self) -> Self:
        """The map as it is now."""
        twin = type(self)()
        twin._old, twin._recent = self._old, dict(self._recent)
        return twin


class LiveColumn(Generic[_T]):
    """One thing of every item, by row: that of the base, or of what was put in its place or after it."""

    def __init__(self, base: Column[_T], items: Layers[int, LiveItem], name: str) -> None:
        self._base, self._items, self._name = base, items, name

    def __getitem__(self, row: int, /) -> _T:
        item = self._items.get(row)
        if item is None:
            return self._base[row]
        value: _T = getattr(item, self._name)
        return value


class LiveCatalogue:
    """A catalogue and its spellings, with what has changed since; it is read as `Catalogue` and as `Spellings` are.

    An item keeps its row for good, and a new id gets the next one: a row in a history never means another item.
    """

    def __init__(self, catalogue: Catalogue, lexicon: Lexicon) -> None:
        self._base, self._lexicon = catalogue, lexicon
        self._log: list[int] = []
        self._gone: set[int] = set()
        self._hold(Layers(), Layers(), len(catalogue))

    def _hold(self, items: Layers[int, LiveItem], rows: Layers[str, int], size: int) -> None:
        base, lexicon = self._base, self._lexicon
        self._items, self._rows, self._size, self._logged = items, rows, size, len(self._log)
        self.integer_ids, self.currency, self.sign = base.integer_ids, base.currency, base.sign
        self.ids = LiveColumn[str](base.ids, items, "item_id")
        self.titles = LiveColumn[str](base.titles, items, "title")
        self.categories = LiveColumn[tuple[str, ...]](base.categories, items, "category")
        self.cents = LiveColumn[int](base.cents, items, "cents")
        self.stock = LiveColumn[int](base.stock, items, "stock")
        self.attributes = LiveColumn[dict[str, Any]](base.attributes, items, "attributes")
        self.texts = LiveColumn[str](lexicon.texts, items, "text")
        self.tokens = LiveColumn[tuple[int, ...]](lexicon.tokens, items, "tokens")

    @property
    def texts_changed(self) -> tuple[Sequence[int], int]:
        """The rows of items that came, came back, or got another title or category, and ~row of those that left, oldest
        first; and how many entries of it this copy knows of. The log is the same object for all copies, and only grows.
        """
        return self._log, self._logged

    def __len__(self) -> int:
        return self._size

    def copy(self) -> Self:
        """The catalogue as it is now."""
        twin = object.__new__(type(self))
        twin._base, twin._lexicon, twin._log, twin._gone = self._base, self._lexicon, self._log, self._gone
        twin._hold(self._items.copy(), self._rows.copy(), self._size)
        return twin

    def find(self, item_id: str) -> int | None:
        """The row of an item, or None if there never was one."""
        row = self._base.rows.get(item_id)
        return self._rows.get(item_id) if row is None else row

    def row(self, item_id: str) -> int:
        """The row of an item.

        Raises:
            BundlesmithError: if there never was such an item.
        """
        row = self.find(item_id)
        return self._base.row(item_id) if row is None else row

    def known(self, item_ids: Iterable[str]) -> list[int]:
        """The rows of those ids that there ever were, in the order given."""
        return [row for item in item_ids if (row := self.find(item)) is not None]

    def price(self, row: int) -> float | None:
        """The price in units of the currency, or None where it is not known."""
        return int(self.cents[row]) / 100 if self.cents[row] >= 0 else None

    def outside_id(self, row: int) -> str | int:
        """The id as the source wrote it."""
        return int(self.ids[row]) if self.integer_ids else self.ids[row]

    def item(self, row: int) -> LiveItem:
        """All that is known of an item."""
        return self._items.get(row) or LiveItem(
            self.ids[row],
            self.titles[row],
            self.categories[row],
            int(self.cents[row]),
            int(self.stock[row]),
            self.attributes[row],
            self.texts[row],
            tuple(self.tokens[row]),
        )

    def known_as(self, item_id: str) -> LiveItem | None:
        """All that is known of an item by its id; None if there never was one."""
        row = self.find(item_id)
        return None if row is None else self.item(row)

    def excerpt(self, title: str, category: tuple[str, ...], rows: Sequence[int]) -> Catalogue:
        """An item that isn't there yet and those of some rows, as far as a spelling needs to know them."""
        size = len(rows) + 1
        return Catalogue(
            ids=("",) * size,
            titles=(title, *(self.titles[row] for row in rows)),
            categories=(category, *(self.categories[row] for row in rows)),
            cents=np.zeros(size, np.int64),
            stock=np.zeros(size, np.int64),
            attributes=({},) * size,
            integer_ids=False,
            rows={},
        )

    def put(self, *items: LiveItem) -> None:
        """Let items be as given, new or not; each id once."""
        rows, found = dict[str, int](), dict[int, LiveItem]()
        for item in items:
            old = self.known_as(item.item_id)
            if old is None:
                row, self._size = self._size, self._size + 1
                rows[item.item_id], found[row] = row, item
                self._log.append(row)
                continue
            row = self.row(item.item_id)
            found[row] = item.sharing(old)
            if row in self._gone or found[row].title is not old.title or found[row].category is not old.category:
                self._log.append(row)
            self._gone.discard(row)
        self._rows.update(rows)
        self._items.update(found)
        self._logged = len(self._log)

    def leave(self, row: int) -> None:
        """Note that an item isn't sold any more."""
        if row not in self._gone:
            self._gone.add(row)
            self._log.append(~row)
            self._logged = len(self._log)
