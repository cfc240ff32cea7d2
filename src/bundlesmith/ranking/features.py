"""What speaks for each item of a shop: numbers from its text, from the words of a request, from what is chosen.

Every statistic of training bundles stands at several widths (the item, items with like texts, its category), so that
what is rare is judged by its kin. A bundle can be left out of all of them, which learning the weights needs.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

Table = NDArray[np.float32]

WIDTHS = ((0.6, 20.0), (0.8, 30.0))
"""Items count as like an item from this cosine on, each with exp(sharpness (cosine - 1))."""
NEAREST = 30
"""So many training intents vote for items."""
FEWEST = 5
"""Where fewer bundles have an intent, none votes."""
SHARP = 4.0
"""How fast an intent's vote falls with its distance, in standard deviations."""
STEPS = (0.6, 0.7, 0.8, 0.9)
OTHER = 0.03
"""What a vote keeps whose bundle has nothing like the chosen items."""
OF_WORDS, OF_USAGE, OF_CHOSEN = 5, 1, 13
BLOCK = 2048


@dataclass(frozen=True, eq=False)
class Bundles:
    """Training bundles.

    Attributes:
        rows: the items of each.
        intents: float32 [M, E]; what each was called, by the encoder; zeros where that isn't known.
    """

    rows: tuple[tuple[int, ...], ...]
    intents: Table

    @cached_property
    def named(self) -> NDArray[np.bool_]:
        """Which of them have an intent."""
        return np.asarray(self.intents.any(1), np.bool_)


@dataclass(frozen=True, eq=False)
class Features:
    """Features of the items of one shop.

    Attributes:
        texts: of the items; all else follows from them, the categories and the bundles.
        vectors: float32 [N, D], of length 1: the texts, by the encoder that tells like items.
        for_words: float32 [N, E], of length 1: the texts, by the encoder that reads requests and intents.
        kinds: int64 [N]; the number of each item's category.
        bundles: of the items; rows beyond those that they name are items without a past.
    """

    texts: tuple[str, ...]
    vectors: Table
    for_words: Table
    kinds: NDArray[np.int64]
    bundles: Bundles

    def of(self, words: Table | None, chosen: Sequence[int], kept: Table | None = None) -> Table:
        """All features: float32 [N, OF_WORDS + OF_USAGE], and OF_CHOSEN more if something is chosen.

        Args:
            words: [E], the words of the request by the encoder; None if there are none.
            chosen: rows.
            kept: [M], 1 for bundles that count and 0 for those that are left out; None: all count.
        """
        kept = np.ones(len(self.bundles.rows), np.float32) if kept is None else kept
        votes = None if words is None else self.votes(words, kept)
        asked = [np.zeros(len(self.kinds))] * OF_WORDS if words is None else self._of_words(words, votes)
        usage = np.log(kept @ self.members[0] + 1)
        beside = [*self._of_chosen(list(chosen), kept), *self._jointly(list(chosen), votes)] if len(chosen) else []
        return np.stack([*asked, usage, *beside], 1).astype(np.float32)

    def votes(self, words: Table, kept: Table | None = None) -> Table | None:
        """How much each bundle counts for some words: [M], adding up to 1; None if too few bundles have intents.

        The bundles of the NEAREST intents vote, each with exp(SHARP z), z its cosine in standard deviations.
        """
        kept = np.ones(len(self.bundles.rows), np.float32) if kept is None else kept
        live = np.flatnonzero(self.bundles.named & (kept > 0))
        if len(live) < FEWEST:
            return None
        likeness = self.bundles.intents[live] @ words
        z = (likeness - likeness.mean()) / max(float(likeness.std()), 1e-6)
        nearest = np.argsort(-z, kind="stable")[:NEAREST]
        votes: Table = np.zeros(len(kept), np.float32)
        votes[live[nearest]] = np.exp(SHARP * (z[nearest] - z[nearest[0]]))
        votes /= votes.sum()
        return votes

    def lift(self, chosen: Sequence[int]) -> Table:
        """How much oftener each item, or its like, stands with those chosen than by chance, as a logarithm: [N]."""
        kept = np.ones(len(self.bundles.rows), np.float32)
        return np.asarray(self._lift(self.members[0], list(chosen), kept), np.float32)

    @cached_property
    def members(self) -> tuple[Any, ...]:
        """Sparse [M, N]: how far each bundle holds each item or its like, at each width, and the item itself."""
        near: list[list[Any]] = [[] for _ in WIDTHS]
        for start in range(0, len(self.vectors), BLOCK):
            alike = self.vectors[start : start + BLOCK] @ self.vectors.T
            for found, (least, sharp) in zip(near, WIDTHS, strict=True):
                weight = np.where(alike > least, np.exp(sharp * (alike - 1)), 0)
                found.append(
                    sparse.csr_matrix(weight / np.maximum(weight.sum(1, keepdims=True), 1e-6), dtype=np.float32)
                )
        raw = self._held(np.arange(len(self.kinds)))
        return (*((raw @ sparse.vstack(found).T).tocsc() for found in near), raw.tocsc())

    @cached_property
    def by_kind(self) -> Any:
        """Sparse [M, categories]: 1 where a bundle holds an item of a category."""
        return self._held(self.kinds).minimum(1).tocsc()

    def _held(self, number: NDArray[np.int64]) -> Any:
        pairs = [(at, int(number[row])) for at, rows in enumerate(self.bundles.rows) for row in rows]
        ones, at = np.ones(len(pairs), np.float32), np.array(pairs, np.int64).reshape(-1, 2).T
        shape = (len(self.bundles.rows), int(number.max(initial=-1)) + 1)
        return sparse.csr_matrix((ones, (at[0], at[1])), shape=shape)

    def _of_words(self, words: Table, votes: Table | None) -> list[Any]:
        cosine = self.for_words @ words
        found: list[Any] = [(cosine - cosine.mean()) / max(float(cosine.std()), 1e-6)]
        if votes is None:
            return found + [np.zeros(len(cosine))] * (OF_WORDS - 1)
        least = (*[1e-3] * len(WIDTHS), 1e-2)
        found += [np.log(member.T @ votes + few) for member, few in zip(self.members, least, strict=True)]
        return [*found, self._of_kinds(votes)]

    def _of_kinds(self, votes: Table) -> Any:
        return np.log(self.by_kind.T @ votes + 1e-2)[self.kinds]

    def _jointly(self, chosen: list[int], votes: Table | None) -> list[Any]:
        """What changes if those of the votes count whose bundles go with what is chosen: for like items, for kinds."""
        if votes is None:
            return [np.zeros(len(self.kinds))] * 2
        held = self.members[0][:, chosen].mean(1) + self.by_kind[:, self.kinds[chosen]].mean(1)
        jointly = votes * (np.asarray(held, np.float32).ravel() + OTHER)
        jointly /= jointly.sum()
        like = self.members[0].T
        items = np.log(like @ jointly + 1e-3) - np.log(like @ votes + 1e-3)
        return [items, self._of_kinds(jointly) - self._of_kinds(votes)]

    def _of_chosen(self, chosen: list[int], kept: Table) -> list[Any]:
        found = [self._lift(member, chosen, kept) for member in self.members]
        found.append(self._lift(self.by_kind, self.kinds[chosen].tolist(), kept)[self.kinds])
        alike = self.vectors @ self.vectors[chosen].T
        highest = alike.max(1)
        found += [alike.mean(1) * 5, highest * 5, *(highest > step for step in STEPS)]
        return [*found, np.isin(self.kinds, self.kinds[chosen])]

    def _lift(self, member: Any, columns: list[int], kept: Table) -> NDArray[np.float64]:
        """log (together + .5) / (by chance + .5), of bundles that hold the columns and of each column."""
        weight = np.asarray(member[:, columns].mean(1)).ravel() * kept
        together, alone = member.T @ weight, member.T @ kept
        lift: NDArray[np.float64] = np.log((together * len(kept) + 0.5) / (weight.sum() * alone + 0.5))
        return lift
