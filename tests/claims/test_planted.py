"""The checker against planted lies about the sample shop: the figures of `make bench-claims`, on fewer bundles."""

import random
from pathlib import Path

import pytest
from bench.claims import Outcome, false_alarms, outcomes, precision, recall
from bench.planted import WORDINGS, Planted, planted, scenes


@pytest.fixture(scope="module")
def found(shop: Path) -> list[Outcome]:
    return outcomes(shop, 60)


def test_at_least_300_lies_of_all_kinds_are_planted_in_both_languages(found: list[Outcome]) -> None:
    lies = [each.planted for each in found if each.planted.lie]
    assert len(lies) >= 300
    assert {lie.kind for lie in lies} == set(WORDINGS)
    assert {lie.language for lie in lies} == {"en", "zh"}


def test_lies_are_found_and_true_texts_left_alone(found: list[Outcome]) -> None:
    assert recall(found) >= 0.95
    assert false_alarms(found) <= 0.02
    assert precision(found) >= 0.95


@pytest.mark.parametrize("kind", ["price", "item", "brand", "count", "purchase", "month", "category"])
def test_no_kind_of_lie_is_missed_by_much(found: list[Outcome], kind: str) -> None:
    assert recall([each for each in found if each.planted.kind == kind]) >= 0.9


def test_a_lie_stands_in_its_text_and_not_in_the_true_one(shop: Path) -> None:
    rng = random.Random(1)
    texts = [text for facts in scenes(shop, 5, rng) for text in planted(facts, rng)]
    assert all(text.lie in text.text for text in texts if text.language == "en")
    assert any(not text.lie for text in texts)


def test_the_figures_by_hand() -> None:
    lie, true = Planted("x", "price", "en", "x"), Planted("y", "price", "en")
    found = [Outcome(lie, ("x",)), Outcome(lie, ()), Outcome(true, ()), Outcome(true, ()), Outcome(true, ("y",))]
    assert (recall(found), false_alarms(found), precision(found)) == (1 / 2, 1 / 3, 1 / 2)
