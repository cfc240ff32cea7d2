"""Who is on which side."""

import hashlib

from bundlesmith.serve.variants import side_of

USERS = [f"user-{n}" for n in range(10_000)]


def test_a_side_is_what_its_hash_says() -> None:
    """The rule, written out once more: what customers are shown must not change when the code does."""
    first = int(hashlib.sha256(b"5:blendann").hexdigest()[:16], 16) / 2**64
    assert round(first, 4) == 0.5322
    assert [side_of("blend", "ann", percent) for percent in (53, 54)] == ["A", "B"]


def test_sides_stay_and_get_their_share() -> None:
    sides = [side_of("blend", user, 30) for user in USERS]
    assert sides == [side_of("blend", user, 30) for user in USERS]
    assert 2817 <= sides.count("B") <= 3183  # 4 standard deviations of 45.8


def test_who_is_on_b_stays_there_when_b_grows() -> None:
    small = {user for user in USERS if side_of("blend", user, 10) == "B"}
    large = {user for user in USERS if side_of("blend", user, 60) == "B"}
    assert small < large


def test_another_experiment_divides_anew() -> None:
    both = sum(side_of("blend", user, 50) == side_of("next", user, 50) for user in USERS)
    assert 4800 <= both <= 5200  # 4 standard deviations of 50
    assert side_of("ab", "c", 50) in "AB" and [side_of("a", f"b{n}", 50) for n in range(99)] != [
        side_of("ab", f"{n}", 50) for n in range(99)
    ]
