"""What training holds, made in code."""

from collections.abc import Sequence
from pathlib import Path

import polars as pl

from bundlesmith.data.tables import EVENTS
from bundlesmith.eval.groups import SplitBundle, SplitData, make_past


def past(events: Sequence[tuple[str, str, str, str]], bundles: Sequence[tuple[str, str]] | None = ()) -> SplitData:
    """Of events (session, user, items as letters, split), and of bundles (items as letters, split)."""
    rows = [
        {"user_id": user, "item_id": item, "timestamp": 0, "kind": "view", "session_id": session, "split": split}
        for session, user, items, split in events
        for item in items
    ]
    made = None if bundles is None else tuple(SplitBundle(tuple(items), f"{items}s", split) for items, split in bundles)
    return make_past(pl.DataFrame(rows, schema=EVENTS), made, Path("data"))
