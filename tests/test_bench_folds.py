"""The benchmark on folds: what is asked, that nothing is seen that is scored, and that a part learns in product."""

import numpy as np
import pytest
from bench.folds.crossfit import Domain
from bench.folds.figures import table
from bench.folds.joint import Joint, asked_of, chosen_penalty, nats_of, of_categories, principal
from bench.folds.parts import Measured
from bench.folds.questions import Question, folds_of, questions_of
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import log_softmax

from bundlesmith.data.cases import Case
from bundlesmith.data.catalogue import Catalogue
from bundlesmith.ranking.evidence import Table
from bundlesmith.ranking.items import Bundles

TENTS, STOVES = ("Camping", "Tents"), ("Camping", "Stoves")


def case(session: tuple[int, ...], bundle: tuple[int, ...], intent: str = "") -> Case:
    return Case((), session, bundle, intent, "")


def catalogue(*categories: tuple[str, ...]) -> Catalogue:
    ids = tuple(map(str, range(len(categories))))
    none = np.full(len(ids), -1, np.int64)
    rows = {item: row for row, item in enumerate(ids)}
    return Catalogue(ids, ids, categories, none, none, tuple({} for _ in ids), False, rows)


@given(st.lists(st.lists(st.integers(0, 5), max_size=3).map(tuple), max_size=20), st.integers(1, 5))
def test_each_bundle_is_in_one_fold_and_no_session_in_two(sessions: list[tuple[int, ...]], count: int) -> None:
    cases = [case(session, (0, 1)) for session in sessions]
    folds = folds_of(cases, count)
    assert sorted(at for fold in folds for at in fold) == list(range(len(cases)))
    for session in {each for each in sessions if each}:
        assert sum(any(cases[at].session == session for at in fold) for fold in folds) == 1


def test_the_first_item_is_asked_for_by_words_and_each_beside_the_others() -> None:
    shop = catalogue(TENTS, TENTS, STOVES)
    asked = list(questions_of([case((), (0, 1, 2), "camping"), case((), (0, 1))], [0, 1], shop))
    assert asked == [
        Question(0, (), (0, 1, 2), False),
        Question(0, (1, 2), (0,), False),
        Question(0, (0, 2), (1,), False),
        Question(0, (0, 1), (2,), True),  # the only stove
        Question(1, (1,), (0,), False),
        Question(1, (0,), (1,), False),
    ]


def shop_of(cases: list[Case], items: int = 12) -> Domain:
    """Items of random texts, and words of random meaning."""
    draw = np.random.default_rng(1)

    def unit(rows: int, width: int) -> Table:
        found = draw.normal(size=(rows, width))
        return np.asarray(found / np.linalg.norm(found, axis=1, keepdims=True), np.float32)

    names, rows = tuple(each.intent for each in cases), tuple(each.bundle for each in cases)
    bundles = Bundles(rows, names, unit(len(cases), 1152), unit(len(cases), 384))
    shop = catalogue(*(("Things", str(at % 4)) for at in range(items)))
    return Domain(shop, cases, unit(items, 384), unit(items, 384), bundles)


def test_scores_are_chances_and_what_is_chosen_has_none() -> None:
    cases = [case((at,), (at, at + 1, at + 2), f"wish {at}") for at in range(8)]
    domain = shop_of(cases)
    scores = domain.scores(range(6), [6, 7])
    asked = domain.questions([6, 7])
    assert scores.shape == (len(asked), 12)
    assert np.exp(scores).sum(1) == pytest.approx(np.ones(len(asked)), abs=1e-4)
    for question, each in zip(asked, scores, strict=True):
        assert not np.isfinite(each[list(question.chosen)]).any()
        assert np.isfinite(np.delete(each, question.chosen)).all()


def test_what_is_scored_was_not_seen() -> None:
    cases = [case((at,), (at, at + 1, at + 2), f"wish {at}") for at in range(8)]
    before = shop_of(cases).scores(range(6), [6])
    others = [*cases[:7], case((7,), (0, 5), "wish 7")]
    assert shop_of(others).scores(range(6), [6]) == pytest.approx(before, abs=1e-5)


def test_a_part_learns_what_the_ranker_does_not_know() -> None:
    draw = np.random.default_rng(2)
    items = draw.normal(size=(6, 4)).astype(np.float32)
    wanted = draw.integers(0, 6, 200)
    questions = [Question(at, (), (int(row),), False) for at, row in enumerate(wanted)]
    base = log_softmax(np.zeros((200, 6), np.float32), axis=1)
    asked = asked_of(questions, base, np.eye(6, dtype=np.float32)[wanted])
    nobody = asked_of(questions, base, np.zeros((200, 0), np.float32))
    alone = nats_of(Joint.learnt(nobody, items, 1.0).log_chances(nobody), nobody).mean()
    assert alone == pytest.approx(np.log(6), abs=1e-4)
    apart = np.arange(100, 200)
    penalty = chosen_penalty(asked, items, apart)
    assert nats_of(Joint.learnt(asked, items, penalty).log_chances(asked), asked).mean() < 0.5 * alone


def test_the_power_of_a_ranker_that_is_too_sure_falls() -> None:
    questions = [Question(at, (), (at % 4 // 3,), False) for at in range(400)]  # item 0 in three of four
    base = log_softmax(np.tile(np.array([4.0, 0.0], np.float32), (400, 1)), axis=1)
    asked = asked_of(questions, base, np.zeros((400, 0), np.float32))
    assert Joint.learnt(asked, np.zeros((2, 1), np.float32), 1.0).power == pytest.approx(np.log(3) / 4, abs=1e-2)


def test_of_several_that_are_wanted_each_counts_alike() -> None:
    base = np.log(np.array([[0.5, 0.25, 0.25]], np.float32))
    asked = asked_of([Question(0, (), (0, 1), False)], base, np.zeros((1, 0), np.float32))
    assert nats_of(base, asked) == pytest.approx([(np.log(2) + np.log(4)) / 2])


def test_categories_alone_tell_no_items_apart() -> None:
    items = principal(np.random.default_rng(3).normal(size=(5, 8)).astype(np.float32), 3)
    means = of_categories(items, np.array([0, 1, 0, 1, 1]))
    assert (means[0] == means[2]).all() and (means[1] == means[4]).all()
    assert (means**2).sum(1).mean() == pytest.approx(1)


def test_figures_are_pooled_and_compared_by_session() -> None:
    def measured(part: str, nats: list[float]) -> Measured:
        values = np.array(nats, np.float32)
        kinds = ["complement", "same category", "first", "complement"]
        return Measured("home", part, np.array([0, 0, 1, 1]), kinds, values, values)

    rows = table([measured("ranker", [3, 2, 5, 4]), measured("part", [2, 2, 4, 3])])
    found = {(row["items"], row["figure"], row["part"]): row for row in rows}
    assert found["all", "nats", "ranker"]["pooled"] == 3
    assert found["all", "nats", "part"]["pooled"] == pytest.approx(7 / 3)
    assert found["all", "nats", "part"]["difference"] == pytest.approx(-2 / 3)
    assert found["complements", "nats", "part"]["difference"] == -1
    assert found["first items", "nats", "part"]["p"] == 1  # one session tells nothing
    assert found["all", "nats", "part"]["p"] == 0.5  # of the four signs of two sessions two are as extreme
