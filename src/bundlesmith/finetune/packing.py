"""Examples packed into blocks, and the tensors of a block.

For a decoder-only model the examples of a block stand in one row without padding; each starts at position 0 and sees
itself alone. For an encoder-decoder each has a row of its own.
"""

from array import array
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from bundlesmith.decoding.grammar import Marks
from bundlesmith.decoding.trie import Trie
from bundlesmith.finetune.examples import FREE, Example

if TYPE_CHECKING:
    import torch


def pack(sizes: Iterable[int], block_tokens: int) -> NDArray[np.int64]:
    """Fill blocks of up to *block_tokens* tokens in the order given; a longer example stands alone.

    Returns:
        where each of the B blocks begins among the examples, and their number: int64 [B + 1].
    """
    starts = array("q")
    free = count = 0
    for count, size in enumerate(sizes, 1):
        if not starts or size > free:
            starts.append(count - 1)
            free = block_tokens
        free -= size
    starts.append(count)
    return np.array(starts, np.int64)


def collate(block: Sequence[Example], trie: Trie, marks: Marks) -> dict[str, "torch.Tensor"]:
    """The tensors of one block of L tokens, A of them in answers, for a decoder-only model.

    Returns:
        input_ids, position_ids: int64 [1, L]; positions start at 0 in every example.
        reads: int64 [A]; the position from which each token of an answer is predicted.
        targets: int64 [A]; that token.
        shares: float32 [A]; how much of the loss each is: 1 / A.
        masked, allowed: int64 [M], [P]: the answer tokens that must follow the trie, as indices into A, and their
            allowed tokens as flat pairs, `allowed_of` [P] being the index into A.
    """
    import torch

    ids: list[int] = []
    positions: list[int] = []
    reads: list[int] = []
    for example in block:
        start = len(ids) + len(example.prompt) - 1
        ids += example.prompt + example.answer
        positions += range(len(example.prompt) + len(example.answer))
        reads += range(start, start + len(example.answer))
    return {
        "input_ids": torch.tensor([ids]),
        "position_ids": torch.tensor([positions]),
        "reads": torch.tensor(reads),
        **_answers(block, trie, marks),
    }


def collate_pairs(block: Sequence[Example], trie: Trie, marks: Marks, start: int) -> dict[str, "torch.Tensor"]:
    """The tensors of one block of E examples, A tokens in their answers, for an encoder-decoder.

    Args:
        start: the token with which the decoder begins.

    Returns:
        input_ids, attention_mask: int64 [E, longest prompt], filled up on the right.
        decoder_input_ids: int64 [E, longest answer].
        reads: int64 [A]; the place from which each token of an answer is predicted, counted row by row.
        targets, shares, masked, allowed_of, allowed: as of `collate`.
    """
    import torch

    width, length = max(len(e.prompt) for e in block), max(len(e.answer) for e in block)
    ids, seen = torch.zeros((len(block), width), dtype=torch.long), torch.zeros((len(block), width), dtype=torch.long)
    begun = torch.full((len(block), length), start, dtype=torch.long)
    reads: list[int] = []
    for row, example in enumerate(block):
        ids[row, : len(example.prompt)], seen[row, : len(example.prompt)] = torch.tensor(example.prompt), 1
        begun[row, 1 : len(example.answer)] = torch.tensor(example.answer[:-1], dtype=torch.long)
        reads += range(row * length, row * length + len(example.answer))
    return {
        "input_ids": ids,
        "attention_mask": seen,
        "decoder_input_ids": begun,
        "reads": torch.tensor(reads),
        **_answers(block, trie, marks),
    }


def _answers(block: Sequence[Example], trie: Trie, marks: Marks) -> dict[str, "torch.Tensor"]:
    import torch

    nodes = [node for example in block for node in example.nodes]
    allowed_of, allowed = _allowed_pairs(nodes, trie, marks)
    return {
        "targets": torch.tensor([token for example in block for token in example.answer]),
        "shares": torch.full((len(nodes),), 1 / len(nodes)),
        "masked": torch.from_numpy(np.flatnonzero(np.array(nodes) != FREE)),
        "allowed_of": torch.from_numpy(allowed_of),
        "allowed": torch.from_numpy(allowed),
    }


def _allowed_pairs(nodes: Sequence[int], trie: Trie, marks: Marks) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """For every answer token that stands on a node: its index, once for each token that the trie allows there."""
    closing = [marks.separator, marks.line]
    of, tokens = [np.empty(0, np.int64)], [np.empty(0, np.int64)]
    for at, node in enumerate(nodes):
        if node == FREE:
            continue
        inside = trie.token[trie.first[node] : trie.first[node + 1]].astype(np.int64)
        choices = np.append(inside, closing) if trie.ends[node] else inside
        of.append(np.full(len(choices), at))
        tokens.append(choices)
    return np.concatenate(of), np.concatenate(tokens)
