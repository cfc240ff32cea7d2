"""Intervals and tests against numbers that were published or worked by hand."""

import pytest

from bundlesmith.errors import BundlesmithError
from bundlesmith.serve.proportions import difference, p_of_split, share


@pytest.mark.parametrize(
    ("hits", "of", "low", "high"),
    [(81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0.0, 0.1611), (1, 29, 0.0061, 0.1718)],
)
def test_the_intervals_of_newcombe_1998(hits: int, of: int, low: float, high: float) -> None:
    found = share(hits, of)
    assert (found.low, found.high) == (pytest.approx(low, abs=5e-5), pytest.approx(high, abs=5e-5))
    assert found.share == hits / of


def test_of_nothing_there_is_no_share_and_it_may_be_anything() -> None:
    nothing = share(0, 0)
    assert (nothing.share, nothing.low, nothing.high) == (None, 0, 1)
    apart = difference(nothing, share(3, 4))
    assert (apart.value, apart.low, apart.high, apart.p) == (None, -1, 1, 1)


def test_more_than_all_is_no_share() -> None:
    with pytest.raises(BundlesmithError, match="5 of 4 is no share"):
        share(5, 4)


@pytest.mark.parametrize(
    ("first", "second", "value", "low", "high"),
    [
        ((48, 80), (56, 70), 0.2, 0.0524, 0.3339),
        ((3, 10), (9, 10), 0.6, 0.1705, 0.8090),
        ((0, 29), (5, 56), 0.0893, -0.0381, 0.1926),
    ],
)
def test_the_differences_of_newcombe_1998(
    first: tuple[int, int], second: tuple[int, int], value: float, low: float, high: float
) -> None:
    found = difference(share(*first), share(*second))
    assert found.value == pytest.approx(value, abs=5e-5)
    assert (found.low, found.high) == (pytest.approx(low, abs=5e-5), pytest.approx(high, abs=5e-5))


def test_two_shares_by_hand() -> None:
    # Pooled 60/200 = 0.3; z = 0.2 / sqrt(0.3 * 0.7 * 2 / 100) = 3.0861, of which 0.00203 lies outside, both ways.
    found = difference(share(20, 100), share(40, 100))
    assert found.test == "z" and found.p == pytest.approx(0.00203, abs=1e-5)


def test_few_are_tested_exactly_by_hand() -> None:
    # Fisher's tea: 3 of 4 against 1 of 4. Tables as far or farther out: (16 + 16 + 1 + 1) of 70.
    found = difference(share(1, 4), share(3, 4))
    assert found.test == "exact" and found.p == pytest.approx(34 / 70)


@pytest.mark.parametrize("hits", [0, 50])
def test_where_nobody_or_everybody_did_nothing_differs(hits: int) -> None:
    found = difference(share(hits, 50), share(hits, 50))
    assert (found.value, found.p) == (0, 1)


def test_a_split_that_is_not_what_was_asked_for() -> None:
    assert p_of_split(50, 50, 50) == 1 and p_of_split(90, 10, 10) == 1 and p_of_split(0, 0, 50) == 1
    assert p_of_split(0, 4, 50) == pytest.approx(2 / 16)
    assert p_of_split(560, 440, 50) < 0.001
