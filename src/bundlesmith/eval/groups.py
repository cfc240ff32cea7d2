"""What training holds (popularity, customers, sessions, bundles), and the groups of tasks that follow from it.

    new_user    the session's customer has no training event; None if the customer or the session is not known
    unseen      an item of the true answer is in no training event and no training bundle
    long_tail   an item of the true answer is outside the most popular fifth of the training items

Reads a folder of prepared data, or a run, which has no bundles.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from math import ceil
from pathlib import Path
from typing import Any

import polars as pl

from bundlesmith.errors import BundlesmithError
from bundlesmith.eval.score import Sheet
from bundlesmith.eval.values import Row, session_of

GROUPS = ("new_user", "unseen", "long_tail")
POPULAR = 0.2
"""The share of the training items that counts as the popular ones."""


@dataclass(frozen=True, slots=True)
class Session:
    """One session of any split; `user` is None if the source doesn't know the customer."""

    user: str | None
    items: frozenset[str]
    splits: frozenset[str]


@dataclass(frozen=True, slots=True)
class SplitBundle:
    """One bundle of any split."""

    items: tuple[str, ...]
    intent: str | None
    split: str


@dataclass(frozen=True)
class SplitData:
    """What happened, and which of it is for training.

    Attributes:
        counts: the popularity of each training item, the most popular first (ties: by id). It is how many training
            events it has; if there are no training events at all, how many training bundles.
        known: items of training events and bundles.
        users: customers with training events.
        sessions: by id.
        bundles: of all splits; None if the folder is a run.
    """

    counts: Mapping[str, int]
    known: frozenset[str]
    users: frozenset[str]
    sessions: Mapping[str, Session]
    bundles: tuple[SplitBundle, ...] | None

    @cached_property
    def popular(self) -> frozenset[str]:
        """The most popular fifth of the training items, rounded up."""
        return frozenset(list(self.counts)[: ceil(POPULAR * len(self.counts))])

    @cached_property
    def training_bundles(self) -> list[SplitBundle]:
        """The bundles for training."""
        return [bundle for bundle in self.bundles or () if bundle.split == "train"]

    def session(self, task: str, items: Sequence[str]) -> str | None:
        """The id of the session that a task is from, or None if none fits.

        It is the end of the task's session (`session_of`) after one of its hyphens, or all of it, of which there
        is a session that holds all *items* that any session has.
        """
        name = session_of(task)
        ends = [name, *(name[at + 1 :] for at, letter in enumerate(name) if letter == "-")]
        return next((end for end in ends if end in self.sessions and self.sessions[end].items >= set(items)), None)


def read_past(folder: Path) -> SplitData:
    """Read `events.parquet`, and `bundles.parquet` if it is there.

    Raises:
        BundlesmithError: if there are no events to read, or neither a training event nor a training bundle.
    """
    if not (folder / "events.parquet").is_file():
        raise BundlesmithError(f'"{folder}" has no events.parquet.', "`bundlesmith prepare` makes such folders.")
    events = pl.read_parquet(folder / "events.parquet")
    file = folder / "bundles.parquet"
    bundles = _bundles(pl.read_parquet(file)) if file.is_file() else None
    return make_past(events, bundles, folder)


def make_past(events: pl.DataFrame, bundles: tuple[SplitBundle, ...] | None, folder: Path) -> SplitData:
    """What `read_past` reads, of tables; *folder* is for the error."""
    train = events.filter(pl.col("split") == "train")
    touched = Counter(train["item_id"].to_list())
    bundled = Counter(item for bundle in bundles or () if bundle.split == "train" for item in bundle.items)
    counts = touched or bundled
    if not counts:
        raise BundlesmithError(f'"{folder}" has no training events and no training bundles.', "Prepare it again.")
    ordered = sorted(counts, key=lambda item: (-counts[item], item))
    return SplitData(
        {item: counts[item] for item in ordered},
        frozenset((*touched, *bundled)),
        frozenset(train["user_id"].drop_nulls().to_list()),
        _sessions(events),
        bundles,
    )


def _bundles(table: pl.DataFrame) -> tuple[SplitBundle, ...]:
    rows = table.select("items", "intent", "split").iter_rows()
    return tuple(SplitBundle(tuple(items), intent, split) for items, intent, split in rows)


def _sessions(events: pl.DataFrame) -> dict[str, Session]:
    grouped = events.drop_nulls("session_id").group_by("session_id").agg("user_id", "item_id", "split")
    return {
        name: Session(_customer(name, users[0]), frozenset(items), frozenset(splits))
        for name, users, items, splits in grouped.iter_rows()
    }


def _customer(session: str, user: str | None) -> str | None:
    """The customer; a source that doesn't know one calls it after the session."""
    return None if user == f"session-{session}" else user


def gold_items(row: Row) -> set[str]:
    """The items of a true answer."""
    bundles: list[list[Any]] = row.get("bundles") or [row.get("bundle") or [row["target"]]]
    return {str(item) for bundle in bundles for item in bundle}


def groups_of_tasks(sheet: Sheet, past: SplitData) -> dict[str, dict[str, bool | None]]:
    """The groups of each task of a sheet, by its id."""
    return {row["id"]: _groups(sheet, past, row) for rows in sheet.gold.values() for row in rows}


def _groups(sheet: Sheet, past: SplitData, row: Row) -> dict[str, bool | None]:
    wanted = gold_items(row)
    session = past.session(row["id"], held(sheet, row))
    user = past.sessions[session].user if session is not None else None
    return {
        "new_user": None if user is None else user not in past.users,
        "unseen": not wanted <= past.known,
        "long_tail": not wanted <= past.popular,
    }


def held(sheet: Sheet, row: Row) -> list[str]:
    """What a task says of its session: its items, its history and its true answer, as far as the catalogue has them."""
    task = sheet.tasks[row["id"]]
    return [item for item in {*task.items, *task.history, *gold_items(row)} if item in sheet.categories]
