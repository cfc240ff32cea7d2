"""What rows come to: with one more, and with one less."""

import numpy as np
import pytest

from bundlesmith.ranking.fold import Fold


@pytest.mark.parametrize("join", [np.add, np.maximum])
@pytest.mark.parametrize("size", [2, 3, 4, 9])
def test_what_all_but_one_come_to_is_what_they_come_to_alone(join: np.ufunc, size: int) -> None:
    worth = np.random.default_rng(size).integers(0, 100, (20, 5))
    rows = list(range(0, 2 * size, 2))
    fold = Fold(lambda row: worth[row], join)
    for at, found in enumerate(fold.of_others(rows)):
        others = rows[:at] + rows[at + 1 :]
        assert (found == Fold(lambda row: worth[row], join)(others)).all()
        fold.begin(others, found)
        assert (fold(others) == found).all() and (fold([*others, 19]) == join(found, worth[19])).all()
