"""The bundles of one split with what was known before each, read from the disk as they are gone through.

Only the events are in memory, in arrays.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bundlesmith.data.catalogue import Catalogue
from bundlesmith.data.events import Histories, distinct_rows, load_histories

_BATCH = 4096
"""Rows of a table that are in memory at once."""


@dataclass(frozen=True, slots=True)
class Case:
    """One bundle of the data, with what was known before it. Items are rows of the catalogue.

    Attributes:
        history: the customer's items, oldest first, without the bundle's.
        session: all items of the session in which the bundle was found, in order; empty if not known.
        explanation: the data's own, or "".
    """

    history: tuple[int, ...]
    session: tuple[int, ...]
    bundle: tuple[int, ...]
    intent: str
    explanation: str


@dataclass(frozen=True, slots=True, eq=False)
class Cases:
    """All cases of one split, in the order of the table; each pass over them reads the table again."""

    bundles: Path
    split: str
    catalogue: Catalogue
    histories: Histories
    count: int

    def __len__(self) -> int:
        return self.count

    def __iter__(self) -> Iterator[Case]:
        for row in _rows(self.bundles, self.split, "*"):
            yield self._case(row)

    def intents(self) -> Iterator[str]:
        """What people wrote for the bundles."""
        return (row["intent"] for row in _rows(self.bundles, self.split, "intent") if row["intent"])

    def _case(self, row: dict[str, Any]) -> Case:
        bundle = tuple(self.catalogue.rows[item] for item in row["items"])
        rows, times = self.histories.sessions.arrays(row["session_id"])
        start = int(times[0]) if len(times) else row["timestamp"]
        past, moments = self.histories.users.arrays(row["user_id"])
        earlier = past[: moments.searchsorted(start)].tolist() if start is not None else []
        session = rows.tolist()
        history = [item for item in distinct_rows(earlier + session) if item not in bundle]
        intent, explanation = row["intent"] or "", row["explanation"] or ""
        return Case(tuple(history), tuple(distinct_rows(session)), bundle, intent, explanation)


def _rows(bundles: Path, split: str, column: str) -> Iterator[dict[str, Any]]:
    import polars as pl

    table = pl.scan_parquet(bundles).filter(pl.col("split") == split).select(column)
    for batch in table.collect_batches(chunk_size=_BATCH, maintain_order=True):
        yield from batch.iter_rows(named=True)


def load_cases(data: Path, catalogue: Catalogue, split: str) -> Cases:
    """The cases of one split; their histories are of the same split, so nothing leaks."""
    import polars as pl

    bundles = data / "bundles.parquet"
    count = pl.scan_parquet(bundles).filter(pl.col("split") == split).select(pl.len()).collect().item()
    return Cases(bundles, split, catalogue, load_histories(data / "events.parquet", catalogue, split), count)
