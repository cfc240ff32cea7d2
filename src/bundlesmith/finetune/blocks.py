"""Examples on the disk, and the blocks that they are packed into.

They are written once into an Arrow file, which is mapped into memory. Blocks are made of the examples' lengths alone,
and the examples of a block are read when the block is.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, overload

import numpy as np
from numpy.typing import NDArray

from bundlesmith.finetune.examples import Example
from bundlesmith.finetune.packing import pack

if TYPE_CHECKING:
    from datasets import Dataset

Block = list[Example]
_BATCH = 1000
"""Examples that are in memory at once while they are written."""


def stored(path: Path, epochs: Iterable[Iterable[Example]]) -> "Dataset":
    """Write the examples of some epochs into an Arrow file and open it; a file that is there is whole, and is kept."""
    from datasets import Dataset, Features, List, Value
    from datasets.arrow_writer import ArrowWriter

    if not path.exists():
        tokens = List(Value("int32"))
        columns = {"kind": Value("string"), "epoch": Value("int32"), "size": Value("int32")}
        features = Features(columns | {"prompt": tokens, "answer": tokens, "nodes": tokens})
        beside = path.with_name(f".{path.name}.new")
        with ArrowWriter(features=features, path=str(beside), writer_batch_size=_BATCH) as writer:
            for row in _rows(epochs):
                writer.write(row)
            writer.finalize()
        beside.replace(path)
    return Dataset.from_file(str(path))


def _rows(epochs: Iterable[Iterable[Example]]) -> Iterator[dict[str, Any]]:
    for epoch, examples in enumerate(epochs):
        for example in examples:
            yield {
                "kind": example.kind,
                "epoch": epoch,
                "size": len(example.prompt) + len(example.answer),
                "prompt": example.prompt,
                "answer": example.answer,
                "nodes": example.nodes,
            }


@dataclass(frozen=True, slots=True, eq=False)
class Packed(Sequence[Block]):
    """B blocks of stored examples; each is read when it is asked for.

    Attributes:
        order: the E examples in the order in which they are packed.
        starts: int64 [B + 1]; where each block begins in `order`.
        tokens: of all blocks together.
    """

    examples: "Dataset"
    order: NDArray[np.int64]
    starts: NDArray[np.int64]
    tokens: int

    def __len__(self) -> int:
        return len(self.starts) - 1

    @overload
    def __getitem__(self, index: int) -> Block: ...

    @overload
    def __getitem__(self, index: slice) -> list[Block]: ...

    def __getitem__(self, index: int | slice) -> Block | list[Block]:
        if isinstance(index, slice):
            return [self[at] for at in range(*index.indices(len(self)))]
        at = range(len(self))[index]
        rows = self.examples[self.order[self.starts[at] : self.starts[at + 1]]]
        columns = (rows[name] for name in ("kind", "prompt", "answer", "nodes"))
        return [Example(*values) for values in zip(*columns, strict=True)]


def packed_blocks(examples: "Dataset", block_tokens: int, seed: int, most: int | None = None) -> Packed:
    """Shuffle stored examples, each epoch's among themselves, and pack them; equal arguments, equal blocks.

    Args:
        examples: see `stored`.
        block_tokens: see `bundlesmith.finetune.packing.pack`.
        seed: of the shuffling.
        most: how many blocks there may be.
    """
    epochs, sizes = (examples.data.column(name).to_numpy() for name in ("epoch", "size"))
    order = np.lexsort((np.random.default_rng(seed).random(len(epochs)), epochs))
    starts = pack(_numbers(sizes[order]), block_tokens)[: None if most is None else most + 1]
    order = order[: starts[-1]]
    return Packed(examples, order, starts, int(sizes[order].sum()))


def _numbers(sizes: NDArray[np.int32], at_once: int = 65536) -> Iterator[int]:
    """The sizes as Python's numbers, not all at once."""
    for start in range(0, len(sizes), at_once):
        yield from sizes[start : start + at_once].tolist()
