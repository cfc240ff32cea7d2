"""Categories by name."""

import pytest

from bundlesmith.data.category import is_of


@pytest.mark.parametrize(
    ("path", "name", "is_it"),
    [
        (["Camping", "Sleeping", "Tents"], "tents", True),
        (["Camping", "Sleeping", "Tents"], " Camping >SLEEPING", True),
        (["Camping", "Sleeping", "Tents"], "Camping > Tents", False),
        (["Camping"], "Camping > Tents", False),
        (["<b>Bold</b>", "Tents"], "<b>Bold</b>", True),
        (["<b>Bold</b>", "Tents"], "<b>Bold</b> > Tents", True),
        (["<b>Bold</b>", "Tents"], "<b>Italic</b>", False),
        ([], "Tents", False),
    ],
)
def test_a_name_is_one_or_more_steps(path: list[str], name: str, is_it: bool) -> None:
    assert is_of(path, name) is is_it
