import pytest

from bundlesmith.ranking.tally import MarkTally


def test_a_share_is_drawn_towards_that_of_the_wider_key() -> None:
    tally = MarkTally()
    for marked in (True, True, False):
        tally.add(["home", "home/desk"], marked)
    tally.add(["home", "home/lamp"], False)
    assert tally.chance([]) == pytest.approx(3 / 6)  # 2 of 4, and one of either
    home = (2 + 5 * 3 / 6) / (4 + 5)
    assert tally.chance(["home"]) == pytest.approx(home)
    assert tally.chance(["home", "home/desk"]) == pytest.approx((2 + 5 * home) / (3 + 5))
    assert tally.chance(["home", "home/bed"]) == pytest.approx(home)
    assert MarkTally().chance(["anything"]) == 0.5
