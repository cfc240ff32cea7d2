"""Which items of a shelf are of one category, and of one category and brand: found once, and read by every request."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bundlesmith.constraints.columns import OverlaidColumn, Overlay
from bundlesmith.constraints.view import NOWHERE, Positions

GroupNumbers = NDArray[np.int32]


@dataclass(frozen=True, slots=True, eq=False)
class CategoryBrandPairs:
    """Pairs of a category and a brand.

    Attributes:
        of: int32 [N], the number of each position's pair.
        category, brand: int32 [P], those of each pair; -1 for none.
    """

    of: OverlaidColumn[np.int32]
    category: GroupNumbers
    brand: GroupNumbers

    def __len__(self) -> int:
        return len(self.category)


@dataclass(frozen=True, slots=True, eq=False)
class Groups:
    """The positions of each category, and the pairs.

    Attributes:
        ordered: int32 [N], positions by category, and then ascending; those of none come first.
        starts: [categories + 2], where each begins in them: those of category c at c + 1.
        more: those that were added to them, positions by category.
    """

    ordered: Positions
    starts: NDArray[np.int64]
    pairs: CategoryBrandPairs
    more: "Groups | None" = None

    def size_of(self, numbers: NDArray[np.int64]) -> int:
        """How many positions are of these categories, or some more."""
        known = numbers[numbers + 2 < len(self.starts)]
        size = int((self.starts[known + 2] - self.starts[known + 1]).sum())
        return size if self.more is None else size + len(self.more.ordered)

    def of_categories(self, numbers: Sequence[int]) -> Positions:
        """The positions of these categories, ascending."""
        known = [number for number in numbers if number + 2 < len(self.starts)]
        found = [self.ordered[self.starts[number + 1] : self.starts[number + 2]] for number in known]
        joined = found[0] if len(found) == 1 else np.sort(np.concatenate([NOWHERE, *found]))
        return joined if self.more is None else np.concatenate([joined, self.more.of_categories(numbers)])


def groups_of(
    category: GroupNumbers, brand: GroupNumbers, ordered: Positions | None = None, pair: GroupNumbers | None = None
) -> Groups:
    """Those of positions with these categories and brands.

    Args:
        category, brand: int32 [N]; -1 for none.
        ordered, pair: int32 [N], as in `Groups` and `CategoryBrandPairs.of`, if they are known.
    """
    if ordered is None:
        by_digits = category + 1 if category.max(initial=0) > 1 << 15 else (category + 1).astype(np.uint16)
        ordered = np.argsort(by_digits, kind="stable").astype(np.int32)
    if pair is None:
        pair = _numbered(category, brand)
    starts = np.concatenate([[0], np.cumsum(np.bincount(category + 1, minlength=1))])
    return Groups(ordered, starts, CategoryBrandPairs(pair, *_named(pair, category, brand)))


def _numbered(category: GroupNumbers, brand: GroupNumbers) -> GroupNumbers:
    key = (category.astype(np.int64) + 1) * (int(brand.max(initial=-1)) + 2) + brand + 1
    number: GroupNumbers = np.unique(key, return_inverse=True)[1].astype(np.int32)
    return number


def _named(pair: GroupNumbers, category: GroupNumbers, brand: GroupNumbers) -> tuple[GroupNumbers, GroupNumbers]:
    named = np.full((2, int(pair.max(initial=-1)) + 1), -1, np.int32)
    named[0, pair], named[1, pair] = category, brand
    return named[0], named[1]


def with_added(base: Groups, category: GroupNumbers, brand: GroupNumbers) -> Groups:
    """The groups of a base and of positions that were added after its own.

    Args:
        category, brand: those of what was added; numbers may be new. Each is a pair of its own.
    """
    if not len(category):
        return base
    size, pairs = len(base.ordered), base.pairs
    added = np.arange(size, size + len(category), dtype=np.int32)
    own = groups_of(category, brand)
    number = np.arange(len(pairs), len(pairs) + len(added), dtype=np.int32)
    known = Overlay(np.asarray(pairs.of), added, number)
    both = CategoryBrandPairs(known, np.concatenate([pairs.category, category]), np.concatenate([pairs.brand, brand]))
    return Groups(base.ordered, base.starts, both, Groups(added[own.ordered], own.starts, both))
