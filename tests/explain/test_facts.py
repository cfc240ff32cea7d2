import pytest

from bundlesmith.explain.facts import short_name


@pytest.mark.parametrize(
    ("title", "name"),
    [
        ("Oak desk, 120 cm, brown", "Oak desk"),
        ("Desk lamp (LED)", "Desk lamp"),
        ("Desk lamp [2 pieces]", "Desk lamp"),
        ("Acme – the best pen", "Acme"),
        ("USB-C cable | black", "USB-C cable"),
        ("Acme Coated Acoustic Guitar Strings for Beginners", "Acme Coated Acoustic Guitar Strings for Beginners"),
        ("one two three four five six seven eight", "one two three four five six seven eight"),
        ("one two three four five six seven eight nine", "one two three four five six"),
        ("one two three four five for six seven eight nine", "one two three four five"),
        ("two   blanks", "two blanks"),
        ("(2 pieces) pen", "(2 pieces) pen"),
    ],
)
def test_a_short_name_is_how_a_title_begins(title, name):
    assert short_name(title) == name
