"""What a reference method is made of: scores of all items for what is known, and how alike two items are."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

ScoreTable = NDArray[np.float32]
Vectors = Any
"""One vector a row: a dense array, or a scipy CSR matrix."""


@dataclass(frozen=True, slots=True)
class Query:
    """What is known: rows of the customer's items, rows of the items chosen so far, the words of the request."""

    history: tuple[int, ...] = ()
    items: tuple[int, ...] = ()
    words: str = ""


@dataclass(frozen=True, slots=True)
class PartWeights:
    """How much each thing that is known counts.

    Where items are chosen, they count 1 (in all, as the history does); where none is, the words do.

    Attributes:
        words: the weight of the words, beside chosen items.
        history: of the history, beside chosen items.
        opening: of the history, beside the words alone.
    """

    words: float = 1.0
    history: float = 0.1
    opening: float = 0.1

    def of_words(self, query: Query) -> float:
        """The weight of a query's words."""
        return self.words if query.items else 1.0

    def of_history(self, query: Query) -> float:
        """The weight of a query's history."""
        return self.history if query.items else self.opening


class ItemScorer(Protocol):
    """Scores items. Its vectors are [N, D], of length 1 (or 0): the product of two says how alike two items are."""

    @property
    def mix(self) -> PartWeights:
        """How a query's parts are weighted."""
        ...

    @property
    def vectors(self) -> Vectors:
        """One vector an item."""
        ...

    def scores(self, queries: Sequence[Query]) -> ScoreTable:
        """Scores of all items for each query, [B, N], higher is better; those of different queries don't compare."""
        ...


@dataclass(frozen=True, slots=True, eq=False)
class FunctionScorer:
    """An `ItemScorer` made of a function: queries, and how their parts are weighted -> scores, [B, N]."""

    score: Callable[[Sequence[Query], PartWeights], ScoreTable]
    vectors: Vectors
    mix: PartWeights = PartWeights()

    def scores(self, queries: Sequence[Query]) -> ScoreTable:
        """See `ItemScorer.scores`."""
        return self.score(queries, self.mix)


def item_weights(queries: Sequence[Query], mix: PartWeights, n: int) -> Any:
    """How much each item counts in each query: CSR, float32 [B, n]."""
    rows: list[int] = []
    columns: list[int] = []
    values: list[float] = []
    for at, query in enumerate(queries):
        for some, weight in ((query.items, 1.0), (query.history, mix.of_history(query))):
            rows += [at] * len(some)
            columns += some
            values += [weight / max(len(some), 1)] * len(some)
    return sparse.csr_matrix((np.array(values, np.float32), (rows, columns)), shape=(len(queries), n))


def dense(found: Any) -> ScoreTable:
    """A matrix as a dense float32 array."""
    return np.asarray(found.toarray() if sparse.issparse(found) else found, np.float32)


def unit(vectors: Vectors) -> Vectors:
    """Each row scaled to length 1; a row of zeros stays so."""
    if sparse.issparse(vectors):
        lengths = np.sqrt(np.asarray(vectors.multiply(vectors).sum(1)).ravel())
        return (sparse.diags(1 / np.where(lengths > 0, lengths, 1)) @ vectors).tocsr().astype(np.float32)
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    return (vectors / np.where(lengths > 0, lengths, 1)).astype(np.float32)


def top_rows(scores: ScoreTable, popularity: NDArray[np.float32], k: int) -> NDArray[np.int64]:
    """The rows of the *k* highest of [N] scores, without those of -inf.

    Ties go to the more popular item, then to the lower row.
    """
    k = min(k, int((scores > -np.inf).sum()))
    least = np.partition(scores, len(scores) - k)[len(scores) - k] if k else np.inf
    rows = np.flatnonzero(scores >= least)
    order = np.lexsort((rows, -popularity[rows], -scores[rows]))
    return np.asarray(rows[order][:k], np.int64)


def as_groups(queries: Sequence[Query], mix: PartWeights) -> list[list[int]]:
    """What each query knows as if it were a session: its items, and its history if that counts at all."""
    sets = [{*query.items, *(query.history if mix.of_history(query) > 0 else ())} for query in queries]
    return [sorted(some) for some in sets]
