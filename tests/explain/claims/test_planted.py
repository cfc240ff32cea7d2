"""The checker against planted lies about the sample shop: the figures of `make bench-claims`, on fewer bundles."""

import random
from pathlib import Path

import pytest
from bench.claims import Outcome, false_alarms, outcomes, precision, recall
from bench.planted import UNSEEN, WORDINGS, Planted, planted, scenes

from bundlesmith.explain.claims.read import read_claims
from tests.explain.claims.desks import BOOK, facts


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


def test_so_are_those_in_wordings_that_the_checker_was_not_made_for(shop: Path) -> None:
    unseen = outcomes(shop, 20, wordings=UNSEEN)
    assert sum(bool(each.planted.lie) for each in unseen) >= 300
    assert recall(unseen) >= 0.95
    assert false_alarms(unseen) <= 0.02


@pytest.mark.parametrize(
    "text",
    [
        "Didn't you buy the Rex Bar Stool in May 2025? The desk suits it.",
        "Remember the Zed Gel Pen that caught your eye?",
        "The Lux Oak Desk, crafted from oak, and the Lux Reading Lamp: two of them, 149.99 in all.",
        "既然您 2025年5月 买了 Rex Bar Stool，这两件正好搭配。",
    ],
)
def test_true_texts_in_free_grammar(text: str) -> None:
    assert [each.claim.text for each in read_claims(text, facts("desk", "lamp"), BOOK) if not each.holds] == []


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        ("Having bought the Zed Gel Pen, you need a desk.", "Zed Gel Pen"),  # it was only looked at
        ("Your Zed Gel Pen deserves it.", "Zed Gel Pen"),
        ("The heart of it all is the Rex Bar Stool.", "Rex Bar Stool"),  # of the past, and not in the bundle
        ("Back in June 2025 you got the Rex Bar Stool.", "Back in June 2025"),
        ("There are three of them.", "three"),
        ("The Lux Oak Desk uses steel.", "steel"),
        ("A quintet to work with.", "quintet"),
        ("The common thread is Chairs.", "Chairs"),
        ("You told me not to go over 80.00, so I didn't.", "80.00"),
        ("The Lux Reading Lamp is here. It costs 120.00.", "120.00"),
        ("您已经有 Zed Gel Pen 了。", "Zed Gel Pen"),
        ("件数：3 件。", "3 件"),
    ],
)
def test_lies_in_free_grammar(text: str, wrong: str) -> None:
    assert [
        each.claim.text for each in read_claims(text, facts("desk", "lamp", budget=160), BOOK) if not each.holds
    ] == [wrong]


def test_a_lie_stands_in_its_text_and_not_in_the_true_one(shop: Path) -> None:
    rng = random.Random(1)
    texts = [text for facts in scenes(shop, 5, rng) for text in planted(facts, rng)]
    assert all(text.lie in text.text for text in texts if text.language == "en")
    assert any(not text.lie for text in texts)


def test_the_figures_by_hand() -> None:
    lie, true = Planted("x", "price", "en", "x"), Planted("y", "price", "en")
    found = [Outcome(lie, ("x",)), Outcome(lie, ()), Outcome(true, ()), Outcome(true, ()), Outcome(true, ("y",))]
    assert (recall(found), false_alarms(found), precision(found)) == (1 / 2, 1 / 3, 1 / 2)
