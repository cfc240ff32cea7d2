import pytest

from bundlesmith.explain.unwanted import is_unwanted

from .shop import TYPES


@pytest.mark.parametrize(
    ("words", "unwanted"),
    [
        ("we have a tent", True),
        ("a camping weekend without a tent", True),
        ("I don't want another tent", True),
        ("the tent is there already", True),
        ("a tent and a lamp", False),
        ("I have a lamp but need a tent", False),
        ("I have a lamp. A tent would be nice", False),
        ("", False),
        ("我已经有帐篷", True),
        ("露营，不要帐篷", True),
        ("有孩子，想要帐篷", False),
    ],
)
def test_what_somebody_has_or_wants_none_of_is_not_missed(words: str, unwanted: bool) -> None:
    assert is_unwanted(words, TYPES["tent"]) == unwanted
