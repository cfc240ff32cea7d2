"""What the categories of a catalogue are called: by steps of their paths and runs of steps, in any form."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass
from itertools import chain

from bundlesmith.understanding.forms import forms, join, key
from bundlesmith.understanding.postings import InForms, PostingRows, Postings

Path = tuple[str, ...]
THINGS = 5
"""A category says what its items are if one in so many of them is called so."""
_PAIR = re.compile(r"&|,|/| and |和|与|、")


@dataclass(frozen=True, slots=True)
class Category:
    """A category as it is named in slots.

    Attributes:
        name: a step of paths, or steps joined by " > ".
        rows: its items.
        things: whether its name says what its items are ("Tents"), not what they are for ("Dogs").
    """

    name: str
    rows: tuple[int, ...]
    things: bool


@dataclass(frozen=True, slots=True)
class PathBook:
    """How some category paths are called.

    Attributes:
        paths: these.
        groups: the last words of longer names, in all forms -> paths.
        named: steps and runs of steps, as keys -> paths.
        forms: all forms of these -> keys.
        spellings: keys -> as the catalogue writes them.
    """

    paths: Set[Path]
    groups: dict[str, list[Path]]
    named: dict[str, list[Path]]
    forms: dict[str, str]
    spellings: dict[str, str]

    @classmethod
    def of(cls, paths: Iterable[Path]) -> "PathBook":
        """How these are called; of two that write the same name otherwise the last in the alphabet counts."""
        ordered = sorted(paths)
        groups: dict[str, dict[Path, None]] = {}
        named: dict[str, list[Path]] = {}
        for path in ordered:
            for group in _groups(path):
                for form in forms(group):
                    groups.setdefault(form, {})[path] = None
            for name in _names(path):
                named.setdefault(name, []).append(path)
        spellings, found = _spellings(ordered), dict[str, str]()
        for name in named:
            for form in [name] if ">" in spellings[name] else forms(name):
                if form == name or form not in named:
                    found[form] = name
        return cls(set(ordered), {name: list(some) for name, some in groups.items()}, named, found, spellings)


class OfPaths(Mapping[str, PostingRows]):
    """The rows of all paths that a name stands for."""

    def __init__(self, names: Mapping[str, Sequence[Path]], paths: Postings[Path]) -> None:
        self._names, self._paths = names, paths

    def __getitem__(self, name: str) -> PostingRows:
        rows = tuple(sorted(chain.from_iterable(map(self._paths.rows, self._names[name]))))
        if not rows:
            raise KeyError(name)
        return rows

    def __iter__(self) -> Iterator[str]:
        return iter(self._names)

    def __len__(self) -> int:
        return len(self._names)


class Categories(Mapping[str, Category]):
    """Categories by any form of their names; each is worked out when it is first asked for."""

    def __init__(self, book: PathBook, paths: Postings[Path], kinds: InForms) -> None:
        self.book, self.paths, self._kinds = book, paths, kinds
        self._members, self._known = OfPaths(book.named, paths), dict[str, Category]()

    def __getitem__(self, form: str) -> Category:
        name = self.book.forms[form]
        if name not in self._known:
            members = self._members[name]
            called = set(self._kinds.get(name, ())).intersection(members)
            self._known[name] = Category(self.book.spellings[name], members, len(called) * THINGS >= len(members))
        return self._known[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self.book.forms)

    def __len__(self) -> int:
        return len(self.book.forms)


def _groups(path: Path) -> list[str]:
    """The last words of the name of a path's end, without its first words."""
    words = key(path[-1]).split(" ") if path and not _PAIR.search(path[-1]) else []
    return [join(words[at:]) for at in range(1, len(words))]


def _names(path: Path) -> set[str]:
    """The keys by which a path is named: each step, and each run of steps down to its end."""
    return {name for step in path if (name := key(step))} | {
        name for at in range(len(path) - 1) if (name := key(" ".join(path[at:])))
    }


def _spellings(paths: Iterable[Path]) -> dict[str, str]:
    found: dict[str, str] = {}
    for path in paths:
        for at in range(len(path) - 1):
            found.setdefault(key(" ".join(path[at:])), " > ".join(path[at:]))
    for path in paths:
        found |= {key(step): step for step in path}
    return found
