import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as some
from scipy import sparse

from bundlesmith.ranking import layers
from bundlesmith.ranking.layers import LayeredRows

WIDTH = 3
Change = tuple[int, list[float]]
changes = some.lists(some.tuples(some.integers(0, 12), some.lists(some.integers(-3, 3), min_size=3, max_size=3)))


@given(changes, some.booleans(), some.integers(1, 4))
def test_it_is_the_matrix_with_the_rows_that_were_put(made: list[Change], as_sparse: bool, recent: int) -> None:
    before = layers.MOST_NEW_ROWS
    layers.MOST_NEW_ROWS = recent
    try:
        wanted = np.arange(15, dtype=np.float32).reshape(5, WIDTH)
        found = LayeredRows(sparse.csr_matrix(wanted) if as_sparse else wanted)
        for at, values in made:
            row, older, size = min(at, len(wanted)), found, len(wanted)
            wanted = wanted.copy() if row < size else np.concatenate([wanted, np.zeros((1, WIDTH), np.float32)])
            wanted[row] = values
            new = np.array([values], np.float32)
            found = found.put([row], sparse.csr_matrix(new) if as_sparse else new)
            assert older.shape == (size, WIDTH)  # what was made before stays
        assert found.shape == wanted.shape
        assert dense(found.whole()).tolist() == wanted.tolist()
        rows = [len(wanted) - 1, 0, 2, 0]
        assert dense(found[rows]).tolist() == wanted[rows].tolist()
        by = np.array([1, -2, 3], np.float32)
        assert found @ by == pytest.approx(wanted @ by)
    finally:
        layers.MOST_NEW_ROWS = before


def dense(table: object) -> np.ndarray:
    return np.asarray(table.toarray() if sparse.issparse(table) else table)
