import random
from pathlib import Path

import pytest

from bundlesmith.catalogue import open_catalogue
from bundlesmith.finetune.examples import FREE, Case, Example, ExampleWriter, load_cases
from bundlesmith.finetune.finetune import Lesson, load_lesson
from bundlesmith.prepare.tables import load
from bundlesmith.settings import Settings


@pytest.fixture(scope="module")
def lesson(shop: Path, quick_settings: Settings) -> Lesson:
    return load_lesson(shop, load(shop), quick_settings)


@pytest.fixture(scope="module")
def writer(lesson: Lesson) -> ExampleWriter:
    return lesson.writer


@pytest.fixture(scope="module")
def case(lesson: Lesson) -> Case:
    return next(case for case in lesson.train if len(case.bundle) == 4 and len(case.history) > 3 and case.intent)


def said(writer: ExampleWriter, tokens: list[int]) -> str:
    return str(writer.tokenizer.decode(tokens))


def test_a_case_never_holds_its_own_bundle_in_the_history(lesson: Lesson) -> None:
    assert all(not set(case.history) & set(case.bundle) for case in lesson.train + lesson.valid)


def test_the_history_ends_where_the_bundles_session_begins(shop: Path, lesson: Lesson) -> None:
    tables = load(shop)
    train = tables.bundles.filter(tables.bundles["split"] == "train")
    row = next(row for row in train.iter_rows(named=True) if row["session_id"])
    events = tables.events.filter(tables.events["user_id"] == row["user_id"])
    start = events.filter(events["session_id"] == row["session_id"])["timestamp"].min()
    later = events.filter(events["timestamp"] > row["timestamp"])["item_id"].to_list()
    earlier = events.filter(events["timestamp"] < start)["item_id"].to_list()
    session = events.filter(events["session_id"] == row["session_id"])["item_id"].to_list()
    case = next(c for c in lesson.train if c.bundle == tuple(lesson.catalogue.rows[i] for i in row["items"]))
    history = {lesson.catalogue.ids[item] for item in case.history}
    assert history == (set(earlier) | set(session)) - set(row["items"])
    assert not history & (set(later) - set(earlier) - set(session))


def test_splits_do_not_mix(shop: Path) -> None:
    catalogue = open_catalogue(shop)
    cases = {split: len(load_cases(shop, catalogue, split)) for split in ("train", "valid", "test")}
    counts = load(shop).bundles["split"].value_counts()
    assert cases == dict(counts.iter_rows())


def test_an_answer_is_the_bundle_in_another_order(writer: ExampleWriter, case: Case) -> None:
    texts = {writer.lexicon.texts[row] for row in case.bundle}
    orders = set()
    for seed in range(8):
        example = writer.history(case, random.Random(seed))
        line = said(writer, example.answer).split("\n")[0]
        assert {text.strip() for text in line.split(";")} == texts
        orders.add(line)
    assert len(orders) > 3


def test_a_rest_and_what_is_given_make_the_bundle(writer: ExampleWriter, case: Case) -> None:
    for example in writer.rests(case, random.Random(1), 4):
        prompt, answer = said(writer, example.prompt), said(writer, example.answer).split("\n")[0]
        given = prompt.split("So far: ")[1].split("\n")[0].removesuffix("<|im_end|>")
        both = [text.strip() for text in f"{given};{answer}".split(";")]
        assert sorted(both) == sorted(writer.lexicon.texts[row] for row in case.bundle)


def test_every_token_of_an_item_stands_on_its_node(writer: ExampleWriter, case: Case) -> None:
    trie, marks = writer.lexicon.trie, writer.lexicon.marks
    example = writer.history(case, random.Random(0))
    for token, node in zip(example.answer, example.nodes, strict=True):
        if node == FREE:
            continue
        closing = trie.ends[node] and token in (marks.separator, marks.line)
        assert closing or trie.child(node, token) >= 0


def test_an_epoch_follows_from_its_seed(lesson: Lesson) -> None:
    cases = lesson.train[:30]

    def content(examples: list[Example]) -> list[tuple[str, list[int], list[int]]]:
        return [(example.kind, example.prompt, example.answer) for example in examples]

    assert content(lesson.writer.epoch(cases, 3)) == content(lesson.writer.epoch(cases, 3))
    assert content(lesson.writer.epoch(cases, 3)) != content(lesson.writer.epoch(cases, 4))


def test_all_kinds_are_in_the_mix(lesson: Lesson) -> None:
    kinds = {example.kind for example in lesson.writer.epoch(lesson.train[:60], 0)}
    assert kinds == {"history", "request", "rest", "session", "explain", "spell"}


def test_an_explanation_of_an_example_names_only_its_bundle(writer: ExampleWriter, case: Case) -> None:
    from bundlesmith.explanation import short_name

    text = said(writer, writer.explain(case, random.Random(0)).answer)
    assert text.startswith("For: ") and text.endswith("<|im_end|>")
    assert all(short_name(writer.catalogue.titles[row]) in text for row in case.bundle)
