"""The rows of blocks that differ in the columns that count, in the order in which they come first.

    different = Different({"sku", "price"}, ("currency",))
    for block in blocks:
        different.add(block)
    table, said = different.rows()

A single block is left as it is.
"""

import polars as pl

from bundlesmith.data.names import names, plain_name
from bundlesmith.data.readers.cells import as_text

_TOGETHER = 4  # times as many rows as differ wait until they are compared


class Different:
    """Collects blocks. The columns that count are *mentioned*, or have one of the names of *kinds* (names.yaml)."""

    def __init__(self, mentioned: set[str], kinds: tuple[str, ...]) -> None:
        self._mentioned, self._known = mentioned, {name for kind in kinds for name in names()[kind]}
        self._parts: list[pl.DataFrame] = []
        self._blocks = self._read = self._known_rows = 0

    def add(self, block: pl.DataFrame) -> None:
        """One more block."""
        self._blocks += 1
        self._read += block.height
        if self._blocks == 1:
            self._parts = [block]
            return
        if self._blocks == 2:
            self._parts = [self._narrow(self._parts[0])]
        self._parts.append(self._narrow(block))
        if sum(part.height for part in self._parts) > _TOGETHER * max(self._known_rows, block.height):
            self._compare()

    def _narrow(self, block: pl.DataFrame) -> pl.DataFrame:
        wanted = [
            name
            for name in block.columns
            if name in self._mentioned or plain_name(name) in self._known or name.split(" (")[0] in self._mentioned
        ]
        return _first(block.select(wanted))

    def _compare(self) -> None:
        if any(part.schema != self._parts[0].schema for part in self._parts):
            self._parts = [part.select(as_text(part[name]) for name in part.columns) for part in self._parts]
        self._parts = [_first(pl.concat(self._parts, how="diagonal"))]
        self._known_rows = self._parts[0].height

    def rows(self) -> tuple[pl.DataFrame, str]:
        """The rows, and what to say about them."""
        if self._blocks == 1:
            return self._parts[0], ""
        self._compare()
        return self._parts[0], f"{self._known_rows:,} different rows of {self._read:,}"


def _first(table: pl.DataFrame) -> pl.DataFrame:
    """Of rows that are the same the first; lists aren't compared."""
    nested = any(kind.is_nested() for kind in table.schema.values())
    return table if nested or not table.width else table.unique(keep="first", maintain_order=True)
