"""Examples packed into blocks without padding, and the tensors of a block.

Knows nothing about where examples come from. Within a block every example starts at position 0 and sees itself alone.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from bundlesmith.decoder import Marks
from bundlesmith.finetune.examples import FREE, Example
from bundlesmith.trie import Trie

if TYPE_CHECKING:
    import torch


def pack(examples: Sequence[Example], block_tokens: int) -> list[list[Example]]:
    """Fill blocks of up to *block_tokens* tokens in the order given; a longer example stands alone."""
    blocks: list[list[Example]] = []
    free = 0
    for example in examples:
        size = len(example.prompt) + len(example.answer)
        if not blocks or size > free:
            blocks.append([])
            free = block_tokens
        blocks[-1].append(example)
        free -= size
    return blocks


def collate(block: Sequence[Example], trie: Trie, marks: Marks) -> dict[str, "torch.Tensor"]:
    """The tensors of one block of L tokens, A of them in answers.

    Returns:
        input_ids, position_ids: int64 [1, L]; positions start at 0 in every example.
        reads: int64 [A]; the position from which each token of an answer is predicted.
        targets: int64 [A]; that token.
        masked, allowed: int64 [M], [P]: the answer tokens that must follow the trie, as indices into A, and their
            allowed tokens as flat pairs, `allowed_of` [P] being the index into A.
    """
    import torch

    ids: list[int] = []
    positions: list[int] = []
    reads: list[int] = []
    targets: list[int] = []
    nodes: list[int] = []
    for example in block:
        start = len(ids) + len(example.prompt) - 1
        ids += example.prompt + example.answer
        positions += range(len(example.prompt) + len(example.answer))
        reads += range(start, start + len(example.answer))
        targets += example.answer
        nodes += example.nodes
    allowed_of, allowed = _allowed_pairs(nodes, trie, marks)
    return {
        "input_ids": torch.tensor([ids]),
        "position_ids": torch.tensor([positions]),
        "reads": torch.tensor(reads),
        "targets": torch.tensor(targets),
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
