"""What every reference method learns from: the training split of prepared data, as rows and sparse matrices.

Sessions, bundles and items of the other splits are never read.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from bundlesmith.data.catalogue import Catalogue, open_catalogue
from bundlesmith.files import read_json

Matrix = Any
"""A scipy CSR matrix."""


@dataclass(frozen=True, eq=False)
class TrainingSplit:
    """The training split.

    Attributes:
        catalogue: all items.
        hash: of the prepared tables.
        work: a folder for what is dear to make again; made when it is needed.
        sessions: the rows of each session's items (of a customer's, where the data knows no sessions).
        bundles: the rows of each bundle's items.
        intents: what was written for each bundle, or "".
    """

    catalogue: Catalogue
    hash: str
    work: Path
    sessions: tuple[tuple[int, ...], ...]
    bundles: tuple[tuple[int, ...], ...]
    intents: tuple[str, ...]

    @cached_property
    def popularity(self) -> NDArray[np.float32]:
        """How many training sessions and bundles hold each item: [N]."""
        counts: NDArray[np.float32] = np.asarray(self.together("both").sum(0), np.float32).ravel()
        return counts

    def together(self, which: str) -> Matrix:
        """What was seen together, float32 [groups, N] of 0 and 1: "sessions", "bundles" or "both"."""
        groups = {"sessions": self.sessions, "bundles": self.bundles, "both": self.sessions + self.bundles}[which]
        return incidence(groups, len(self.catalogue))


def incidence(groups: Sequence[Sequence[int]], n: int) -> Matrix:
    """1 where a group holds an item, else 0: CSR, float32 [len(groups), n]."""
    kept = [np.unique(np.asarray(group, np.int32)) for group in groups]
    starts = np.concatenate([[0], np.cumsum([len(some) for some in kept])]).astype(np.int64)
    columns = np.concatenate([np.empty(0, np.int32), *kept]).astype(np.int32)
    return sparse.csr_matrix((np.ones(len(columns), np.float32), columns, starts), shape=(len(groups), n))


def load_training(data: Path, work: Path) -> TrainingSplit:
    """Read the training split of the folder *data*.

    Raises:
        BundlesmithError: if it isn't a folder of prepared data.
    """
    import polars as pl

    catalogue = open_catalogue(data)
    train = pl.col("split") == "train"
    events = pl.read_parquet(data / "events.parquet").filter(train)
    group = pl.coalesce(pl.lit("s ") + pl.col("session_id"), pl.lit("u ") + pl.col("user_id"))
    held = events.group_by(group.alias("group"), maintain_order=True).agg("item_id")
    bundles = pl.read_parquet(data / "bundles.parquet").filter(train)
    return TrainingSplit(
        catalogue=catalogue,
        hash=str(read_json(data / "data.json")["hash"]),
        work=work,
        sessions=tuple(tuple(catalogue.rows[item] for item in items) for items in held["item_id"].to_list()),
        bundles=tuple(tuple(catalogue.rows[item] for item in items) for items in bundles["items"].to_list()),
        intents=tuple(bundles["intent"].fill_null("").to_list()),
    )
