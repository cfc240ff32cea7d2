"""All spellings in flat arrays; the leaves under a node are one contiguous range.

It holds sequences of token ids. Sequences are sorted, so that every node
is a range of leaves, and anything that is summed over the leaves is known for a node in O(1) through prefix sums.
"""

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain

import numpy as np
from numpy.typing import NDArray

from bundlesmith.errors import BundlesmithError

ROOT = 0


@dataclass(frozen=True, slots=True, eq=False)
class Trie:
    """A trie over N sequences with M nodes, in breadth-first order.

    Attributes:
        first: int32 [M + 1]; the edges of node v are `first[v]:first[v + 1]`, and edge e leads to node e + 1.
        token: int32 [M - 1]; the token of each edge, ascending within a node.
        low, high: int32 [M]; the leaves under node v are `low[v]:high[v]`.
        ends: bool [M]; whether a sequence ends at v (it is then leaf `low[v]`, and others may go on).
        row_of_leaf, leaf_of_row: int32 [N]; the sequence (as numbered by the caller) of each leaf, and back.
    """

    first: NDArray[np.int32]
    token: NDArray[np.int32]
    low: NDArray[np.int32]
    high: NDArray[np.int32]
    ends: NDArray[np.bool_]
    row_of_leaf: NDArray[np.int32]
    leaf_of_row: NDArray[np.int32]

    def __len__(self) -> int:
        return len(self.row_of_leaf)

    @property
    def ranges(self) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
        """The leaves under each node."""
        return self.low, self.high

    def child(self, node: int, token: int) -> int:
        """The node that *token* leads to from *node*, or -1 if none does."""
        start, stop = int(self.first[node]), int(self.first[node + 1])
        edge = bisect_left(self.token, token, start, stop)
        return edge + 1 if edge < stop and self.token[edge] == token else -1

    def open_children(self, node: int, prefix: NDArray[np.int32]) -> NDArray[np.int32]:
        """The tokens that lead from *node* to at least one open leaf.

        Args:
            node: a node.
            prefix: int32 [N + 1]; the number of open leaves before each leaf.
        """
        start, stop = self.first[node], self.first[node + 1]
        low, high = self.low[start + 1 : stop + 1], self.high[start + 1 : stop + 1]
        return self.token[start:stop][prefix[high] > prefix[low]]

    def sequences(self) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
        """All sequences in the order of leaves: int32 [N, longest], filled up with -1; and their lengths, int32 [N]."""
        columns, lengths = [], np.zeros(len(self), np.int32)
        start, stop = 1, int(self.first[1]) + 1
        while start < stop:
            low, high = self.low[start:stop], self.high[start:stop]
            counts = high - low
            leaves = np.arange(counts.sum()) + np.repeat(low - (np.cumsum(counts) - counts), counts)
            column = np.full(len(self), -1, np.int32)
            column[leaves] = np.repeat(self.token[start - 1 : stop - 1], counts)
            columns.append(column)
            lengths[leaves] += 1
            start, stop = stop, int(self.first[stop]) + 1
        # A leaf lies under nodes of its own prefixes alone, so its length is the number of levels that hold it.
        return np.stack(columns, axis=1), lengths

    def path(self, tokens: Sequence[int]) -> list[int]:
        """The nodes before each token of a sequence, and the node after the last: [len(tokens) + 1].

        Raises:
            BundlesmithError: if a token leads off the trie.
        """
        nodes = [ROOT]
        for token in tokens:
            node = self.child(nodes[-1], token)
            if node < 0:
                raise BundlesmithError(f"Token {token} leads off the trie after {list(tokens)[: len(nodes) - 1]}.")
            nodes.append(node)
        return nodes


def build_trie(sequences: Sequence[Sequence[int]]) -> Trie:
    """Build the trie of distinct, non-empty sequences, in array operations.

    Raises:
        BundlesmithError: if a sequence is empty or two are equal.
    """
    lengths = np.fromiter((len(s) for s in sequences), np.int32, len(sequences))
    if len(lengths) == 0 or lengths.min() == 0:
        raise BundlesmithError(f"A trie needs non-empty sequences, and got {len(lengths)} with an empty one.")
    matrix = np.full((len(lengths), int(lengths.max())), -1, np.int32)
    flat = np.fromiter(chain.from_iterable(sequences), np.int32, int(lengths.sum()))
    matrix[np.arange(matrix.shape[1]) < lengths[:, None]] = flat
    return trie_of(matrix, lengths)


def trie_of(matrix: NDArray[np.int32], lengths: NDArray[np.int32]) -> Trie:
    """Build the trie of distinct, non-empty sequences.

    Args:
        matrix: int32 [N, longest], each row filled up with -1.
        lengths: int32 [N], at least 1 each.

    Raises:
        BundlesmithError: if two sequences are equal.
    """
    order = np.lexsort(matrix.T[::-1]).astype(np.int32)
    return _from_sorted(matrix[order], lengths[order], order)


def _from_sorted(matrix: NDArray[np.int32], lengths: NDArray[np.int32], order: NDArray[np.int32]) -> Trie:
    shared = _shared_with_previous(matrix)
    if (shared[1:] == matrix.shape[1]).any():
        at = int(np.argmax(shared[1:] == matrix.shape[1]))
        raise BundlesmithError(f"Sequences {order[at]} and {order[at + 1]} are equal.")
    levels = [_level(depth, shared, lengths) for depth in range(1, matrix.shape[1] + 1)]
    low = np.concatenate([[0], *(level[0] for level in levels)]).astype(np.int32)
    high = np.concatenate([[len(order)], *(level[1] for level in levels)]).astype(np.int32)
    depth = np.concatenate([[0], *(np.full(len(level[0]), d + 1) for d, level in enumerate(levels))]).astype(np.int32)
    token = matrix[low[1:], depth[1:] - 1]
    leaf_of_row = np.empty_like(order)
    leaf_of_row[order] = np.arange(len(order), dtype=np.int32)
    ends = lengths[low] == depth
    return Trie(_first_edges(low, depth), token, low, high, ends, order, leaf_of_row)


def _shared_with_previous(matrix: NDArray[np.int32]) -> NDArray[np.int64]:
    """How many leading columns each row shares with the row before it (the first row: 0)."""
    differs = matrix[1:] != matrix[:-1]
    shared = np.where(differs.any(axis=1), differs.argmax(axis=1), matrix.shape[1])
    return np.concatenate([[0], shared])


def _level(
    depth: int, shared: NDArray[np.int64], lengths: NDArray[np.int32]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Low and high of the nodes at one depth: a node starts where a long enough row shares less than *depth*."""
    breaks = np.flatnonzero(shared < depth)
    stops = np.append(breaks[1:], len(shared))
    long_enough = lengths[breaks] >= depth
    return breaks[long_enough], stops[long_enough]


def _first_edges(low: NDArray[np.int32], depth: NDArray[np.int32]) -> NDArray[np.int32]:
    """Each node's first edge: a node's parent is the node one level up whose range holds the node's low leaf."""
    level_start = np.searchsorted(depth, np.arange(depth[-1] + 2))
    counts = np.zeros(len(low), np.int32)
    for d in range(1, int(depth[-1]) + 1):
        above = slice(level_start[d - 1], level_start[d])
        here = slice(level_start[d], level_start[d + 1])
        parents = np.searchsorted(low[above], low[here], side="right") - 1 + level_start[d - 1]
        np.add.at(counts, parents, 1)
    return np.concatenate([[0], np.cumsum(counts)]).astype(np.int32)
