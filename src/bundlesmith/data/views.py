"""A file's rows, and what they seem to hold."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import polars as pl

from bundlesmith.data.readers.folder import inner_name


@dataclass
class FileView:
    """The rows of a file, and the table and columns that they seem to hold; *keys* are further ones of the YAML;
    *lacking* says which columns of events aren't there."""

    path: Path
    table: pl.DataFrame
    kind: str = ""
    columns: dict[str, Any] = field(default_factory=dict)
    keys: dict[str, Any] = field(default_factory=dict)
    lacking: list[str] = field(default_factory=list)

    @property
    def name(self) -> str:
        """Of the file, with the sheet."""
        return f"{inner_name(self.path)}, {self.keys['sheet']}" if "sheet" in self.keys else inner_name(self.path)
