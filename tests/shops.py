"""A tiny catalogue and a tiny grammar, made in code and shared by the tests of the core."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from bundlesmith.constraints.lookahead import Choice, begin
from bundlesmith.constraints.rules import Rules
from bundlesmith.constraints.shelf import make_shelf
from bundlesmith.data.catalogue import Catalogue
from bundlesmith.data.tables import EVENTS, ITEMS
from bundlesmith.decoding.decoder import Decoder
from bundlesmith.decoding.grammar import Grammar, Marks
from bundlesmith.decoding.trie import Trie
from bundlesmith.files import write_json

MARKS = Marks(separator=1, line=2, intent=(3,), explanation=(4, 6), end=5)

DESK = [
    {"id": "desk", "title": "Oak desk, 120 cm", "category": ("Home", "Office"), "price": 120.0, "stock": 2},
    {"id": "lamp", "title": "Desk lamp (LED)", "category": ("Home", "Office"), "price": 29.99, "stock": 1},
    {"id": "chair", "title": "Office chair", "category": ("Home", "Office"), "price": 80.5, "stock": 0},
    {"id": "plant", "title": "Potted fern", "category": ("Garden",), "price": None, "stock": None},
    {"id": "pen", "title": "Blue pen", "category": (), "price": 1.0, "stock": None},
]


def make_catalogue(items: Sequence[dict[str, Any]] = DESK, integer_ids: bool = False) -> Catalogue:
    """A catalogue of items that name only what matters: id, title, category, price, stock, attributes."""
    ids = tuple(str(item.get("id", f"i{row}")) for row, item in enumerate(items))
    prices = [item.get("price") for item in items]
    stocks = [item.get("stock") for item in items]
    return Catalogue(
        ids=ids,
        titles=tuple(item.get("title", f"Item {row}") for row, item in enumerate(items)),
        categories=tuple(tuple(item.get("category", ())) for item in items),
        cents=np.array([-1 if price is None else round(price * 100) for price in prices], np.int64),
        stock=np.array([-1 if stock is None else stock for stock in stocks], np.int64),
        attributes=tuple(item.get("attributes", {}) for item in items),
        integer_ids=integer_ids,
        rows={item: row for row, item in enumerate(ids)},
    )


def begin_rows(rules: Rules, catalogue: Catalogue, items: Sequence[str] = ()) -> Choice:
    """The choice at the start of a request, over the rows of a catalogue."""
    return begin(rules, make_shelf(catalogue, np.arange(len(catalogue), dtype=np.int32)), catalogue.row, items)


def begin_on(trie: Trie, rules: Rules, catalogue: Catalogue, items: Sequence[str] = ()) -> Choice:
    """The choice at the start of a request, over the leaves of a trie of the catalogue's spellings."""
    shelf = make_shelf(catalogue, trie.row_of_leaf, trie.ranges)
    return begin(rules, shelf, lambda item: int(trie.leaf_of_row[catalogue.row(item)]), items)


def items_decoder(trie: Trie, choice: Choice) -> Decoder:
    """A decoder whose answers end after the items."""
    return Decoder(Grammar(trie, MARKS, None), choice)


def write_prepared(
    folder: Path, items: Sequence[dict[str, Any]], events: Sequence[dict[str, Any]] = (), integer_ids: bool = False
) -> Path:
    """A folder as `prepare` writes it, without bundles."""
    folder.mkdir(exist_ok=True)
    rows = [{"category": [], "price": None, "stock": None, "attributes": "{}"} | dict(item) for item in items]
    past = [{"kind": "view", "session_id": None, "split": "train"} | dict(event) for event in events]
    pl.DataFrame(rows, schema=ITEMS).write_parquet(folder / "items.parquet")
    pl.DataFrame(past, schema=EVENTS).write_parquet(folder / "events.parquet")
    write_json(folder / "data.json", {"format": 1, "integer_ids": integer_ids, "hash": "0"})
    return folder
