import json
import subprocess
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest

from bundlesmith.data.tables import load
from bundlesmith.finetune.blocks import packed_blocks, stored
from bundlesmith.finetune.examples import FREE, Example
from bundlesmith.finetune.finetune import blocks_of, load_lesson
from bundlesmith.settings import Settings


def examples(numbers: Iterable[int]) -> Iterator[Example]:
    """Examples that can be told apart, of 3 + n % 4 tokens."""
    for n in numbers:
        yield Example("rest", [n, *[1] * (n % 4)], [2, n], [FREE, 0])


def number(example: Example) -> int:
    return example.prompt[0]


def test_what_is_read_is_what_was_written(tmp_path: Path) -> None:
    blocks = packed_blocks(stored(tmp_path / "x.arrow", [examples(range(9))]), 64, 0)
    assert sorted((e for block in blocks for e in block), key=number) == list(examples(range(9)))
    assert blocks.tokens == sum(3 + n % 4 for n in range(9))


def test_every_epoch_is_shuffled_by_itself(tmp_path: Path) -> None:
    blocks = packed_blocks(stored(tmp_path / "x.arrow", [examples(range(100)), examples(range(100, 200))]), 64, 0)
    order = [number(e) for block in blocks for e in block]
    assert sorted(order[:100]) == list(range(100)) and sorted(order[100:]) == list(range(100, 200))
    assert order[:100] != sorted(order[:100]) and [n - 100 for n in order[100:]] != order[:100]


def test_equal_arguments_give_equal_blocks_and_another_seed_others(tmp_path: Path) -> None:
    one, two = (stored(tmp_path / name, [examples(range(50))]) for name in ("1.arrow", "2.arrow"))
    assert packed_blocks(one, 32, 3)[:] == packed_blocks(two, 32, 3)[:] != packed_blocks(two, 32, 4)[:]


def test_blocks_are_as_packing_says_and_no_more_than_are_wanted(tmp_path: Path) -> None:
    kept = stored(tmp_path / "x.arrow", [examples(range(50))])
    blocks = packed_blocks(kept, 32, 3)
    sizes = [sum(len(e.prompt) + len(e.answer) for e in block) for block in blocks]
    assert max(sizes) <= 32 and sum(sizes) == blocks.tokens
    few = packed_blocks(kept, 32, 3, 2)
    assert few[:] == blocks[:2] and few.tokens == sum(sizes[:2])
    assert len(packed_blocks(kept, 32, 3, 1000)) == len(blocks)


def test_a_block_is_counted_from_either_end_and_not_beyond(tmp_path: Path) -> None:
    blocks = packed_blocks(stored(tmp_path / "x.arrow", [examples(range(50))]), 32, 3)
    assert blocks[-1] == blocks[len(blocks) - 1] and list(blocks)[-1] == blocks[-1]
    with pytest.raises(IndexError):
        blocks[len(blocks)]


def test_no_examples_are_no_blocks(tmp_path: Path) -> None:
    blocks = packed_blocks(stored(tmp_path / "x.arrow", [[]]), 32, 3)
    assert not blocks and blocks.tokens == 0 and blocks[:] == []


def test_a_file_that_is_whole_is_kept(tmp_path: Path) -> None:
    stored(tmp_path / "x.arrow", [examples(range(5))])
    assert len(stored(tmp_path / "x.arrow", [examples(range(99))])) == 5


def test_writing_that_breaks_off_leaves_no_file(tmp_path: Path) -> None:
    def broken() -> Iterator[Example]:
        yield from examples(range(2500))
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        stored(tmp_path / "x.arrow", [broken()])
    assert not (tmp_path / "x.arrow").exists()
    assert len(stored(tmp_path / "x.arrow", [examples(range(5))])) == 5


def test_a_training_that_goes_on_sees_the_same_blocks(
    tmp_path: Path, small_shop: Path, quick_settings: Settings
) -> None:
    lesson = load_lesson(small_shop, load(small_shop), quick_settings)
    (tmp_path / "new").mkdir()
    (train, valid), again = (blocks_of(lesson, quick_settings, tmp_path) for _ in range(2))
    anew = blocks_of(lesson, quick_settings, tmp_path / "new")
    assert train[:] == again[0][:] == anew[0][:] and valid[:] == again[1][:] == anew[1][:]
    assert 0 < len(valid) <= quick_settings.training.eval_blocks
    assert "spell" in {e.kind for b in train for e in b} and "spell" not in {e.kind for b in valid for e in b}


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_examples_need_no_memory(tmp_path: Path) -> None:
    """Writing, packing and reading take far less memory than the file is long, or than objects would take."""
    job = [sys.executable, str(Path(__file__).with_name("memory_job.py")), str(tmp_path)]
    figures = json.loads(subprocess.run(job, check=True, capture_output=True, text=True).stdout)
    assert figures["examples"] == 8000 and figures["all_tokens_read"]
    assert figures["streamed"] < 15 * 2**20
    assert figures["file"] > 23 * 2**20 and figures["held"] > 2 * 15 * 2**20
