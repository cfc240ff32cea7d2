import pytest

from bundlesmith.explain.promises import calls_all, keeps_promises
from bundlesmith.explain.roles import shipped_roles

from .shop import facts


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        ("A tent and a sleeping bag", True),
        ("First tent and stove", False),
        ("A tent, a lantern and more", False),
        ("A weekend in a caravan", True),  # where, not what
        ("Camping with a kayak", False),
        ("Tent for a boat trip", True),
        ("Painting a chair", True),  # what is done
        ("Kayak set", False),
        ("A bag for two", True),
        ("A gas stove", False),
        ("Hanging pictures and a shelf", True),
        ("Camping set", True),
        ("帐篷和睡袋", True),
        ("帐篷和皮划艇", False),
        ("出国用品、旅行转换插头和帐篷", False),
        ("学吉他", True),
        ("出国旅行转换插头", False),
        ("周末露营睡袋", True),
        ("在阳台上种番茄", True),
    ],
)
def test_a_name_promises_no_product_that_the_set_has_not(name: str, kept: bool) -> None:
    assert keeps_promises(name, facts("tent", "bag"), shipped_roles()) == kept


def test_what_goes_with_a_product_is_not_the_product() -> None:
    assert keeps_promises("A first stove", facts("stove"), shipped_roles())
    assert not keeps_promises("A first stove", facts("gas", "lamp"), shipped_roles())


@pytest.mark.parametrize(
    ("name", "called"),
    [
        ("Tents", ""),  # a tent and a sleeping bag
        ("Camping gear", "Camping gear"),
        ("Tent starter set", ""),  # half of it
        ("Bags set", ""),
        ("Sleeping bags", ""),  # a category of one of them
        ("Camping in a tent", "Camping in a tent"),
        ("A tent and a bag", "A tent and a bag"),
        ("帐篷", "帐篷"),
    ],
)
def test_a_name_calls_no_other_piece_what_it_is_not(name: str, called: str) -> None:
    assert calls_all(name, facts("tent", "bag"), shipped_roles()) == called


def test_a_name_of_several_of_a_kind_is_a_plural() -> None:
    assert calls_all("Light tent", facts("tent", "tent2"), shipped_roles()) == "Light tents"
    assert calls_all("Light tent", facts("tent"), shipped_roles()) == "Light tent"
