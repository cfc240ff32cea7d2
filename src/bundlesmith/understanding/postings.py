"""Rows by name, of a catalogue that changes: what is old is shared by all its states, what changed is few."""

from bisect import bisect_left
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping
from typing import Generic, Self, TypeVar

_K = TypeVar("_K", bound=Hashable)
PostingRows = tuple[int, ...]
RECENT = 20_000
"""So many changed names are copied with each state; then they are merged with the old ones."""


class Postings(Mapping[_K, PostingRows], Generic[_K]):
    """The rows of each name, ascending. A state never changes.

    Args:
        old: the rows of each name; nobody changes them.
    """

    def __init__(self, old: Mapping[_K, PostingRows]) -> None:
        self._old = old
        self._recent: dict[_K, dict[int, bool]] = {}

    def __getitem__(self, name: _K) -> PostingRows:
        rows = self.rows(name)
        if not rows:
            raise KeyError(name)
        return rows

    def rows(self, name: _K) -> PostingRows:
        """The rows of a name; () for none."""
        old, recent = self._old.get(name, ()), self._recent.get(name)
        if not recent:
            return old
        kept = [row for row in old if row not in recent]
        return tuple(sorted([*kept, *(row for row, there in recent.items() if there)]))

    def has(self, name: _K, row: int) -> bool:
        """Whether a row has a name; quick, however many have it."""
        if (there := self._recent.get(name, {}).get(row)) is not None:
            return there
        old = self._old.get(name, ())
        at = bisect_left(old, row)
        return at < len(old) and old[at] == row

    def __iter__(self) -> Iterator[_K]:
        yield from (name for name in self._old if name not in self._recent or self._has_any(name))
        yield from (name for name in self._recent if name not in self._old and self._has_any(name))

    def _has_any(self, name: _K) -> bool:
        recent = self._recent[name]
        return any(recent.values()) or any(row not in recent for row in self._old.get(name, ()))

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def changed(self, gone: Iterable[tuple[_K, int]], came: Iterable[tuple[_K, int]]) -> Self:
        """The next state: rows lose names, then rows get names. It costs as much as changed, not as there is."""
        recent = dict(self._recent)
        copied: set[_K] = set()
        for pairs, there in ((gone, False), (came, True)):
            for name, row in pairs:
                if name not in copied:
                    copied.add(name)
                    recent[name] = dict(recent.get(name, {}))
                recent[name][row] = there
        twin = type(self)(self._old)
        twin._recent = recent
        if len(recent) > RECENT:
            merged = {**self._old, **{name: twin.rows(name) for name in recent}}
            for name in recent:
                if not merged[name]:
                    del merged[name]
            twin._old, twin._recent = merged, {}
        return twin


class Either(Mapping[str, PostingRows]):
    """Rows by name, whole names first; another name only where just one row has it."""

    def __init__(self, whole: Postings[str], parts: Postings[str]) -> None:
        self.whole, self.parts = whole, parts

    def __getitem__(self, name: str) -> PostingRows:
        if rows := self.rows(name):
            return rows
        raise KeyError(name)

    def rows(self, name: str) -> PostingRows:
        """The rows of a name; () for none."""
        if rows := self.whole.rows(name):
            return rows
        rows = self.parts.rows(name)
        return rows if len(rows) == 1 else ()

    def __iter__(self) -> Iterator[str]:
        yield from self.whole
        yield from (name for name, rows in self.parts.items() if len(rows) == 1 and name not in self.whole)

    def __len__(self) -> int:
        return sum(1 for _ in self)


class InForms(Mapping[str, PostingRows]):
    """Rows by name in any of its forms, such as singular and plural; its names are those that are written somewhere.

    Args:
        names: rows by name.
        forms: all forms of a name.
        origins: names of which a text may be a form, and perhaps others.
    """

    def __init__(
        self, names: Postings[str], forms: Callable[[str], set[str]], origins: Callable[[str], set[str]]
    ) -> None:
        self.names, self._forms, self._origins = names, forms, origins

    def __getitem__(self, form: str) -> PostingRows:
        found = [rows for name in self._origins(form) if (rows := self.names.rows(name)) and form in self._forms(name)]
        if not found:
            raise KeyError(form)
        return found[0] if len(found) == 1 else tuple(sorted(set().union(*found)))

    def __iter__(self) -> Iterator[str]:
        return iter(self.names)

    def __len__(self) -> int:
        return len(self.names)


class Last(Mapping[str, int]):
    """One row by name: the last."""

    def __init__(self, names: Postings[str]) -> None:
        self.names = names

    def __getitem__(self, name: str) -> int:
        return self.names[name][-1]

    def __iter__(self) -> Iterator[str]:
        return iter(self.names)

    def __len__(self) -> int:
        return len(self.names)
