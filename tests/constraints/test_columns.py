"""Columns that differ in few values read as whole arrays do."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from bundlesmith.constraints.columns import Overlay, Repriced

SIZE = 30
CHANGED = st.dictionaries(st.integers(0, SIZE + 5), st.integers(-3, 10**12), max_size=12)


@given(CHANGED, st.integers(0, 4), st.lists(st.integers(0, SIZE - 1), max_size=40))
def test_an_overlay_reads_as_an_array(changed: dict[int, int], more: int, asked: list[int]) -> None:
    base = np.arange(100, 100 + SIZE, dtype=np.int64)
    values = {at: value for at, value in changed.items() if at < SIZE} | {SIZE + at: -at for at in range(more)}
    places = np.array(sorted(values), np.int32)
    column = Overlay(base, places, np.array([values[at] for at in places.tolist()], np.int64))
    whole = np.concatenate([base, np.zeros(more, np.int64)])
    whole[places] = [values[at] for at in places.tolist()]
    assert len(column) == SIZE + more
    assert np.array_equal(np.asarray(column), whole) and column.sum() == whole.sum()
    assert [column[at] for at in range(len(whole))] == whole.tolist()
    every = np.arange(len(whole), dtype=np.int32)
    for some in (np.array(asked, np.int32), np.array(asked[:2], np.int64), every, every[-2:]):
        found = column[some]
        assert np.array_equal(found, whole[some]) and found.dtype == np.int64
        found[:] = 7  # is the caller's own
    assert np.array_equal(np.asarray(column), whole) and column.nbytes == 8 * len(places)


@given(
    st.lists(st.tuples(st.integers(0, 9), st.integers(-1, 99), st.booleans(), st.booleans()), max_size=20), st.data()
)
def test_repriced_positions_have_their_last_facts_and_given_arrays_stay(
    changes: list[tuple[int, int, bool, bool]], data: st.DataObject
) -> None:
    repriced, known = Repriced(), dict[int, tuple[int, bool, bool]]()
    given_before = []
    for position, *facts in changes:
        one = (int(facts[0]), bool(facts[1]), bool(facts[2]))
        if data.draw(st.booleans()):
            repriced.set(position, one)
        else:
            repriced.set_all({position: one})
        known[position] = one
        arrays = repriced.arrays()
        given_before.append((arrays, [array.copy() for array in arrays]))
        assert arrays[0].tolist() == sorted(known) and len(repriced) == len(known)
        assert list(zip(*(array.tolist() for array in arrays[1:]), strict=True)) == [known[at] for at in sorted(known)]
        assert repriced.get(position) == one and repriced.get(10) is None
    assert all(np.array_equal(a, b) for arrays, copies in given_before for a, b in zip(arrays, copies, strict=True))
