"""The report of a preparation: what was read, dropped, mended and kept, what training has seen of the rest.

It counts.
"""

from collections.abc import Sequence
from typing import Literal

import polars as pl
from pydantic import BaseModel, ConfigDict
from rich.console import Console
from rich.table import Table
from rich.text import Text

from bundlesmith.data.tables import SPLITS, coded, set_numbers

EXAMPLES = 3


class RowChange(BaseModel):
    """What one rule did: *count* rows (or members of bundles) dropped, mended or made, with a few values."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    table: Literal["items", "events", "bundles", "bundle items"]
    action: Literal["dropped", "mended", "made"]
    reason: str
    count: int
    examples: tuple[str, ...] = ()


class Reading(BaseModel):
    """How a column, or a file (*column* is then empty), was read: what was decided from its values."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    table: Literal["items", "events", "bundles"]
    column: str
    read_as: str


class SeenShares(BaseModel):
    """How much of the items in a split's bundles training has seen: shares of 1, null without bundles."""

    model_config = ConfigDict(extra="forbid")
    items: int
    in_train_bundles: float | None
    in_train_events: float | None
    occurrences_in_train_bundles: float | None
    bundles_identical_to_train: int


class Report(BaseModel):
    """Everything that `prepare` has to say about its tables; saved as report.json."""

    model_config = ConfigDict(extra="forbid")
    read: dict[str, int]
    kept: dict[str, int]
    changes: list[RowChange]
    splits: dict[str, dict[str, int]]
    seen: dict[str, SeenShares]
    shared_sessions: int
    readings: list[Reading] = []
    warnings: list[str] = []

    def show(self, console: Console) -> None:
        """Print the report as tables."""
        for table in (self._rows(), self._readings(), self._reasons(), self._overlap()):
            if table.row_count:
                console.print(table)
        for warning in self.warnings:
            console.print(Text(f"Warning: {warning}", style="yellow"))

    def _rows(self) -> Table:
        table = Table("table", *["read", "kept", *SPLITS], title="Rows")
        for name in self.read:
            parts = [f"{self.splits[name][split]:,}" if name in self.splits else "" for split in SPLITS]
            table.add_row(name, f"{self.read[name]:,}", f"{self.kept[name]:,}", *parts)
        return table

    def _readings(self) -> Table:
        table = Table("table", "column", "read as", title="How it was read")
        for reading in self.readings:
            table.add_row(reading.table, reading.column or "(file)", Text(reading.read_as))
        return table

    def _reasons(self) -> Table:
        table = Table("table", "what", "rows", "reason", "for example", title="Dropped, mended and made")
        for change in self.changes:
            shown = ", ".join(f'"{example}"' for example in change.examples)
            table.add_row(change.table, change.action, f"{change.count:,}", change.reason, Text(shown))
        return table

    def _overlap(self) -> Table:
        title = f"What training has seen of the bundles (sessions in two splits: {self.shared_sessions})"
        columns = [
            "items",
            "in train bundles",
            "in train events",
            "occurrences in train bundles",
            "same bundle",
        ]
        table = Table("split", *columns, title=title)
        for split, seen in self.seen.items():
            shares = (seen.in_train_bundles, seen.in_train_events, seen.occurrences_in_train_bundles)
            cells = ["–" if share is None else f"{share:.1%}" for share in shares]
            table.add_row(split, f"{seen.items:,}", *cells, f"{seen.bundles_identical_to_train:,}")
        return table


def count(items: pl.DataFrame, events: pl.DataFrame, bundles: pl.DataFrame) -> dict[str, int]:
    """Count the rows of the three tables, and the sessions in them."""
    heights = {"items": items.height, "events": events.height, "bundles": bundles.height}
    return heights | {"sessions": _sessions(events, bundles)}


def make_report(
    read: dict[str, int],
    items: pl.DataFrame,
    events: pl.DataFrame,
    bundles: pl.DataFrame,
    changes: Sequence[RowChange],
    readings: Sequence[Reading] = (),
    warnings: Sequence[str] = (),
) -> Report:
    """Count the final tables; *read* is what `count` said of the raw ones."""
    kept = count(items, events, bundles)
    pairs = [table.select("session_id", "split") for table in (events, bundles)]
    sessions = {name: _sessions(*(table.filter(pl.col("split") == name) for table in pairs)) for name in SPLITS}
    touched = events.select("item_id", "split").filter(pl.col("split") == "train")["item_id"].unique()
    keyed = bundles.select("split", "items", set_numbers(bundles["items"]).to_struct("key"))
    train = keyed.filter(pl.col("split") == "train")
    taught, keys = train["items"].cast(pl.List(pl.Categorical)).explode().drop_nulls().unique(), train["key"].unique()
    sizes = {"events": _sizes(events), "bundles": _sizes(bundles), "sessions": sessions}
    return Report(
        read=read,
        kept=kept,
        changes=list(changes),
        splits=sizes,
        seen={name: _seen(keyed.filter(pl.col("split") == name), touched, taught, keys) for name in SPLITS[1:]},
        shared_sessions=sum(sessions.values()) - kept["sessions"],
        readings=list(readings),
        warnings=list(warnings),
    )


def _sessions(*tables: pl.DataFrame) -> int:
    return pl.concat([coded(table.select("session_id")) for table in tables]).to_series().drop_nulls().n_unique()


def _sizes(table: pl.DataFrame) -> dict[str, int]:
    return {split: int((table["split"] == split).sum()) for split in SPLITS}


def _seen(bundles: pl.DataFrame, touched: pl.Series, taught: pl.Series, keys: pl.Series) -> SeenShares:
    """What training has seen of the bundles of a split: by items of its events and bundles, by whole bundles."""
    used = bundles["items"].cast(pl.List(pl.Categorical)).explode().drop_nulls()
    distinct = used.unique()
    return SeenShares(
        items=distinct.len(),
        in_train_bundles=_share(distinct, taught),
        in_train_events=_share(distinct, touched),
        occurrences_in_train_bundles=_share(used, taught),
        bundles_identical_to_train=bundles["key"].to_frame().join(keys.to_frame(), on="key", how="semi").height,
    )


def _share(items: pl.Series, known: pl.Series) -> float | None:
    return int(items.is_in(known.implode()).sum()) / items.len() if items.len() else None
