import numpy as np

from bundlesmith.ranking.parts import parts
from tests.eval.references.small import DESK, MAT, PEN, STOVE, TENT
from tests.eval.references.test_finding import VECTORS


def found(rows: list[int], alike: float, most: int) -> list[tuple[int, ...]]:
    return parts(rows, np.asarray(VECTORS[rows] @ VECTORS[rows].T), alike, most)


def test_a_session_parts_into_what_is_alike_the_largest_first() -> None:
    assert found([PEN, TENT, DESK, STOVE, MAT], 0.9, 5) == [(TENT, STOVE, MAT), (PEN, DESK)]
    assert found([PEN, TENT, DESK, STOVE, MAT], 0.9, 1) == [(TENT, STOVE, MAT)]


def test_everything_is_no_part_nor_is_one_item() -> None:
    assert found([TENT, STOVE, MAT], 0.9, 5) == []
    assert found([TENT, STOVE, PEN], 0.9, 5) == [(TENT, STOVE)]
    assert found([TENT, STOVE, MAT, PEN], 0.9999, 5) == [] == found([TENT, PEN], 0.5, 5)
