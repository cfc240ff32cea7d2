"""Vectors in 8 bits: a quarter of the memory, and a product with all of them in the time that reading them takes.

A row is rounded to 127 steps of its largest component, so a cosine of 384 components is off by some .0005.
"""

from pathlib import Path
from typing import Any, Self

import numkong
import numpy as np
from numpy.typing import NDArray

RowFloats = NDArray[np.float32]
_STEPS = 127
_PARTS = ("codes", "scales")
LARGE = 50_000
"""A shop of so many items keeps its vectors so."""
_AT_ONCE = 50_000
"""So many rows are rounded at a time."""


class Rows8:
    """N vectors [D] of int8 with a scale each: row i is `codes[i] * scales[i]`.

    Args:
        codes: int8 [N, D].
        scales: float32 [N].
    """

    def __init__(self, codes: NDArray[np.int8], scales: RowFloats) -> None:
        self.codes, self.scales = codes, scales

    @classmethod
    def of(cls, vectors: Any) -> Self:
        """Rounded from float [N, D], in an array, a file that is mapped, or anything else that gives slices."""
        codes, scales = np.empty(vectors.shape, np.int8), np.empty(len(vectors), np.float32)
        for start in range(0, len(codes), _AT_ONCE):
            some = slice(start, start + _AT_ONCE)
            codes[some], scales[some] = _rounded(np.asarray(vectors[some], np.float32))
        return cls(codes, scales)

    @classmethod
    def load(cls, folder: Path, name: str) -> Self:
        """Those that `save` wrote, mapped: processes that read them share them."""
        codes, scales = (np.load(folder / f"{name}.{part}.npy", mmap_mode="r") for part in _PARTS)
        return cls(codes, scales)

    def save(self, folder: Path, name: str) -> None:
        """Write them into a folder."""
        tables: tuple[NDArray[Any], ...] = (self.codes, self.scales)
        for part, table in zip(_PARTS, tables, strict=True):
            np.save(folder / f"{name}.{part}.npy", table)

    @property
    def shape(self) -> tuple[int, int]:
        """N and D."""
        return self.codes.shape[0], self.codes.shape[1]

    def __len__(self) -> int:
        return len(self.codes)

    def __getitem__(self, rows: Any) -> RowFloats:
        """Some rows as float32."""
        found: RowFloats = self.codes[rows] * self.scales[rows][..., None]
        return found

    def __matmul__(self, other: RowFloats) -> RowFloats:
        """The product with float32 [D] or [D, K], each column rounded too: [N] or [N, K]."""
        if other.ndim == 2:
            return np.stack([self @ column for column in other.T], 1)
        (code,), (scale,) = _rounded(other[None])
        sums = np.asarray(numkong.cdist(self.codes, code[None], "dot", out_dtype="float32")).ravel()
        sums *= self.scales
        sums *= scale
        return sums

    def replaced(self, rows: NDArray[np.int64], vectors: RowFloats, size: int) -> Self:
        """A copy of *size* rows, with other vectors in some of them; all beyond the present ones are among these."""
        codes, scales = np.empty((size, self.shape[1]), np.int8), np.empty(size, np.float32)
        codes[: len(self)], scales[: len(self)] = self.codes, self.scales
        codes[rows], scales[rows] = _rounded(vectors)
        return type(self)(codes, scales)


def stored_rows(vectors: Any) -> Any:
    """How a shop keeps its vectors [N, D]: as they are, or in 8 bits if there are many."""
    return Rows8.of(vectors) if len(vectors) >= LARGE and not isinstance(vectors, Rows8) else vectors


def _rounded(vectors: RowFloats) -> tuple[NDArray[np.int8], RowFloats]:
    scales = np.maximum(np.abs(vectors).max(1, initial=0), 1e-12) / _STEPS
    codes = np.rint(vectors / scales[:, None]).astype(np.int8)
    return codes, scales.astype(np.float32)
