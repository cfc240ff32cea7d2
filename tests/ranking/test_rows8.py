import numpy as np
import pytest

from bundlesmith.ranking.layers import MOST_NEW_ROWS, LayeredRows
from bundlesmith.ranking.rows8 import LARGE, Rows8, stored_rows

DRAWN = np.random.default_rng(1)


def units(size, width=384):
    found = DRAWN.normal(size=(size, width)).astype(np.float32)
    return found / np.linalg.norm(found, axis=1, keepdims=True)


def test_products_and_rows_are_those_of_the_vectors_but_for_rounding():
    vectors, words = units(300), units(2)
    rows = Rows8.of(vectors)
    assert (rows @ words[0]) == pytest.approx(vectors @ words[0], abs=3e-3)
    assert np.std(rows @ words[0] - vectors @ words[0]) < 7e-4
    assert rows @ words.T == pytest.approx(vectors @ words.T, abs=3e-3)
    assert rows[[7, 3]] == pytest.approx(vectors[[7, 3]], abs=2e-3) and rows[:0].shape == (0, 384)


def test_a_row_of_nothing_is_nothing():
    assert not (Rows8.of(np.zeros((2, 8), np.float32)) @ units(1, 8)[0]).any()


def test_rows_are_replaced_in_a_copy_and_new_ones_come():
    vectors, other = units(5), units(2)
    rows = Rows8.of(vectors)
    now = rows.replaced(np.array([1, 5]), other, 6)
    assert now.shape == (6, 384) and rows.shape == (5, 384)
    assert now[[1, 5]] == pytest.approx(other, abs=2e-3) and (now[[0, 2]] == rows[[0, 2]]).all()


def test_layers_on_rows_of_8_bits_read_what_was_put_and_stay_in_8_bits():
    vectors = units(MOST_NEW_ROWS + 10, 16)
    layers = LayeredRows(Rows8.of(vectors[:5])).put([1, 5], vectors[[7, 8]])
    assert layers[[5, 1, 0]] == pytest.approx(vectors[[8, 7, 0]], abs=5e-3)
    assert (layers @ vectors[9])[1] == pytest.approx(vectors[7] @ vectors[9], abs=1e-2)
    many = layers.put(list(range(MOST_NEW_ROWS + 1)), vectors[: MOST_NEW_ROWS + 1])
    assert isinstance(many._base, Rows8) and many[[MOST_NEW_ROWS]] == pytest.approx(vectors[[MOST_NEW_ROWS]], abs=5e-3)


def test_few_vectors_are_kept_as_they_are_and_many_in_8_bits():
    few = units(3, 4)
    assert stored_rows(few) is few
    kept = stored_rows(np.ones((LARGE, 2), np.float32))
    assert isinstance(kept, Rows8) and stored_rows(kept) is kept


def test_what_is_saved_is_mapped(tmp_path):
    rows = Rows8.of(units(4))
    rows.save(tmp_path, "items")
    again = Rows8.load(tmp_path, "items")
    assert isinstance(again.codes, np.memmap) and (again[:] == rows[:]).all()
    assert (again @ units(1)[0]).shape == (4,)
