import pytest

from bundlesmith.explain.audiences import audience_named, audience_of, go_together

CHILDREN = {"girls", "boys", "baby"}


@pytest.mark.parametrize(
    ("title", "category", "audience"),
    [
        ("Acme Men's Rain Jacket", ("Clothing", "Jackets"), {"men"}),
        ("Leading Lady Men's Watch", ("Clothing", "Women", "Watches"), {"women"}),  # the category comes first
        ("Acme Dress 2-6X", ("Clothing", "Baby Girls"), {"girls", "baby"}),
        ("Acme Dress", ("Girls", "Dresses"), {"girls"}),
        ("Acme Kids' Helmet", ("Cycling",), CHILDREN),
        ("Acme Bib", ("Baby", "Feeding"), CHILDREN),
        ("Acme Batman Cape", ("Costumes",), set()),
        ("女士雨衣", ("服装",), {"women"}),
        ("儿童头盔", ("骑行",), CHILDREN),
    ],
)
def test_for_whom_things_are(title: str, category: tuple[str, ...], audience: set[str]) -> None:
    assert audience_of(title, category) == audience


@pytest.mark.parametrize(
    ("words", "audience"),
    [
        ("my husband starts at the gym in january", {"men"}),
        ("warm things for my 4 year old boy", {"boys", "baby"}),
        ("clothes for my son", {"boys", "men"}),  # who may be grown up
        ("a suit for my sister's wedding", set()),
        ("for my wife's dad", {"men"}),
        ("rain gear for a couple", None),
        ("my wife and I go hiking", None),
        ("something for mum and something for dad", None),
        ("for the kids", CHILDREN),
        ("给五岁的女儿买芭蕾服", {"girls", "baby"}),
        ("和我老公去爬山", None),
        ("送给爸爸的礼物", {"men"}),
        ("a tent", set()),
    ],
)
def test_whom_a_request_names(words: str, audience: set[str] | None) -> None:
    assert audience_named(words) == audience


def test_things_go_together_if_somebody_may_have_both() -> None:
    kids, girls, men = (frozenset(each) for each in (CHILDREN, {"girls"}, {"men"}))
    assert go_together(kids, girls) and go_together(frozenset(), men) and go_together(men, frozenset())
    assert not go_together(kids, men)
