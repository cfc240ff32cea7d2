"""Histories: what each customer and each session holds, in the order it happened.

 Items are rows of a catalogue. Events stay in arrays, some 30 bytes each, and
become objects when they are looked at.
"""

from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from bundlesmith.data.catalogue import Catalogue
from bundlesmith.errors import BundlesmithError, nearest

if TYPE_CHECKING:
    import polars as pl


@dataclass(frozen=True, slots=True, eq=False)
class Event:
    """One thing that a customer did with an item; `time` in seconds since 1970, UTC."""

    row: int
    time: int
    kind: str
    session: str | None


@dataclass(frozen=True, slots=True, eq=False)
class Events:
    """E events, one array for each thing that is known of them, all [E].

    Attributes:
        rows, times: as of `Event`.
        kinds, sessions: places in `kind_names` and `session_names`; a session of -1 is none.
    """

    rows: NDArray[np.int32]
    times: NDArray[np.int64]
    kinds: NDArray[np.int32]
    sessions: NDArray[np.int32]
    kind_names: "pl.Series"
    session_names: "pl.Series"

    def event(self, at: int) -> Event:
        """One of them."""
        session = int(self.sessions[at])
        return Event(
            int(self.rows[at]),
            int(self.times[at]),
            self.kind_names[int(self.kinds[at])],
            self.session_names[session] if session >= 0 else None,
        )


@dataclass(frozen=True, slots=True, eq=False)
class EventGroups(Mapping[str, list[Event]]):
    """Events by a name, oldest first.

    Attributes:
        names: the G names, in order.
        order: places in `events`, the first name's first.
        starts: int64 [G + 1]; where each name's begin in `order`.
    """

    events: Events
    names: "pl.Series"
    order: NDArray[np.int64]
    starts: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.names)

    def __iter__(self) -> Iterator[str]:
        return iter(self.names)

    def __getitem__(self, name: str) -> list[Event]:
        number = self._number(name)
        if number is None:
            raise KeyError(name)
        return [self.events.event(at) for at in self.order[self.starts[number] : self.starts[number + 1]].tolist()]

    def arrays(self, name: str | None) -> tuple[NDArray[np.int32], NDArray[np.int64]]:
        """The rows and the times of a name's events; of a name that isn't there, none."""
        number = None if name is None else self._number(name)
        places = self.order[:0] if number is None else self.order[self.starts[number] : self.starts[number + 1]]
        return self.events.rows[places], self.events.times[places]

    def _number(self, name: str) -> int | None:
        at = bisect_left(self.names, name)
        return at if at < len(self.names) and self.names[at] == name else None


@dataclass(frozen=True, slots=True, eq=False)
class Histories:
    """All events, by customer and by session, oldest first."""

    users: EventGroups
    sessions: EventGroups

    def of_user(self, user: str) -> list[Event]:
        """A customer's events.

        Raises:
            BundlesmithError: if there is no such customer.
        """
        if user not in self.users:
            raise BundlesmithError(f'There is no user "{user}".', nearest(user, list(self.users)))
        return self.users[user]


def load_histories(events: Path, catalogue: Catalogue, split: str | None = None) -> Histories:
    """Read `events.parquet` (see `bundlesmith.data.tables.EVENTS`), of one split or of all."""
    import polars as pl

    table = pl.scan_parquet(events)
    if split is not None:
        table = table.filter(pl.col("split") == split)
    items = pl.Series(catalogue.ids, dtype=pl.String)
    users, kinds, sessions = (_names(table, column) for column in ("user_id", "kind", "session_id"))
    columns = {"item_id": items, "user_id": users, "kind": kinds, "session_id": sessions}
    numbers = table.select("timestamp", *(_numbered(*column) for column in columns.items())).collect(engine="streaming")
    item, user, kind, session = (numbers[name].to_numpy() for name in columns)
    found = Events(item, numbers["timestamp"].to_numpy(), kind, session, kinds, sessions)
    return Histories(_grouped(found, users, user), _grouped(found, sessions, session))


def _names(table: "pl.LazyFrame", column: str) -> "pl.Series":
    """The different values of a column, in the order of Python's strings."""
    import polars as pl

    return table.select(pl.col(column).drop_nulls().unique().sort()).collect(engine="streaming").to_series()


def _numbered(column: str, names: "pl.Series") -> "pl.Expr":
    """Each value's place in *names*; a value that is not there is an error, and null is -1."""
    import polars as pl

    return pl.col(column).cast(pl.Enum(names)).to_physical().cast(pl.Int32).fill_null(-1)


def _grouped(events: Events, names: "pl.Series", number: NDArray[np.int32]) -> EventGroups:
    order = np.lexsort((events.times, number))  # stable: ties keep the order of the file
    starts = np.searchsorted(number[order], np.arange(len(names) + 1))
    return EventGroups(events, names, order, starts)


def distinct(events: Sequence[Event]) -> list[int]:
    """The items of some events, each once, at its latest place."""
    return distinct_rows([event.row for event in events])


def distinct_rows(rows: Sequence[int]) -> list[int]:
    """Each row once, at its latest place."""
    latest = {row: place for place, row in enumerate(rows)}
    return sorted(latest, key=latest.__getitem__)
