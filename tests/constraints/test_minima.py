import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bundlesmith.constraints.minima import BLOCK, range_minima


@pytest.mark.parametrize("size", [1, 2, BLOCK - 1, BLOCK, BLOCK + 1, 3 * BLOCK, 100])
def test_every_range_of_an_array_agrees_with_plain_reading(size):
    values = np.random.default_rng(size).integers(0, 50, size).astype(np.int32)
    first, last = (np.array(bounds, np.int32) for bounds in zip(*_ranges(size), strict=True))
    found = range_minima(values).of(first, last)
    assert found.tolist() == [values[a:b].min() for a, b in _ranges(size)] and found.dtype == np.int32


def _ranges(size):
    return [(first, last) for first in range(size) for last in range(first + 1, size + 1)]


@settings(max_examples=100, deadline=None)
@given(st.lists(st.floats(-9, 9), min_size=1, max_size=2000), st.data())
def test_ranges_of_any_numbers_agree_with_plain_reading(values, data):
    first = data.draw(st.integers(0, len(values) - 1))
    last = data.draw(st.integers(first + 1, len(values)))
    assert range_minima(np.array(values)).of(np.array([first]), np.array([last])).tolist() == [min(values[first:last])]


def test_it_takes_little_memory():
    minima = range_minima(np.zeros(100_000, np.int32))
    size = sum(part.nbytes for part in (minima.values, minima.until, minima.since, minima.blocks))
    assert size / 100_000 < 16


def test_no_numbers_have_no_ranges():
    assert len(range_minima(np.empty(0, np.int32)).of(np.empty(0, np.int32), np.empty(0, np.int32))) == 0
