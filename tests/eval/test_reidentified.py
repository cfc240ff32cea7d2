"""Which bundle is meant, on shops of a few items, worked out by hand."""

import pytest

from bundlesmith.eval.reidentified import masked, reidentified
from bundlesmith.eval.texts import BundleTexts
from tests.explain.desks import facts

DESK, PEN = facts("desk", "lamp"), facts("pen", "stool")


def test_names_brands_attributes_amounts_and_words_of_the_request_are_masked() -> None:
    text = "Lux Oak Desk and Lux Reading Lamp, both Black or brown, for 149.99: home work, desks."
    assert masked(text, DESK, "for home").split() == ["and", ",", "both", "or", ",", ":", "work,", "desks."]


@pytest.mark.parametrize(
    ("explanations", "share"),
    [
        (("Desks and lamps.", "Chairs, and office things."), 1.0),
        (("Desks and lamps.", "Desks and lamps."), 1 / 2),
        (("Lux Oak Desk.", "Zed Gel Pen."), 0.0),  # nothing but names, and these are masked: ties are lost
        (("Chairs, and office things.", "Desks and lamps."), 0.0),
    ],
)
def test_by_words(explanations: tuple[str, str], share: float) -> None:
    said = [
        BundleTexts(of, intent, text) for of, intent, text in zip((DESK, PEN), ("a", "b"), explanations, strict=True)
    ]
    assert reidentified(said, "words") == share


def test_bundles_of_one_intent_are_not_told_apart_and_one_alone_is_nothing() -> None:
    assert reidentified([BundleTexts(DESK, "a", "Desks."), BundleTexts(PEN, "A ", "Chairs.")], "words") == 0
    assert reidentified([], "meaning") == 0


@pytest.mark.slow
def test_by_meaning() -> None:
    said = [
        BundleTexts(DESK, "a", "A table to work at and a light to read by."),
        BundleTexts(PEN, "b", "Something to write with."),
    ]
    assert reidentified(said, "meaning") == 1
