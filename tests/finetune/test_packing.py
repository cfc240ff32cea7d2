from pathlib import Path

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from bundlesmith.base import load_model
from bundlesmith.finetune.examples import FREE, Example
from bundlesmith.finetune.finetune import Lesson, load_lesson
from bundlesmith.finetune.loss import answer_loss
from bundlesmith.finetune.packing import collate, pack
from bundlesmith.prepare.tables import load
from bundlesmith.settings import Settings


@pytest.fixture(scope="module")
def lesson(shop: Path, quick_settings: Settings) -> Lesson:
    return load_lesson(shop, load(shop), quick_settings)


def example(prompt: int, answer: int) -> Example:
    return Example("rest", [1] * prompt, [2] * answer, [FREE] * answer)


@given(st.lists(st.tuples(st.integers(1, 90), st.integers(1, 30)), max_size=40), st.integers(64, 256))
def test_blocks_hold_all_examples_in_order_and_no_more_than_fits(sizes: list[tuple[int, int]], most: int) -> None:
    examples = [example(*size) for size in sizes]
    blocks = pack(examples, most)
    assert [e for block in blocks for e in block] == examples
    assert all(sum(len(e.prompt) + len(e.answer) for e in block) <= most or len(block) == 1 for block in blocks)


@pytest.mark.parametrize("over", ["allowed", "vocabulary"])
def test_the_loss_of_packed_examples_is_that_of_unpacked_ones(lesson: Lesson, tiny_base: Path, over: str) -> None:
    model = load_model(str(tiny_base))
    trie, marks = lesson.lexicon.trie, lesson.lexicon.marks
    block = lesson.writer.epoch(lesson.train[:4], 0)[:6]
    with torch.no_grad():
        packed = answer_loss(model, collate(block, trie, marks), over).item()
        alone = [answer_loss(model, collate([e], trie, marks), over).item() * len(e.answer) for e in block]
    assert packed == pytest.approx(sum(alone) / sum(len(e.answer) for e in block), rel=1e-5)


def test_every_target_is_among_its_allowed_tokens(lesson: Lesson) -> None:
    batch = collate(lesson.writer.epoch(lesson.train[:20], 0), lesson.lexicon.trie, lesson.lexicon.marks)
    pairs = set(zip(batch["allowed_of"].tolist(), batch["allowed"].tolist(), strict=True))
    assert all((at, batch["targets"][at].item()) in pairs for at in batch["masked"].tolist())


def test_normalising_over_fewer_tokens_never_raises_the_loss(lesson: Lesson, tiny_base: Path) -> None:
    model = load_model(str(tiny_base))
    batch = collate(lesson.writer.epoch(lesson.train[:4], 0)[:6], lesson.lexicon.trie, lesson.lexicon.marks)
    with torch.no_grad():
        assert answer_loss(model, batch, "allowed") < answer_loss(model, batch, "vocabulary")
