import pytest

from bundlesmith.explain.nouns import several, singular, with_article


@pytest.mark.parametrize(
    ("noun", "article"),
    [
        ("tent", "a tent"),
        ("oven", "an oven"),
        ("socks", "socks"),
        ("zoom lens", "a zoom lens"),
        ("dress", "a dress"),
        ("ground coffee", "ground coffee"),
        ("SUP paddle", "a SUP paddle"),
        ("brush and roller", "a brush and roller"),
        ("eye mask and earplugs", "an eye mask and earplugs"),
        ("catnip mice", "catnip mice"),
        ("filter start bacteria", "filter start bacteria"),
        ("picks and capo set", "a picks and capo set"),
        ("markers and row counter", "markers and a row counter"),
        ("travellers and staff", "travellers and staff"),
        ("USB cable", "a USB cable"),
        ("U-lock", "a U-lock"),
        ("X-ray apron", "an X-ray apron"),
        ("SD card", "an SD card"),
        ("HDMI cable", "an HDMI cable"),
        ("TV", "a TV"),
        ("ukulele", "a ukulele"),
        ("uniform", "a uniform"),
        ("umbrella", "an umbrella"),
        ("hourglass", "an hourglass"),
    ],
)
def test_the_article_of_a_noun(noun: str, article: str):
    assert with_article(noun) == article


@pytest.mark.parametrize(
    ("noun", "number", "said"),
    [
        ("lamp", 2, "two lamps"),
        ("box", 3, "three boxes"),
        ("paper lantern", 13, "13 paper lanterns"),
        ("baby", 2, "two babies"),
        ("knife", 4, "four knives"),
        ("socks", 2, "two pairs of socks"),
        ("dust sheets", 2, "dust sheets"),
        ("ground coffee", 2, "ground coffee"),
    ],
)
def test_several(noun: str, number: int, said: str) -> None:
    assert several(noun, number) == said


def test_lenses_are_of_a_lens() -> None:
    assert singular("lens") == singular("lenses") == "lens"
