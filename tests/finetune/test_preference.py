import random
from pathlib import Path

import pytest

from bundlesmith.data.cases import Case
from bundlesmith.data.tables import load
from bundlesmith.finetune.finetune import Lesson, load_lesson
from bundlesmith.finetune.preference import PairWriter, PreferencePair
from bundlesmith.settings import Corruptions, Settings

NAMES = ("random", "category", "popular", "session", "cut")


@pytest.fixture(scope="module")
def lesson(shop: Path, quick_settings: Settings) -> Lesson:
    return load_lesson(shop, load(shop), quick_settings)


def only(name: str) -> Corruptions:
    return Corruptions.model_validate(dict.fromkeys(NAMES, 0.0) | {name: 1.0})


def rows(lesson: Lesson, tokens: list[int]) -> list[int]:
    """The items of an answer, through its text."""
    texts = str(lesson.writer.tokenizer.decode(tokens)).removesuffix("\n").split(";")
    return [lesson.lexicon.texts.index(text.strip()) for text in texts]


def given(lesson: Lesson, pair: PreferencePair) -> list[int]:
    """The items that the prompt says are chosen already."""
    lines = str(lesson.writer.tokenizer.decode(pair.chosen.prompt)).split("\n")
    said = [line.removeprefix("So far: ") for line in lines if line.startswith("So far: ")]
    texts = said[0].removesuffix("<|im_end|>").split("; ") if said else []
    return [lesson.lexicon.texts.index(text) for text in texts]


def pairs_of(lesson: Lesson, corruptions: Corruptions, n: int = 150) -> list[PreferencePair]:
    cases = list(lesson.train)
    return PairWriter(lesson.writer, corruptions, cases).epoch(cases[:n], 1, 3)


def test_the_rejected_bundle_answers_the_same_prompt_and_is_no_true_one(lesson: Lesson) -> None:
    true = {frozenset(case.bundle) for case in lesson.train}
    pairs = pairs_of(lesson, Corruptions())
    assert len(pairs) > 140
    for pair in pairs:
        assert pair.chosen.prompt == pair.rejected.prompt
        known, chosen, rejected = (given(lesson, pair), *(rows(lesson, e.answer) for e in (pair.chosen, pair.rejected)))
        assert frozenset(known + chosen) in true
        assert frozenset(known + rejected) not in true
        assert len({*known, *rejected}) == len(known + rejected) >= 2


def test_both_answers_can_be_written(lesson: Lesson) -> None:
    trie, marks = lesson.lexicon.trie, lesson.lexicon.marks
    for pair in pairs_of(lesson, Corruptions(), 40):
        for example in (pair.chosen, pair.rejected):
            assert len(example.answer) == len(example.nodes) and example.answer[-1] == marks.line
            for token, node in zip(example.answer, example.nodes, strict=True):
                closing = trie.ends[node] and token in (marks.separator, marks.line)
                assert closing or trie.child(node, token) >= 0


def test_all_prompts_of_the_mix_and_all_corruptions_that_the_shop_allows_are_used(lesson: Lesson) -> None:
    pairs = pairs_of(lesson, Corruptions())
    assert {pair.chosen.kind for pair in pairs} == {"history", "request", "rest", "session"}
    assert {pair.corruption for pair in pairs} == {"random", "category", "popular", "cut"}  # one bundle a session


def test_a_session_s_prompt_is_answered_with_its_items_alone(lesson: Lesson) -> None:
    cases = list(lesson.train)
    found = [pair for pair in pairs_of(lesson, Corruptions(), 400) if pair.chosen.kind == "session"]
    assert len(found) > 10
    for pair in found:
        chosen, rejected = set(rows(lesson, pair.chosen.answer)), set(rows(lesson, pair.rejected.answer))
        sessions = [set(case.session) for case in cases if set(case.bundle) == chosen]
        assert any(chosen | rejected <= session for session in sessions)


@pytest.mark.parametrize("name", ["random", "category", "popular"])
def test_an_exchange_changes_one_item_in_its_place(lesson: Lesson, name: str) -> None:
    bought = {row for case in lesson.train for row in case.bundle}
    for pair in pairs_of(lesson, only(name)):
        chosen, rejected = rows(lesson, pair.chosen.answer), rows(lesson, pair.rejected.answer)
        changed = [(old, new) for old, new in zip(chosen, rejected, strict=True) if old != new]
        assert len(changed) == 1
        old, new = changed[0]
        assert name != "category" or lesson.catalogue.categories[old] == lesson.catalogue.categories[new]
        assert name != "popular" or new in bought


def test_a_cut_leaves_out_one_item_and_never_leaves_one_alone(lesson: Lesson) -> None:
    pairs = pairs_of(lesson, only("cut"))
    assert pairs
    for pair in pairs:
        chosen, rejected = rows(lesson, pair.chosen.answer), rows(lesson, pair.rejected.answer)
        assert len(rejected) == len(chosen) - 1 >= 2 and set(rejected) < set(chosen)


def test_an_item_of_another_bundle_of_the_session_comes_in(lesson: Lesson) -> None:
    session = (0, 1, 2, 3, 4)
    first, second = (Case((), session, bundle, "a set", "") for bundle in ((0, 1), (2, 3)))
    writer = PairWriter(lesson.writer, only("session"), [first, second])
    pairs = [pair for seed in range(20) if (pair := writer.of_case(first, random.Random(seed)))]
    came = [set(rows(lesson, pair.rejected.answer)) - {0, 1} for pair in pairs]
    assert len(came) > 10 and {row for rows in came for row in rows} == {2, 3}


def test_a_bundle_that_is_true_elsewhere_is_never_rejected(lesson: Lesson) -> None:
    """Items 0, 1, 2 with all pairs true: nothing is left to reject but exchanges for other items."""
    session = (0, 1, 2)
    cases = [Case((), session, bundle, "a set", "") for bundle in ((0, 1), (1, 2), (0, 2))]
    writer = PairWriter(lesson.writer, only("session"), cases)
    assert [writer.of_case(case, random.Random(seed)) for case in cases for seed in range(10)] == [None] * 30


def test_the_same_seed_gives_the_same_pairs(lesson: Lesson) -> None:
    cases = list(lesson.train)[:30]
    writer = PairWriter(lesson.writer, Corruptions(), cases)
    assert writer.epoch(cases, 2, 1) == writer.epoch(cases, 2, 1) != writer.epoch(cases, 2, 2)
