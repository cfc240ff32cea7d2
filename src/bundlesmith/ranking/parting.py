"""The bundles in a session: all of it, and parts whose items belong together, as people marked them in training."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any, Self

import numpy as np

from bundlesmith.ranking.evidence import Table
from bundlesmith.ranking.items import CategoryPath
from bundlesmith.ranking.pairs import Describe, Described, Marked, Pairs, Rows, tallied
from bundlesmith.ranking.parts import whole_and_parts
from bundlesmith.ranking.set_similarity import matched

ALIKE = tuple(round(0.05 * step, 2) for step in range(2, 15))
_PARTS = (1, 2, 3)


@dataclass(frozen=True, slots=True, eq=False)
class Parting:
    """How sessions are parted.

    Attributes:
        pairs: how likely items of a session stand together; None if training has no sessions to learn it from.
        alike: the least mean likeness within a part.
        most: how many parts are given besides all of the session.
    """

    pairs: Pairs | None
    alike: float = 0.5
    most: int = 1

    @classmethod
    def of(cls, made: dict[str, Any], sessions: Sequence[Marked], paths: Sequence[CategoryPath]) -> Self:
        """Read from JSON values, with what people marked in training sessions and the category path of each row."""
        weights = made["pairs"]
        pairs = None if weights is None else Pairs(tallied(sessions, paths), np.array(weights))
        return cls(pairs, float(made["alike"]), int(made["most"]))

    @property
    def values(self) -> dict[str, Any]:
        """As JSON values, without what follows from the training sessions."""
        weights = self.pairs.weights.tolist() if self.pairs else None
        return {"pairs": weights, "alike": self.alike, "most": self.most}

    def groups(self, rows: Sequence[int], items: Described) -> list[Rows]:
        """All of a session, and the parts of it whose items are alike; nothing of less than two items."""
        return whole_and_parts(rows, likeness(self.pairs, items), self.alike, self.most)


def likeness(pairs: Pairs | None, items: Described) -> Table:
    """How alike the items of a session are: [n, n]; the mean of their texts' cosine and of their chance to stand in one
    bundle, if that was learnt.
    """
    found = items.text @ items.text.T
    return found if pairs is None else np.asarray((found + pairs.chances(items)) / 2, np.float32)


def chosen_parting(pairs: Pairs | None, sessions: Sequence[Marked], describe: Describe) -> Parting:
    """Where sessions are cut, and into how many parts: the highest soft-F1 of what is found in marked sessions.

    Without sessions, `Parting`'s defaults.
    """
    if not sessions:
        return Parting(pairs)
    known = {each.rows: likeness(pairs, describe(each.rows)) for each in sessions}

    def overlap(alike: float, most: int) -> float:
        found = [whole_and_parts(each.rows, known[each.rows].copy(), alike, most) for each in sessions]
        return sum(_soft_f1(parts, each.bundles) for parts, each in zip(found, sessions, strict=True))

    return Parting(pairs, *max(product(ALIKE, _PARTS), key=lambda cut: overlap(*cut)))


def _soft_f1(found: Sequence[Rows], wanted: Sequence[Rows]) -> float:
    """2 Σ Jaccard of matched pairs / (|found| + |wanted|)."""
    return 2 * sum(shared for _, _, shared in matched(found, wanted)) / (len(found) + len(wanted))
