"""The three tables that every source becomes: items, events, bundles; and the folder that holds them.

Knows nothing about where the rows come from. An item's id keeps the source's type (integer or string) in
every table, so that answers write ids the way the source does.
"""

import polars as pl

ITEMS = {
    "item_id": pl.String,
    "title": pl.String,
    "category": pl.List(pl.String),  # the path, from the department down
    "price": pl.Float64,  # null: not known
    "stock": pl.Int64,  # null: not counted, always in stock
    "attributes": pl.String,  # a JSON object of free attributes, "{}" if there are none
}
EVENTS = {
    "user_id": pl.String,
    "item_id": pl.String,
    "timestamp": pl.Int64,  # seconds since 1970, UTC
    "kind": pl.String,
    "session_id": pl.String,  # null: the source knows no sessions
    "split": pl.String,
}
BUNDLES = {
    "bundle_id": pl.String,
    "user_id": pl.String,  # null: not known
    "session_id": pl.String,  # null: the source knows no sessions
    "timestamp": pl.Int64,  # null: not known
    "items": pl.List(pl.String),
    "intent": pl.String,  # null: not known
    "explanation": pl.String,  # null: not known
    "split": pl.String,
}
SPLITS = ("train", "valid", "test")
