import random
from collections.abc import Callable
from itertools import islice, pairwise
from pathlib import Path

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from transformers import PreTrainedModel

from bundlesmith.base import load_model
from bundlesmith.data.tables import load
from bundlesmith.finetune.examples import Example, ExampleWriter
from bundlesmith.finetune.finetune import Lesson, load_lesson
from bundlesmith.finetune.loss import answer_logits, answer_loss
from bundlesmith.finetune.model import new_t5
from bundlesmith.finetune.packing import collate, collate_pairs, pack
from bundlesmith.finetune.trainer import as_one, collator
from bundlesmith.settings import T5, Settings


@pytest.fixture(scope="module")
def lesson(shop: Path, quick_settings: Settings) -> Lesson:
    return load_lesson(shop, load(shop), quick_settings)


@given(st.lists(st.integers(1, 120), max_size=40), st.integers(64, 256))
def test_blocks_hold_all_examples_in_order_and_no_more_than_fits(sizes: list[int], most: int) -> None:
    starts = pack(sizes, most).tolist()
    assert starts[0] == 0 and starts[-1] == len(sizes)
    for start, end in pairwise(starts):
        assert sum(sizes[start:end]) <= most or end - start == 1
        assert end == len(sizes) or sum(sizes[start : end + 1]) > most


def test_no_examples_are_no_blocks() -> None:
    assert pack([], 64).tolist() == [0]


def some(lesson: Lesson, cases: int, seed: int = 0) -> list[Example]:
    """The examples of the first cases."""
    rng = random.Random(seed)
    return [example for case in islice(lesson.train, cases) for example in lesson.writer.of_case(case, rng)]


@pytest.mark.parametrize("over", ["allowed", "vocabulary"])
def test_the_loss_of_packed_examples_is_that_of_unpacked_ones(lesson: Lesson, tiny_base: Path, over: str) -> None:
    model = load_model(str(tiny_base))
    trie, marks = lesson.lexicon.trie, lesson.lexicon.marks
    block = some(lesson, 4)[:6]
    with torch.no_grad():
        packed = answer_loss(model, collate(block, trie, marks), over).item()
        alone = [answer_loss(model, collate([e], trie, marks), over).item() * len(e.answer) for e in block]
    assert packed == pytest.approx(sum(alone) / sum(len(e.answer) for e in block), rel=1e-5)


def test_the_loss_of_blocks_as_one_is_the_mean_of_theirs(lesson: Lesson, tiny_base: Path) -> None:
    model = load_model(str(tiny_base))
    tensors = collator(model, lesson.lexicon)
    blocks = [some(lesson, 2)[:3], some(lesson, 6)[4:]]
    assert len({sum(len(example.answer) for example in block) for block in blocks}) == 2
    with torch.no_grad():
        together = answer_loss(model, as_one(blocks, tensors), "allowed").item()
        alone = [answer_loss(model, tensors(block), "allowed").item() for block in blocks]
    assert together == pytest.approx(sum(alone) / 2, rel=1e-5)


Pairs = Callable[[list[Example]], dict[str, torch.Tensor]]


@pytest.fixture(scope="module")
def t5(lesson: Lesson, quick_settings: Settings) -> tuple[PreTrainedModel, list[Example], Pairs]:
    """A T5 from nothing, some examples whose lengths differ, and what makes tensors of them."""
    tokenizer, lexicon = lesson.writer.tokenizer, lesson.lexicon
    writer = ExampleWriter(lexicon, lesson.catalogue, tokenizer, False, quick_settings.examples)
    torch.manual_seed(0)
    model = new_t5(T5(d_model=16, d_kv=8, d_ff=32, layers=2, heads=2, dropout=0), tokenizer)
    block = [example for case in islice(lesson.train, 4) for example in writer.of_case(case, random.Random(0))][:6]
    assert len({len(e.prompt) for e in block}) > 1 and len({len(e.answer) for e in block}) > 1
    start = int(model.config.decoder_start_token_id)
    return model, block, lambda some: collate_pairs(some, lexicon.trie, lexicon.marks, start)


@pytest.mark.parametrize("over", ["allowed", "vocabulary"])
def test_the_loss_of_padded_pairs_is_that_of_each_alone(
    t5: tuple[PreTrainedModel, list[Example], Pairs], over: str
) -> None:
    model, block, pairs = t5
    with torch.no_grad():
        padded = answer_loss(model, pairs(block), over).item()
        alone = [answer_loss(model, pairs([e]), over).item() * len(e.answer) for e in block]
    assert padded == pytest.approx(sum(alone) / sum(len(e.answer) for e in block), rel=1e-5)


def test_a_vocabulary_is_scored_where_answers_are_read_alone(
    t5: tuple[PreTrainedModel, list[Example], Pairs],
) -> None:
    model, block, pairs = t5
    batch, seen = pairs(block), []
    head = model.get_output_embeddings()
    with torch.no_grad(), head.register_forward_hook(lambda _, args, made: seen.append(args[0].shape[:-1])):
        found = answer_logits(model, batch, "vocabulary")
        asked = {name: batch[name] for name in ("input_ids", "attention_mask", "decoder_input_ids")}
        everywhere = model(**asked).logits
    assert seen == [(len(batch["reads"]),), everywhere.shape[:2]]
    torch.testing.assert_close(found, everywhere.flatten(0, 1)[batch["reads"]])


def test_every_target_is_among_its_allowed_tokens(lesson: Lesson) -> None:
    batch = collate(some(lesson, 20), lesson.lexicon.trie, lesson.lexicon.marks)
    pairs = set(zip(batch["allowed_of"].tolist(), batch["allowed"].tolist(), strict=True))
    assert all((at, batch["targets"][at].item()) in pairs for at in batch["masked"].tolist())


def test_normalising_over_fewer_tokens_never_raises_the_loss(lesson: Lesson, tiny_base: Path) -> None:
    model = load_model(str(tiny_base))
    batch = collate(some(lesson, 4)[:6], lesson.lexicon.trie, lesson.lexicon.marks)
    with torch.no_grad():
        assert answer_loss(model, batch, "allowed") < answer_loss(model, batch, "vocabulary")
