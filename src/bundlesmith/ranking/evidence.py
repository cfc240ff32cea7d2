"""What sets of items tell: which items belong together, and for which words.

Both what customers bought together and what situations need (`bundlesmith.ranking.needs`) are such sets. Every
statistic stands at several widths (the item, items with like texts, its category), so that what is rare is judged by
its kin. A set can be left out of all of them, which learning the weights needs.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from bundlesmith.ranking.layers import LayeredRows

Table = NDArray[np.float32]
Numbers = NDArray[np.int64]

WIDTHS = ((0.6, 20.0), (0.8, 30.0))
"""Items count as like an item from this cosine on, each with exp(sharpness (cosine - 1))."""
LIKE = 64
"""So many of them at most, the nearest."""
NEAREST = 30
"""So many sets vote for items: those whose words are nearest."""
FEWEST_VOTERS = 5
"""Where fewer sets have words, none votes."""
_SHARP = 4.0
"""How fast a set's vote falls with its distance, in standard deviations."""
TWO_OF_A_KIND, USUAL = 0.25, 5.0
"""Of a category of which fewer of the sets that hold it hold two, a set has one. What holds for all categories counts
as much as so many sets."""
FEW_ITEMS, FEW = 1e-3, 1e-2
"""The least share of the votes that like items count with; and an item itself, or a category."""
ENTRIES = 2**24
"""So many cosines are worked out at a time."""


@dataclass(frozen=True, eq=False)
class Evidence:
    """M sets, and how far the N items of a shop stand for what they hold.

    Attributes:
        sets: sparse [M, X], 1 where a set holds one of X things: items, or needs.
        near: sparse [N, X], one a width: how far each item stands for each of these.
        kinds: [N], the number of each item's category.
        words: float32 [M, E], what each set is for, by the encoder of words; zeros where that isn't known.
        least: of each width, the least share of the votes that counts.
    """

    sets: Any
    near: tuple[Any, ...]
    kinds: Numbers
    words: Table
    least: tuple[float, ...]

    @property
    def of_words(self) -> int:
        """How many features an item has for words."""
        return len(self.near) + 1

    @property
    def of_chosen(self) -> int:
        """How many features more it has beside chosen items."""
        return len(self.near) + 3

    @cached_property
    def by_kind(self) -> Any:
        """Sparse [M, categories]: how far a set holds an item of a category, at most 1."""
        return self._of_kinds.minimum(1)

    @cached_property
    def _of_kinds(self) -> Any:
        """Sparse [M, categories]: how far a set holds items of a category, in all."""
        return (self.sets @ (whole(self.near[-1]).T @ _one_hot(self.kinds))).tocsc()

    @cached_property
    def sizes(self) -> Numbers:
        """How many things each set holds: [M]."""
        return np.asarray(self.sets.getnnz(1), np.int64)

    @cached_property
    def repeats(self) -> Numbers:
        """How many items of each set are of a category that another of its items is of, the first aside: [M]."""
        return np.asarray(self.sizes - self.by_kind.getnnz(1), np.int64)

    @cached_property
    def one_of_a_kind(self) -> NDArray[np.bool_]:
        """[categories], those of which sets hardly ever hold two items: these are rivals, as two routers are."""
        return seldom_two(self._of_kinds)

    @cached_property
    def members(self) -> tuple[Any, ...]:
        """Sparse [N, M], one a width: how far each set holds each item or its like."""
        return tuple(whole(near) @ self.sets.T for near in self.near)

    @cached_property
    def named(self) -> NDArray[np.bool_]:
        """Which of the sets have words."""
        return np.asarray(self.words.any(1), np.bool_)

    def votes(self, words: Table | None, kept: Table) -> Table | None:
        """How much each set counts for some words: [M], adding up to 1; None without words, or if few sets have any.

        The NEAREST sets vote, each with exp(SHARP z), z the cosine of its words in standard deviations.
        """
        live = np.flatnonzero(self.named & (kept > 0))
        if words is None or len(live) < FEWEST_VOTERS:
            return None
        votes: Table = np.zeros(len(kept), np.float32)
        votes[live] = nearest_votes(standard(self.words[live] @ words))
        return votes

    def shares(self, votes: Table | None, rows: Numbers | None = None) -> list[Any]:
        """The share of the votes that items have, at each width and by their category, as logarithms.

        Args:
            votes: of each set; None: there are none.
            rows: the items; None: all.
        """
        kinds = self.kinds if rows is None else self.kinds[rows]
        if votes is None:
            return [np.zeros(len(kinds))] * self.of_words
        held = self.sets.T @ votes
        some = self.near if rows is None else [near[rows] for near in self.near]
        found = [np.log(near @ held + few) for near, few in zip(some, self.least, strict=True)]
        return [*found, self.of_kinds(votes)[kinds]]

    def gains(self, votes: Table, weights: Table) -> Iterator[tuple[Numbers, Table]]:
        """By how much more than any others some items weigh for their shares, at each width; [of_words] *weights*."""
        held = self.sets.T @ votes
        for near, few, weight in zip(self.near, self.least, weights, strict=False):
            share = near.of_columns(held) if isinstance(near, LayeredRows) else near @ held
            items = np.flatnonzero(share > 0)
            yield items, weight * np.log(share[items] / few + 1)

    def together(self, sets: Table) -> Any:
        """How far some sets, [M] parts of them, hold each item or its like, as a logarithm: [N]."""
        held, near = self.sets.T @ sets, self.near[0]
        share = near.of_columns(held) if isinstance(near, LayeredRows) else near @ held
        return np.log(share / max(float(sets.sum()), 1e-9) + FEW_ITEMS)

    def of_kinds(self, votes: Table) -> Any:
        """The share of the votes that each category has, as a logarithm."""
        return np.log(self.by_kind.T @ votes + FEW)


@dataclass(frozen=True, slots=True, eq=False)
class Bought:
    """The items of bundles, by which all items are judged.

    Attributes:
        rows: [X], theirs, in ascending order.
        vectors: float32 [X, D], of length 1: their texts.
    """

    rows: Numbers
    vectors: Table

    def near(self, rows: Numbers, vectors: Table) -> list[Any]:
        """How far some items stand for those of bundles: sparse [rows, X], one at each of WIDTHS, and for themselves.

        A row at a width is the share of each like item of bundles, and of the item itself.
        """
        own = np.searchsorted(self.rows, rows).clip(max=max(len(self.rows) - 1, 0))
        held = self.rows[own] == rows if len(self.rows) else np.zeros(len(rows), np.bool_)
        alike = vectors @ self.vectors.T
        alike[held, own[held]] = 1  # whatever its text is by now
        found = [_nearest(alike, *width, 1.0 - held) for width in WIDTHS]
        at = np.flatnonzero(held)
        itself = (np.ones(len(at), np.float32), (at, own[at]))
        return [*found, sparse.csr_matrix(itself, shape=(len(rows), len(self.rows)))]


def _nearest(alike: Table, least: float, sharp: float, itself: Any) -> Any:
    """The weights of each row's nearest columns, from a cosine on; they add up to 1 with what *itself* weighs."""
    weight = np.where(alike > least, np.exp(sharp * (alike - 1)), 0)
    if (more := alike.shape[1] - LIKE) > 0:
        np.put_along_axis(weight, np.argpartition(weight, more - 1, axis=1)[:, :more], 0, 1)
    return sparse.csr_matrix(weight / np.maximum(weight.sum(1) + itself, 1e-6)[:, None], dtype=np.float32)


def of_bundles(bundles: Sequence[Sequence[int]], vectors: Table) -> tuple[Any, Bought]:
    """What bundles hold, as sparse [M, X]; and the items of which that is said.

    Args:
        bundles: the rows of each.
        vectors: float32 [N, D], of length 1: the items' texts.
    """
    pairs = np.array([(at, row) for at, rows in enumerate(bundles) for row in rows], np.int64).reshape(-1, 2).T
    rows, columns = np.unique(pairs[1], return_inverse=True)
    sets = sparse.csr_matrix((np.ones(len(columns), np.float32), (pairs[0], columns)), (len(bundles), len(rows)))
    return sets, Bought(rows, vectors[rows])


def evidence_of(sets: Any, bought: Bought, intents: Table, vectors: Table, kinds: Numbers) -> Evidence:
    """What bundles tell of all items: what `of_bundles` found; *intents* are float32 [M, E], *kinds* [N]."""
    block = max(1, ENTRIES // max(len(bought.rows), 1))
    starts = range(0, len(vectors), block)
    blocks = [bought.near(np.arange(at, min(at + block, len(vectors))), vectors[at : at + block]) for at in starts]
    near = tuple(LayeredRows(sparse.vstack(parts, format="csr")) for parts in zip(*blocks, strict=True))
    return Evidence(sets, near, kinds, intents, (*[FEW_ITEMS] * len(WIDTHS), FEW))


def whole(near: Any) -> Any:
    """A sparse matrix, if it is in layers or not."""
    return near.whole() if isinstance(near, LayeredRows) else near


def standard(values: Table) -> Table:
    """Values in standard deviations from their mean."""
    found: Table = values - values.mean()
    found /= max(float(np.sqrt(found @ found / max(len(found), 1))), 1e-6)
    return found


def nearest_votes(likeness: Table) -> Table:
    """How much each of M sets counts: [M], adding up to 1; *likeness* in standard deviations. See `Evidence.votes`."""
    nearest = np.argsort(-likeness, kind="stable")[:NEAREST]
    votes: Table = np.zeros(len(likeness), np.float32)
    votes[nearest] = np.exp(_SHARP * (likeness[nearest] - likeness[nearest[0]]))
    votes /= votes.sum()
    return votes


def seldom_two(counts: Any) -> NDArray[np.bool_]:
    """Of which kinds of things sets hardly ever hold two: [K].

    (held twice + USUAL * r) / (held + USUAL) < TWO_OF_A_KIND, r being the share of all kinds together. Without sets
    nothing tells whether a kind is "Routers" or "Electronics": then none is.

    Args:
        counts: sparse [M, K], how many of each kind each of M sets holds.
    """
    held, twice = (np.asarray((counts > some).sum(0)).ravel() for some in (0, 1))
    usual = twice.sum() / held.sum() if held.sum() else 1.0
    found: NDArray[np.bool_] = (twice + USUAL * usual) / (held + USUAL) < TWO_OF_A_KIND
    return found


def _one_hot(number: Numbers) -> Any:
    shape = (len(number), int(number.max(initial=-1)) + 1)
    return sparse.csr_matrix((np.ones(len(number), np.float32), (np.arange(len(number)), number)), shape=shape)


def unit_rows(vectors: Table) -> Table:
    """Vectors [..., D] scaled to length 1; those of length 0 stay."""
    unit: Table = vectors / np.maximum(np.linalg.norm(vectors, axis=-1, keepdims=True), 1e-9)
    return unit
