import random
from collections import Counter
from collections.abc import Iterable
from itertools import islice
from pathlib import Path
from typing import Any

import pytest

from bundlesmith.data.cases import Case, load_cases
from bundlesmith.data.catalogue import open_catalogue
from bundlesmith.data.tables import load
from bundlesmith.explain.facts import short_name
from bundlesmith.explain.roles import shipped_roles
from bundlesmith.finetune.examples import FREE, Example, ExampleWriter
from bundlesmith.finetune.finetune import Lesson, load_lesson
from bundlesmith.settings import Examples, Settings


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
    assert all(not set(case.history) & set(case.bundle) for cases in (lesson.train, lesson.valid) for case in cases)


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
    cases = {split: load_cases(shop, catalogue, split) for split in ("train", "valid", "test")}
    counts = dict(load(shop).bundles["split"].value_counts().iter_rows())
    assert {split: len(found) for split, found in cases.items()} == counts
    assert {split: sum(1 for _ in found) for split, found in cases.items()} == counts


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
    cases = list(islice(lesson.train, 30))

    def content(examples: Iterable[Example]) -> list[tuple[str, list[int], list[int]]]:
        return [(example.kind, example.prompt, example.answer) for example in examples]

    assert content(lesson.writer.epoch(cases, 3)) == content(lesson.writer.epoch(cases, 3))
    assert content(lesson.writer.epoch(cases, 3)) != content(lesson.writer.epoch(cases, 4))


def test_all_kinds_are_in_the_mix(lesson: Lesson) -> None:
    kinds = {example.kind for example in lesson.writer.epoch(islice(lesson.train, 60), 0)}
    assert kinds == {"history", "request", "rest", "session", "explain", "spell"}


def changed(writer: ExampleWriter, **examples: Any) -> ExampleWriter:
    settings = Examples.model_validate({"talk_share": 0, "blank_history": 0, "blank_words": 0} | examples)
    return ExampleWriter(writer.lexicon, writer.catalogue, writer.tokenizer, True, settings)


def test_an_epoch_has_as_many_of_a_kind_as_its_weight_says(writer: ExampleWriter, case: Case) -> None:
    mix = {"history": 2, "request": 0, "rest": 3, "session": 0.5, "explain": 1.25, "spell": 0}
    counts = Counter(example.kind for example in changed(writer, mix=mix).epoch([case] * 200, 0))
    assert case.session and (counts["history"], counts["rest"], counts["request"], counts["spell"]) == (400, 600, 0, 0)
    assert 70 < counts["session"] < 130 and 220 < counts["explain"] < 280


def test_a_part_of_a_bundle_is_an_answer_as_often_as_the_config_says(writer: ExampleWriter, case: Case) -> None:
    rng, cut = random.Random(0), changed(writer, sub_bundles=0.5)
    texts = {writer.lexicon.texts[row] for row in case.bundle}
    sizes: Counter[int] = Counter()
    for write in (cut.history, cut.request, cut.session):
        for _ in range(60):
            items = [text.strip() for text in said(writer, write(case, rng).answer).strip().split(";")]
            assert set(items) <= texts and len(set(items)) == len(items)
            sizes[len(items)] += 1
    assert set(sizes) == {2, 3, 4} and 60 < sizes[4] < 120


def test_a_thinned_history_is_what_is_asked_with(writer: ExampleWriter, case: Case) -> None:
    whole = set(writer.prompter.request(case.history, case.intent))
    prompts = [changed(writer, drop_history=0.5).request(case, random.Random(seed)).prompt for seed in range(8)]
    assert all(set(prompt) <= whole for prompt in prompts)
    assert len(set(map(tuple, prompts))) > 3


def test_words_are_put_in_another_way_and_the_answer_keeps_the_intent(writer: ExampleWriter, case: Case) -> None:
    changed_words = changed(writer, paraphrase=1, talk_share=1)
    examples = [changed_words.request(case, random.Random(seed)) for seed in range(20)]
    plain = changed(writer, talk_share=1).request(case, random.Random(0))
    intent = said(writer, plain.answer).split("For: ")[1].split("\n")[0]
    assert all(said(writer, example.answer).split("For: ")[1].split("\n")[0] == intent for example in examples)
    assert sum(example.prompt == plain.prompt for example in examples) < 10
    assert any("I need " + case.intent in said(writer, example.prompt) for example in examples)


def test_an_explanation_of_an_example_names_only_its_bundle(writer: ExampleWriter, case: Case) -> None:
    text = said(writer, writer.explain(case, random.Random(0)).answer)
    assert text.startswith("For: ") and text.endswith("<|im_end|>")
    for row in case.bundle:
        title = writer.catalogue.titles[row]
        role = shipped_roles().of(title, writer.catalogue.categories[row], "en")
        assert (f"{role.noun} {role.purpose}" if role else short_name(title)) in text
