"""The bundles of slots and caps as flows: from slots through kinds of items, items and brands.

Kinds are the categories that a cap counts, each with the slots that its items can fill. Caps are capacities of kinds
and brands, prices are costs.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bundlesmith.constraints.completion import Candidate, Completion

KindBrand = tuple[int, int]
"""A category (-1: one that no cap counts) and the slots that its items can fill."""
Costs = NDArray[np.float64]
KindNumbers = NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class Network:
    """The items that flows go through, and their kinds and brands.

    Attributes:
        completion: slots, sizes and caps.
        kinds, brands: numbers of the distinct ones; -1 stands for categories and brands that no cap counts.
        at: the number of each item, by position.
        kind, brand: int64 [items], which of them each is of.
        cents: [items].
        category, bits: int64 [kinds], the category of each and the slots that its items can fill.
        plain: int64 [kinds], the number of the kind of the same slots that no cap counts.
        ways_in: int64 [2, ways], from which slots into which kinds items can go; the last slot is for what fills none.
    """

    completion: Completion
    kinds: dict[KindBrand, int]
    brands: dict[int, int]
    at: dict[int, int]
    kind: KindNumbers
    brand: KindNumbers
    cents: Costs
    category: KindNumbers
    bits: KindNumbers
    plain: KindNumbers
    ways_in: KindNumbers

    def plus(self, items: Iterable[Candidate]) -> "Network":
        """The network with these items, too."""
        if not (new := [item for item in items if item.position not in self.at]):
            return self
        kinds, brands = dict(self.kinds), dict(self.brands)
        kind = [kinds.setdefault((item.category, item.slots), len(kinds)) for item in new]
        brand = [brands.setdefault(item.brand, len(brands)) for item in new]
        category, bits, plain, ways_in = _kinds(kinds, len(self.kinds), self.completion.slots)
        return Network(
            self.completion,
            kinds,
            brands,
            self.at | {item.position: len(self.at) + number for number, item in enumerate(new)},
            np.append(self.kind, np.array(kind, np.int64)),
            np.append(self.brand, np.array(brand, np.int64)),
            np.append(self.cents, [float(item.cents) for item in new]),
            np.append(self.category, category),
            np.append(self.bits, bits),
            np.append(self.plain, plain),
            np.append(self.ways_in, ways_in, axis=1),
        )

    def most_of_kind(self) -> Costs:
        """[kinds]: how many items a bundle may have of each."""
        cap = self.completion.caps.category
        return np.where(self.category >= 0, np.inf if cap is None else cap, np.inf)

    def most_of_brand(self) -> Costs:
        """[brands]: likewise."""
        cap = self.completion.caps.brand
        return np.where(self.numbers_of_brands() >= 0, np.inf if cap is None else cap, np.inf)

    def numbers_of_brands(self) -> KindNumbers:
        """[brands]: the shelf's number of each; -1 for those that no cap counts."""
        return np.fromiter(self.brands, np.int64, len(self.brands))


def network_of(completion: Completion, slots: Sequence[int]) -> Network:
    """The network of a completion's pool.

    Args:
        completion: with its pool and caps.
        slots: all sets of slots that an item can fill, as bits.
    """
    kinds = {(-1, bits): number for number, bits in enumerate(dict.fromkeys((0, *slots)))}
    none = np.empty(0, np.int64)
    empty = Network(
        completion, kinds, {-1: 0}, {}, none, none, none.astype(np.float64), *_kinds(kinds, 0, completion.slots)
    )
    return empty.plus(completion.pool)


def _kinds(
    kinds: dict[KindBrand, int], first: int, slots: int
) -> tuple[KindNumbers, KindNumbers, KindNumbers, KindNumbers]:
    """`Network.category`, `bits`, `plain` and `ways_in` of all kinds from a *first* number on."""
    named = np.array(list(kinds)[first:], np.int64).reshape(-1, 2)
    category, bits = named.T
    plain = np.array([kinds[-1, each] for each in bits.tolist()], np.int64)
    fills = np.append(bits[:, None] >> np.arange(slots) & 1, np.ones((len(bits), 1), np.int64), axis=1)
    kind, slot = fills.nonzero()
    return category, bits, plain, np.stack([slot, first + kind])
