"""Items of a shop that changes, by parts of their titles, categories and ids: an index of SQLite (FTS5, trigrams).

search_items(shop.view(), "trail lamp", limit=20)
"""

import sqlite3
from collections.abc import Iterable
from threading import Lock

from bundlesmith.errors import BundlesmithError
from bundlesmith.live.live_catalogue import LiveCatalogue
from bundlesmith.shop.item_names import KeptNames, on_sale
from bundlesmith.shop.live_shop import ShopView

_SHORT = 3
"""Shorter words aren't in the index: each text is looked through for them."""


class SearchIndex:
    """The items on sale, by row. All methods may be called from any thread."""

    def __init__(self, view: ShopView) -> None:
        self._catalogue, self._lock = view.catalogue, Lock()
        self._rows: list[int] | None = None  # all of them, once they were asked for
        self._database = sqlite3.connect(":memory:", check_same_thread=False, isolation_level=None)
        try:
            self._database.execute("CREATE VIRTUAL TABLE item USING fts5(text, tokenize='trigram')")
        except sqlite3.OperationalError as error:
            what = f"SQLite {sqlite3.sqlite_version} of this Python has no index of trigrams: {error}."
            raise BundlesmithError(what, "Use a Python with SQLite 3.34 or newer, with FTS5.") from error
        self._add(row for row in range(len(view.catalogue)) if on_sale(view, row))

    def change(self, view: ShopView, rows: dict[int, bool]) -> "SearchIndex":
        """Let it be of a later view: see `bundlesmith.shop.item_names.KeptNames`."""
        with self._lock:
            self._catalogue, self._rows = view.catalogue, None
            self._database.executemany("DELETE FROM item WHERE rowid = ?", [(row,) for row in rows])
            self._add(row for row, there in rows.items() if there)
        return self

    def _add(self, rows: Iterable[int]) -> None:
        texts = ((row, _text(self._catalogue, row)) for row in rows)
        self._database.execute("BEGIN")
        self._database.executemany("INSERT INTO item (rowid, text) VALUES (?, ?)", texts)
        self._database.execute("COMMIT")

    def find(self, search: str, limit: int, offset: int = 0) -> tuple[list[str], int]:
        """The ids of some items whose texts hold all words of *search*, in the catalogue's order; and how many do."""
        words = _plain(search).split()
        long = " ".join('"' + word.replace('"', '""') + '"' for word in words if len(word) >= _SHORT)
        short = [word for word in words if len(word) < _SHORT]
        conditions = ["item MATCH ?"] * bool(long) + ["instr(text, ?) > 0"] * len(short)
        where = f" WHERE {' AND '.join(conditions)}"
        values = [long] * bool(long) + short
        with self._lock:
            if not conditions:
                return self._listed(limit, offset)
            (total,) = self._database.execute(f"SELECT count(*) FROM item{where}", values).fetchone()
            some = f"SELECT rowid FROM item{where} ORDER BY rowid LIMIT ? OFFSET ?"
            rows = self._database.execute(some, [*values, limit, offset]).fetchall()
            return [self._catalogue.ids[row] for (row,) in rows], total

    def _listed(self, limit: int, offset: int) -> tuple[list[str], int]:
        """Some of all items. A client that lists a large shop asks for many pages: each is but a slice."""
        if self._rows is None:
            self._rows = [row for (row,) in self._database.execute("SELECT rowid FROM item ORDER BY rowid")]
        return [self._catalogue.ids[row] for row in self._rows[offset : offset + limit]], len(self._rows)


def _text(catalogue: LiveCatalogue, row: int) -> str:
    return _plain(" ".join((catalogue.ids[row], catalogue.titles[row], *catalogue.categories[row])))


def _plain(text: str) -> str:
    return text.lower().replace("\0", " ").encode("utf-8", "replace").decode()


_KEPT = KeptNames(SearchIndex, SearchIndex.change)


def search_items(view: ShopView, search: str, limit: int, offset: int = 0) -> tuple[list[str], int]:
    """The ids of some items on sale that have all words of *search* in id, title or category; and how many there are.

    The first time it takes as long as there are items.
    """
    ids, total = _KEPT.of(view).find(search, limit, offset)
    return [item for item in ids if view.snapshot.holds(item)], total
