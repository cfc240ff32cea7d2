"""Answers that were given before, by all that they depend on."""

from collections import OrderedDict
from collections.abc import Callable
from threading import Lock
from typing import Generic, TypeVar

_T = TypeVar("_T")


class Cache(Generic[_T]):
    """The latest answers. All methods may be called from any thread.

    Args:
        size: how many are kept; 0: none.
        weight: how large an answer is.
        most: how large all that are kept may be together.
    """

    def __init__(self, size: int, weight: Callable[[_T], int] = lambda answer: 1, most: int | None = None) -> None:
        self.size, self.most = size, size if most is None else most
        self.hits = self.misses = self.weight = 0
        self._kept: OrderedDict[str, _T] = OrderedDict()
        self._weight = weight
        self._lock = Lock()

    def get(self, key: str) -> _T | None:
        """The answer, or None."""
        with self._lock:
            found = self._kept.get(key)
            if found is None:
                self.misses += 1
            else:
                self.hits += 1
                self._kept.move_to_end(key)
            return found

    def put(self, key: str, answer: _T) -> None:
        """Keep an answer; those that were asked for longest ago go if there are too many, or too large ones."""
        with self._lock:
            self._leave(key)
            self._kept[key] = answer
            self.weight += self._weight(answer)
            while len(self._kept) > self.size or self.weight > self.most:
                self._leave(next(iter(self._kept)))

    def _leave(self, key: str) -> None:
        if key in self._kept:
            self.weight -= self._weight(self._kept.pop(key))

    def clear(self) -> None:
        """Forget all."""
        with self._lock:
            self._kept.clear()
            self.weight = 0

    def __len__(self) -> int:
        return len(self._kept)
