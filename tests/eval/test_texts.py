"""The measures of texts, on numbers worked by hand."""

import pytest

from bundlesmith.eval.texts import (
    BundleTexts,
    div,
    faithfulness,
    item_coverage,
    length,
    readability,
    rouge_l,
    text_figures,
    text_likeness,
    usr,
)
from bundlesmith.explain.roles import shipped_roles
from bundlesmith.explain.sources import Sourced
from tests.explain.desks import VALUES, facts


@pytest.mark.parametrize(
    ("found", "wanted", "value"),
    [
        ("a home office", "a small home office", 2 * 3 / (3 + 4)),
        ("office home", "home office", 1 / 2),  # in another order only one word is in sequence
        ("Home Office", "home office", 1.0),
        ("", "home office", 0.0),
        ("garden", "home office", 0.0),
    ],
)
def test_rouge_l(found: str, wanted: str, value: float) -> None:
    assert rouge_l(found, wanted) == pytest.approx(value)


@pytest.mark.slow
def test_likeness_is_higher_for_what_means_the_same() -> None:
    same, near, far, nothing = text_likeness(
        ["camping", "camping", "camping", ""], ["camping", "tent trip", "tax law", "a"]
    )
    assert same == pytest.approx(1, abs=1e-5) and same > near > far and nothing == 0


def test_faithfulness() -> None:
    assert faithfulness([Sourced("x", True), Sourced("y", False), Sourced("x", True), Sourced("x", True)]) == 3 / 4
    assert faithfulness([]) == 1


@pytest.mark.parametrize(
    ("text", "share"),
    [
        ("Lux Oak Desk, and no more.", 1 / 3),
        ("Lux Oak Desk, Lux Oak Desk.", 1 / 3),
        ("You get a lamp to read by.", 0.0),  # it says of a lamp what it is for, in other words than the table
        ("", 0.0),
    ],
)
def test_item_coverage_counts_each_item_of_the_bundle_once(text: str, share: float) -> None:
    assert item_coverage(text, facts("desk", "lamp", "chair")) == share


def test_an_item_whose_purpose_is_said_is_covered() -> None:
    role = shipped_roles().of("Lux Oak Desk, Brown", ("Home", "Desks"), "en")
    assert role and item_coverage(f"Something {role.purpose}", facts("desk", "lamp")) == 1 / 2


def test_usr_and_div() -> None:
    assert usr(["a", "b", "a", "a"]) == 2 / 4 and usr([]) == 0
    assert div([{"a", "b"}, {"b", "c"}, {"b", "a"}]) == (1 + 2 + 1) / 3
    assert div([{"a"}]) == 0


def test_length_and_readability() -> None:
    text = "The cat sat. It ran."  # 5 words, 14 letters, 2 sentences
    assert length(text) == 5 and length("红色 desk") == 3
    assert readability(text) == pytest.approx(4.71 * 14 / 5 + 0.5 * 5 / 2 - 21.43)
    assert readability("") == 0


@pytest.mark.slow
def test_all_figures_of_two_bundles() -> None:
    known = facts("desk", "lamp", history=(), events=())
    good = BundleTexts(known, "home office", "Lux Oak Desk and Lux Reading Lamp go together.", "home office")
    wrong = BundleTexts(known, "office", "A set of 3, for 149.99.", "")
    found = text_figures([good, wrong], VALUES)
    assert found["intent-ROUGE-L"] == 1 and found["intent-likeness"] == pytest.approx(1, abs=1e-5)
    assert found["claims"] == 5 and found["faithfulness"] == 4 / 5
    assert found["item-coverage"] == 1 / 2 and found["USR"] == 1 and found["DIV"] == 0
    assert found["words"] == (9 + 7) / 2
