import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bundlesmith.decoding.trie import ROOT, build_trie
from bundlesmith.errors import BundlesmithError

# Sorted: (1) (1 2) (1 3 5) (4 2). Nodes by depth: root | 1 4 | 12 13 42 | 135
EXAMPLE = [(4, 2), (1,), (1, 3, 5), (1, 2)]

tokens = st.integers(0, 3)
sequences = st.lists(st.lists(tokens, min_size=1, max_size=5).map(tuple), min_size=1, max_size=25, unique=True)


def test_leaves_are_sorted_sequences():
    trie = build_trie(EXAMPLE)
    assert trie.row_of_leaf.tolist() == [1, 3, 2, 0]
    assert trie.leaf_of_row.tolist() == [3, 0, 2, 1]
    assert len(trie) == 4


def test_nodes_and_edges_of_the_example():
    trie = build_trie(EXAMPLE)
    assert trie.first.tolist() == [0, 2, 4, 5, 5, 6, 6, 6]
    assert trie.token.tolist() == [1, 4, 2, 3, 2, 5]
    assert trie.low.tolist() == [0, 0, 3, 1, 2, 3, 2]
    assert trie.high.tolist() == [4, 3, 4, 2, 3, 4, 3]
    assert trie.ends.tolist() == [False, True, False, True, False, True, True]


def test_child_leads_along_an_edge_or_off_the_trie():
    trie = build_trie(EXAMPLE)
    assert [trie.child(ROOT, token) for token in (1, 4, 2, 9)] == [1, 2, -1, -1]
    assert [trie.child(1, token) for token in (2, 3, 4)] == [3, 4, -1]
    assert trie.child(6, 5) == -1


def test_path_holds_every_node_on_the_way():
    trie = build_trie(EXAMPLE)
    assert trie.path((1, 3, 5)) == [0, 1, 4, 6]
    assert trie.path(()) == [ROOT]


def test_a_path_off_the_trie_is_an_error_that_says_where():
    with pytest.raises(BundlesmithError, match=r"Token 9 leads off the trie after \[1, 3\]"):
        build_trie(EXAMPLE).path((1, 3, 9))


def test_open_children_lead_to_an_open_leaf():
    trie = build_trie(EXAMPLE)
    only_the_last_but_one = np.array([0, 0, 0, 1, 1], np.int32)
    assert trie.open_children(ROOT, only_the_last_but_one).tolist() == [1]
    assert trie.open_children(1, only_the_last_but_one).tolist() == [3]
    assert trie.open_children(2, only_the_last_but_one).tolist() == []


def test_a_single_sequence_is_a_chain():
    trie = build_trie([(7, 7, 7)])
    assert trie.path((7, 7, 7)) == [0, 1, 2, 3]
    assert trie.ends.tolist() == [False, False, False, True]


def test_a_chain_of_prefixes_ends_at_every_node():
    trie = build_trie([(1, 1, 1), (1,), (1, 1)])
    assert trie.ends.tolist() == [False, True, True, True]
    assert trie.low.tolist() == [0, 0, 1, 2] and trie.high.tolist() == [3, 3, 3, 3]


@pytest.mark.parametrize("empty", [[], [()], [(1,), ()]])
def test_empty_sequences_are_an_error(empty):
    with pytest.raises(BundlesmithError, match="non-empty"):
        build_trie(empty)


def test_equal_sequences_are_an_error_that_names_them():
    with pytest.raises(BundlesmithError, match=r"Sequences (0 and 2|2 and 0) are equal"):
        build_trie([(1, 2), (1,), (1, 2)])


def reference(rows):
    """Prefix -> (tokens that go on, rows below, whether a sequence ends here), by the definition."""
    prefixes = {row[:length] for row in rows for length in range(len(row) + 1)}
    return {
        prefix: (
            sorted({row[len(prefix)] for row in below if len(row) > len(prefix)}),
            {rows.index(row) for row in below},
            prefix in rows,
        )
        for prefix in prefixes
        for below in [[row for row in rows if row[: len(prefix)] == prefix]]
    }


@settings(max_examples=200, deadline=None)
@given(sequences, st.data())
def test_any_trie_agrees_with_a_dictionary_of_prefixes(rows, data):
    trie, expected = build_trie(rows), reference(rows)
    is_open = np.array(data.draw(st.lists(st.booleans(), min_size=len(rows), max_size=len(rows))))
    prefix_sum = np.concatenate([[0], np.cumsum(is_open[trie.row_of_leaf])]).astype(np.int32)
    assert len(trie.low) == len(expected)
    for prefix, (going_on, below, ends) in expected.items():
        node = trie.path(prefix)[-1]
        assert set(trie.row_of_leaf[trie.low[node] : trie.high[node]]) == below
        assert trie.token[trie.first[node] : trie.first[node + 1]].tolist() == going_on
        assert bool(trie.ends[node]) == ends
        assert not ends or rows[trie.row_of_leaf[trie.low[node]]] == prefix
        assert trie.open_children(node, prefix_sum).tolist() == [
            token for token in going_on if any(is_open[row] for row in expected[(*prefix, token)][1])
        ]
        assert all((trie.child(node, token) >= 0) == (token in going_on) for token in range(-1, 5))


@settings(max_examples=100, deadline=None)
@given(sequences)
def test_a_trie_gives_back_its_sequences_in_the_order_of_leaves(rows):
    trie = build_trie(rows)
    matrix, lengths = trie.sequences()
    assert [tuple(row[:length]) for row, length in zip(matrix.tolist(), lengths, strict=True)] == sorted(rows)
    assert all((row[length:] == -1).all() for row, length in zip(matrix, lengths, strict=True))
